//! Lots, and what is on hand of them.

use std::sync::Arc;

use chrono::NaiveDate;
use erp_core::{
    ids::{ItemId, LotId, WarehouseId},
    inventory::{Lot, LotLevel, StockKey},
    money::Decimal,
};

use crate::map::{Index, Names, Set, Table};

#[derive(Clone, Default)]
pub(crate) struct LotState {
    pub lots: Table<LotId, Lot>,
    /// By item and lower-cased code.
    pub codes: Names<(ItemId, String), LotId>,
    /// What is on hand, where there is something.
    pub on_hand: Index<(LotId, WarehouseId), Decimal>,
    /// What is in a balance.
    pub in_balance: Set<(ItemId, WarehouseId, LotId)>,
    /// What is on hand, by the last day on which it is good.
    pub by_day: Set<(NaiveDate, LotId, WarehouseId)>,
}

impl LotState {
    /// Every lot of an item.
    pub fn of_item(&self, item: ItemId) -> impl Iterator<Item = LotId> {
        self.codes.of(item, None).map(|(_, id)| id)
    }

    /// Where something of a lot is.
    pub fn places(&self, id: LotId) -> impl Iterator<Item = WarehouseId> {
        self.on_hand.of(id).map(|(place, _)| place)
    }

    /// The lots in a balance.
    pub fn in_balance(&self, key: StockKey) -> impl Iterator<Item = LotId> {
        self.in_balance.of_pair(key)
    }

    /// What is on hand of a lot in a warehouse.
    pub fn level(&self, id: LotId, warehouse: WarehouseId) -> Option<LotLevel> {
        let lot = self.lots.get(&id)?.clone();
        let on_hand = self.on_hand.get(&(id, warehouse))?;
        Some(LotLevel { lot, warehouse, on_hand })
    }

    pub fn put_lot(&mut self, lot: Lot) {
        self.codes.insert(&(lot.item, lot.code.to_lowercase()), lot.id);
        self.lots.insert(lot.id, Arc::new(lot));
    }

    /// Keeps what is on hand now.
    pub fn put_level(&mut self, level: &LotLevel) {
        let (id, warehouse) = (level.lot.id, level.warehouse);
        let order = level.place().order();
        let in_balance = (level.lot.item, warehouse, id);
        if level.on_hand.is_zero() {
            self.on_hand.remove(&(id, warehouse));
            self.in_balance.remove(&in_balance);
            self.by_day.remove(&order);
        } else {
            self.on_hand.insert((id, warehouse), level.on_hand);
            self.in_balance.insert(in_balance);
            self.by_day.insert(order);
        }
    }
}
