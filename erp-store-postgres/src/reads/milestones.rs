//! Milestones.

use chrono::NaiveDate;
use erp_core::{
    ids::{MilestoneId, ProjectId},
    port::StoreResult,
    projects::Milestone,
};
use uuid::Uuid;

use super::limit;
use crate::{
    db::Db,
    rows::{self, milestone_columns},
    sql,
};

pub(super) async fn one(db: &Db, id: MilestoneId) -> StoreResult<Option<Milestone>> {
    let query = sql::query(concat!(
        "SELECT ",
        milestone_columns!(),
        " FROM milestones AS milestone WHERE milestone.id = $1"
    ));
    let query = query.bind(id.uuid()).try_map(|row| rows::milestone(&row));
    db.run(query.fetch_optional(&db.pool)).await
}

pub(super) async fn of_project(
    db: &Db,
    project: ProjectId,
    after: Option<(NaiveDate, MilestoneId)>,
    rows: usize,
) -> StoreResult<Vec<Milestone>> {
    let query = sql::query(concat!(
        "SELECT ",
        milestone_columns!(),
        " FROM milestones AS milestone \
         WHERE milestone.project_id = $1 AND milestone.deleted_at IS NULL \
         AND (coalesce(milestone.due_on, DATE '9999-12-31'), milestone.id) \
         > (coalesce($2, DATE '-infinity'), $3) \
         ORDER BY coalesce(milestone.due_on, DATE '9999-12-31'), milestone.id LIMIT $4"
    ));
    let query = query
        .bind(project.uuid())
        .bind(after.map(|(day, _)| day))
        .bind(after.map_or(Uuid::nil(), |(_, id)| id.uuid()))
        .bind(limit(rows))
        .try_map(|row| rows::milestone(&row));
    db.run(query.fetch_all(&db.pool)).await
}
