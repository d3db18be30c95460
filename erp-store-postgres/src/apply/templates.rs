//! Templates of projects, and what was made from them.

use erp_core::{
    change::Version,
    error::Conflict,
    ids::ProjectCategoryId,
    port::StoreError,
    projects::{ProjectOrigin, ProjectTemplate},
    text,
};
use sqlx::{PgConnection, types::Json};

use super::{Entity, missing, require, seen};
use crate::{commit::Failure, sql};

/// The row is locked, so that of two changes under one version one happens. References are checked
/// after the unique values, as everywhere.
pub(super) async fn put(
    conn: &mut PgConnection,
    new: &ProjectTemplate,
    expected: Option<Version>,
) -> Result<(), Failure> {
    let ProjectTemplate { head, body } = new;
    let present =
        sql::query_scalar("SELECT version FROM project_templates WHERE id = $1 FOR UPDATE")
            .bind(head.id.uuid())
            .fetch_optional(&mut *conn)
            .await?;
    seen("project_template", present, expected)?;
    sql::query(
        "INSERT INTO project_templates AS own (id, name, name_key, category_id, archived, body, \
         created_at, updated_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1) \
         ON CONFLICT (id) DO UPDATE SET name = $2, name_key = $3, category_id = $4, archived = $5, \
         body = $6, updated_at = $8, version = own.version + 1",
    )
    .bind(head.id.uuid())
    .bind(&head.name)
    .bind(text::key(&head.name))
    .bind(head.category.map(ProjectCategoryId::uuid))
    .bind(head.archived)
    .bind(Json(body))
    .bind(head.created_at)
    .bind(head.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// The template is held at its version until the end of the commit.
pub(super) async fn put_origin(
    conn: &mut PgConnection,
    new: &ProjectOrigin,
) -> Result<(), Failure> {
    let taken = sql::query_scalar("SELECT EXISTS (SELECT FROM project_origins WHERE key = $1)")
        .bind(&new.key)
        .fetch_one(&mut *conn)
        .await?;
    if taken {
        return Err(Conflict::taken("project_origin", "key").into());
    }
    require(conn, Entity::Project, new.project.uuid()).await?;
    let present: Option<i64> =
        sql::query_scalar("SELECT version FROM project_templates WHERE id = $1 FOR SHARE")
            .bind(new.template.uuid())
            .fetch_optional(&mut *conn)
            .await?;
    if Version(present.ok_or_else(|| missing("project_template"))?) != new.template_version {
        return Err(StoreError::Stale { entity: "project_template", current: None }.into());
    }
    sql::query(
        "INSERT INTO project_origins (key, fingerprint, project_id, template_id, \
         template_version, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(&new.key)
    .bind(new.fingerprint.as_slice())
    .bind(new.project.uuid())
    .bind(new.template.uuid())
    .bind(new.template_version.0)
    .bind(new.created_at)
    .execute(conn)
    .await?;
    Ok(())
}
