//! Phases and their kinds.

use async_trait::async_trait;
use erp_core::{
    ids::{PhaseId, ProjectId},
    port::StoreResult,
    projects::{NamedPhase, Phase, PhaseDefinition, PhaseReads},
};

use crate::{MemoryStore, order::by_key};

#[async_trait]
impl PhaseReads for MemoryStore {
    async fn phase(&self, id: PhaseId) -> StoreResult<Option<Phase>> {
        let state = &self.state.read().domain.projects;
        Ok(state.phases.get(&id).cloned())
    }

    async fn phases(&self, project: ProjectId) -> StoreResult<Vec<NamedPhase>> {
        let (phases, definitions) = {
            let domain = &self.state.read().domain;
            (domain.projects.phases.clone(), domain.records.clone())
        };
        let active = |phase: &&Phase| phase.project == project && phase.cancelled_at.is_none();
        let named = phases.values().filter(active).filter_map(|phase| {
            let name = definitions.typed::<PhaseDefinition>(phase.definition)?.name.to_string();
            Some(NamedPhase { phase: Phase::clone(phase), name })
        });
        let key = |one: &NamedPhase| (one.phase.details.starts_on, one.phase.id);
        Ok(by_key(named.collect(), key))
    }
}
