//! What hangs on tasks.

use async_trait::async_trait;

use super::super::model::{Attachment, Checklist, PendingFiles, Watcher};
use crate::{
    ids::{AttachmentId, TaskId, UserId},
    port::StoreResult,
    time::Timestamp,
};

/// Which files to sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SweepQuery {
    /// Pending ones whose upload began before this.
    pub pending_before: Timestamp,
    /// Those that were deleted before this.
    pub deleted_before: Timestamp,
    /// The most to return.
    pub limit: usize,
}

/// Reads of what hangs on tasks. Every read sees all commits that were answered before it.
#[async_trait]
pub trait TaskReads: Send + Sync {
    /// The checklist of a task; none when none was ever put.
    async fn checklist(&self, task: TaskId) -> StoreResult<Option<Checklist>>;

    /// Who watches a task, by user id; after this one.
    async fn watchers(
        &self,
        task: TaskId,
        after: Option<UserId>,
        limit: usize,
    ) -> StoreResult<Vec<Watcher>>;

    /// Whether a user watches a task.
    async fn watches(&self, task: TaskId, user: UserId) -> StoreResult<bool>;

    /// What is known of a file, in whatever state.
    async fn attachment(&self, id: AttachmentId) -> StoreResult<Option<Attachment>>;

    /// The files that are linked to a task, by time of upload and id; after this place.
    async fn attachments(
        &self,
        task: TaskId,
        after: Option<(Timestamp, AttachmentId)>,
        limit: usize,
    ) -> StoreResult<Vec<Attachment>>;

    /// The files that are to be swept, and those whose sweeping began, the oldest upload first, then by
    /// id.
    async fn attachments_to_sweep(&self, query: &SweepQuery) -> StoreResult<Vec<Attachment>>;

    /// The files of a user that are on no task yet ([`AttachmentState::Pending`](
    /// crate::projects::AttachmentState::Pending)), and the bytes of those that came in whole.
    async fn pending_files(&self, user: UserId) -> StoreResult<PendingFiles>;
}
