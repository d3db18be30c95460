//! A project and who belongs to it.

use std::str::FromStr;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    change::Version,
    ids::{ProjectCategoryId, ProjectId, UserId},
    money::Money,
    time::Timestamp,
};

/// How far a project is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProjectStatus {
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

/// A text that names no status of a project.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown project status `{0}`")]
pub struct UnknownProjectStatus(pub String);

impl ProjectStatus {
    /// Every status.
    pub const ALL: &'static [Self] =
        &[Self::Planned, Self::Active, Self::OnHold, Self::Completed, Self::Cancelled];

    /// The name that stores and lists use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Active => "active",
            Self::OnHold => "on_hold",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
        }
    }
}

impl FromStr for ProjectStatus {
    type Err = UnknownProjectStatus;
    fn from_str(text: &str) -> Result<Self, UnknownProjectStatus> {
        let mut all = Self::ALL.iter().copied();
        all.find(|one| one.as_str() == text).ok_or_else(|| UnknownProjectStatus(text.to_owned()))
    }
}

/// What a member may do in a project. The greater may all that the lesser may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProjectRole {
    /// Sees everything of it.
    Viewer,
    /// Works on its tasks.
    Member,
    /// Changes the project itself, and who works on it.
    Manager,
    /// Says who manages it, and deletes it.
    Owner,
}

impl ProjectRole {
    /// Every role.
    pub const ALL: &'static [Self] = &[Self::Viewer, Self::Member, Self::Manager, Self::Owner];

    /// The name that stores and lists use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Member => "member",
            Self::Manager => "manager",
            Self::Owner => "owner",
        }
    }
}

/// Whether a project's phases may cost more than the project (PHASE-5).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum BudgetOverrun {
    /// Their budgets together are at most its own.
    #[default]
    Forbidden,
    /// They may be more.
    Allowed,
}

/// A text that does not say whether an overrun is allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown budget overrun `{0}`")]
pub struct UnknownBudgetOverrun(pub String);

impl BudgetOverrun {
    /// Both.
    pub const ALL: &'static [Self] = &[Self::Forbidden, Self::Allowed];

    /// The name that stores use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Forbidden => "forbidden",
            Self::Allowed => "allowed",
        }
    }
}

impl FromStr for BudgetOverrun {
    type Err = UnknownBudgetOverrun;
    fn from_str(text: &str) -> Result<Self, UnknownBudgetOverrun> {
        let mut all = Self::ALL.iter().copied();
        all.find(|one| one.as_str() == text).ok_or_else(|| UnknownBudgetOverrun(text.to_owned()))
    }
}

/// What a project says of itself: all that its managers edit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectDetails {
    /// Its name, 1 to 200 characters.
    pub name: String,
    /// What it is about.
    #[serde(default)]
    pub description: Option<String>,
    /// What the codes of its new tasks begin with, such as `TASK`.
    #[serde(default = "default_prefix")]
    pub task_prefix: String,
    /// The first day of its timeline.
    #[serde(default)]
    pub start_on: Option<NaiveDate>,
    /// The last day of its timeline.
    #[serde(default)]
    pub due_on: Option<NaiveDate>,
    /// The time zone (IANA name) that its days are days of: a task is overdue by it.
    #[serde(default = "default_zone")]
    pub zone: String,
    /// What it may cost.
    #[serde(default)]
    pub budget: Option<Money>,
    /// Whether the budgets of its phases may be more than that together.
    #[serde(default)]
    pub budget_overrun: BudgetOverrun,
    /// The category that it is of.
    #[serde(default)]
    pub category: Option<ProjectCategoryId>,
}

fn default_prefix() -> String {
    "TASK".to_owned()
}

fn default_zone() -> String {
    "UTC".to_owned()
}

impl ProjectDetails {
    /// A project of this name, in UTC, with tasks `TASK-001` and on, and nothing else said.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            description: None,
            task_prefix: default_prefix(),
            start_on: None,
            due_on: None,
            zone: default_zone(),
            budget: None,
            budget_overrun: BudgetOverrun::Forbidden,
            category: None,
        }
    }
}

/// Work with an end, and the people who do it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Its code, unique for ever: not even a deleted project's is given again.
    pub code: String,
    /// What it says of itself.
    #[serde(flatten)]
    pub details: ProjectDetails,
    /// How far it is.
    pub status: ProjectStatus,
    /// How many members it has.
    pub member_count: i64,
    /// The number of its last task: how many it ever had.
    pub last_task: i64,
    /// Rises with every change of the set of members or of their roles.
    pub roster: Version,
    /// Rises with every change of which task is part of or depends on which.
    pub graph: Version,
    /// Rises with every change of its phases, of what they may cost together, or of which tasks are in
    /// one.
    pub phases: Version,
    /// Rises with every change of details, status or deletion.
    pub version: Version,
    /// Who made it.
    pub created_by: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its details or status last changed.
    pub updated_at: Timestamp,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
}

/// Someone who belongs to a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectMember {
    /// The project.
    pub project: ProjectId,
    /// The user.
    pub user: UserId,
    /// What he may do.
    pub role: ProjectRole,
    /// When he came in.
    pub joined_at: Timestamp,
}

/// A project as one user stands to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectAccess {
    /// The project.
    pub project: Project,
    /// The user's membership, if he belongs to it.
    pub member: Option<ProjectMember>,
}

impl ProjectAccess {
    /// What the user may do there as a member.
    pub fn role(&self) -> Option<ProjectRole> {
        self.member.as_ref().map(|member| member.role)
    }
}
