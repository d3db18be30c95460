//! The phases that projects go through.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    change::Version,
    ids::{PhaseDefinitionId, PhaseId, ProjectId, UserId},
    money::Money,
    record::{Name, Record},
    time::Timestamp,
};

/// A kind of phase, such as Permitting, that the projects of the organisation share. Its phases have no
/// other name than its own (PHASE-2).
#[derive(Clone, Debug, PartialEq, Record)]
#[record(kind = "phase_definition", table = "phase_definitions", id = PhaseDefinitionId,
    path = "phase-definitions", read = ProjectCatalogRead, create = PhaseDefinitionCreate,
    update = PhaseDefinitionUpdate, remove = PhaseDefinitionDelete, archive,
    audience = crate::projects::CATALOG_READERS, replace = "rename",
    event(module = "projects", put, deleted, which = "definition"))]
pub struct PhaseDefinition {
    /// Its name, unique without regard to case.
    #[field(unique, sort)]
    pub name: Name,
}

/// Who passed a phase's gate, and when: the phase is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassedGate {
    /// Who; none of the engine itself.
    pub by: Option<UserId>,
    /// When.
    pub at: Timestamp,
}

/// The days of a phase and what it may cost: all that is edited together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhaseDetails {
    /// Its first day.
    pub starts_on: NaiveDate,
    /// Its last day.
    pub ends_on: NaiveDate,
    /// What it may cost, in the currency of the project's budget.
    #[serde(default)]
    pub budget: Option<Money>,
}

/// A part of a project's time. The active ones do not overlap, and so have an order (PHASE-1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phase {
    /// Its id.
    pub id: PhaseId,
    /// Its project.
    pub project: ProjectId,
    /// What kind of phase it is, which has its name.
    pub definition: PhaseDefinitionId,
    /// Its days and what it may cost.
    #[serde(flatten)]
    pub details: PhaseDetails,
    /// That its gate was passed; none while that is open.
    pub gate: Option<PassedGate>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its days, its budget or its gate last changed.
    pub updated_at: Timestamp,
    /// When it was cancelled: it is active no more.
    pub cancelled_at: Option<Timestamp>,
    /// Rises with every change of it.
    pub version: Version,
}

/// A phase and the name that its definition has now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedPhase {
    /// The phase.
    #[serde(flatten)]
    pub phase: Phase,
    /// Its definition's name.
    pub name: String,
}

/// A phase as it is at this moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhaseView {
    /// The phase with its name.
    #[serde(flatten)]
    pub named: NamedPhase,
    /// Whether it is the project's current one (PHASE-3). Nowhere stored.
    pub current: bool,
}
