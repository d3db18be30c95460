//! Projects, their members and their tasks.

mod board;
mod search;

use std::sync::Arc;

use async_trait::async_trait;
use erp_core::{
    change::Version,
    ids::{CommentId, PhaseId, ProjectId, TaskId, TimeEntryId, UserId},
    port::StoreResult,
    projects::{
        Column, Comment, Dependency, Hit, ParentFilter, Project, ProjectAccess, ProjectCalendar,
        ProjectMember, ProjectQuery, ProjectReads, ProjectRole, RatedSpan, ReadyQuery, SearchQuery,
        Shelf, SortOrder, StatusCount, Task, TaskGraph, TaskKey, TaskNode, TaskQuery, TaskSort,
        TaskStatus, TaskTime, TimeEntry, Timesheet,
    },
    time::Timestamp,
};

use super::{after, rates};
use crate::{
    MemoryStore,
    order::{by_key, distinct},
    state::{ProjectState, ProjectsState},
};

impl MemoryStore {
    /// The present state, to be read outside the lock.
    pub(super) fn projects_state(&self) -> ProjectsState {
        self.state.read().domain.projects.clone()
    }

    fn project_state(&self, id: ProjectId) -> Option<Arc<ProjectState>> {
        self.state.read().domain.projects.projects.shared(&id)
    }
}

#[async_trait]
impl ProjectReads for MemoryStore {
    async fn project(&self, id: ProjectId) -> StoreResult<Option<Project>> {
        Ok(self.project_state(id).map(|state| state.project.clone()))
    }

    async fn access(&self, id: ProjectId, user: UserId) -> StoreResult<Option<ProjectAccess>> {
        Ok(self.project_state(id).map(|state| state.access(user)))
    }

    async fn projects(&self, query: &ProjectQuery) -> StoreResult<Vec<Project>> {
        let state = self.projects_state();
        let codes = state.codes.after(query.after.as_deref());
        let matching = codes.filter_map(|(_, id)| {
            let ProjectState { project, members, .. } = state.projects.get(&id)?;
            let listed = project.deleted_at.is_none()
                && query.member.is_none_or(|user| members.contains_key(&user))
                && (query.status.is_empty() || query.status.contains(&project.status));
            listed.then(|| project.clone())
        });
        Ok(matching.take(query.limit).collect())
    }

    async fn memberships(&self, user: UserId) -> StoreResult<Vec<ProjectMember>> {
        let state = self.projects_state();
        let ids = state.projects_of.of(user);
        let members = ids.filter_map(|id| state.projects.get(&id)?.members.get(&user).cloned());
        Ok(members.collect())
    }

    async fn members(
        &self,
        project: ProjectId,
        start: Option<UserId>,
        limit: usize,
    ) -> StoreResult<Vec<ProjectMember>> {
        let Some(state) = self.project_state(project) else { return Ok(Vec::new()) };
        let members = state.members.range(after(start)).map(|(_, member)| member.clone());
        Ok(members.take(limit).collect())
    }

    async fn owners(&self, project: ProjectId) -> StoreResult<Vec<UserId>> {
        let Some(state) = self.project_state(project) else { return Ok(Vec::new()) };
        let owners = state.members.values().filter(|member| member.role == ProjectRole::Owner);
        Ok(owners.map(|member| member.user).collect())
    }

    async fn task(&self, id: TaskId) -> StoreResult<Option<Task>> {
        let state = &self.state.read().domain.projects;
        Ok(task(state, id).cloned())
    }

    async fn tasks_by_id(&self, ids: &[TaskId]) -> StoreResult<Vec<Task>> {
        let state = self.projects_state();
        let found = distinct(ids.iter().copied()).filter_map(|id| task(&state, id));
        let tasks = by_key(found.collect(), |task| (task.project, task.code.number));
        Ok(tasks.into_iter().cloned().collect())
    }

    async fn tasks(&self, project: ProjectId, query: &TaskQuery) -> StoreResult<Vec<Task>> {
        let Some(state) = self.project_state(project) else { return Ok(Vec::new()) };
        Ok(list(&state, query))
    }

