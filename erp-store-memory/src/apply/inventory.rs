//! Changes of warehouses, items and stock.

mod items;
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
        let (state, records) = (&mut self.inventory, &self.records);
        if change.moves_stock() {
            return state.move_stock(records, &change, at).map(Some);
        }
        match change {
            // Here everything is worked out when it is written.
            C::TermsChanged { .. } => Ok(()),
            C::CreateItem(item) => state.create_item(records, item),
            C::UpdateItem { expected, item, unused } => {
                state.update_item(records, expected, item, unused)
            }
            C::DeleteItem { id, expected } => state.delete_item(id, expected),
            C::AcknowledgeAlert { id, by, at } => state.acknowledge(id, by, at),
            C::CorrectLot { id, seen, expires_on } => state.correct_lot(id, seen, expires_on),
            C::ClosePeriod { until } => state.close_period(until),
            C::Post(_) | C::Reserve { .. } | C::EndReservation { .. } => Ok(()),
        }?;
        Ok(None)
    }
}
