//! What hangs on tasks.

use async_trait::async_trait;
use erp_core::{
    ids::{AttachmentId, TaskId, UserId},
    port::StoreResult,
    projects::{
        Attachment, AttachmentState, Checklist, PendingFiles, SweepQuery, TaskReads, Watcher,
    },
    time::Timestamp,
};

use crate::MemoryStore;

#[async_trait]
impl TaskReads for MemoryStore {
    async fn checklist(&self, task: TaskId) -> StoreResult<Option<Checklist>> {
        let state = &self.state.read().domain.projects;
        let of = state.tasks.get(&task).and_then(|project| state.projects.get(&project));
        let checklist = of.and_then(|project| project.checklists.get(&task));
        Ok(checklist.cloned())
    }

    async fn watchers(
        &self,
        task: TaskId,
        start: Option<UserId>,
        limit: usize,
    ) -> StoreResult<Vec<Watcher>> {
        let state = &self.state.read().domain.projects;
        let of = state.tasks.get(&task).and_then(|project| state.projects.get(&project));
        let Some(project) = of else { return Ok(Vec::new()) };
        let of_task = project.watchers.after(task, start);
        Ok(of_task.take(limit).map(|(user, since)| Watcher { task, user, since }).collect())
    }

    async fn watches(&self, task: TaskId, user: UserId) -> StoreResult<bool> {
        let state = &self.state.read().domain.projects;
        let of = state.tasks.get(&task).and_then(|project| state.projects.get(&project));
        Ok(of.is_some_and(|project| project.watchers.contains_key(&(task, user))))
    }

    async fn attachment(&self, id: AttachmentId) -> StoreResult<Option<Attachment>> {
        let state = &self.state.read().domain.projects;
        Ok(state.attachments.get(&id).cloned())
    }

    async fn attachments(
        &self,
        task: TaskId,
        start: Option<(Timestamp, AttachmentId)>,
        limit: usize,
    ) -> StoreResult<Vec<Attachment>> {
        let state = &self.state.read().domain.projects;
        let keys = state.attachments_of.after(task, start);
        let files = keys.filter_map(|(_, id)| state.attachments.get(&id));
        Ok(files.take(limit).cloned().collect())
    }

    async fn attachments_to_sweep(&self, query: &SweepQuery) -> StoreResult<Vec<Attachment>> {
        let state = self.projects_state();
        let due = |one: &&Attachment| match one.state {
            AttachmentState::Pending => one.created_at < query.pending_before,
            AttachmentState::Deleted => one.since < query.deleted_before,
            AttachmentState::Doomed => true,
            AttachmentState::Linked => false,
        };
        let files = state.attachments_off.iter().filter_map(|(_, id)| state.attachments.get(&id));
        Ok(files.filter(due).take(query.limit).cloned().collect())
    }

    async fn pending_files(&self, user: UserId) -> StoreResult<PendingFiles> {
        let state = self.projects_state();
        let files = state.attachments_off.iter().filter_map(|(_, id)| state.attachments.get(&id));
        let own =
            files.filter(|one| one.state == AttachmentState::Pending && one.uploaded_by == user);
        Ok(own.fold(PendingFiles::default(), |sum, one| {
            let bytes = one.stored.as_ref().map_or(0, |stored| stored.size_bytes.unsigned_abs());
            PendingFiles { files: sum.files + 1, bytes: sum.bytes.saturating_add(bytes) }
        }))
    }
}
