//! Milestones, and which tasks are of which.

use erp_core::{
    change::Version,
    ids::{MilestoneId, ProjectId},
    projects::Milestone,
    time::Timestamp,
};
use sqlx::PgConnection;

use super::tasks::{Seen, check};
use crate::{
    apply::{Entity, missing, require, seen},
    commit::Failure,
    sql,
};

pub(super) async fn put(
    conn: &mut PgConnection,
    milestone: &Milestone,
    expected: Option<Version>,
) -> Result<(), Failure> {
    let present: Option<i64> = sql::query_scalar("SELECT version FROM milestones WHERE id = $1")
        .bind(milestone.id.uuid())
        .fetch_optional(&mut *conn)
        .await?;
    seen("milestone", present, expected)?;
    require(conn, Entity::Project, milestone.project.uuid()).await?;
    sql::query(
        "INSERT INTO milestones AS own (id, project_id, name, description, due_on, created_at, \
         updated_at, deleted_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1) \
         ON CONFLICT (id) DO UPDATE SET project_id = $2, name = $3, description = $4, due_on = $5, \
         created_at = $6, updated_at = $7, deleted_at = $8, version = own.version + 1",
    )
    .bind(milestone.id.uuid())
    .bind(milestone.project.uuid())
    .bind(&milestone.details.name)
    .bind(milestone.details.description.as_deref())
    .bind(milestone.details.due_on)
    .bind(milestone.created_at)
    .bind(milestone.updated_at)
    .bind(milestone.deleted_at)
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn put_task(
    conn: &mut PgConnection,
    seen: Seen,
    milestone: Option<MilestoneId>,
    at: Timestamp,
) -> Result<(), Failure> {
    check(conn, seen).await?;
    require_any(conn, seen.project, milestone).await?;
    sql::query(
        "UPDATE tasks SET milestone_id = $2, updated_at = $3, version = version + 1 WHERE id = $1",
    )
    .bind(seen.id.uuid())
    .bind(milestone.map(|milestone| milestone.uuid()))
    .bind(at)
    .execute(conn)
    .await?;
    Ok(())
}

/// What a task is put to must be a milestone of its project, deleted or not.
pub(super) async fn require_any(
    conn: &mut PgConnection,
    project: ProjectId,
    milestone: Option<MilestoneId>,
) -> Result<(), Failure> {
    let Some(milestone) = milestone else { return Ok(()) };
    let there: bool = sql::query_scalar(
        "SELECT EXISTS (SELECT FROM milestones WHERE id = $1 AND project_id = $2)",
    )
    .bind(milestone.uuid())
    .bind(project.uuid())
    .fetch_one(conn)
    .await?;
    if there { Ok(()) } else { Err(missing("milestone")) }
}
