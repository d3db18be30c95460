//! What the module asks a store to read.

mod catalog;
mod phases;
mod search;
mod task;
mod work;

pub use catalog::{CatalogReads, TemplateQuery};
pub use phases::PhaseReads;
pub use search::{Hit, SearchQuery};
pub use task::{SweepQuery, TaskReads};
pub use work::{Column, ReadyKey, ReadyQuery, ReadyScope};

use async_trait::async_trait;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::model::{
    Comment, Dependency, Priority, Project, ProjectAccess, ProjectCalendar, ProjectMember,
    ProjectStatus, RatedSpan, StatusCount, Task, TaskGraph, TaskStatus, TaskTime, TimeEntry,
    Timesheet,
};
use crate::{
    ids::{CommentId, MilestoneId, PhaseId, ProjectId, TaskId, TimeEntryId, UserId},
    page::CursorKey,
    port::StoreResult,
    time::Timestamp,
};

/// Which projects to list, by code. Deleted ones are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectQuery {
    /// Only those that this user belongs to; none lists all.
    pub member: Option<UserId>,
    /// Only those of one of these statuses; empty is any.
    pub status: Vec<ProjectStatus>,
    /// Start after this code.
    #[serde(skip)]
    pub after: Option<String>,
    /// The most projects to return.
    #[serde(skip)]
    pub limit: usize,
}

/// By what a list of tasks is ordered; tasks that are equal in it, by their number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskSort {
    /// By number.
    #[default]
    Number,
    /// By the day they are due; those without one come after all others.
    Due,
    /// By priority, the least first.
    Priority,
    /// By their last change.
    Updated,
}

/// In which direction a list goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SortOrder {
    /// The least first.
    #[default]
    Ascending,
    /// The greatest first.
    Descending,
}

/// Where a task stands in a list of this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TaskKey {
    /// By what the list is ordered.
    pub by: TaskRank,
    /// The task's number.
    pub number: i64,
}

/// A task's value of what a list is ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskRank {
    /// Its number alone.
    Number,
    /// Its last day; [`TaskKey::NO_DAY`] when it has none.
    Due(NaiveDate),
    /// Its priority.
    Priority(Priority),
    /// Its last change.
    Updated(Timestamp),
}

impl CursorKey for TaskKey {
    fn is_kept(&self) -> bool {
        match self.by {
            TaskRank::Number | TaskRank::Priority(_) => true,
            TaskRank::Due(day) => day.is_kept(),
            TaskRank::Updated(at) => at.is_kept(),
        }
    }
}

impl TaskKey {
    /// Whether it is a place in a list of this order.
    pub fn is_of(&self, sort: TaskSort) -> bool {
        match self.by {
            TaskRank::Number => sort == TaskSort::Number,
            TaskRank::Due(_) => sort == TaskSort::Due,
            TaskRank::Priority(_) => sort == TaskSort::Priority,
            TaskRank::Updated(_) => sort == TaskSort::Updated,
        }
    }

    /// The day that stands for none: it is after all others.
    pub const NO_DAY: NaiveDate = match NaiveDate::from_ymd_opt(9999, 12, 31) {
        Some(day) => day,
        None => NaiveDate::MAX,
    };

    /// The place of a task in a list of this order.
    pub fn of(task: &Task, sort: TaskSort) -> Self {
        let by = match sort {
            TaskSort::Number => TaskRank::Number,
            TaskSort::Due => TaskRank::Due(task.details.due_on.unwrap_or(Self::NO_DAY)),
            TaskSort::Priority => TaskRank::Priority(task.details.priority),
            TaskSort::Updated => TaskRank::Updated(task.updated_at),
        };
        Self { by, number: task.code.number }
    }
}

/// Which tasks of a project are listed by their parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParentFilter {
    /// Those that are a part of no other.
    None,
    /// The parts of this one.
    Of(TaskId),
}

/// Whether the live tasks are listed or the deleted ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shelf {
    /// The live ones.
    #[default]
    Live,
    /// The deleted ones.
    Deleted,
}

/// Which tasks of a project to list. Every filter that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TaskQuery {
    /// Only those of one of these statuses; empty is any.
    pub status: Vec<TaskStatus>,
    /// Only those that this user is to do.
    pub assignee: Option<UserId>,
    /// Only those with this label.
    pub label: Option<String>,
    /// Only those with this parent.
    pub parent: Option<ParentFilter>,
    /// Only those that are due before this day.
    pub due_before: Option<NaiveDate>,
    /// Only those of this milestone.
    pub milestone: Option<MilestoneId>,
    /// Only those that this user watches.
    pub watcher: Option<UserId>,
    /// Only those in this phase.
    pub phase: Option<PhaseId>,
    /// The live ones or the deleted ones.
    pub shelf: Shelf,
    /// By what they are ordered.
    pub sort: TaskSort,
    /// In which direction.
    pub order: SortOrder,
    /// Start after this place.
    #[serde(skip)]
    pub after: Option<TaskKey>,
    /// The most tasks to return.
    #[serde(skip)]
    pub limit: usize,
}

