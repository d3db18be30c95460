//! What is asked of a store about the catalogue of projects.

use async_trait::async_trait;
use chrono::NaiveDate;

use crate::{
    ids::{ProjectId, RateId, UserId},
    port::StoreResult,
    projects::model::{HourlyRate, ProjectCategoryTree},
};

/// Reads of what projects are made from. Every read sees all commits that were answered before it.
#[async_trait]
pub trait CatalogReads: Send + Sync {
    /// The tree of categories of projects, in one snapshot.
    async fn project_categories(&self) -> StoreResult<ProjectCategoryTree>;

    /// The rate, deleted or not.
    async fn rate(&self, id: RateId) -> StoreResult<Option<HourlyRate>>;

    /// The rates of a user, deleted ones left out, by first day and id; after this place.
    async fn rates(
        &self,
        user: UserId,
        after: Option<(NaiveDate, RateId)>,
        limit: usize,
    ) -> StoreResult<Vec<HourlyRate>>;

    /// The rates that count in a project, deleted ones left out: of those who spent time on its live
    /// tasks, those of it and those of none; by user, first day and id.
    async fn rates_in(&self, project: ProjectId) -> StoreResult<Vec<HourlyRate>>;
}
