//! Files on tasks. What is known of a file is written before its bytes are, and goes after them, so that
//! no bytes are ever without it, whatever breaks off.

use std::fmt::Display;

use bytes::Bytes;
use futures::{Stream, stream::BoxStream};

use super::{ProjectService, project_audience, tasks::check_live};
use crate::{
    change::{Audience, ChangeSet, EntityRef, Guard, NewEvent, Recorder, Scope, Version},
    ctx::Ctx,
    error::{Error, Result},
    files::Files,
    ids::{AttachmentId, ProjectId, TaskId, UserId},
    page::{Page, PageRequest},
    policy::{self, Action, Resource},
    projects::{
        Attachment, AttachmentState, PendingFiles, ProjectAccess, ProjectChange, ProjectEvent,
        rules,
    },
};

const MISSING: Error = Error::NotFound { entity: "attachment" };

/// A file to upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    /// Its name, 1 to 255 characters without a path.
    pub name: String,
    /// What it is, such as `image/png`.
    pub content_type: String,
}

#[erp_derive::boxed]
impl ProjectService<'_> {
    /// Takes in a file for a project. Until it is linked to a task, only the caller sees it, and a day
    /// later it is swept. Of what breaks off nothing is left.
    ///
    /// # Errors
    /// Not found, forbidden; validation errors on `name` and `content_type`, on `content` when it is too
    /// large or breaks off; a conflict when the caller has too many files on no task, or too many bytes
    /// of them; a precondition error when the engine has no object store; unavailable when that fails.
    pub async fn upload<E: Display>(
        &self,
        ctx: &Ctx,
        project: ProjectId,
        file: NewFile,
        content: impl Stream<Item = Result<Bytes, E>> + Send,
    ) -> Result<Attachment> {
        let (action, files) = (Action::AttachmentUpload, self.engine.files()?);
        let uploaded_by = ctx.user_id()?;
        let access = self.project_for(ctx, action, project).await?;
        let (name, content_type) = rules::check_file(&file.name, &file.content_type)?;
        self.check_room(uploaded_by, PendingFiles { files: 1, bytes: 1 }).await?;
        let id = AttachmentId::generate(self.engine.ids());
        let mut set = self.change_in(ctx, action, &access, entity(id, project));
        set.record(Recorder::new().created("name", &name).created("content_type", &content_type));
        let begun = Attachment {
            id,
            project,
            task: None,
            name,
            content_type,
            stored: None,
            state: AttachmentState::Pending,
            uploaded_by,
            created_at: set.at(),
            since: set.at(),
            version: Version::FIRST,
        };
        let begun = self.put_attachment(set, begun, None).await?;
        let taken = self.take_in(ctx, &files, &begun, content).await;
        if taken.is_err()
            && let Err(error) = self.withdraw(ctx, &files, id).await
        {
            tracing::warn!(%error, %id, "what is left of an upload is swept later");
        }
        taken
    }

    /// Writes the bytes, and what is known of them.
    async fn take_in<E: Display>(
        &self,
        ctx: &Ctx,
        files: &Files,
        begun: &Attachment,
        content: impl Stream<Item = Result<Bytes, E>> + Send,
    ) -> Result<Attachment> {
        let (id, user) = (begun.id, begun.uploaded_by);
        self.check_room(user, PendingFiles::default()).await?;
        let max_bytes = self.engine.options().projects.max_file_bytes;
        let stored = files.write(&path(id), max_bytes, content).await?;
        let size = u64::try_from(stored.size_bytes).unwrap_or_default();
        self.check_room(user, PendingFiles { files: 0, bytes: size }).await?;
        let action = Action::AttachmentUpload;
        let mut set = self.engine.change(ctx, action, entity(id, begun.project));
        set.record(Recorder::new().created("stored", &stored));
        let whole = Attachment { stored: Some(stored), ..begun.clone() };
        let whole = self.put_attachment(set, whole, Some(begun.version)).await?;
        self.check_room(user, PendingFiles::default()).await?;
        Ok(whole)
    }

    /// There is room for so much more among what the user has on no task.
    async fn check_room(&self, user: UserId, more: PendingFiles) -> Result<()> {
        let held = self.engine.store().projects().pending_files(user).await?;
        let (files, bytes) = (held.files + more.files, held.bytes.saturating_add(more.bytes));
        rules::check_pending_files(PendingFiles { files, bytes }, &self.engine.options().projects)
    }

    /// Drops what is left of an upload, unless it came in whole and was put onto a task meanwhile.
    async fn withdraw(&self, ctx: &Ctx, files: &Files, id: AttachmentId) -> Result<()> {
        let present = self.engine.store().projects().attachment(id).await?;
        match present.filter(|present| present.state == AttachmentState::Pending) {
            Some(left) => {
                self.drop_file(ctx, Action::AttachmentUpload, files, left).await.map(drop)
            }
            None => Ok(()),
        }
    }

    /// Puts a file that the caller has uploaded onto a task of the same project.
    ///
    /// # Errors
    /// Not found, forbidden; a validation error on `task` when there is no such one in the project; a
    /// precondition error unless the file is pending and came in whole; a conflict when the version is
    /// not the present one.
    pub async fn link_attachment(
        &self,
        ctx: &Ctx,
        id: AttachmentId,
        expected: Version,
        task: TaskId,
    ) -> Result<Attachment> {
        let action = Action::AttachmentLink;
        let attempt = || async {
            let (old, access) = self.attachment_for(ctx, action, id).await?;
            old.version.must_be(expected, "attachment")?;
            rules::check_attachment_link(&old)?;
            let on = self.engine.store().projects().task(task).await?;
            let on = on.filter(|on| on.project == old.project);
            let none = |_| Error::invalid("task", "no such task in the project");
            check_live(&access, on.as_ref()).map_err(none)?;
            let mut set = self.change_in(ctx, action, &access, entity(id, old.project));
            // The task is not deleted meanwhile.
            set.guard(Guard::Held(Scope::task_graph(old.project), access.project.graph));
            set.record(Recorder::new().created("task", task));
            let (state, since) = (AttachmentState::Linked, set.at());
            let new = Attachment { task: Some(task), state, since, ..old };
            self.put_attachment(set, new, Some(expected)).await
        };
        self.engine.retry(attempt).await
    }

    /// Takes a file off its task. Until it is swept it may be restored. Deleting twice deletes once. One
    /// that is on no task yet is dropped for good, and so makes room for others.
    ///
    /// # Errors
    /// Not found, forbidden, a conflict when the version is not the present one; a precondition error
    /// while the file is still coming in.
    pub async fn delete_attachment(
        &self,
        ctx: &Ctx,
        id: AttachmentId,
        expected: Version,
    ) -> Result<Attachment> {
        let action = Action::AttachmentDelete;
        let (old, _) = self.attachment_for(ctx, action, id).await?;
        if old.state != AttachmentState::Pending {
            return self.set_attachment_state(ctx, id, expected, AttachmentState::Deleted).await;
        }
        old.version.must_be(expected, "attachment")?;
        rules::check_attachment_link(&old)?;
        let (version, since) = (old.version.next(), self.engine.now());
        let dropped = Attachment { state: AttachmentState::Doomed, since, version, ..old.clone() };
        match self.drop_file(ctx, action, &self.engine.files()?, old).await? {
            true => Ok(dropped),
            // It was put onto a task at this moment.
            false => self.set_attachment_state(ctx, id, expected, AttachmentState::Deleted).await,
        }
    }

    /// Puts a deleted file back onto its task. Restoring twice restores once.
    ///
    /// # Errors
    /// Not found, also when it is being swept; forbidden, a conflict when the version is not the present
    /// one.
    pub async fn restore_attachment(
        &self,
        ctx: &Ctx,
        id: AttachmentId,
        expected: Version,
    ) -> Result<Attachment> {
        self.set_attachment_state(ctx, id, expected, AttachmentState::Linked).await
    }

    async fn set_attachment_state(
        &self,
        ctx: &Ctx,
        id: AttachmentId,
        expected: Version,
        state: AttachmentState,
    ) -> Result<Attachment> {
        let action = Action::AttachmentDelete;
        let attempt = || async {
            let (old, access) = self.attachment_for(ctx, action, id).await?;
            if old.state == state {
                return Ok(old);
            }
            old.version.must_be(expected, "attachment")?;
            rules::check_on_a_task(&old)?;
            let mut set = self.change_in(ctx, action, &access, entity(id, old.project));
            set.record(Recorder::new().field("state", old.state, state));
            let since = set.at();
            self.put_attachment(set, Attachment { state, since, ..old }, Some(expected)).await
        };
        self.engine.retry(attempt).await
    }

    /// The files of a task, in the order in which they were uploaded.
    ///
    /// # Errors
    /// Not found; a validation error on `cursor`.
    pub async fn attachments(
        &self,
        ctx: &Ctx,
        task: TaskId,
        page: &PageRequest,
    ) -> Result<Page<Attachment>> {
        self.task_for(ctx, Action::ProjectRead, task).await?;
        let filter = ("attachments", task);
        let after = page.after(&filter)?;
        let projects = self.engine.store().projects();
        let rows = projects.attachments(task, after, page.limit.get() + 1).await?;
        Page::from_rows(rows, page.limit, &filter, |one| (one.created_at, one.id))
    }

    /// What is known of a file.
    ///
    /// # Errors
    /// Not found, also while it is pending for all but its uploader.
    pub async fn attachment(&self, ctx: &Ctx, id: AttachmentId) -> Result<Attachment> {
        Ok(self.attachment_for(ctx, Action::ProjectRead, id).await?.0)
    }

    /// A file with its bytes.
    ///
    /// # Errors
    /// Not found; a precondition error until it has come in whole, while it is deleted, or when the
    /// engine has no object store; unavailable when that fails.
    pub async fn attachment_content(
        &self,
        ctx: &Ctx,
        id: AttachmentId,
    ) -> Result<(Attachment, BoxStream<'static, Result<Bytes>>)> {
        let files = self.engine.files()?;
        let attachment = self.attachment(ctx, id).await?;
        if attachment.stored.is_none() || attachment.state == AttachmentState::Deleted {
            return Err(Error::Precondition("the file is not there".into()));
        }
        let content = files.read(&path(id)).await?;
        Ok((attachment, content))
    }

    /// Writes what is known of a file, and tells those of it who may see it.
    pub(super) async fn put_attachment(
        &self,
        mut set: ChangeSet,
        new: Attachment,
        expected: Option<Version>,
    ) -> Result<Attachment> {
        let version = expected.map_or(Version::FIRST, Version::next);
        let new = Attachment { version, ..new };
        set.change(ProjectChange::PutAttachment { attachment: Box::new(new.clone()), expected });
        let audience = match (new.state, new.task) {
            (AttachmentState::Linked | AttachmentState::Deleted, Some(_)) => {
                project_audience(new.project)
            }
            _ => [Audience::User(new.uploaded_by)],
        };
        if new.state != AttachmentState::Doomed {
            let event = ProjectEvent::AttachmentPut(Box::new(new.clone()));
            set.event(NewEvent::new(event, audience));
        }
        self.engine.commit(set).await?.answer(new)
    }

    /// The file and its project, when the caller may do this to it.
    async fn attachment_for(
        &self,
        ctx: &Ctx,
        action: Action,
        id: AttachmentId,
    ) -> Result<(Attachment, ProjectAccess)> {
        let subject = self.engine.subject(ctx).await?;
        let projects = self.engine.store().projects();
        let attachment = projects.attachment(id).await?;
        let project = attachment.as_ref().map(|attachment| attachment.project);
        let access = self.access_of(ctx, project, "attachment").await?;
        let attachment = attachment.ok_or(MISSING)?;
        let user = attachment.uploaded_by;
        let resource = Resource::Entry { project: &access, user, entity: "attachment" };
        policy::authorize(&subject, action, &resource)?;
        let own = ctx.actor.user() == Some(user);
        let hidden = match attachment.state {
            AttachmentState::Pending => !own || access.project.deleted_at.is_some(),
            AttachmentState::Doomed => true,
            AttachmentState::Linked | AttachmentState::Deleted => {
                let on = match attachment.task {
                    Some(task) => projects.task(task).await?,
                    None => None,
                };
                check_live(&access, on.as_ref()).is_err()
            }
        };
        if hidden { Err(MISSING) } else { Ok((attachment, access)) }
    }
}

pub(super) fn entity(id: AttachmentId, project: ProjectId) -> EntityRef {
    EntityRef::in_project("attachment", id.uuid(), project)
}

/// Where the bytes are in the object store.
pub(super) fn path(id: AttachmentId) -> String {
    format!("attachments/{}", id.uuid().simple())
}
