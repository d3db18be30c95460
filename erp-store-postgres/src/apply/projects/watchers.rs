//! Who watches tasks.

use erp_core::{
    ids::{ProjectId, TaskId, UserId},
    projects::Watcher,
};
use sqlx::PgConnection;

use super::tasks::require_any;
use crate::{
    apply::{Entity, require},
    commit::Failure,
    sql,
};

pub(super) async fn put(
    conn: &mut PgConnection,
    project: ProjectId,
    watcher: Watcher,
) -> Result<(), Failure> {
    require(conn, Entity::Project, project.uuid()).await?;
    require_any(conn, project, watcher.task).await?;
    require(conn, Entity::User, watcher.user.uuid()).await?;
    sql::query(
        "INSERT INTO task_watchers (task_id, user_id, project_id, since) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (task_id, user_id) DO NOTHING",
    )
    .bind(watcher.task.uuid())
    .bind(watcher.user.uuid())
    .bind(project.uuid())
    .bind(watcher.since)
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn remove(
    conn: &mut PgConnection,
    project: ProjectId,
    task: TaskId,
    user: UserId,
) -> Result<(), Failure> {
    require(conn, Entity::Project, project.uuid()).await?;
    sql::query("DELETE FROM task_watchers WHERE task_id = $1 AND user_id = $2 AND project_id = $3")
        .bind(task.uuid())
        .bind(user.uuid())
        .bind(project.uuid())
        .execute(conn)
        .await?;
    Ok(())
}

/// Takes a user from all tasks of a project.
pub(super) async fn remove_all(
    conn: &mut PgConnection,
    project: ProjectId,
    user: UserId,
) -> Result<(), Failure> {
    sql::query("DELETE FROM task_watchers WHERE user_id = $1 AND project_id = $2")
        .bind(user.uuid())
        .bind(project.uuid())
        .execute(conn)
        .await?;
    Ok(())
}
