//! Milestones of projects.

use erp_core::record::Record as _;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

/// A milestone, which is a record.
pub(crate) struct Milestone;

impl PartialSchema for Milestone {
    fn schema() -> RefOr<Schema> {
        crate::document::record_schema(erp_core::projects::Milestone::KIND)
    }
}

impl ToSchema for Milestone {}

/// How much of some tasks is done. What was given up does not count.
#[derive(ToSchema)]
pub(crate) struct Progress {
    /// How many tasks count.
    tasks: i64,
    /// How many of them are done.
    done: i64,
    /// Their estimates together, in minutes.
    estimate_min: i64,
    /// The estimates of those that are done.
    done_min: i64,
    /// In percent of the tasks, a decimal; null where there is no task to count.
    percent_by_count: Option<String>,
    /// In percent of the estimates, a decimal; null where they are zero.
    percent_by_estimate: Option<String>,
}

/// Whether a milestone is reached in time, by its last day, the clock and the schedule from now on.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum Health {
    /// All its tasks are done.
    Complete,
    /// Nothing speaks against it.
    OnTrack,
    /// By the schedule it is finished after its last day, or a task of it is overdue.
    AtRisk,
    /// Its last day is over, and something is left to do.
    Late,
}

/// A milestone as it is at this moment.
#[derive(ToSchema)]
pub(crate) struct MilestoneView {
    /// The milestone.
    #[serde(flatten)]
    milestone: Milestone,
    /// How much of its tasks is done.
    progress: Progress,
    /// Whether it is reached in time; null where it has no last day, or no task to count.
    health: Option<Health>,
}
