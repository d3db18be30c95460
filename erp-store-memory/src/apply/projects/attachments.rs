//! Changes of what is known of files.

use std::sync::Arc;

use erp_core::{
    change::Version,
    ids::AttachmentId,
    port::StoreResult,
    projects::{Attachment, AttachmentState},
};

use crate::{
    apply::{fresh, missing, next_version, require},
    state::{Domain, ProjectsState},
};

impl Domain {
    pub(super) fn put_attachment(
        &mut self,
        attachment: Attachment,
        expected: Option<Version>,
    ) -> StoreResult<()> {
        let state = &mut self.projects;
        let present = state.attachments.get(&attachment.id).map(|old| old.version);
        let version = next_version("attachment", present, expected)?;
        let tasks = &state.project(attachment.project)?.tasks;
        require(attachment.task.is_none_or(|task| tasks.contains_key(&task)), "task")?;
        require(self.access.users.contains_key(&attachment.uploaded_by), "user")?;
        let state = &mut self.projects;
        state.forget(attachment.id);
        state.keep(Attachment { version, ..attachment });
        Ok(())
    }
}

impl ProjectsState {
    pub(super) fn remove_attachment(
        &mut self,
        id: AttachmentId,
        expected: Version,
    ) -> StoreResult<()> {
        let old = self.attachments.get(&id).ok_or_else(|| missing("attachment"))?;
        fresh("attachment", expected, old.version)?;
        self.forget(id);
        Ok(())
    }

    fn keep(&mut self, attachment: Attachment) {
        let key = (attachment.created_at, attachment.id);
        match (attachment.state, attachment.task) {
            (AttachmentState::Linked, Some(task)) => {
                self.attachments_of.insert((task, key.0, key.1));
            }
            _ => self.attachments_off.insert(key),
        }
        self.attachments.insert(attachment.id, Arc::new(attachment));
    }

    fn forget(&mut self, id: AttachmentId) {
        let Some(old) = self.attachments.remove(&id) else { return };
        let key = (old.created_at, old.id);
        self.attachments_off.remove(&key);
        if let Some(task) = old.task {
            self.attachments_of.remove(&(task, key.0, key.1));
        }
    }
}
