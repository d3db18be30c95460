//! Templates of projects, and what was made from them.

use erp_core::{
    change::Version,
    ids::{ProjectCategoryId, ProjectId, ProjectTemplateId},
    port::StoreResult,
    projects::{ProjectOrigin, ProjectTemplate, TemplateBody, TemplateHead, TemplateQuery},
};
use sqlx::{Row, postgres::PgRow, types::Json};
use uuid::Uuid;

use super::limit;
use crate::{db::Db, sql};

/// The columns of a head, read by [`head`].
macro_rules! head_columns {
    () => {
        "SELECT template.id, template.name, template.category_id, template.archived, \
         template.created_at, template.updated_at, template.version"
    };
}

fn head(row: &PgRow) -> sqlx::Result<TemplateHead> {
    Ok(TemplateHead {
        id: ProjectTemplateId::from_uuid(row.try_get(0)?),
        name: row.try_get(1)?,
        category: row.try_get::<Option<Uuid>, _>(2)?.map(ProjectCategoryId::from_uuid),
        archived: row.try_get(3)?,
        created_at: row.try_get(4)?,
        updated_at: row.try_get(5)?,
        version: Version(row.try_get(6)?),
    })
}

fn template(row: &PgRow) -> sqlx::Result<ProjectTemplate> {
    let Json(body): Json<TemplateBody> = row.try_get(7)?;
    Ok(ProjectTemplate { head: head(row)?, body })
}

pub(super) async fn one(db: &Db, id: ProjectTemplateId) -> StoreResult<Option<ProjectTemplate>> {
    let query = sql::query(concat!(
        head_columns!(),
        ", template.body FROM project_templates AS template WHERE template.id = $1"
    ));
    let query = query.bind(id.uuid()).try_map(|row| template(&row));
    db.run(query.fetch_optional(&db.pool)).await
}

pub(super) async fn heads(db: &Db, query: &TemplateQuery) -> StoreResult<Vec<TemplateHead>> {
    let statement = sql::query(concat!(
        head_columns!(),
        " FROM project_templates AS template WHERE template.archived = $1 \
         AND ($2::uuid IS NULL OR template.category_id = $2) \
         AND (template.name_key, template.id) > ($3, $4) \
         ORDER BY template.name_key, template.id LIMIT $5"
    ));
    let after = query.after.as_ref();
    let statement = statement
        .bind(query.archived)
        .bind(query.category.map(ProjectCategoryId::uuid))
        .bind(after.map_or("", |(name, _)| name.as_str()))
        .bind(after.map_or(Uuid::nil(), |(_, id)| id.uuid()))
        .bind(limit(query.limit))
        .try_map(|row| head(&row));
    db.run(statement.fetch_all(&db.pool)).await
}

pub(super) async fn first(
    db: &Db,
    categories: &[ProjectCategoryId],
) -> StoreResult<Option<ProjectTemplate>> {
    let query = sql::query(concat!(
        head_columns!(),
        ", template.body FROM project_templates AS template \
         WHERE template.category_id = ANY($1) AND NOT template.archived \
         ORDER BY array_position($1, template.category_id), template.name_key, template.id LIMIT 1"
    ));
    let categories: Vec<Uuid> = categories.iter().map(|category| category.uuid()).collect();
    let query = query.bind(categories).try_map(|row| template(&row));
    db.run(query.fetch_optional(&db.pool)).await
}

pub(super) async fn origin(db: &Db, key: &str) -> StoreResult<Option<ProjectOrigin>> {
    let query = sql::query(
        "SELECT key, fingerprint, project_id, template_id, template_version, created_at \
         FROM project_origins WHERE key = $1",
    );
    let query = query.bind(key).try_map(|row: PgRow| {
        Ok(ProjectOrigin {
            key: row.try_get(0)?,
            fingerprint: row.try_get(1)?,
            project: ProjectId::from_uuid(row.try_get(2)?),
            template: ProjectTemplateId::from_uuid(row.try_get(3)?),
            template_version: Version(row.try_get(4)?),
            created_at: row.try_get(5)?,
        })
    });
    db.run(query.fetch_optional(&db.pool)).await
}
