//! What is asked of a store about phases.

use async_trait::async_trait;

use crate::{
    ids::{PhaseId, ProjectId},
    port::StoreResult,
    projects::model::{NamedPhase, Phase},
};

/// Reads of the phases of projects. Every read sees all commits that were answered
/// before it.
#[async_trait]
pub trait PhaseReads: Send + Sync {
    /// The phase, cancelled or not.
    async fn phase(&self, id: PhaseId) -> StoreResult<Option<Phase>>;

    /// The active phases of a project with the names that they have now, by first day and id, in one
    /// snapshot.
    async fn phases(&self, project: ProjectId) -> StoreResult<Vec<NamedPhase>>;
}
