//! Who watches tasks.

use super::{ProjectService, project_audience, tasks::task_entity};
use crate::{
    change::{Guard, NewEvent, Recorder, Scope},
    ctx::Ctx,
    error::{Error, Result},
    ids::{TaskId, UserId},
    page::{Page, PageRequest},
    policy::Action,
    projects::{ProjectChange, ProjectEvent, Watcher},
};

#[erp_derive::boxed]
impl ProjectService<'_> {
    /// Who watches a task, by user id. All of them are members of its project: who leaves that watches
    /// none of its tasks any more.
    ///
    /// # Errors
    /// Not found; a validation error on `cursor`.
    pub async fn watchers(
        &self,
        ctx: &Ctx,
        task: TaskId,
        page: &PageRequest,
    ) -> Result<Page<Watcher>> {
        self.task_for(ctx, Action::ProjectRead, task).await?;
        let filter = ("watchers", task);
        let after = page.after(&filter)?;
        let projects = self.engine.store().projects();
        let rows = projects.watchers(task, after, page.limit.get() + 1).await?;
        Page::from_rows(rows, page.limit, &filter, |watcher| watcher.user)
    }

    /// Has someone watch a task, the caller himself or another member of its project; who watches it
    /// already goes on.
    ///
    /// # Errors
    /// Not found, forbidden, a validation error on `user` when there is no such active member.
    pub async fn watch(&self, ctx: &Ctx, task: TaskId, user: UserId) -> Result<()> {
        let action = watching(ctx, user);
        let attempt = || async {
            let (on, access) = self.task_for(ctx, action, task).await?;
            if self.engine.store().projects().watches(task, user).await? {
                return Ok(());
            }
            if !self.is_active_member(on.project, user).await? {
                return Err(Error::invalid("user", "no such active member of the project"));
            }
            let mut set = self.change_in(ctx, action, &access, task_entity(on.project, task));
            // The task is not deleted meanwhile.
            set.guard(Guard::Held(Scope::task_graph(on.project), access.project.graph));
            set.record(Recorder::new().created("watcher", user));
            let watcher = Watcher { task, user, since: set.at() };
            set.change(ProjectChange::PutWatcher { project: on.project, watcher });
            let event = ProjectEvent::WatcherPut { project: on.project, watcher };
            set.event(NewEvent::new(event, project_audience(on.project)));
            self.engine.commit(set).await.map(drop)
        };
        self.engine.retry(attempt).await
    }

    /// Has someone watch a task no more; who does not watch it goes on so.
    ///
    /// # Errors
    /// Not found, forbidden.
    pub async fn unwatch(&self, ctx: &Ctx, task: TaskId, user: UserId) -> Result<()> {
        let action = watching(ctx, user);
        let attempt = || async {
            let (on, access) = self.task_for(ctx, action, task).await?;
            if !self.engine.store().projects().watches(task, user).await? {
                return Ok(());
            }
            let project = on.project;
            let mut set = self.change_in(ctx, action, &access, task_entity(project, task));
            set.record(Recorder::new().field("watcher", user, serde_json::Value::Null));
            set.change(ProjectChange::RemoveWatcher { project, task, user });
            let event = ProjectEvent::WatcherRemoved { project, task, user };
            set.event(NewEvent::new(event, project_audience(project)));
            self.engine.commit(set).await.map(drop)
        };
        self.engine.retry(attempt).await
    }
}

/// Everyone may watch what he sees; to have others watch is more.
fn watching(ctx: &Ctx, user: UserId) -> Action {
    if ctx.actor.user() == Some(user) { Action::TaskWatch } else { Action::TaskPutWatcher }
}
