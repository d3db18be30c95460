//! Changing a task's details and status.

use super::{ProjectService, project_audience, task_entity};
use crate::{
    change::{ChangeSet, Guard, NewEvent, Recorder, Scope, Version},
    ctx::Ctx,
    error::{Conflict, Result},
    ids::TaskId,
    policy::Action,
    projects::{ProjectAccess, ProjectChange, ProjectEvent, Task, TaskDetails, TaskStatus, rules},
};

#[erp_derive::boxed]
impl ProjectService<'_> {
    /// Replaces what a task says of itself; by what it says already writes nothing.
    ///
    /// # Errors
    /// Not found, forbidden, validation errors on the fields and on `assignees[n]` when a new one is
    /// no active member of the project, a conflict when the version is not the present one.
    pub async fn update_task(
        &self,
        ctx: &Ctx,
        id: TaskId,
        expected: Version,
        details: TaskDetails,
    ) -> Result<Task> {
        let attempt = || async {
            let action = Action::TaskUpdate;
            let (old, access) = self.task_for(ctx, action, id).await?;
            old.version.must_be(expected, "task")?;
            let details = rules::check_task(details.clone())?;
            let changed = difference(&old.details, &details);
            if changed.is_empty() {
                return Ok(old);
            }
            let project = old.project;
            self.check_assignees(project, &details.assignees, &old.details.assignees).await?;
            let mut set = self.change_in(ctx, action, &access, task_entity(project, id));
            set.record(changed);
            let at = set.at();
            let new =
                Task { details: details.clone(), updated_at: at, version: expected.next(), ..old };
            let details = Box::new(details);
            set.change(ProjectChange::UpdateTask { project, id, expected, details, at });
            self.told(set, new).await
        };
        self.engine.retry(attempt).await
    }

    /// Moves a task to another status, along the table of transitions. When it is done, the time is
    /// noted (PROJ-1).
    ///
    /// # Errors
    /// Not found, forbidden, a precondition error when the table has no such step, conflicts when the
    /// version is not the present one or what the task waits for is not done (PROJ-2).
    pub async fn set_task_status(
        &self,
        ctx: &Ctx,
        id: TaskId,
        expected: Version,
        status: TaskStatus,
    ) -> Result<Task> {
        let attempt = || async {
            let action = Action::TaskSetStatus;
            let (old, access) = self.task_for(ctx, action, id).await?;
            old.version.must_be(expected, "task")?;
            if old.status == status {
                return Ok(old);
            }
            rules::task_transition(old.status, status)?;
            let project = old.project;
            let mut set = self.change_in(ctx, action, &access, task_entity(project, id));
            if status == TaskStatus::Done {
                self.guard_blockers(&mut set, &access, id).await?;
            }
            let at = set.at();
            let completed_at = rules::completed_at(status, old.completed_at, at);
            set.record(Recorder::new().field("status", old.status, status).field(
                "completed_at",
                old.completed_at,
                completed_at,
            ));
            let change =
                ProjectChange::SetTaskStatus { project, id, expected, status, completed_at, at };
            set.change(change);
            let version = expected.next();
            self.told(set, Task { status, completed_at, updated_at: at, version, ..old }).await
        };
        self.engine.retry(attempt).await
    }

    /// Refuses while a blocking predecessor is open, and guards that it stays closed until the
    /// commit: no dependency comes, and no predecessor is opened again.
    async fn guard_blockers(
        &self,
        set: &mut ChangeSet,
        access: &ProjectAccess,
        id: TaskId,
    ) -> Result<()> {
        let project = &access.project;
        let projects = self.engine.store().projects();
        let waits_for = rules::blocking(&projects.dependencies(id).await?, id);
        let before = projects.tasks_by_id(&waits_for).await?;
        let freed_by = self.engine.options().projects.freed_by;
        let open = rules::open_blockers(&before, |status| freed_by.holds(status));
        if !open.is_empty() {
            return Err(Conflict::TaskBlocked { by: open }.into());
        }
        set.guard(Guard::Held(Scope::task_graph(project.id), project.graph));
        for task in before {
            let (project, version) = (task.project, task.version);
            set.guard(Guard::Held(Scope::task(project, task.id), version));
        }
        Ok(())
    }

    /// Commits a change of a task, with the event that tells of it.
    pub(in super::super) async fn told(&self, mut set: ChangeSet, new: Task) -> Result<Task> {
        let event = ProjectEvent::TaskUpdated(Box::new(new.clone()));
        set.event(NewEvent::new(event, project_audience(new.project)));
        self.engine.commit(set).await?;
        Ok(new)
    }
}

fn difference(was: &TaskDetails, now: &TaskDetails) -> Recorder {
    Recorder::new()
        .field("title", &was.title, &now.title)
        .field("description", &was.description, &now.description)
        .field("priority", was.priority, now.priority)
        .field("assignees", &was.assignees, &now.assignees)
        .field("labels", &was.labels, &now.labels)
        .field("start_on", was.start_on, now.start_on)
        .field("due_on", was.due_on, now.due_on)
        .field("estimate_min", was.estimate_min, now.estimate_min)
}

/// The same of a task of which only days change.
pub(in super::super) fn dates_difference(was: &TaskDetails, now: &TaskDetails) -> Recorder {
    Recorder::new()
        .field("start_on", was.start_on, now.start_on)
        .field("due_on", was.due_on, now.due_on)
}
