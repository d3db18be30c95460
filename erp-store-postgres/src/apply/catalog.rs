//! Changes of what projects are made from.

use erp_core::projects::CatalogChange;
use sqlx::PgConnection;

use super::templates;
use crate::commit::Failure;

/// Writes the change.
pub(crate) async fn catalog(
    conn: &mut PgConnection,
    change: &CatalogChange,
) -> Result<(), Failure> {
    match change {
        CatalogChange::PutTemplate { template, expected } => {
            templates::put(conn, template, *expected).await
        }
        CatalogChange::PutOrigin(origin) => templates::put_origin(conn, origin).await,
    }
}
