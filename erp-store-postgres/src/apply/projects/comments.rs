//! Comments.

use erp_core::{
    change::Version,
    projects::{Comment, rules},
};
use sqlx::PgConnection;

use super::tasks::require_any;
use crate::{
    apply::{Entity, missing, require, seen},
    commit::Failure,
    sql,
};

pub(super) async fn put(
    conn: &mut PgConnection,
    comment: &Comment,
    expected: Option<Version>,
) -> Result<(), Failure> {
    let present: Option<i64> = sql::query_scalar("SELECT version FROM task_comments WHERE id = $1")
        .bind(comment.id.uuid())
        .fetch_optional(&mut *conn)
        .await?;
    seen("comment", present, expected)?;
    require(conn, Entity::Project, comment.project.uuid()).await?;
    require_any(conn, comment.project, comment.task).await?;
    require_thread(conn, comment).await?;
    require(conn, Entity::User, comment.author.uuid()).await?;
    write(conn, comment).await
}

/// The thread must be one of the task.
async fn require_thread(conn: &mut PgConnection, comment: &Comment) -> Result<(), Failure> {
    let Some(thread) = comment.thread else { return Ok(()) };
    let there: bool = sql::query_scalar(
        "SELECT EXISTS (SELECT FROM task_comments WHERE id = $1 AND task_id = $2)",
    )
    .bind(thread.uuid())
    .bind(comment.task.uuid())
    .fetch_one(conn)
    .await?;
    if there { Ok(()) } else { Err(missing("comment")) }
}

async fn write(conn: &mut PgConnection, comment: &Comment) -> Result<(), Failure> {
    sql::query(
        "INSERT INTO task_comments AS own (id, project_id, task_id, thread_id, author_id, body, \
         created_at, edited_at, deleted_at, words, version) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1) \
         ON CONFLICT (id) DO UPDATE SET project_id = $2, task_id = $3, thread_id = $4, \
         author_id = $5, body = $6, created_at = $7, edited_at = $8, deleted_at = $9, \
         words = $10, \
         version = own.version + 1",
    )
    .bind(comment.id.uuid())
    .bind(comment.project.uuid())
    .bind(comment.task.uuid())
    .bind(comment.thread.map(|thread| thread.uuid()))
    .bind(comment.author.uuid())
    .bind(&comment.body)
    .bind(comment.created_at)
    .bind(comment.edited_at)
    .bind(comment.deleted_at)
    .bind(Vec::from_iter(rules::comment_words(comment)))
    .execute(conn)
    .await?;
    Ok(())
}
