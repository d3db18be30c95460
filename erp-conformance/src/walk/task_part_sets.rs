//! Changes of what hangs on tasks: checklists, watchers, files.

use chrono::TimeDelta;
use erp_core::{
    change::Version,
    ids::{AttachmentId, ChecklistItemId},
    projects::{
        Attachment, AttachmentState, Checklist, ChecklistItem, ProjectChange as C, StoredFile,
        Tick, Watcher,
    },
};

use super::{generate::Generator, model::Model};

impl Generator {
    pub(super) fn task_part_change(&mut self, model: &Model) -> C {
        match self.random.below(20) {
            _ if model.tasks.is_empty() => self.task_change(model),
            0..6 => self.put_checklist(model),
            6..10 => {
                let (mut project, mut task, _) = self.task_seen(model);
                let mut user = self.user_id(model);
                if !model.watchers.is_empty() && self.random.percent(30) {
                    // He watches it already.
                    let (of, old) = *self.random.pick(&model.watchers);
                    (project, task, user) = (of, old.task, old.user);
                }
                C::PutWatcher { project, watcher: Watcher { task, user, since: self.now } }
            }
            10..12 => self.remove_watcher(model),
            12..18 => self.put_attachment(model),
            _ => self.remove_attachment(model),
        }
    }

    fn put_checklist(&mut self, model: &Model) -> C {
        let (project, task, _) = self.task_seen(model);
        let present = model.checklists.iter().find(|one| one.task == task);
        let version = present.map_or(Checklist::UNSET, |one| one.version);
        let mut items = present.map_or_else(Vec::new, |one| one.items.clone());
        if items.is_empty() || self.random.percent(50) {
            let text = format!("schrauben {} ä", self.random.below(100));
            let id = ChecklistItemId::generate(&self.ids);
            let place = self.random.below(items.len() + 1);
            items.insert(place, ChecklistItem { id, text, done: None });
        } else if self.random.percent(70) {
            let by = self.random.percent(70).then(|| self.user_id(model));
            let place = self.random.below(items.len());
            items[place].done = self.random.percent(70).then_some(Tick { by, at: self.now });
        } else {
            items.remove(self.random.below(items.len()));
        }
        let updated_at = Some(self.now);
        let checklist = Checklist { task, project, items, version: Version::FIRST, updated_at };
        C::PutChecklist { checklist: Box::new(checklist), expected: self.expected(version) }
    }

    fn remove_watcher(&mut self, model: &Model) -> C {
        if !model.watchers.is_empty() && self.random.percent(80) {
            let (project, Watcher { task, user, .. }) = *self.random.pick(&model.watchers);
            let project = if self.random.percent(15) { self.project_id(model) } else { project };
            return C::RemoveWatcher { project, task, user };
        }
        let (project, task, _) = self.task_seen(model);
        C::RemoveWatcher { project, task, user: self.user_id(model) }
    }

    fn put_attachment(&mut self, model: &Model) -> C {
        let mut id = AttachmentId::generate(&self.ids);
        let (project, task, _) = self.task_seen(model);
        if !model.attachments.is_empty() && self.random.percent(60) {
            let mut attachment = self.random.pick(&model.attachments).clone();
            let expected = Some(self.expected(attachment.version));
            if self.rarely() {
                attachment.id = id;
            }
            attachment.state = *self.random.pick(AttachmentState::ALL);
            attachment.since = self.now;
            if attachment.state == AttachmentState::Linked && attachment.task.is_none() {
                attachment.task = Some(self.task_of(model, attachment.project));
            }
            attachment.stored = attachment.stored.or_else(|| Some(self.stored()));
            return C::PutAttachment { attachment: Box::new(attachment), expected };
        }
        if self.rarely() && !model.attachments.is_empty() {
            id = self.random.pick(&model.attachments).id;
        }
        let linked = self.random.percent(60);
        let state = if linked { AttachmentState::Linked } else { AttachmentState::Pending };
        let attachment = Attachment {
            id,
            project,
            task: linked.then_some(task),
            name: format!("plän {}.pdf", self.random.below(20)),
            content_type: "application/pdf".to_owned(),
            stored: self.random.percent(60).then(|| self.stored()),
            state,
            uploaded_by: self.user_id(model),
            // Now and then as one that was begun before.
            created_at: self.now - TimeDelta::minutes(if self.random.percent(30) { 7 } else { 0 }),
            since: self.now,
            version: Version::FIRST,
        };
        C::PutAttachment { attachment: Box::new(attachment), expected: None }
    }

    fn stored(&mut self) -> StoredFile {
        let size_bytes = i64::try_from(self.random.below(1_000_000)).expect("it is small");
        StoredFile { size_bytes, sha256: format!("{:064x}", self.random.next()) }
    }

    fn remove_attachment(&mut self, model: &Model) -> C {
        let project = self.project_id(model);
        let id = AttachmentId::generate(&self.ids);
        if model.attachments.is_empty() {
            return C::RemoveAttachment { project, id, expected: Version::FIRST };
        }
        let old = self.random.pick(&model.attachments).clone();
        let project = if self.random.percent(15) { project } else { old.project };
        let id = if self.rarely() { id } else { old.id };
        C::RemoveAttachment { project, id, expected: self.expected(old.version) }
    }
}
