//! What projects are made from.

use async_trait::async_trait;
use chrono::NaiveDate;
use erp_core::{
    change::Version,
    ids::{ProjectCategoryId, ProjectId, ProjectTemplateId, RateId, UserId},
    port::StoreResult,
    projects::{
        CatalogReads, HourlyRate, ProjectCategory, ProjectCategoryTree, ProjectOrigin,
        ProjectTemplate, TemplateHead, TemplateQuery,
    },
};
use sqlx::{Row, postgres::PgRow};
use uuid::Uuid;

use super::{Reads, rates, templates};
use crate::{rows, sql};

/// The version, with a category in each row; one row without a category when there is none.
const CATEGORIES: &str = "SELECT category.id, category.name, category.parent_id, category.version, \
    category.created_at, state.categories FROM project_catalog_state AS state \
    LEFT JOIN project_categories AS category ON true ORDER BY category.name_key, category.id";

#[async_trait]
impl CatalogReads for Reads {
    async fn project_categories(&self) -> StoreResult<ProjectCategoryTree> {
        let query = sql::query(CATEGORIES).try_map(|row: PgRow| {
            let there = row.try_get::<Option<Uuid>, _>(0)?.is_some();
            let category = there.then(|| rows::project_category(&row)).transpose()?;
            Ok((row.try_get::<i64, _>(5)?, category))
        });
        let rows: Vec<(i64, Option<ProjectCategory>)> =
            self.db.run(query.fetch_all(&self.db.pool)).await?;
        let version = Version(rows.first().map_or(0, |(version, _)| *version));
        let categories = rows.into_iter().filter_map(|(_, category)| category).collect();
        Ok(ProjectCategoryTree { version, categories })
    }

    async fn rate(&self, id: RateId) -> StoreResult<Option<HourlyRate>> {
        rates::one(&self.db, id).await
    }

    async fn rates(
        &self,
        user: UserId,
        after: Option<(NaiveDate, RateId)>,
        limit: usize,
    ) -> StoreResult<Vec<HourlyRate>> {
        rates::of_user(&self.db, user, after, limit).await
    }

    async fn rates_in(&self, project: ProjectId) -> StoreResult<Vec<HourlyRate>> {
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
