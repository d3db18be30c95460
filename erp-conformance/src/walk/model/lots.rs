//! Lots. What is on hand of them is nowhere kept: it is what the ledger says.

use erp_core::{
    ids::{LotId, WarehouseId},
    inventory::{InventoryChange as C, Lot, LotLevel, rules::StockBook},
    money::Decimal,
    port::{StoreError, StoreResult},
    text::key as folded,
};

use super::{Stock, exists};

impl Stock {
    /// Tells the book of all lots that there are, wanted or not.
    pub(super) fn tell_of_lots(&self, book: &mut StockBook, change: &C) -> StoreResult<()> {
        if let C::Post(new) = change {
            for lot in &new.new_lots {
                self.check_lot(lot)?;
                book.know(lot.clone());
            }
        }
        self.lots.iter().cloned().for_each(|lot| book.know(lot));
        self.lot_levels().into_iter().for_each(|level| book.know_level(level));
        Ok(())
    }

    fn check_lot(&self, new: &Lot) -> StoreResult<()> {
        if self.lots.iter().any(|lot| lot.id == new.id) {
            return Err(exists("lot"));
        }
        let same = |lot: &Lot| lot.item == new.item && folded(&lot.code) == folded(&new.code);
        if self.lots.iter().any(same) {
            return Err(StoreError::Stale { entity: "lot", current: None });
        }
        Ok(())
    }

    /// What is somewhere of any lot, in no order.
    pub(in crate::walk) fn lot_levels(&self) -> Vec<LotLevel> {
        let mut levels = Vec::new();
        for lot in &self.lots {
            for warehouse in self.warehouses.iter().map(|one| one.id) {
                let on_hand = self.lot_on_hand(lot.id, warehouse);
                if !on_hand.is_zero() {
                    levels.push(LotLevel { lot: lot.clone(), warehouse, on_hand });
                }
            }
        }
        levels
    }

    fn lot_on_hand(&self, lot: LotId, warehouse: WarehouseId) -> Decimal {
        let moved = self.movements.iter();
        let moved = moved.filter(|one| one.lot == Some(lot) && one.warehouse == warehouse);
        moved.map(|one| one.quantity).sum()
    }
}
