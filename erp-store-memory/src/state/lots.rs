//! Lots, and what is on hand of them.

use std::sync::Arc;

use chrono::NaiveDate;
use erp_core::{
    ids::{ItemId, LotId, WarehouseId},
    inventory::{Lot, LotLevel, StockKey},
    money::Decimal,
    text,
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
        self.codes.insert(&(lot.item, text::key(&lot.code)), lot.id);
        self.lots.insert(lot.id, Arc::new(lot));
    }

    /// Keeps the lot, of which all but its last good day is as it was.
    pub fn correct(&mut self, lot: &Lot) {
        let places: Vec<_> = self.places(lot.id).collect();
        let old: Vec<_> = places.iter().filter_map(|place| self.level(lot.id, *place)).collect();
        for level in old {
            self.by_day.remove(&level.place().order());
            let new = LotLevel { lot: lot.clone(), ..level };
            self.by_day.insert(new.place().order());
        }
        self.lots.insert(lot.id, Arc::new(lot.clone()));
    }

    /// What of a balance has expired by a day.
    pub fn expired(&self, key: StockKey, day: NaiveDate) -> Decimal {
        let expired = self
            .in_balance(key)
            .filter(|id| self.lots.get(id).is_some_and(|lot| lot.has_expired(day)));
        expired.filter_map(|id| self.on_hand.get(&(id, key.1))).sum()
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
