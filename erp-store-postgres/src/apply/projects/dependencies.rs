//! What waits for what.

use erp_core::{
    error::Conflict,
    ids::{ProjectId, TaskId},
    projects::Dependency,
};
use sqlx::PgConnection;

use super::tasks::require_any;
use crate::{
    apply::{Entity, require},
    commit::Failure,
    sql,
};

pub(super) async fn link(
    conn: &mut PgConnection,
    project: ProjectId,
    dependency: Dependency,
) -> Result<(), Failure> {
    let Dependency { predecessor, successor, kind, lag_min } = dependency;
    require(conn, Entity::Project, project.uuid()).await?;
    let there: bool = sql::query_scalar(
        "SELECT EXISTS (SELECT FROM task_dependencies \
         WHERE predecessor_id = $1 AND successor_id = $2)",
    )
    .bind(predecessor.uuid())
    .bind(successor.uuid())
    .fetch_one(&mut *conn)
    .await?;
    if there {
        return Err(Conflict::DependencyExists.into());
    }
    for task in [predecessor, successor] {
        require_any(conn, project, task).await?;
    }
    sql::query(
        "INSERT INTO task_dependencies (project_id, predecessor_id, successor_id, kind, lag_min) \
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(project.uuid())
    .bind(predecessor.uuid())
    .bind(successor.uuid())
    .bind(kind.as_str())
    .bind(lag_min)
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn unlink(
    conn: &mut PgConnection,
    project: ProjectId,
    predecessor: TaskId,
    successor: TaskId,
) -> Result<(), Failure> {
    require(conn, Entity::Project, project.uuid()).await?;
    sql::query(
        "DELETE FROM task_dependencies \
         WHERE project_id = $1 AND predecessor_id = $2 AND successor_id = $3",
    )
    .bind(project.uuid())
    .bind(predecessor.uuid())
    .bind(successor.uuid())
    .execute(conn)
    .await?;
    Ok(())
}
