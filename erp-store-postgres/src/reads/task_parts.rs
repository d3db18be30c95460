//! What hangs on tasks.

use async_trait::async_trait;
use erp_core::{
    change::Version,
    ids::{AttachmentId, ProjectId, TaskId, UserId},
    port::StoreResult,
    projects::{
        Attachment, Checklist, ChecklistItem, PendingFiles, SweepQuery, TaskReads, Watcher,
    },
    time::Timestamp,
};
use sqlx::{Row, postgres::PgRow, types::Json};
use uuid::Uuid;

use super::{Reads, limit};
use crate::{
    rows::{self, attachment_columns},
    sql,
};

#[async_trait]
impl TaskReads for Reads {
    async fn checklist(&self, task: TaskId) -> StoreResult<Option<Checklist>> {
        let query = sql::query(
            "SELECT task.project_id, list.items, list.version, list.updated_at \
             FROM task_checklists AS list JOIN tasks AS task ON task.id = list.task_id \
             WHERE list.task_id = $1",
        );
        let query = query.bind(task.uuid()).try_map(|row: PgRow| {
            let Json(items): Json<Vec<ChecklistItem>> = row.try_get(1)?;
            Ok(Checklist {
                task,
                project: ProjectId::from_uuid(row.try_get(0)?),
                items,
                version: Version(row.try_get(2)?),
                updated_at: row.try_get(3)?,
            })
        });
        self.db.run(query.fetch_optional(&self.db.pool)).await
    }

    async fn watchers(
        &self,
        task: TaskId,
        after: Option<UserId>,
        rows: usize,
    ) -> StoreResult<Vec<Watcher>> {
        let query = sql::query(
            "SELECT user_id, since FROM task_watchers WHERE task_id = $1 AND user_id > $2 \
             ORDER BY user_id LIMIT $3",
        );
        let query = query
            .bind(task.uuid())
            .bind(after.map_or(Uuid::nil(), |user| user.uuid()))
            .bind(limit(rows))
            .try_map(|row: PgRow| {
                let user = UserId::from_uuid(row.try_get(0)?);
                Ok(Watcher { task, user, since: row.try_get(1)? })
            });
        self.db.run(query.fetch_all(&self.db.pool)).await
    }

    async fn watches(&self, task: TaskId, user: UserId) -> StoreResult<bool> {
        let query = sql::query_scalar(
            "SELECT EXISTS (SELECT FROM task_watchers WHERE task_id = $1 AND user_id = $2)",
        );
        let query = query.bind(task.uuid()).bind(user.uuid());
        self.db.run(query.fetch_one(&self.db.pool)).await
    }

    async fn attachment(&self, id: AttachmentId) -> StoreResult<Option<Attachment>> {
        let query = sql::query(concat!(
            "SELECT ",
            attachment_columns!(),
            " FROM attachments AS file WHERE file.id = $1"
        ));
        let query = query.bind(id.uuid()).try_map(|row| rows::attachment(&row));
        self.db.run(query.fetch_optional(&self.db.pool)).await
    }

    async fn attachments(
        &self,
        task: TaskId,
        after: Option<(Timestamp, AttachmentId)>,
        rows: usize,
    ) -> StoreResult<Vec<Attachment>> {
        let query = sql::query(concat!(
            "SELECT ",
            attachment_columns!(),
            " FROM attachments AS file WHERE file.task_id = $1 AND file.state = 'linked' \
             AND (file.created_at, file.id) > (coalesce($2, '-infinity'), $3) \
             ORDER BY file.created_at, file.id LIMIT $4"
        ));
        let query = query
            .bind(task.uuid())
            .bind(after.map(|(at, _)| at))
            .bind(after.map_or(Uuid::nil(), |(_, id)| id.uuid()))
            .bind(limit(rows))
            .try_map(|row| rows::attachment(&row));
        self.db.run(query.fetch_all(&self.db.pool)).await
    }

    async fn attachments_to_sweep(&self, query: &SweepQuery) -> StoreResult<Vec<Attachment>> {
        let rows = limit(query.limit);
        let query = sql::query(concat!(
            "SELECT ",
            attachment_columns!(),
            " FROM attachments AS file WHERE file.state <> 'linked' AND (file.state = 'doomed' \
             OR (file.state = 'pending' AND file.created_at < $1) \
             OR (file.state = 'deleted' AND file.since < $2)) \
             ORDER BY file.created_at, file.id LIMIT $3"
        ))
        .bind(query.pending_before)
        .bind(query.deleted_before)
        .bind(rows)
        .try_map(|row| rows::attachment(&row));
        self.db.run(query.fetch_all(&self.db.pool)).await
    }

    async fn pending_files(&self, user: UserId) -> StoreResult<PendingFiles> {
        let query = sql::query_as(
            "SELECT count(*), coalesce(sum(size_bytes), 0)::bigint FROM attachments \
             WHERE uploaded_by = $1 AND state = 'pending'",
        );
        let query = query.bind(user.uuid());
        let (files, bytes): (i64, i64) = self.db.run(query.fetch_one(&self.db.pool)).await?;
        Ok(PendingFiles { files: files.unsigned_abs(), bytes: bytes.unsigned_abs() })
    }
}
