//! Changes of what projects are made from.

use erp_core::projects::CatalogChange;
use sqlx::PgConnection;

use super::{rates, templates};
use crate::commit::Failure;

/// Writes the change.
pub(crate) async fn catalog(
    conn: &mut PgConnection,
    change: &CatalogChange,
) -> Result<(), Failure> {
    match change {
        CatalogChange::PutRate { rate, expected } => rates::put(conn, rate, *expected).await,
        CatalogChange::PutTemplate { template, expected } => {
            templates::put(conn, template, *expected).await
        }
        CatalogChange::PutOrigin(origin) => templates::put_origin(conn, origin).await,
    }
}
