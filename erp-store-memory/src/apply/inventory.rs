//! Changes of warehouses, items and stock.

mod items;
mod places;
mod stock;

use erp_core::{
    inventory::{InventoryChange as C, StockOutcome},
    port::StoreResult,
    time::Timestamp,
};

use crate::state::Domain;

impl Domain {
    /// Writes the change, made at this instant. Returns what it came to, if it moves stock.
    pub(super) fn apply_inventory(
        &mut self,
        change: C,
        at: Timestamp,
    ) -> StoreResult<Option<StockOutcome>> {
        let state = &mut self.inventory;
        if change.moves_stock() {
            return state.move_stock(&change, at).map(Some);
        }
        match change {
            C::CreateWarehouse(warehouse) => state.create_warehouse(warehouse),
            C::UpdateWarehouse { expected, warehouse } => {
                state.update_warehouse(expected, warehouse)
            }
            C::CreateCategory(category) => state.create_category(category),
            C::UpdateCategory { expected, category } => state.update_category(expected, category),
            C::DeleteCategory { id, expected } => state.delete_category(id, expected),
            C::CreateItem(item) => state.create_item(item),
            C::UpdateItem { expected, item, unused } => state.update_item(expected, item, unused),
            C::DeleteItem { id, expected } => state.delete_item(id, expected),
            C::AcknowledgeAlert { id, by, at } => state.acknowledge(id, by, at),
            C::CorrectLot { id, seen, expires_on } => state.correct_lot(id, seen, expires_on),
            C::ClosePeriod { until } => state.close_period(until),
            C::Post(_) | C::Reserve { .. } | C::EndReservation { .. } => Ok(()),
        }?;
        Ok(None)
    }
}