    async fn task_counts(&self, project: ProjectId) -> StoreResult<Vec<StatusCount>> {
        let Some(state) = self.project_state(project) else { return Ok(Vec::new()) };
        let empty = |status: &TaskStatus| StatusCount { status: *status, tasks: 0 };
        let mut counts: Vec<StatusCount> = TaskStatus::ALL.iter().map(empty).collect();
        for task in state.tasks.values().filter(|task| task.deleted_at.is_none()) {
            let count = counts.iter_mut().find(|count| count.status == task.status);
            count.into_iter().for_each(|count| count.tasks += 1);
        }
        counts.retain(|count| count.tasks > 0);
        Ok(counts)
    }

    async fn board(
        &self,
        project: ProjectId,
        phase: Option<PhaseId>,
        rows: usize,
    ) -> StoreResult<Vec<Column>> {
        let state = self.project_state(project);
        Ok(state.map(|state| board::board(&state, phase, rows)).unwrap_or_default())
    }

    async fn ready_tasks(&self, query: &ReadyQuery) -> StoreResult<Vec<Task>> {
        Ok(board::ready(&self.projects_state(), query))
    }

    async fn search(&self, query: &SearchQuery) -> StoreResult<Vec<Hit>> {
        Ok(search::search(&self.projects_state(), query))
    }

    async fn dependencies(&self, task: TaskId) -> StoreResult<Vec<Dependency>> {
        let project = self.state.read().domain.projects.tasks.get(&task);
        let state = project.and_then(|project| self.project_state(project));
        Ok(state.map(|state| state.dependencies(task)).unwrap_or_default())
    }

    async fn task_graph(&self, project: ProjectId) -> StoreResult<Option<TaskGraph>> {
        Ok(self.project_state(project).map(|state| graph(&state)))
    }

    async fn calendar(&self, project: ProjectId) -> StoreResult<ProjectCalendar> {
        let calendar = self.project_state(project).and_then(|state| state.calendar.clone());
        Ok(calendar.unwrap_or_else(|| ProjectCalendar::unset(project)))
    }

    async fn time_entry(&self, id: TimeEntryId) -> StoreResult<Option<TimeEntry>> {
        let state = &self.state.read().domain.projects;
        Ok(state.time.get(&id).cloned())
    }

    async fn running_timer(&self, user: UserId) -> StoreResult<Option<TimeEntry>> {
        let state = &self.state.read().domain.projects;
        let running = state.timesheets.get(&user).and_then(|sheet| sheet.running);
        let entry = running.and_then(|id| state.time.get(&id));
        Ok(entry.cloned())
    }

    async fn timesheet(
        &self,
        user: UserId,
        from: Timestamp,
        until: Option<Timestamp>,
    ) -> StoreResult<Timesheet> {
        let state = self.projects_state();
        let Some(sheet) = state.timesheets.get(&user) else {
            return Ok(Timesheet { version: Version::FIRST, entries: Vec::new() });
        };
        let wanted = |entry: &&TimeEntry| {
            entry.deleted_at.is_none()
                && until.is_none_or(|until| entry.started_at < until)
                && entry.ended_at.is_none_or(|end| end > from)
        };
        let entries = sheet.entries.iter().filter_map(|(_, id)| state.time.get(&id));
        let entries = entries.filter(wanted).cloned().collect();
        Ok(Timesheet { version: sheet.version, entries })
    }

    async fn time_entries(
        &self,
        task: TaskId,
        after: Option<(Timestamp, TimeEntryId)>,
        limit: usize,
    ) -> StoreResult<Vec<TimeEntry>> {
        let state = self.projects_state();
        let keys = state.time_of.before(task, after);
        let entries = keys.filter_map(|(_, id)| state.time.get(&id));
        let live = entries.filter(|entry| entry.deleted_at.is_none());
        Ok(live.take(limit).cloned().collect())
    }

    async fn task_time(&self, task: TaskId) -> StoreResult<TaskTime> {
        Ok(time_on(&self.projects_state(), [task]))
    }

    async fn rated_time(&self, project: ProjectId, spans: &[RatedSpan]) -> StoreResult<Vec<i64>> {
        Ok(rates::rated_time(&self.projects_state(), project, spans))
    }

    async fn project_time(&self, project: ProjectId) -> StoreResult<TaskTime> {
        let state = self.projects_state();
        let Some(of) = state.projects.get(&project) else { return Ok(TaskTime::default()) };
        let live = of.tasks.values().filter(|task| task.deleted_at.is_none());
        Ok(time_on(&state, live.map(|task| task.id)))
    }

