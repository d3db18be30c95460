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
use uuid::Uuid;

use super::after;
use crate::MemoryStore;

#[async_trait]
impl TaskReads for MemoryStore {
    async fn checklist(&self, task: TaskId) -> StoreResult<Option<Checklist>> {
        let state = &self.state.read().domain.projects;
        let of = state.tasks.get(&task).and_then(|project| state.projects.get(project));
        let checklist = of.and_then(|project| project.checklists.get(&task));
        Ok(checklist.map(|checklist| Checklist::clone(checklist)))
    }

    async fn watchers(
        &self,
        task: TaskId,
        start: Option<UserId>,
        limit: usize,
    ) -> StoreResult<Vec<Watcher>> {
        let state = &self.state.read().domain.projects;
        let of = state.tasks.get(&task).and_then(|project| state.projects.get(project));
        let Some(project) = of else { return Ok(Vec::new()) };
        let first = start.unwrap_or(UserId::from_uuid(Uuid::nil()));
        let of_task = project.watchers.range(after(Some((task, first))));
        let of_task = of_task.take_while(|((on, _), _)| *on == task);
        let watcher = |((task, user), since): (&(TaskId, UserId), &Timestamp)| Watcher {
            task: *task,
            user: *user,
            since: *since,
        };
        Ok(of_task.take(limit).map(watcher).collect())
    }

    async fn watches(&self, task: TaskId, user: UserId) -> StoreResult<bool> {
        let state = &self.state.read().domain.projects;
        let of = state.tasks.get(&task).and_then(|project| state.projects.get(project));
        Ok(of.is_some_and(|project| project.watchers.contains_key(&(task, user))))
    }

    async fn attachment(&self, id: AttachmentId) -> StoreResult<Option<Attachment>> {
        let state = &self.state.read().domain.projects;
        Ok(state.attachments.get(&id).map(|attachment| Attachment::clone(attachment)))
    }

    async fn attachments(
        &self,
        task: TaskId,
        start: Option<(Timestamp, AttachmentId)>,
        limit: usize,
    ) -> StoreResult<Vec<Attachment>> {
        let state = &self.state.read().domain.projects;
        let Some(keys) = state.attachments_of.get(&task) else { return Ok(Vec::new()) };
        let files = keys.range(after(start)).filter_map(|(_, id)| state.attachments.get(id));
        Ok(files.take(limit).map(|attachment| Attachment::clone(attachment)).collect())
    }

    async fn attachments_to_sweep(&self, query: &SweepQuery) -> StoreResult<Vec<Attachment>> {
        let state = self.projects_state();
        let due = |one: &&std::sync::Arc<Attachment>| match one.state {
            AttachmentState::Pending => one.created_at < query.pending_before,
            AttachmentState::Deleted => one.since < query.deleted_before,
            AttachmentState::Doomed => true,
            AttachmentState::Linked => false,
        };
        let files = state.attachments_off.iter().filter_map(|(_, id)| state.attachments.get(id));
        Ok(files.filter(due).take(query.limit).map(|one| Attachment::clone(one)).collect())
    }

    async fn pending_files(&self, user: UserId) -> StoreResult<PendingFiles> {
        let state = self.projects_state();
        let files = state.attachments_off.iter().filter_map(|(_, id)| state.attachments.get(id));
        let own =
            files.filter(|one| one.state == AttachmentState::Pending && one.uploaded_by == user);
        Ok(own.fold(PendingFiles::default(), |sum, one| {
            let bytes = one.stored.as_ref().map_or(0, |stored| stored.size_bytes.unsigned_abs());
            PendingFiles { files: sum.files + 1, bytes: sum.bytes.saturating_add(bytes) }
        }))
    }
}
