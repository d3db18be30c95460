//! Time entries.

use erp_core::{change::Version, error::Conflict, projects::TimeEntry};
use sqlx::PgConnection;

use super::tasks::require_any;
use crate::{
    apply::{Entity, require, seen},
    commit::Failure,
    sql,
};

pub(super) async fn put(
    conn: &mut PgConnection,
    entry: &TimeEntry,
    expected: Option<Version>,
) -> Result<(), Failure> {
    let present: Option<i64> = sql::query_scalar("SELECT version FROM time_entries WHERE id = $1")
        .bind(entry.id.uuid())
        .fetch_optional(&mut *conn)
        .await?;
    seen("time_entry", present, expected)?;
    if entry.ended_at.is_none() && entry.deleted_at.is_none() {
        no_other_runs(conn, entry).await?;
    }
    require(conn, Entity::Project, entry.project.uuid()).await?;
    require_any(conn, entry.project, entry.task).await?;
    require(conn, Entity::User, entry.user.uuid()).await?;
    write(conn, entry).await
}

/// The user's row is locked: nobody starts another meanwhile.
async fn no_other_runs(conn: &mut PgConnection, entry: &TimeEntry) -> Result<(), Failure> {
    let runs: bool = sql::query_scalar(
        "SELECT EXISTS (SELECT FROM time_entries WHERE user_id = $1 AND ended_at IS NULL \
         AND deleted_at IS NULL AND id <> $2)",
    )
    .bind(entry.user.uuid())
    .bind(entry.id.uuid())
    .fetch_one(conn)
    .await?;
    if runs { Err(Conflict::TimerRunning.into()) } else { Ok(()) }
}

async fn write(conn: &mut PgConnection, entry: &TimeEntry) -> Result<(), Failure> {
    sql::query(
        "INSERT INTO time_entries AS own (id, project_id, task_id, user_id, started_at, ended_at, \
         note, created_at, deleted_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1) \
         ON CONFLICT (id) DO UPDATE SET project_id = $2, task_id = $3, user_id = $4, \
         started_at = $5, ended_at = $6, note = $7, created_at = $8, deleted_at = $9, \
         version = own.version + 1",
    )
    .bind(entry.id.uuid())
    .bind(entry.project.uuid())
    .bind(entry.task.uuid())
    .bind(entry.user.uuid())
    .bind(entry.started_at)
    .bind(entry.ended_at)
    .bind(entry.note.as_deref())
    .bind(entry.created_at)
    .bind(entry.deleted_at)
    .execute(conn)
    .await?;
    Ok(())
}
