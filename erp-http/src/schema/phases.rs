//! Phases of projects.

use chrono::{DateTime, NaiveDate, Utc};
use utoipa::ToSchema;

use super::{Money, PhaseDefinitionId, PhaseId, ProjectId, UserId};

/// Who passed a gate, and when.
#[derive(ToSchema)]
pub(crate) struct PassedGate {
    /// Who; null of the engine itself.
    by: Option<UserId>,
    /// When.
    at: DateTime<Utc>,
}

/// A part of a project's time. The active ones do not overlap.
#[derive(ToSchema)]
pub(crate) struct Phase {
    /// Its id.
    id: PhaseId,
    /// Its project.
    project: ProjectId,
    /// What kind of phase it is, which has its name.
    definition: PhaseDefinitionId,
    /// Its first day.
    starts_on: NaiveDate,
    /// Its last day.
    ends_on: NaiveDate,
    /// What it may cost.
    budget: Option<Money>,
    /// That its gate was passed; null while that is open.
    gate: Option<PassedGate>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When its days, its budget or its gate last changed.
    updated_at: DateTime<Utc>,
    /// When it was cancelled.
    cancelled_at: Option<DateTime<Utc>>,
    /// Rises with every change of it.
    version: i64,
}

/// A phase as it is at this moment.
#[derive(ToSchema)]
pub(crate) struct PhaseView {
    /// The phase.
    #[serde(flatten)]
    phase: Phase,
    /// The name of its kind.
    name: String,
    /// Whether it is the project's current one.
    current: bool,
}

/// What becomes of the phases that follow, when one would lie over others.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum OnOverlap {
    /// It is refused.
    Refuse,
    /// Those that follow are put off, each as far as it has to be. Tasks keep their days.
    Shift,
}

/// What open tasks of a phase are to its gate.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum OpenTasks {
    /// While there are any, it is not passed.
    Block,
    /// They stay open, and in the phase.
    Leave,
}
