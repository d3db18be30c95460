//! What a project is to have reached by when.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{MilestoneId, ProjectId},
    record::{Day, Name, Record, Stored, Text},
};

/// What a project is to have reached by a day. A task belongs to one at most. When it is deleted its tasks
/// stay, and are its own again when it is restored.
#[derive(Clone, Debug, PartialEq, Record)]
#[record(kind = "milestone", table = "milestones", id = MilestoneId,
    path = "projects/{id}/milestones", item = "milestones", under = project, within = project,
    read = ProjectRead, create = MilestoneCreate, update = MilestoneUpdate,
    delete = MilestoneDelete, audience = [], event(module = "projects", put), views)]
pub struct Milestone {
    /// Its project.
    #[field(fixed, filter)]
    pub project: ProjectId,
    /// Its name.
    pub name: Name,
    /// More of it.
    pub description: Option<Text<65536>>,
    /// The last day on which it is in time, in the project's zone.
    #[field(sort)]
    pub due_on: Option<Day>,
}

/// How much of some tasks is done. What was given up does not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// How many tasks count.
    pub tasks: i64,
    /// How many of them are done.
    pub done: i64,
    /// Their estimates together, in minutes.
    pub estimate_min: i64,
    /// The estimates of those that are done.
    pub done_min: i64,
    /// In percent of the tasks, with two digits; none where there is no task to count.
    pub percent_by_count: Option<Decimal>,
    /// In percent of the estimates; none where they are zero.
    pub percent_by_estimate: Option<Decimal>,
}

/// Whether a milestone is reached in time, by [`milestone_health`](super::super::rules::milestone_health).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// All its tasks are done.
    Complete,
    /// Nothing speaks against it.
    OnTrack,
    /// By the schedule it is finished after its last day, or a task of it is overdue.
    AtRisk,
    /// Its last day is over, and something is left to do.
    Late,
}

/// A milestone as it is at this moment. Nothing of it is stored but the milestone itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MilestoneView {
    /// The milestone.
    #[serde(flatten)]
    pub milestone: Stored<Milestone>,
    /// How much of its tasks is done (PROJ-13).
    pub progress: Progress,
    /// Whether it is reached in time; none where it has no last day, or no task to count.
    pub health: Option<Health>,
}
