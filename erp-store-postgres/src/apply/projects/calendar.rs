//! Calendars.

use erp_core::{change::Version, projects::ProjectCalendar};
use sqlx::{PgConnection, types::Json};

use crate::{
    apply::{Entity, expect, require},
    commit::Failure,
    sql,
};

pub(super) async fn put(
    conn: &mut PgConnection,
    calendar: &ProjectCalendar,
    expected: Version,
) -> Result<(), Failure> {
    require(conn, Entity::Project, calendar.project.uuid()).await?;
    let present: Option<i64> =
        sql::query_scalar("SELECT version FROM project_calendars WHERE project_id = $1")
            .bind(calendar.project.uuid())
            .fetch_optional(&mut *conn)
            .await?;
    let present = present.unwrap_or(ProjectCalendar::UNSET.0);
    expect("project_calendar", Some(present), expected)?;
    sql::query(
        "INSERT INTO project_calendars AS own (project_id, hours, holidays, version, updated_at) \
         VALUES ($1, $2, $3, 1, $4) ON CONFLICT (project_id) DO UPDATE SET hours = $2, \
         holidays = $3, version = own.version + 1, updated_at = $4",
    )
    .bind(calendar.project.uuid())
    .bind(Json(&calendar.calendar.hours))
    .bind(&calendar.calendar.holidays)
    .bind(calendar.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}
