//! What hangs on tasks.

use chrono::{DateTime, Utc};
use utoipa::ToSchema;

use super::{AttachmentId, ChecklistItemId, ProjectId, TaskId, UserId};

/// What is known of a file.
#[derive(ToSchema)]
pub(crate) struct Attachment {
    /// Its id.
    id: AttachmentId,
    /// The project.
    project: ProjectId,
    /// The task that it is on; null while it is pending.
    task: Option<TaskId>,
    /// The file's name, without a path.
    name: String,
    /// What it is, as `type/subtype`, as the uploader says.
    content_type: String,
    /// What was stored; null until all of it is.
    stored: Option<StoredFile>,
    /// How it stands.
    state: AttachmentState,
    /// Who uploaded it.
    uploaded_by: UserId,
    /// When its upload began.
    created_at: DateTime<Utc>,
    /// Since when it stands as it does.
    since: DateTime<Utc>,
    /// Rises with every change of it.
    version: i64,
}

/// How a file stands.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[allow(dead_code, reason = "describes the values")]
pub(crate) enum AttachmentState {
    /// It is on no task yet: only who uploads it sees it, and after a while it is swept.
    Pending,
    /// It is on its task.
    Linked,
    /// It was deleted; it may be restored until it is swept.
    Deleted,
    /// It is being swept.
    Doomed,
}

/// The bytes of a file.
#[derive(ToSchema)]
pub(crate) struct StoredFile {
    /// How many.
    size_bytes: i64,
    /// Their SHA-256, in lower-case hexadecimal digits.
    sha256: String,
}

/// The checklist of a task.
#[derive(ToSchema)]
pub(crate) struct Checklist {
    /// The task.
    task: TaskId,
    /// The project.
    project: ProjectId,
    /// What is on it, in order.
    items: Vec<ChecklistItem>,
    /// Rises with every change of it; 0 while nothing was ever on it.
    version: i64,
    /// When it was last changed.
    updated_at: Option<DateTime<Utc>>,
}

/// A line of a checklist.
#[derive(ToSchema)]
pub(crate) struct ChecklistItem {
    /// Its id.
    id: ChecklistItemId,
    /// What is to be done.
    text: String,
    /// Who ticked it off, and when; null while it is open.
    done: Option<Tick>,
}

/// That something was ticked off.
#[derive(ToSchema)]
pub(crate) struct Tick {
    /// By whom; null for the host itself.
    by: Option<UserId>,
    /// When.
    at: DateTime<Utc>,
}

/// Someone who watches a task.
#[derive(ToSchema)]
pub(crate) struct Watcher {
    /// The task.
    task: TaskId,
    /// Who.
    user: UserId,
    /// Since when.
    since: DateTime<Utc>,
}
