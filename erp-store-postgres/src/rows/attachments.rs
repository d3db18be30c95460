//! What is known of files.

use erp_core::{
    change::Version,
    ids::{AttachmentId, ProjectId, TaskId, UserId},
    projects::{Attachment, AttachmentState, StoredFile},
};
use sqlx::{Result, Row, postgres::PgRow};
use uuid::Uuid;

use super::unreadable;

/// The columns of an attachment, read by [`attachment`].
macro_rules! attachment_columns {
    () => {
        "file.id, file.project_id, file.task_id, file.name, file.content_type, file.size_bytes, \
         file.sha256, file.state, file.uploaded_by, file.created_at, file.since, file.version"
    };
}

pub(crate) use attachment_columns;

pub(crate) fn attachment(row: &PgRow) -> Result<Attachment> {
    let stored = match row.try_get::<Option<i64>, _>(5)? {
        Some(size_bytes) => Some(StoredFile { size_bytes, sha256: row.try_get(6)? }),
        None => None,
    };
    Ok(Attachment {
        id: AttachmentId::from_uuid(row.try_get(0)?),
        project: ProjectId::from_uuid(row.try_get(1)?),
        task: row.try_get::<Option<Uuid>, _>(2)?.map(TaskId::from_uuid),
        name: row.try_get(3)?,
        content_type: row.try_get(4)?,
        stored,
        state: state(row.try_get(7)?)?,
        uploaded_by: UserId::from_uuid(row.try_get(8)?),
        created_at: row.try_get(9)?,
        since: row.try_get(10)?,
        version: Version(row.try_get(11)?),
    })
}

fn state(text: &str) -> Result<AttachmentState> {
    let mut states = AttachmentState::ALL.iter().copied();
    states.find(|state| state.as_str() == text).ok_or_else(|| unreadable("file's state", text))
}
