//! What hangs on tasks: checklists, watchers, files.

use erp_core::{
    port::StoreResult,
    projects::{Attachment, Checklist, ProjectChange as C},
};

use super::{Model, follow, missing, raise};

impl Model {
    pub(super) fn change_task_part(&mut self, change: C) -> StoreResult<()> {
        match change {
            C::PutChecklist { checklist, expected } => {
                self.task_in(checklist.project, checklist.task)?;
                let old = self.checklists.iter().find(|one| one.task == checklist.task);
                let mut version = old.map_or(Checklist::UNSET, |one| one.version);
                raise("checklist", &mut version, expected)?;
                self.checklists.retain(|one| one.task != checklist.task);
                self.checklists.push(Checklist { version, ..*checklist });
            }
            C::PutWatcher { project, watcher } => {
                self.task_in(project, watcher.task)?;
                self.user(watcher.user)?;
                let key = (watcher.task, watcher.user);
                if self.watchers.iter().all(|(_, one)| (one.task, one.user) != key) {
                    self.watchers.push((project, watcher));
                }
            }
            C::RemoveWatcher { project, task, user } => {
                self.project(project)?;
                self.watchers
                    .retain(|(of, one)| (*of, one.task, one.user) != (project, task, user));
            }
            C::PutAttachment { attachment, expected } => {
                let old = self.attachments.iter().find(|one| one.id == attachment.id);
                let version = follow("attachment", old.map(|one| one.version), expected)?;
                self.project(attachment.project)?;
                if let Some(task) = attachment.task {
                    self.task_in(attachment.project, task)?;
                }
                self.user(attachment.uploaded_by)?;
                self.attachments.retain(|one| one.id != attachment.id);
                self.attachments.push(Attachment { version, ..*attachment });
            }
            // Its id alone says which.
            C::RemoveAttachment { project: _, id, expected } => {
                let old = self.attachments.iter_mut().find(|one| one.id == id);
                let old = old.ok_or_else(|| missing("attachment"))?;
                raise("attachment", &mut old.version, expected)?;
                self.attachments.retain(|one| one.id != id);
            }
            other => panic!("a change of another part: {other:?}"),
        }
        Ok(())
    }
}
