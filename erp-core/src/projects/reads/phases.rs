//! What is asked of a store about phases.

use async_trait::async_trait;

use crate::{
    ids::{PhaseDefinitionId, PhaseId, ProjectId},
    port::StoreResult,
    projects::model::{NamedPhase, Phase, PhaseDefinition},
};

/// Reads of the phases of projects, and of their kinds. Every read sees all commits that were answered
/// before it.
#[async_trait]
pub trait PhaseReads: Send + Sync {
    /// The kind of phase, archived or not.
    async fn phase_definition(&self, id: PhaseDefinitionId)
    -> StoreResult<Option<PhaseDefinition>>;

    /// The kinds of phase, archived or not, by their names in lower case (byte order); after this name.
    async fn phase_definitions(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> StoreResult<Vec<PhaseDefinition>>;

    /// The phase, cancelled or not.
    async fn phase(&self, id: PhaseId) -> StoreResult<Option<Phase>>;

    /// The active phases of a project with the names that they have now, by first day and id, in one
    /// snapshot.
    async fn phases(&self, project: ProjectId) -> StoreResult<Vec<NamedPhase>>;
}
