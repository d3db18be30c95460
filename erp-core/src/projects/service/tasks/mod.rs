//! Tasks: making and finding them.

mod board;
mod bulk;
mod graph;
mod make;
mod remembered;
mod write;

pub use board::{Board, BoardColumn, ReadyFilter};
pub use bulk::{BulkChange, BulkOutcome, SeenTask, TaskPatch};
pub(super) use make::{Making, link, make};
pub(super) use write::dates_difference;

pub use graph::NewDependency;
pub(crate) use remembered::RememberedLinks;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use self::make::Made;
use super::{ProjectService, project_audience};
use crate::{
    change::{EntityRef, Idempotency},
    ctx::Ctx,
    error::{Error, Result},
    forms,
    ids::{ProjectId, TaskId, UserId},
    page::{Page, PageRequest},
    policy::{self, Action, Resource},
    projects::{
        Project, ProjectAccess, StatusCount, Task, TaskDetails, TaskKey, TaskQuery, TaskStatus,
        rules,
    },
    time::{self, tz::Zone},
};

/// A task to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewTask {
    /// What it says of itself.
    #[serde(flatten)]
    pub details: TaskDetails,
    /// The task that it is a part of.
    #[serde(default)]
    pub parent: Option<TaskId>,
    /// How far it is; to be done when none.
    #[serde(default)]
    pub status: Option<TaskStatus>,
}

impl NewTask {
    /// A task of this title, to be done.
    pub fn titled(title: impl Into<String>) -> Self {
        Self { details: TaskDetails::titled(title), parent: None, status: None }
    }
}

/// A task as it is at this moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskView {
    /// The task.
    #[serde(flatten)]
    pub task: Task,
    /// Whether its last day is over in the project's zone, and something is left to do (PROJ-15).
    pub overdue: bool,
}

