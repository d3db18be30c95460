//! What projects are made from.

use erp_core::{change::Version, ids::ProjectCategoryId, projects::ProjectCategory};
use sqlx::{Result, Row, postgres::PgRow};
use uuid::Uuid;

/// A category, in the order of the table's columns without its key.
pub(crate) fn project_category(row: &PgRow) -> Result<ProjectCategory> {
    Ok(ProjectCategory {
        id: ProjectCategoryId::from_uuid(row.try_get(0)?),
        name: row.try_get(1)?,
        parent: row.try_get::<Option<Uuid>, _>(2)?.map(ProjectCategoryId::from_uuid),
        version: Version(row.try_get(3)?),
        created_at: row.try_get(4)?,
    })
}
