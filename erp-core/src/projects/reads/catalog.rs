//! What is asked of a store about the catalogue of projects.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{ProjectCategoryId, ProjectId, ProjectTemplateId},
    port::StoreResult,
    projects::model::{HourlyRate, ProjectOrigin, ProjectTemplate, TemplateHead},
    record::Stored,
};

/// Which templates to list, by name without regard to case, then by id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateQuery {
    /// Only those that are for this category.
    pub category: Option<ProjectCategoryId>,
    /// The archived ones, or the others.
    pub archived: bool,
    /// Start after this folded name and id.
    #[serde(skip)]
    pub after: Option<(String, ProjectTemplateId)>,
    /// The most templates to return.
    #[serde(skip)]
    pub limit: usize,
}

/// Reads of what projects are made from. Every read sees all commits that were answered before it.
#[async_trait]
pub trait CatalogReads: Send + Sync {
    /// The rates that count in a project, deleted ones left out: of those who spent time on its live
    /// tasks, those of it and those of none; by user, first day and id.
    async fn rates_in(&self, project: ProjectId) -> StoreResult<Vec<Stored<HourlyRate>>>;

    /// The template, archived or not.
    async fn template(&self, id: ProjectTemplateId) -> StoreResult<Option<ProjectTemplate>>;

    /// The templates that match, by folded name (byte order) and id.
    async fn templates(&self, query: &TemplateQuery) -> StoreResult<Vec<TemplateHead>>;

    /// Of the first of these categories that has templates which are not archived, the first of them
    /// by folded name (byte order) and id.
    async fn first_template(
        &self,
        categories: &[ProjectCategoryId],
    ) -> StoreResult<Option<ProjectTemplate>>;

    /// What was made with this key.
    async fn origin(&self, key: &str) -> StoreResult<Option<ProjectOrigin>>;
}
