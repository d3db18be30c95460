//! Files on tasks.

use serde::{Deserialize, Serialize};

use crate::{
    change::Version,
    ids::{AttachmentId, ProjectId, TaskId, UserId},
    time::Timestamp,
};

/// How an attachment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttachmentState {
    /// It is on no task yet: only who uploads it sees it, and after a while it is swept.
    Pending,
    /// It is on its task.
    Linked,
    /// It was deleted; it may be restored until it is swept.
    Deleted,
    /// It is being swept: its bytes go, then what is known of it.
    Doomed,
}

impl AttachmentState {
    /// Every state.
    pub const ALL: &'static [Self] = &[Self::Pending, Self::Linked, Self::Deleted, Self::Doomed];

    /// The name that stores and lists use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Linked => "linked",
            Self::Deleted => "deleted",
            Self::Doomed => "doomed",
        }
    }
}

/// What is known of a file; its bytes are in the object store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its id, which names its bytes too.
    pub id: AttachmentId,
    /// The project.
    pub project: ProjectId,
    /// The task that it is on; none while it is pending.
    pub task: Option<TaskId>,
    /// The file's name, without a path.
    pub name: String,
    /// What it is, as `type/subtype`, as the uploader says.
    pub content_type: String,
    /// What was stored; none until all of it is.
    pub stored: Option<StoredFile>,
    /// How it stands.
    pub state: AttachmentState,
    /// Who uploaded it.
    pub uploaded_by: UserId,
    /// When its upload began.
    pub created_at: Timestamp,
    /// Since when it stands as it does.
    pub since: Timestamp,
    /// Rises with every change of it.
    pub version: Version,
}

/// What a user has uploaded and put onto no task yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PendingFiles {
    /// How many files, those included that are still coming in.
    pub files: u64,
    /// The bytes of those that came in whole.
    pub bytes: u64,
}

/// The bytes of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFile {
    /// How many.
    pub size_bytes: i64,
    /// Their SHA-256, in lower-case hexadecimal digits.
    pub sha256: String,
}
