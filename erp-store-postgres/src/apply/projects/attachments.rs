//! What is known of files.

use erp_core::{change::Version, ids::AttachmentId, projects::Attachment};
use sqlx::PgConnection;

use super::tasks::require_any;
use crate::{
    apply::{Entity, expect, require, seen},
    commit::Failure,
    sql,
};

pub(super) async fn put(
    conn: &mut PgConnection,
    attachment: &Attachment,
    expected: Option<Version>,
) -> Result<(), Failure> {
    seen("attachment", version(conn, attachment.id).await?, expected)?;
    require(conn, Entity::Project, attachment.project.uuid()).await?;
    if let Some(task) = attachment.task {
        require_any(conn, attachment.project, task).await?;
    }
    require(conn, Entity::User, attachment.uploaded_by.uuid()).await?;
    sql::query(
        "INSERT INTO attachments AS own (id, project_id, task_id, name, content_type, size_bytes, \
         sha256, state, uploaded_by, created_at, since, version) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1) \
         ON CONFLICT (id) DO UPDATE SET project_id = $2, task_id = $3, name = $4, \
         content_type = $5, size_bytes = $6, sha256 = $7, state = $8, uploaded_by = $9, \
         created_at = $10, since = $11, version = own.version + 1",
    )
    .bind(attachment.id.uuid())
    .bind(attachment.project.uuid())
    .bind(attachment.task.map(|task| task.uuid()))
    .bind(&attachment.name)
    .bind(&attachment.content_type)
    .bind(attachment.stored.as_ref().map(|stored| stored.size_bytes))
    .bind(attachment.stored.as_ref().map(|stored| stored.sha256.as_str()))
    .bind(attachment.state.as_str())
    .bind(attachment.uploaded_by.uuid())
    .bind(attachment.created_at)
    .bind(attachment.since)
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn remove(
    conn: &mut PgConnection,
    id: AttachmentId,
    expected: Version,
) -> Result<(), Failure> {
    expect("attachment", version(conn, id).await?, expected)?;
    sql::query("DELETE FROM attachments WHERE id = $1").bind(id.uuid()).execute(conn).await?;
    Ok(())
}

async fn version(conn: &mut PgConnection, id: AttachmentId) -> Result<Option<i64>, Failure> {
    let query = sql::query_scalar("SELECT version FROM attachments WHERE id = $1");
    Ok(query.bind(id.uuid()).fetch_optional(conn).await?)
}
