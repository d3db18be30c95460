//! Projects, their members and their tasks.
//!
//! Invariants: only members see a project and anything of it, and those who may see all (PROJ-14);
//! an open project keeps an owner; a task's code is unique in its project for ever; what
//! waits for what never forms a ring (PROJ-3); a task has a time of completion when it is done, and
//! only then (PROJ-1); active phases do not overlap (PHASE-1), no open gate stands before a passed one
//! (PHASE-3), and their budgets fit into the project's (PHASE-5); a key makes one
//! project from a template for ever (PHASE-4).

use crate::{
    change::Audience,
    policy::Permission,
    record::{Kind, Record as _},
};

mod change;
mod event;
mod model;
mod reads;
pub mod rules;
mod service;

pub use change::{CatalogChange, ProjectChange, TaskDates};
pub use event::ProjectEvent;
pub use model::*;
pub use reads::{
    CatalogReads, Column, Hit, ParentFilter, PhaseReads, ProjectQuery, ProjectReads, ReadyKey,
    ReadyQuery, ReadyScope, SearchQuery, Shelf, SortOrder, SweepQuery, TaskKey, TaskQuery,
    TaskRank, TaskReads, TaskSort, TemplateQuery,
};
pub use service::*;

/// Who learns of what happens in the catalogue: those who may read it.
pub(crate) const CATALOG_READERS: [Audience; 3] = [
    Audience::Holders(Permission::ProjectsCreate),
    Audience::Holders(Permission::ProjectsReadAll),
    Audience::Holders(Permission::ProjectsCatalog),
];

/// The records of the module.
pub const RECORDS: &[&Kind] =
    &[PhaseDefinition::KIND, ProjectCategory::KIND, HourlyRate::KIND, Milestone::KIND];
