//! Projects and who belongs to them.

use chrono::{DateTime, NaiveDate, Utc};
use utoipa::ToSchema;

use super::{ProjectCategoryId, ProjectId, UserId};

/// An amount of money.
#[derive(ToSchema)]
pub(crate) struct Money {
    /// A decimal.
    amount: String,
    /// An ISO 4217 code.
    currency: String,
}

/// How far a project is.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum ProjectStatus {
    /// It has not begun.
    Planned,
    /// It is worked on.
    Active,
    /// It rests.
    OnHold,
    /// It is done.
    Completed,
    /// It was given up.
    Cancelled,
}

/// Whether a project's phases may cost more than the project.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum BudgetOverrun {
    /// Their budgets together are at most its own.
    Forbidden,
    /// They may be more.
    Allowed,
}

/// What a member may do in a project. The greater may all that the lesser may.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum ProjectRole {
    /// Sees everything of it.
    Viewer,
    /// Works on its tasks.
    Member,
    /// Changes the project itself, and who works on it.
    Manager,
    /// Says who manages it, and deletes it.
    Owner,
}

/// Work with an end, and the people who do it.
#[derive(ToSchema)]
pub(crate) struct Project {
    /// Its id.
    id: ProjectId,
    /// Its code, unique for ever.
    code: String,
    /// Its name.
    name: String,
    /// What it is about.
    description: Option<String>,
    /// What the codes of its new tasks begin with.
    task_prefix: String,
    /// The first day of its timeline.
    start_on: Option<NaiveDate>,
    /// The last day of its timeline.
    due_on: Option<NaiveDate>,
    /// The time zone (IANA name) of its days.
    zone: String,
    /// What it may cost.
    budget: Option<Money>,
    /// Whether the budgets of its phases may be more than that together.
    budget_overrun: BudgetOverrun,
    /// The category that it is of.
    category: Option<ProjectCategoryId>,
    /// How far it is.
    status: ProjectStatus,
    /// How many members it has.
    member_count: i64,
    /// The number of its last task: how many it ever had.
    last_task: i64,
    /// Rises with every change of the set of members or of their roles.
    roster: i64,
    /// Rises with every change of which task is part of or depends on which.
    graph: i64,
    /// Rises with every change of its phases, of what they may cost, or of which tasks are in one.
    phases: i64,
    /// Rises with every change of details, status or deletion.
    version: i64,
    /// Who made it.
    created_by: Option<UserId>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When its details or status last changed.
    updated_at: DateTime<Utc>,
    /// When it was deleted.
    deleted_at: Option<DateTime<Utc>>,
}

/// Someone who belongs to a project.
#[derive(ToSchema)]
pub(crate) struct ProjectMember {
    /// The project.
    project: ProjectId,
    /// The user.
    user: UserId,
    /// What he may do.
    role: ProjectRole,
    /// When he came in.
    joined_at: DateTime<Utc>,
}
