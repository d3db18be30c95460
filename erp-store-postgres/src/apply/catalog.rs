//! Changes of what projects are made from.

use erp_core::{
    Conflict,
    change::Version,
    ids::ProjectCategoryId,
    projects::{CatalogChange, ProjectCategory},
    text,
};
use sqlx::PgConnection;

use super::{expect, rates, seen, templates};
use crate::{commit::Failure, sql};

/// Writes the change.
pub(crate) async fn catalog(
    conn: &mut PgConnection,
    change: &CatalogChange,
) -> Result<(), Failure> {
    match change {
        CatalogChange::PutCategory { category, expected } => {
            put_category(conn, category, *expected).await
        }
        CatalogChange::DeleteCategory { id, expected } => {
            delete_category(conn, *id, *expected).await
        }
        CatalogChange::PutRate { rate, expected } => rates::put(conn, rate, *expected).await,
        CatalogChange::PutTemplate { template, expected } => {
            templates::put(conn, template, *expected).await
        }
        CatalogChange::PutOrigin(origin) => templates::put_origin(conn, origin).await,
    }
}

/// Under the lock of the tree that the commit holds. The parent's reference is checked after the
/// unique values, as everywhere.
async fn put_category(
    conn: &mut PgConnection,
    new: &ProjectCategory,
    expected: Option<Version>,
) -> Result<(), Failure> {
    let present = sql::query_scalar("SELECT version FROM project_categories WHERE id = $1")
        .bind(new.id.uuid())
        .fetch_optional(&mut *conn)
        .await?;
    seen("project_category", present, expected)?;
    sql::query(
        "INSERT INTO project_categories AS own (id, name, name_key, parent_id, version, created_at) \
         VALUES ($1, $2, $3, $4, 1, $5) \
         ON CONFLICT (id) DO UPDATE SET name = $2, name_key = $3, parent_id = $4, \
         version = own.version + 1",
    )
    .bind(new.id.uuid())
    .bind(&new.name)
    .bind(text::key(&new.name))
    .bind(new.parent.map(ProjectCategoryId::uuid))
    .bind(new.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Under the lock of the tree that the commit holds no category comes into it, under its own no
/// project.
async fn delete_category(
    conn: &mut PgConnection,
    id: ProjectCategoryId,
    expected: Version,
) -> Result<(), Failure> {
    let present =
        sql::query_scalar("SELECT version FROM project_categories WHERE id = $1 FOR UPDATE")
            .bind(id.uuid())
            .fetch_optional(&mut *conn)
            .await?;
    expect("project_category", present, expected)?;
    let used = "SELECT EXISTS (SELECT FROM project_categories WHERE parent_id = $1) \
        OR EXISTS (SELECT FROM projects WHERE category_id = $1) \
        OR EXISTS (SELECT FROM project_templates WHERE category_id = $1)";
    if sql::query_scalar(used).bind(id.uuid()).fetch_one(&mut *conn).await? {
        return Err(Conflict::in_use("project_category", "content").into());
    }
    let gone = sql::query("DELETE FROM project_categories WHERE id = $1").bind(id.uuid());
    gone.execute(conn).await?;
    Ok(())
}