    async fn comment(&self, id: CommentId) -> StoreResult<Option<Comment>> {
        let state = &self.state.read().domain.projects;
        Ok(state.comments.get(&id).cloned())
    }

    async fn comments(
        &self,
        task: TaskId,
        start: Option<(Timestamp, CommentId)>,
        limit: usize,
    ) -> StoreResult<Vec<Comment>> {
        let state = self.projects_state();
        let keys = state.comments_of.after(task, start);
        let comments = keys.filter_map(|(_, id)| state.comments.get(&id));
        Ok(comments.take(limit).cloned().collect())
    }
}

fn graph(state: &ProjectState) -> TaskGraph {
    let node = |task: &Task| TaskNode {
        id: task.id,
        parent: task.parent,
        deleted_with: task.deleted_with,
        status: task.status,
        estimate_min: task.details.estimate_min,
        start_on: task.details.start_on,
        due_on: task.details.due_on,
        milestone: task.milestone,
    };
    TaskGraph {
        project: state.project.id,
        version: state.project.graph,
        nodes: state.numbered().map(node).collect(),
        edges: state.after.values().copied().collect(),
    }
}

fn time_on(state: &ProjectsState, tasks: impl IntoIterator<Item = TaskId>) -> TaskTime {
    let keys = tasks.into_iter().flat_map(|task| state.time_of.of(task));
    let live = keys.filter_map(|(_, id)| state.time.get(&id));
    let ended = live.filter(|entry| entry.deleted_at.is_none()).filter_map(|it| it.duration());
    let add = |sum: TaskTime, spent: chrono::TimeDelta| TaskTime {
        entries: sum.entries + 1,
        spent_us: sum.spent_us + spent.num_microseconds().unwrap_or(0),
    };
    ended.fold(TaskTime::default(), add)
}

fn task(state: &ProjectsState, id: TaskId) -> Option<&Task> {
    state.projects.get(&state.tasks.get(&id)?)?.tasks.get(&id)
}

fn list(state: &ProjectState, query: &TaskQuery) -> Vec<Task> {
    let wanted = |task: &&Task| {
        matches(state, query, task) && query.after.is_none_or(|after| follows(query, task, after))
    };
    let tasks = state.numbered().filter(wanted);
    let found: Vec<&Task> = match (query.sort, query.order) {
        (TaskSort::Number, SortOrder::Ascending) => tasks.take(query.limit).collect(),
        (TaskSort::Number, SortOrder::Descending) => tasks.rev().take(query.limit).collect(),
        (sort, order) => {
            let mut tasks: Vec<_> = tasks.collect();
            tasks.sort_by_cached_key(|task| TaskKey::of(task, sort));
            if order == SortOrder::Descending {
                tasks.reverse();
            }
            tasks.truncate(query.limit);
            tasks
        }
    };
    found.into_iter().cloned().collect()
}

fn follows(query: &TaskQuery, task: &Task, after: TaskKey) -> bool {
    let key = TaskKey::of(task, query.sort);
    match query.order {
        SortOrder::Ascending => key > after,
        SortOrder::Descending => key < after,
    }
}

fn matches(state: &ProjectState, query: &TaskQuery, task: &Task) -> bool {
    let details = &task.details;
    let parent = match query.parent {
        None => true,
        Some(ParentFilter::None) => task.parent.is_none(),
        Some(ParentFilter::Of(parent)) => task.parent == Some(parent),
    };
    parent
        && task.deleted_at.is_some() == (query.shelf == Shelf::Deleted)
        && (query.status.is_empty() || query.status.contains(&task.status))
        && query.milestone.is_none_or(|milestone| task.milestone == Some(milestone))
        && query.watcher.is_none_or(|user| state.watchers.contains_key(&(task.id, user)))
        && query.phase.is_none_or(|phase| task.phase == Some(phase))
        && query.assignee.is_none_or(|user| details.assignees.contains(&user))
        && query.label.as_ref().is_none_or(|label| details.labels.contains(label))
        && query.due_before.is_none_or(|day| details.due_on.is_some_and(|due| due < day))
}
