//! Which tasks are of which milestone.

use erp_core::{
    ids::{MilestoneId, ProjectId},
    time::Timestamp,
};
use sqlx::PgConnection;

use super::tasks::{Seen, check};
use crate::{apply::missing, commit::Failure, sql};

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
