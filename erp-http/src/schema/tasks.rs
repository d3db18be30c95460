//! Tasks, how they hang together, and the time that is spent on them.

use chrono::{DateTime, NaiveDate, Utc};
use utoipa::ToSchema;

use super::{CommentId, MilestoneId, PhaseId, ProjectId, TaskId, TimeEntryId, UserId};

/// How far a task is: its column on a board.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum TaskStatus {
    /// It may be done some day.
    Backlog,
    /// It is to be done.
    Todo,
    /// Somebody is at it.
    InProgress,
    /// Somebody looks at what was done.
    InReview,
    /// It is done.
    Done,
    /// It will not be done.
    Cancelled,
}

/// How much a task matters.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum Priority {
    /// Whenever there is time.
    Low,
    /// As others.
    Normal,
    /// Before others.
    High,
    /// Now.
    Urgent,
}

/// By what a list of tasks is ordered.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum TaskSort {
    /// By number.
    Number,
    /// By the day they are due; those without one come after all others.
    Due,
    /// By priority, the least first.
    Priority,
    /// By their last change.
    Updated,
}

/// In which direction a list goes.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum SortOrder {
    /// The least first.
    Ascending,
    /// The greatest first.
    Descending,
}

/// Something to do in a project.
#[derive(ToSchema)]
pub(crate) struct Task {
    /// Its id.
    id: TaskId,
    /// Its project.
    project: ProjectId,
    /// Its code, such as `TASK-001`.
    code: String,
    /// What is to be done.
    title: String,
    /// More of it.
    description: Option<String>,
    /// How much it matters.
    priority: Priority,
    /// Who is to do it.
    assignees: Vec<UserId>,
    /// What it is found by.
    labels: Vec<String>,
    /// The first day on which it may be begun.
    start_on: Option<NaiveDate>,
    /// The last day on which it is in time, in the project's zone.
    due_on: Option<NaiveDate>,
    /// How long it is thought to take, in minutes.
    estimate_min: Option<i64>,
    /// How far it is.
    status: TaskStatus,
    /// The task that it is a part of.
    parent: Option<TaskId>,
    /// The milestone that it belongs to.
    milestone: Option<MilestoneId>,
    /// The phase that it is in.
    phase: Option<PhaseId>,
    /// When it was done; null in every other status.
    completed_at: Option<DateTime<Utc>>,
    /// Who made it.
    created_by: Option<UserId>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When its details, status or parent last changed.
    updated_at: DateTime<Utc>,
    /// When it was deleted.
    deleted_at: Option<DateTime<Utc>>,
    /// The task whose deletion took it along: itself, or one that it is a part of.
    deleted_with: Option<TaskId>,
    /// Rises with every change of it.
    version: i64,
}

/// A task as it is at this moment.
#[derive(ToSchema)]
pub(crate) struct TaskView {
    /// The task.
    #[serde(flatten)]
    task: Task,
    /// Whether its last day is over and something is left to do.
    overdue: bool,
}

/// How many tasks of a project are in a column.
#[derive(ToSchema)]
pub(crate) struct StatusCount {
    /// The column.
    status: TaskStatus,
    /// How many tasks.
    tasks: i64,
}

/// What a task waits for in another.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum DependencyKind {
    /// It begins when the other is finished.
    FinishStart,
    /// It begins when the other has begun.
    StartStart,
    /// It is finished when the other is finished.
    FinishFinish,
    /// It is finished when the other has begun.
    StartFinish,
}

/// One task waits for another of the same project.
#[derive(ToSchema)]
pub(crate) struct Dependency {
    /// The task that is waited for.
    predecessor: TaskId,
    /// The task that waits.
    successor: TaskId,
    /// What it waits for.
    kind: DependencyKind,
    /// How long it waits after that, in minutes of work.
    lag_min: i64,
}

/// A task's place in the graph.
#[derive(ToSchema)]
pub(crate) struct TaskNode {
    /// The task.
    id: TaskId,
    /// The task that it is a part of.
    parent: Option<TaskId>,
    /// Null: deleted tasks are left out.
    deleted_with: Option<TaskId>,
    /// How far it is.
    status: TaskStatus,
    /// How long it is thought to take, in minutes.
    estimate_min: Option<i64>,
    /// The first day on which it may be begun.
    start_on: Option<NaiveDate>,
    /// The last day on which it is in time.
    due_on: Option<NaiveDate>,
    /// The milestone that it belongs to.
    milestone: Option<MilestoneId>,
}

/// Time that someone spent on a task: from its start up to its end.
#[derive(ToSchema)]
pub(crate) struct TimeEntry {
    /// Its id.
    id: TimeEntryId,
    /// The project.
    project: ProjectId,
    /// The task.
    task: TaskId,
    /// Who spent it.
    user: UserId,
    /// From when on.
    started_at: DateTime<Utc>,
    /// Until when; null while the timer runs.
    ended_at: Option<DateTime<Utc>>,
    /// What was done.
    note: Option<String>,
    /// When it was written down.
    created_at: DateTime<Utc>,
    /// When it was deleted.
    deleted_at: Option<DateTime<Utc>>,
    /// Rises with every change of it.
    version: i64,
}

/// How long was spent on a task.
#[derive(ToSchema)]
pub(crate) struct TaskTime {
    /// How many entries have ended.
    entries: i64,
    /// Their duration together, in microseconds.
    spent_us: i64,
}

/// What someone says about a task: the first of a thread, or an answer in one.
#[derive(ToSchema)]
pub(crate) struct Comment {
    /// Its id.
    id: CommentId,
    /// The project.
    project: ProjectId,
    /// The task.
    task: TaskId,
    /// The first comment of the thread that it answers in; null when it is one itself.
    thread: Option<CommentId>,
    /// Who says it.
    author: UserId,
    /// What it says; empty of a deleted one.
    body: String,
    /// When it was written.
    created_at: DateTime<Utc>,
    /// When it was last edited.
    edited_at: Option<DateTime<Utc>>,
    /// When it was deleted.
    deleted_at: Option<DateTime<Utc>>,
    /// Rises with every change of it.
    version: i64,
}
