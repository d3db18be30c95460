//! Changes of warehouses, items and stock, each to its place.

use erp_core::{change::Allocated, inventory::InventoryChange};
use sqlx::PgConnection;

use super::{items, warehouses};
use crate::commit::Failure;

/// Writes the change.
pub(crate) async fn inventory(
    conn: &mut PgConnection,
    change: &InventoryChange,
) -> Result<Allocated, Failure> {
    use InventoryChange as C;
    match change {
        C::CreateWarehouse(warehouse) => warehouses::create(conn, warehouse).await?,
        C::UpdateWarehouse { expected, warehouse } => {
            warehouses::update(conn, *expected, warehouse).await?;
        }
        C::CreateCategory(category) => items::create_category(conn, category).await?,
        C::UpdateCategory { expected, category } => {
            items::update_category(conn, *expected, category).await?;
        }
        C::CreateItem(item) => items::create(conn, item).await?,
        C::UpdateItem { expected, item } => items::update(conn, *expected, item).await?,
        C::DeleteItem { id, expected } => items::delete(conn, *id, *expected).await?,
    }
    Ok(Allocated::default())
}
