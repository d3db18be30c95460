//! Phases and their kinds.

use async_trait::async_trait;
use erp_core::{
    ids::{PhaseDefinitionId, PhaseId, ProjectId},
    port::StoreResult,
    projects::{NamedPhase, Phase, PhaseDefinition, PhaseReads},
};

use crate::{MemoryStore, order::by_key};

#[async_trait]
impl PhaseReads for MemoryStore {
    async fn phase_definition(
        &self,
        id: PhaseDefinitionId,
    ) -> StoreResult<Option<PhaseDefinition>> {
        let catalog = &self.state.read().domain.catalog;
        Ok(catalog.phases.get(&id).cloned())
    }

    async fn phase_definitions(
        &self,
        start: Option<&str>,
        limit: usize,
    ) -> StoreResult<Vec<PhaseDefinition>> {
        let catalog = self.catalog_state();
        let names = catalog.phase_names.after(start);
        let found = names.filter_map(|(_, id)| catalog.phases.get(&id));
        Ok(found.take(limit).cloned().collect())
    }

    async fn phase(&self, id: PhaseId) -> StoreResult<Option<Phase>> {
        let state = &self.state.read().domain.projects;
        Ok(state.phases.get(&id).cloned())
    }

    async fn phases(&self, project: ProjectId) -> StoreResult<Vec<NamedPhase>> {
        let (phases, definitions) = {
            let domain = &self.state.read().domain;
            (domain.projects.phases.clone(), domain.catalog.phases.clone())
        };
        let active = |phase: &&Phase| phase.project == project && phase.cancelled_at.is_none();
        let named = phases.values().filter(active).filter_map(|phase| {
            let name = definitions.get(&phase.definition)?.name.clone();
            Some(NamedPhase { phase: Phase::clone(phase), name })
        });
        let key = |one: &NamedPhase| (one.phase.details.starts_on, one.phase.id);
        Ok(by_key(named.collect(), key))
    }
}
