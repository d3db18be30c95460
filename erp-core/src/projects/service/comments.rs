//! What people say about tasks.

use serde::{Deserialize, Serialize};

use super::{ProjectService, project_audience, tasks::check_live};
use crate::{
    change::{ChangeSet, EntityRef, Guard, Idempotency, NewEvent, Recorder, Scope, Version},
    ctx::Ctx,
    error::{Error, Result},
    forms,
    ids::{CommentId, TaskId},
    page::{Page, PageRequest},
    policy::{self, Action, Resource},
    projects::{Comment, ProjectAccess, ProjectChange, ProjectEvent, rules},
};

/// A comment to write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewComment {
    /// What it says, in plain text: 1 byte to 64 KiB.
    pub body: String,
    /// The comment that it answers.
    #[serde(default)]
    pub answers: Option<CommentId>,
}

#[erp_derive::boxed]
impl ProjectService<'_> {
    /// Writes a comment on a task. With an idempotency key the same request gives the same comment
    /// again.
    ///
    /// # Errors
    /// Not found, forbidden, a validation error on `body`, and on `answers` when there is no such
    /// comment on the task.
    pub async fn comment(&self, ctx: &Ctx, task: TaskId, new: NewComment) -> Result<Comment> {
        let author = ctx.user_id()?;
        let attempt = || async {
            let action = Action::CommentWrite;
            let (on, access) = self.task_for(ctx, action, task).await?;
            let body = forms::COMMENT.check("body", &new.body)?;
            let thread = match new.answers {
                Some(answered) => Some(self.thread_of(task, answered).await?),
                None => None,
            };
            let id = CommentId::generate(self.engine.ids());
            let mut set = self.change_in(ctx, action, &access, entity(id, &access));
            let comment = Comment {
                id,
                project: on.project,
                task,
                thread,
                author,
                body,
                created_at: set.at(),
                edited_at: None,
                deleted_at: None,
                version: Version::FIRST,
            };
            set.idempotency = Idempotency::of(ctx, action, &(task, &new), &comment)?;
            // The task is not deleted meanwhile.
            set.guard(Guard::Held(Scope::task_graph(on.project), access.project.graph));
            set.record(Recorder::new().created("task", task).created("body", &comment.body));
            self.say(set, comment, None).await
        };
        self.engine.retry(attempt).await
    }

    /// Edits what a comment of the caller's says; to what it says already writes nothing.
    ///
    /// # Errors
    /// Not found, forbidden, a validation error on `body`, a conflict when the version is not the
    /// present one.
    pub async fn edit_comment(
        &self,
        ctx: &Ctx,
        id: CommentId,
        expected: Version,
        body: String,
    ) -> Result<Comment> {
        let attempt = || async {
            let action = Action::CommentEdit;
            let (old, access) = self.comment_for(ctx, action, id).await?;
            old.version.must_be(expected, "comment")?;
            let body = forms::COMMENT.check("body", &body)?;
            if old.deleted_at.is_some() {
                return Err(Error::Precondition("a deleted comment cannot be edited".into()));
            }
            if old.body == body {
                return Ok(old);
            }
            let mut set = self.change_in(ctx, action, &access, entity(id, &access));
            set.record(Recorder::new().field("body", &old.body, &body));
            let edited_at = Some(set.at());
            self.say(set, Comment { body, edited_at, ..old }, Some(expected)).await
        };
        self.engine.retry(attempt).await
    }

    /// Deletes a comment; answers to it stay. Deleting twice deletes once.
    ///
    /// # Errors
    /// Not found, forbidden, a conflict when the version is not the present one.
    pub async fn delete_comment(
        &self,
        ctx: &Ctx,
        id: CommentId,
        expected: Version,
    ) -> Result<Comment> {
        let attempt = || async {
            let action = Action::CommentDelete;
            let (old, access) = self.comment_for(ctx, action, id).await?;
            if old.deleted_at.is_some() {
                return Ok(rules::shown(old));
            }
            old.version.must_be(expected, "comment")?;
            let mut set = self.change_in(ctx, action, &access, entity(id, &access));
            let deleted_at = Some(set.at());
            set.record(Recorder::new().created("deleted_at", deleted_at));
            self.say(set, Comment { deleted_at, ..old }, Some(expected)).await
        };
        self.engine.retry(attempt).await
    }

    /// Restores a deleted comment.
    ///
    /// # Errors
    /// Not found, forbidden, a conflict when the version is not the present one.
    pub async fn restore_comment(
        &self,
        ctx: &Ctx,
        id: CommentId,
        expected: Version,
    ) -> Result<Comment> {
        let attempt = || async {
            let action = Action::CommentDelete;
            let (old, access) = self.comment_for(ctx, action, id).await?;
            let Some(was) = old.deleted_at else { return Ok(old) };
            old.version.must_be(expected, "comment")?;
            let mut set = self.change_in(ctx, action, &access, entity(id, &access));
            set.record(Recorder::new().field("deleted_at", was, serde_json::Value::Null));
            self.say(set, Comment { deleted_at: None, ..old }, Some(expected)).await
        };
        self.engine.retry(attempt).await
    }

    /// The comments of a task, in the order in which they were written. Of deleted ones the body is
    /// empty.
    ///
    /// # Errors
    /// Not found; a validation error on `cursor`.
    pub async fn comments(
        &self,
        ctx: &Ctx,
        task: TaskId,
        page: &PageRequest,
    ) -> Result<Page<Comment>> {
        self.task_for(ctx, Action::ProjectRead, task).await?;
        let filter = ("comments", task);
        let after = page.after(&filter)?;
        let projects = self.engine.store().projects();
        let rows = projects.comments(task, after, page.limit.get() + 1).await?;
        let page = Page::from_rows(rows, page.limit, &filter, |one| (one.created_at, one.id))?;
        Ok(page.map(rules::shown))
    }

    /// The first comment of the thread that an answer to this comment goes to.
    async fn thread_of(&self, task: TaskId, answered: CommentId) -> Result<CommentId> {
        let comment = self.engine.store().projects().comment(answered).await?;
        match comment.filter(|comment| comment.task == task) {
            Some(comment) => Ok(comment.thread.unwrap_or(comment.id)),
            None => Err(Error::invalid("answers", "no such comment")),
        }
    }

    /// Writes a comment, and tells of it: of a deleted one without what it said.
    async fn say(
        &self,
        mut set: ChangeSet,
        new: Comment,
        expected: Option<Version>,
    ) -> Result<Comment> {
        let version = expected.map_or(Version::FIRST, Version::next);
        let new = Comment { version, ..new };
        set.change(ProjectChange::PutComment { comment: Box::new(new.clone()), expected });
        let event = ProjectEvent::CommentPut(Box::new(rules::shown(new.clone())));
        set.event(NewEvent::new(event, project_audience(new.project)));
        self.engine.commit(set).await?.answer(rules::shown(new))
    }

    /// The comment and its project, when the caller may do this to it.
    async fn comment_for(
        &self,
        ctx: &Ctx,
        action: Action,
        id: CommentId,
    ) -> Result<(Comment, ProjectAccess)> {
        let not_found = Error::NotFound { entity: "comment" };
        let subject = self.engine.subject(ctx).await?;
        let projects = self.engine.store().projects();
        let comment = projects.comment(id).await?;
        let project = comment.as_ref().map(|comment| comment.project);
        let access = self.access_of(ctx, project, "comment").await?;
        let comment = comment.ok_or(not_found.clone())?;
        let author = comment.author;
        let resource = Resource::Entry { project: &access, user: author, entity: "comment" };
        policy::authorize(&subject, action, &resource)?;
        let task = projects.task(comment.task).await?;
        check_live(&access, task.as_ref()).map_err(|_| not_found)?;
        Ok((comment, access))
    }
}

fn entity(id: CommentId, access: &ProjectAccess) -> EntityRef {
    EntityRef::in_project("comment", id.uuid(), access.project.id)
}