#[erp_derive::boxed]
impl ProjectService<'_> {
    /// Makes a task, with the next number of its project. With an idempotency key the same request
    /// gives the same task again.
    ///
    /// # Errors
    /// Not found, forbidden, validation errors on the fields, on `assignees[n]` when there is no such
    /// active member, and on `parent` when there is no such task.
    pub async fn create_task(&self, ctx: &Ctx, project: ProjectId, new: NewTask) -> Result<Task> {
        let attempt = || async {
            let action = Action::TaskCreate;
            let access = self.project_for(ctx, action, project).await?;
            let details = rules::check_task(new.details.clone())?;
            self.check_assignees(project, &details.assignees, &[]).await?;
            let id = TaskId::generate(self.engine.ids());
            let mut set = self.change_in(ctx, action, &access, task_entity(project, id));
            let status = new.status.unwrap_or(TaskStatus::Todo);
            let making = Making { id, details, parent: new.parent, phase: None, status };
            let Made { task, change, recorder } = make(&mut set, &access.project, making);
            set.idempotency = Idempotency::of(ctx, action, &(project, &new), &task)?;
            set.record(recorder);
            let mut receipt = match self.engine.commit(set).await {
                Err(Error::NotFound { entity: "task" }) => {
                    return Err(Error::invalid("parent", "no such task"));
                }
                other => other?,
            };
            let mut task = receipt.answer(task)?;
            task.code.number = receipt.number(change)?;
            Ok(task)
        };
        self.engine.retry(attempt).await
    }

    /// A task as it is now.
    ///
    /// # Errors
    /// Not found, also when the caller may not see the project (PROJ-14).
    pub async fn task(&self, ctx: &Ctx, id: TaskId) -> Result<TaskView> {
        let (task, access) = self.task_for(ctx, Action::ProjectRead, id).await?;
        Ok(self.view(task, &zone(&access.project)?))
    }

    /// The tasks of a project that match.
    ///
    /// # Errors
    /// Not found; validation errors on `label`, `due_before` and `cursor`.
    pub async fn tasks(
        &self,
        ctx: &Ctx,
        project: ProjectId,
        query: TaskQuery,
        page: &PageRequest,
    ) -> Result<Page<TaskView>> {
        let access = self.project_for(ctx, Action::ProjectRead, project).await?;
        let mut query = query;
        let filter = (project, query.clone());
        let label = query.label.as_deref().map(|label| forms::LABEL.check("label", label));
        query.label = label.transpose()?;
        let day = |day| time::checked_day("due_before", day);
        query.due_before = query.due_before.map(day).transpose()?;
        query.after = page.after(&filter)?;
        if query.after.is_some_and(|after: TaskKey| !after.is_of(query.sort)) {
            return Err(Error::invalid("cursor", "not a cursor of this list"));
        }
        query.limit = page.limit.get() + 1;
        let rows = self.engine.store().projects().tasks(project, &query).await?;
        let sort = query.sort;
        let page = Page::from_rows(rows, page.limit, &filter, |task| TaskKey::of(task, sort))?;
        let zone = zone(&access.project)?;
        Ok(page.map(|task| self.view(task, &zone)))
    }

    /// How many tasks of a project are in each column of its board; columns without any are left
    /// out.
    ///
    /// # Errors
    /// Not found.
    pub async fn task_counts(&self, ctx: &Ctx, project: ProjectId) -> Result<Vec<StatusCount>> {
        self.project_for(ctx, Action::ProjectRead, project).await?;
        Ok(self.engine.store().projects().task_counts(project).await?)
    }

    /// How much of a project is done, in percent of the tasks that were not given up (PROJ-8); none
    /// where there is no such task.
    ///
    /// # Errors
    /// Not found.
    pub async fn progress(&self, ctx: &Ctx, project: ProjectId) -> Result<Option<Decimal>> {
        Ok(rules::percent_by_count(&self.task_counts(ctx, project).await?))
    }

    fn view(&self, task: Task, zone: &Zone) -> TaskView {
        let overdue = rules::overdue(task.status, task.details.due_on, zone, self.engine.now());
        TaskView { task, overdue }
    }

    /// The live task and its project, when the caller may do this to it.
    pub(super) async fn task_for(
        &self,
        ctx: &Ctx,
        action: Action,
        id: TaskId,
    ) -> Result<(Task, ProjectAccess)> {
        let (task, access) = self.any_task_for(ctx, action, id).await?;
        check_live(&access, Some(&task))?;
        Ok((task, access))
    }

    /// The same, deleted or not. The project's versions are those from before the task was read: a
    /// guard on them holds only while the task stands as it was read.
    async fn any_task_for(
        &self,
        ctx: &Ctx,
        action: Action,
        id: TaskId,
    ) -> Result<(Task, ProjectAccess)> {
        let not_found = Error::NotFound { entity: "task" };
        let subject = self.engine.subject(ctx).await?;
        let projects = self.engine.store().projects();
        let project = projects.task(id).await?.map(|task| task.project);
        let access = self.access_of(ctx, project, "task").await?;
        policy::authorize(&subject, action, &Resource::Task(&access))?;
        if access.project.deleted_at.is_some() {
            return Err(not_found);
        }
        let task = projects.task(id).await?.ok_or(not_found)?;
        Ok((task, access))
    }

    /// Whoever is newly to do a task must belong to its project and be let in.
    async fn check_assignees(
        &self,
        project: ProjectId,
        wanted: &[UserId],
        before: &[UserId],
    ) -> Result<()> {
        let new = |user: &UserId| !before.contains(user);
        for (index, id) in wanted.iter().enumerate().filter(|(_, id)| new(id)) {
            if !self.is_active_member(project, *id).await? {
                let field = format!("assignees[{index}]");
                return Err(Error::invalid(field, "no such active member of the project"));
            }
        }
        Ok(())
    }
}

/// The task must be there, and neither it nor its project deleted.
pub(super) fn check_live(access: &ProjectAccess, task: Option<&Task>) -> Result<()> {
    let live = task.is_some_and(|task| task.deleted_at.is_none());
    if live && access.project.deleted_at.is_none() {
        Ok(())
    } else {
        Err(Error::NotFound { entity: "task" })
    }
}

/// The zone that the project's days are days of.
pub(super) fn zone(project: &Project) -> Result<Zone> {
    let zone = Zone::named(&project.details.zone);
    zone.map_err(|error| Error::Internal(error.to_string()))
}

pub(super) fn task_entity(project: ProjectId, task: TaskId) -> EntityRef {
    EntityRef::in_project("task", task.uuid(), project)
}
