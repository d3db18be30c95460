//! Tasks in working time.

use chrono::{DateTime, NaiveDate, Utc};
use utoipa::ToSchema;

use super::{Money, Progress, ProjectId, StatusCount, TaskId, TaskTime};

/// A task in time.
#[derive(ToSchema)]
pub(crate) struct PlannedTask {
    /// The task.
    task: TaskId,
    /// The earliest start, in minutes of work after the beginning.
    early_start_min: i64,
    /// The earliest finish.
    early_finish_min: i64,
    /// The latest start by which the project is not late: equal to the earliest on a critical path.
    late_start_min: i64,
    /// The latest finish by which the project is not late.
    late_finish_min: i64,
    /// The earliest start.
    early_start_at: DateTime<Utc>,
    /// The earliest finish.
    early_finish_at: DateTime<Utc>,
    /// The latest start by which the project is not late.
    late_start_at: DateTime<Utc>,
    /// The latest finish by which the project is not late.
    late_finish_at: DateTime<Utc>,
}

/// A project's open tasks in its working time, by number.
#[derive(ToSchema)]
pub(crate) struct ProjectSchedule {
    /// The beginning: of the project's first day, or of the first on which a task may be begun, or of
    /// today.
    starts_at: DateTime<Utc>,
    /// When all is finished.
    finishes_at: DateTime<Utc>,
    /// How long the project takes, in minutes of work.
    finish_min: i64,
    /// Its tasks.
    tasks: Vec<PlannedTask>,
}

/// A project at a glance, at this moment.
#[derive(ToSchema)]
pub(crate) struct ProjectSummary {
    /// How many live tasks are in each status that has any, in the order of statuses.
    counts: Vec<StatusCount>,
    /// How much of them is done.
    progress: Progress,
    /// How many of them are overdue.
    overdue: i64,
    /// How long was spent on them.
    time: TaskTime,
    /// What the project may cost.
    budget: Option<Money>,
    /// What the time cost; null for those who may not see rates.
    cost: Option<ProjectCost>,
}

/// What the time that was spent on a project costs, each entry at the rate that is valid on the day, in
/// the project's zone, on which it begins.
#[derive(ToSchema)]
pub(crate) struct ProjectCost {
    /// The costs, one of each currency, rounded half up when all is added up.
    costs: Vec<Money>,
    /// The time for which there is no rate, in microseconds.
    unrated_us: i64,
    /// What is left of the budget; null without one, or when there are costs in another currency.
    budget_left: Option<Money>,
}

/// A day of the week.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum Weekday {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

/// Hours of a weekday in which is worked.
#[derive(ToSchema)]
pub(crate) struct WorkingHours {
    /// The day.
    day: Weekday,
    /// From when on, such as `09:00`.
    from: String,
    /// Until when; `24:00` is the day's end.
    until: String,
}

/// When a project is worked on, in the days of its zone.
#[derive(ToSchema)]
pub(crate) struct ProjectCalendar {
    /// The project.
    project: ProjectId,
    /// The hours of a week, by day and time.
    hours: Vec<WorkingHours>,
    /// Days on which is not worked, whatever weekdays they are.
    holidays: Vec<NaiveDate>,
    /// Rises with every change of it; 0 while it is the one that every project begins with.
    version: i64,
    /// When it was last changed.
    updated_at: Option<DateTime<Utc>>,
}

/// Whether tasks that could begin earlier are pulled there.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum Earlier {
    /// No task is moved to an earlier day.
    Keep,
    /// Tasks that wait for others begin as early as these let them.
    Pull,
}
