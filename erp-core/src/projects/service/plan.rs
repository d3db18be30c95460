//! Tasks in a project's working time: their schedule, and moving them after what they wait for.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{
    ProjectService, project_audience, project_entity,
    tasks::{dates_difference, task_entity, zone},
};
use crate::{
    change::{ChangeSet, Guard, NewEvent, Scope},
    ctx::Ctx,
    error::{Conflict, Error, Result},
    ids::{ProjectId, TaskId},
    policy::Action,
    projects::{
        ProjectAccess, ProjectChange, ProjectEvent, Task, TaskDates, TaskDetails, TaskGraph,
        TaskNode,
        rules::{self, Earlier, NewDates, ProjectSchedule, WorkTime},
    },
};

/// Tasks that are moved at once, at most.
const MAX_MOVED: usize = 1_000;

#[erp_derive::boxed]
impl ProjectService<'_> {
    /// The earliest and latest times of a project's open tasks, and so its critical path, in its
    /// working time (PROJ-7). It begins with the project's first day; where that is not said, with the
    /// first on which a task may be begun, else today.
    ///
    /// # Errors
    /// Not found, precondition errors when estimates and lags contradict each other, and when the plan
    /// goes beyond a hundred years.
    pub async fn schedule(&self, ctx: &Ctx, project: ProjectId) -> Result<ProjectSchedule> {
        let access = self.project_for(ctx, Action::ProjectRead, project).await?;
        let graph = self.graph(project).await?;
        let calendar = self.engine.store().projects().calendar(project).await?.calendar;
        let zone = zone(&access.project)?;
        let open = graph.nodes.iter().filter(|node| node.is_open());
        let begins = open.filter_map(|node| node.start_on).min();
        let first = match access.project.details.start_on.or(begins) {
            Some(day) => day,
            None => self.today(&zone)?,
        };
        rules::schedule_in(&graph, &mut WorkTime::from(&calendar, &zone, first))
    }

    /// Moves the open tasks of a project after what they wait for, all at once (PROJ-7). Each moved
    /// task is written down and told of as if it had been edited alone. Returns the moved tasks, by
    /// number; where none has to move nothing is written.
    ///
    /// # Errors
    /// Not found, forbidden, precondition errors when dependencies contradict each other, when the plan
    /// goes beyond a hundred years, and when more than 1,000 tasks would move.
    pub async fn reschedule(
        &self,
        ctx: &Ctx,
        project: ProjectId,
        earlier: Earlier,
    ) -> Result<Vec<Task>> {
        let attempt = || async {
            let access = self.project_for(ctx, Action::TaskReschedule, project).await?;
            let set = self.change_in(ctx, Action::TaskReschedule, &access, project_entity(project));
            self.put_after(set, &access, None, earlier).await
        };
        self.engine.retry(attempt).await
    }

    /// The same of the tasks that wait for this one, at whatever remove. It stays itself.
    ///
    /// # Errors
    /// As [`Self::reschedule`].
    pub async fn reschedule_after(
        &self,
        ctx: &Ctx,
        task: TaskId,
        earlier: Earlier,
    ) -> Result<Vec<Task>> {
        let attempt = || async {
            let action = Action::TaskReschedule;
            let (on, access) = self.task_for(ctx, action, task).await?;
            let set = self.change_in(ctx, action, &access, task_entity(on.project, task));
            self.put_after(set, &access, Some(task), earlier).await
        };
        self.engine.retry(attempt).await
    }

    async fn put_after(
        &self,
        mut set: ChangeSet,
        access: &ProjectAccess,
        after: Option<TaskId>,
        earlier: Earlier,
    ) -> Result<Vec<Task>> {
        let project = access.project.id;
        let graph = self.graph(project).await?;
        let calendar = self.engine.store().projects().calendar(project).await?.calendar;
        let zone = zone(&access.project)?;
        let first = match first_day(&graph) {
            Some(day) => day,
            None => self.today(&zone)?,
        };
        let mut work = WorkTime::from(&calendar, &zone, first);
        let moved = rules::reschedule(&graph, &mut work, after, earlier)?;
        if moved.is_empty() {
            return Ok(Vec::new());
        }
        if moved.len() > MAX_MOVED {
            let text = "more than 1,000 tasks would move: begin with single tasks";
            return Err(Error::Precondition(text.into()));
        }
        let ids: Vec<TaskId> = moved.iter().map(|one| one.task).collect();
        let tasks = self.engine.store().projects().tasks_by_id(&ids).await?;
        set.guard(Guard::Held(Scope::task_graph(project), graph.version));
        let moved = self.move_to(&mut set, &graph, tasks, &moved)?;
        self.engine.commit(set).await?;
        Ok(moved)
    }

    /// Adds what moves each task, and tells of it.
    fn move_to(
        &self,
        set: &mut ChangeSet,
        graph: &TaskGraph,
        tasks: Vec<Task>,
        moved: &[NewDates],
    ) -> Result<Vec<Task>> {
        let (project, at) = (graph.project, set.at());
        let (mut dates, mut new_tasks) = (Vec::new(), Vec::new());
        let tasks: BTreeMap<TaskId, Task> = tasks.into_iter().map(|task| (task.id, task)).collect();
        let nodes: BTreeMap<TaskId, &TaskNode> =
            graph.nodes.iter().map(|node| (node.id, node)).collect();
        for NewDates { task: id, start_on, due_on } in moved {
            // Between the graph and the task, the task may have changed: then all is read anew.
            let node = nodes.get(id);
            let same = tasks.get(id).filter(|task| node.is_some_and(|node| is_same(node, task)));
            let old = same.ok_or(Conflict::Contention)?.clone();
            let (expected, version) = (old.version, old.version.next());
            set.guard(Guard::Held(Scope::task(project, *id), expected));
            let details =
                TaskDetails { start_on: *start_on, due_on: *due_on, ..old.details.clone() };
            let changed = dates_difference(&old.details, &details);
            let thing = (Action::TaskUpdate, task_entity(project, *id));
            set.along(self.engine.ids(), thing, changed);
            dates.push(TaskDates { id: *id, expected, start_on: *start_on, due_on: *due_on });
            let new = Task { details, updated_at: at, version, ..old };
            let event = ProjectEvent::TaskUpdated(Box::new(new.clone()));
            set.event(NewEvent::new(event, project_audience(project)));
            new_tasks.push(new);
        }
        let ids: Vec<TaskId> = dates.iter().map(|one| one.id).collect();
        set.record(crate::change::Recorder::new().created("moved", ids));
        set.change(ProjectChange::SetTaskDates { project, tasks: dates, at });
        Ok(new_tasks)
    }

    pub(super) fn today(&self, zone: &crate::time::tz::Zone) -> Result<NaiveDate> {
        zone.date_of(self.engine.now()).map_err(|error| Error::Internal(error.to_string()))
    }
}

fn first_day(graph: &TaskGraph) -> Option<NaiveDate> {
    let open = graph.nodes.iter().filter(|node| node.is_open());
    open.flat_map(|node| [node.start_on, node.due_on]).flatten().min()
}

fn is_same(node: &TaskNode, task: &Task) -> bool {
    let details = &task.details;
    (node.start_on, node.due_on, node.estimate_min, node.status)
        == (details.start_on, details.due_on, details.estimate_min, task.status)
}
