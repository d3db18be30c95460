//! Calendars.

use erp_core::{
    change::Version,
    ids::ProjectId,
    port::StoreResult,
    projects::{ProjectCalendar, WorkingCalendar, WorkingHours},
};
use sqlx::{Row, postgres::PgRow, types::Json};

use crate::{db::Db, sql};

pub(super) async fn of(db: &Db, project: ProjectId) -> StoreResult<ProjectCalendar> {
    let query = sql::query(
        "SELECT hours, holidays, version, updated_at FROM project_calendars WHERE project_id = $1",
    );
    let query = query.bind(project.uuid()).try_map(|row: PgRow| {
        let Json(hours): Json<Vec<WorkingHours>> = row.try_get(0)?;
        Ok(ProjectCalendar {
            project,
            calendar: WorkingCalendar { hours, holidays: row.try_get(1)? },
            version: Version(row.try_get(2)?),
            updated_at: row.try_get(3)?,
        })
    });
    let set = db.run(query.fetch_optional(&db.pool)).await?;
    Ok(set.unwrap_or_else(|| ProjectCalendar::unset(project)))
}
