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

use super::{Reads, rates, templates};

#[async_trait]
impl CatalogReads for Reads {
    async fn rates_in(&self, project: ProjectId) -> StoreResult<Vec<Stored<HourlyRate>>> {
        rates::in_project(&self.db, project).await
    }

    async fn template(&self, id: ProjectTemplateId) -> StoreResult<Option<ProjectTemplate>> {
        templates::one(&self.db, id).await
    }

    async fn templates(&self, query: &TemplateQuery) -> StoreResult<Vec<TemplateHead>> {
        templates::heads(&self.db, query).await
    }

    async fn first_template(
        &self,
        categories: &[ProjectCategoryId],
    ) -> StoreResult<Option<ProjectTemplate>> {
        templates::first(&self.db, categories).await
    }

    async fn origin(&self, key: &str) -> StoreResult<Option<ProjectOrigin>> {
        templates::origin(&self.db, key).await
    }
}
