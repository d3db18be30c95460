//! What projects are made from.

use async_trait::async_trait;
use chrono::NaiveDate;
use erp_core::{
    ids::{ProjectId, RateId, UserId},
    port::StoreResult,
    projects::{CatalogReads, HourlyRate, ProjectCategory, ProjectCategoryTree},
};

use crate::{MemoryStore, state::CatalogState};

impl MemoryStore {
    /// The present state, to be read outside the lock.
    pub(super) fn catalog_state(&self) -> CatalogState {
        self.state.read().domain.catalog.clone()
    }
}

#[async_trait]
impl CatalogReads for MemoryStore {
    async fn project_categories(&self) -> StoreResult<ProjectCategoryTree> {
        let state = self.catalog_state();
        let mut categories: Vec<ProjectCategory> =
            state.categories.values().map(|category| ProjectCategory::clone(category)).collect();
        categories.sort_by_cached_key(|category| (category.name.to_lowercase(), category.id));
        Ok(ProjectCategoryTree { version: state.tree, categories })
    }

    async fn rate(&self, id: RateId) -> StoreResult<Option<HourlyRate>> {
        let rates = &self.state.read().domain.catalog.rates;
        Ok(rates.get(&id).map(|rate| HourlyRate::clone(rate)))
    }

    async fn rates(
        &self,
        user: UserId,
        after: Option<(NaiveDate, RateId)>,
        limit: usize,
    ) -> StoreResult<Vec<HourlyRate>> {
        Ok(self.rates_of(user, after, limit))
    }

    async fn rates_in(&self, project: ProjectId) -> StoreResult<Vec<HourlyRate>> {
        Ok(self.rates_that_count_in(project))
    }
}
