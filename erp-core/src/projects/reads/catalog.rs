//! What is asked of a store about the catalogue of projects.

use async_trait::async_trait;

use crate::{port::StoreResult, projects::model::ProjectCategoryTree};

/// Reads of what projects are made from. Every read sees all commits that were answered before it.
#[async_trait]
pub trait CatalogReads: Send + Sync {
    /// The tree of categories of projects, in one snapshot.
    async fn project_categories(&self) -> StoreResult<ProjectCategoryTree>;
}