/// Reads of projects, their members and their tasks. Every read sees all commits that were answered
/// before it.
#[async_trait]
pub trait ProjectReads: CatalogReads + PhaseReads + TaskReads + Send + Sync {
    /// The project, deleted or not.
    async fn project(&self, id: ProjectId) -> StoreResult<Option<Project>>;

    /// The project, deleted or not, as this user stands to it.
    async fn access(&self, id: ProjectId, user: UserId) -> StoreResult<Option<ProjectAccess>>;

    /// The projects that match, by code (byte order).
    async fn projects(&self, query: &ProjectQuery) -> StoreResult<Vec<Project>>;

    /// Every membership of a user, deleted projects included, by project id.
    async fn memberships(&self, user: UserId) -> StoreResult<Vec<ProjectMember>>;

    /// The members of a project, by user id.
    async fn members(
        &self,
        project: ProjectId,
        after: Option<UserId>,
        limit: usize,
    ) -> StoreResult<Vec<ProjectMember>>;

    /// The users who own a project, by user id.
    async fn owners(&self, project: ProjectId) -> StoreResult<Vec<UserId>>;

    /// The task, deleted or not.
    async fn task(&self, id: TaskId) -> StoreResult<Option<Task>>;

    /// The tasks of these ids that are there, deleted or not, by number within each project.
    async fn tasks_by_id(&self, ids: &[TaskId]) -> StoreResult<Vec<Task>>;

    /// The tasks of a project that match, in the order that is asked for.
    async fn tasks(&self, project: ProjectId, query: &TaskQuery) -> StoreResult<Vec<Task>>;

    /// How many live tasks of a project are in each status that has any, in the order of statuses.
    async fn task_counts(&self, project: ProjectId) -> StoreResult<Vec<StatusCount>>;

    /// The board of a project, or of what is in one of its phases, in one snapshot: of each status that
    /// has any live task how many there are, exactly, and the first `rows` of them by number; in the
    /// order of statuses.
    async fn board(
        &self,
        project: ProjectId,
        phase: Option<PhaseId>,
        rows: usize,
    ) -> StoreResult<Vec<Column>>;

    /// The ready tasks that match, by [`ReadyKey`]. Of deleted projects none.
    async fn ready_tasks(&self, query: &ReadyQuery) -> StoreResult<Vec<Task>>;

    /// What matches, by [`Hit::key`] downwards.
    async fn search(&self, query: &SearchQuery) -> StoreResult<Vec<Hit>>;

    /// The dependencies that a task is in, those of deleted tasks included, by predecessor and
    /// successor.
    async fn dependencies(&self, task: TaskId) -> StoreResult<Vec<Dependency>>;

    /// All tasks of a project and how they hang together, in one snapshot. None when there is no
    /// such project.
    async fn task_graph(&self, project: ProjectId) -> StoreResult<Option<TaskGraph>>;

    /// The time entry, deleted or not.
    async fn time_entry(&self, id: TimeEntryId) -> StoreResult<Option<TimeEntry>>;

    /// The user's timer that runs, if one does; deleted ones do not.
    async fn running_timer(&self, user: UserId) -> StoreResult<Option<TimeEntry>>;

    /// A user's entries, of all projects, that begin before `until` (if there is one) and end after
    /// `from` or not at all, deleted ones left out, by start and id; with the version of his
    /// timesheet, in one snapshot. Of an unknown user the first version and nothing.
    async fn timesheet(
        &self,
        user: UserId,
        from: Timestamp,
        until: Option<Timestamp>,
    ) -> StoreResult<Timesheet>;

    /// The entries of a task, deleted ones left out, the newest start first, then by id downwards;
    /// after this place.
    async fn time_entries(
        &self,
        task: TaskId,
        after: Option<(Timestamp, TimeEntryId)>,
        limit: usize,
    ) -> StoreResult<Vec<TimeEntry>>;

    /// The sum over the entries of a task that have ended and are not deleted.
    async fn task_time(&self, task: TaskId) -> StoreResult<TaskTime>;

    /// The time that was spent in each span on the live tasks of a project, in microseconds: of entries
    /// that begin in it, have ended and are not deleted.
    async fn rated_time(&self, project: ProjectId, spans: &[RatedSpan]) -> StoreResult<Vec<i64>>;

    /// The sum over the entries of a project's live tasks that have ended and are not deleted.
    async fn project_time(&self, project: ProjectId) -> StoreResult<TaskTime>;

    /// The comment, deleted or not.
    async fn comment(&self, id: CommentId) -> StoreResult<Option<Comment>>;

    /// The comments of a task, deleted ones included, by time and id; after this place.
    async fn comments(
        &self,
        task: TaskId,
        after: Option<(Timestamp, CommentId)>,
        limit: usize,
    ) -> StoreResult<Vec<Comment>>;

    /// The calendar of a project: the one that every project begins with where none was set, also of
    /// an unknown project.
    async fn calendar(&self, project: ProjectId) -> StoreResult<ProjectCalendar>;
}
