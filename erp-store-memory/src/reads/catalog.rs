//! What projects are made from.

use async_trait::async_trait;
use erp_core::{
    ids::{ProjectCategoryId, ProjectId, ProjectTemplateId},
    port::StoreResult,
    projects::{
        CatalogReads, HourlyRate, ProjectOrigin, ProjectTemplate, TemplateHead, TemplateQuery,
    },
    record::Stored,
};

use super::templates;
use crate::{MemoryStore, state::CatalogState};

impl MemoryStore {
    /// The present state, to be read outside the lock.
    pub(super) fn catalog_state(&self) -> CatalogState {
        self.state.read().domain.catalog.clone()
    }
}

#[async_trait]
impl CatalogReads for MemoryStore {
    async fn rates_in(&self, project: ProjectId) -> StoreResult<Vec<Stored<HourlyRate>>> {
        Ok(self.rates_that_count_in(project))
    }

    async fn template(&self, id: ProjectTemplateId) -> StoreResult<Option<ProjectTemplate>> {
        let templates = &self.state.read().domain.catalog.templates;
        Ok(templates.get(&id).cloned())
    }

    async fn templates(&self, query: &TemplateQuery) -> StoreResult<Vec<TemplateHead>> {
        Ok(templates::heads(&self.catalog_state(), query))
    }

    async fn first_template(
        &self,
        categories: &[ProjectCategoryId],
    ) -> StoreResult<Option<ProjectTemplate>> {
        Ok(templates::first(&self.catalog_state(), categories))
    }

    async fn origin(&self, key: &str) -> StoreResult<Option<ProjectOrigin>> {
        let origins = &self.state.read().domain.catalog.origins;
        Ok(origins.get(key).cloned())
    }
}
