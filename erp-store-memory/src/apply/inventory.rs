//! Changes of warehouses, items and stock.

mod items;
mod places;

use erp_core::{inventory::InventoryChange as C, port::StoreResult};

use crate::state::Domain;

impl Domain {
    pub(super) fn apply_inventory(&mut self, change: C) -> StoreResult<()> {
        let state = &mut self.inventory;
        match change {
            C::CreateWarehouse(warehouse) => state.create_warehouse(warehouse),
            C::UpdateWarehouse { expected, warehouse } => {
                state.update_warehouse(expected, warehouse)
            }
            C::CreateCategory(category) => state.create_category(category),
            C::UpdateCategory { expected, category } => state.update_category(expected, category),
            C::CreateItem(item) => state.create_item(item),
            C::UpdateItem { expected, item } => state.update_item(expected, item),
            C::DeleteItem { id, expected } => state.delete_item(id, expected),
        }
    }
}
