//! Phases and their kinds.

use std::sync::Arc;

use async_trait::async_trait;
use erp_core::{
    ids::{PhaseDefinitionId, PhaseId, ProjectId},
    port::StoreResult,
    projects::{NamedPhase, Phase, PhaseDefinition, PhaseReads},
};

use super::after;
use crate::MemoryStore;

#[async_trait]
impl PhaseReads for MemoryStore {
    async fn phase_definition(
        &self,
        id: PhaseDefinitionId,
    ) -> StoreResult<Option<PhaseDefinition>> {
        let catalog = &self.state.read().domain.catalog;
        Ok(catalog.phases.get(&id).map(|definition| PhaseDefinition::clone(definition)))
    }

    async fn phase_definitions(
        &self,
        start: Option<&str>,
        limit: usize,
    ) -> StoreResult<Vec<PhaseDefinition>> {
        let catalog = self.catalog_state();
        let names = catalog.phase_names.range(after(start.map(str::to_owned)));
        let found = names.filter_map(|(_, id)| catalog.phases.get(id));
        Ok(found.take(limit).map(|definition| PhaseDefinition::clone(definition)).collect())
    }

    async fn phase(&self, id: PhaseId) -> StoreResult<Option<Phase>> {
        let state = &self.state.read().domain.projects;
        Ok(state.phases.get(&id).map(|phase| Phase::clone(phase)))
    }

    async fn phases(&self, project: ProjectId) -> StoreResult<Vec<NamedPhase>> {
        let (phases, definitions) = {
            let domain = &self.state.read().domain;
            (domain.projects.phases.clone(), domain.catalog.phases.clone())
        };
        let active = |phase: &&Arc<Phase>| phase.project == project && phase.cancelled_at.is_none();
        let named = phases.values().filter(active).filter_map(|phase| {
            let name = definitions.get(&phase.definition)?.name.clone();
            Some(NamedPhase { phase: Phase::clone(phase), name })
        });
        let mut named: Vec<NamedPhase> = named.collect();
        named.sort_by_key(|one| (one.phase.details.starts_on, one.phase.id));
        Ok(named)
    }
}
