//! What projects are made from.

use async_trait::async_trait;
use erp_core::{
    port::StoreResult,
    projects::{CatalogReads, ProjectCategory, ProjectCategoryTree},
};

use crate::{MemoryStore, state::CatalogState};

impl MemoryStore {
    /// The present state, to be read outside the lock.
    fn catalog_state(&self) -> CatalogState {
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
}
