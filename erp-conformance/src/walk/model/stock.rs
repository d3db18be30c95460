//! Warehouses, items and stock. The arithmetic is the domain's, as every store has it; the model keeps
//! what it says in plain lists.

use std::collections::BTreeMap;

use erp_core::{
    Conflict,
    change::Version,
    ids::{ItemId, PostingId, WarehouseId},
    inventory::{
        Balance, InventoryChange as C, Item, Movement, MovementKey, MovementKind, Reservation,
        ReservationState, StockAlert, StockKey, StockOutcome, StockPosting, StockTerms, Warehouse,
        rules::{Shelf, StockBook},
    },
    port::StoreResult,
    time::Timestamp,
};

use super::{exists, missing, not_walked, raise, same_name};

#[derive(Clone, Debug, Default)]
pub(in crate::walk) struct Stock {
    pub(in crate::walk) warehouses: Vec<Warehouse>,
    pub(in crate::walk) items: Vec<Item>,
    pub(in crate::walk) balances: BTreeMap<StockKey, Balance>,
    pub(in crate::walk) movements: Vec<Movement>,
    pub(in crate::walk) postings: Vec<StockPosting>,
    pub(in crate::walk) reservations: Vec<Reservation>,
    pub(in crate::walk) alerts: Vec<StockAlert>,
    pub(in crate::walk) closed_until: Option<Timestamp>,
}

impl Stock {
    pub(super) fn change(&mut self, change: C, at: Timestamp) -> StoreResult<Option<StockOutcome>> {
        if change.moves_stock() {
            return self.move_stock(&change, at).map(Some);
        }
        match change {
            C::CreateWarehouse(new) => self.create_warehouse(new)?,
            C::UpdateWarehouse { expected, warehouse } => {
                self.update_warehouse(expected, warehouse)?;
            }
            C::CreateItem(new) => self.create_item(new)?,
            C::UpdateItem { expected, item, unused } => self.update_item(expected, item, unused)?,
            C::DeleteItem { id, expected } => {
                raise("item", &mut self.item_mut(id)?.version, expected)?;
                self.check_unused(id)?;
                self.items.retain(|item| item.id != id);
            }
            C::AcknowledgeAlert { id, by, at } => {
                let alert = self.alerts.iter_mut().find(|alert| alert.id == id);
                let alert = alert.ok_or_else(|| missing("stock_alert"))?;
                if alert.acknowledged_at.is_some() {
                    return Err(Conflict::AlertAcknowledged.into());
                }
                (alert.acknowledged_by, alert.acknowledged_at) = (Some(by), Some(at));
            }
            C::ClosePeriod { until } => self.close_period(until)?,
            _ => return Err(not_walked()),
        }
        Ok(None)
    }

    fn create_warehouse(&mut self, new: Warehouse) -> StoreResult<()> {
        if self.warehouses.iter().any(|one| one.id == new.id) {
            return Err(exists("warehouse"));
        }
        self.check_code(&new)?;
        self.warehouses.push(new);
        Ok(())
    }

    fn update_warehouse(&mut self, expected: Version, new: Warehouse) -> StoreResult<()> {
        let old = self.warehouses.iter_mut().find(|one| one.id == new.id);
        let old = old.ok_or_else(|| missing("warehouse"))?;
        raise("warehouse", &mut old.version, expected)?;
        let (version, created_at) = (old.version, old.created_at);
        self.check_code(&new)?;
        self.warehouses.retain(|one| one.id != new.id);
        self.warehouses.push(Warehouse { version, created_at, ..new });
        Ok(())
    }

    fn check_code(&self, new: &Warehouse) -> StoreResult<()> {
        let taken = |one: &Warehouse| one.id != new.id && same_name(&one.code, &new.code);
        let taken = self.warehouses.iter().any(taken);
        if taken { Err(Conflict::WarehouseCodeTaken.into()) } else { Ok(()) }
    }

    fn item_mut(&mut self, id: ItemId) -> StoreResult<&mut Item> {
        self.items.iter_mut().find(|item| item.id == id).ok_or_else(|| missing("item"))
    }

    fn create_item(&mut self, new: Item) -> StoreResult<()> {
        if self.items.iter().any(|item| item.id == new.id) {
            return Err(exists("item"));
        }
        self.check_sku(&new)?;
        self.items.push(new);
        Ok(())
    }

    fn update_item(&mut self, expected: Version, new: Item, unused: bool) -> StoreResult<()> {
        let old = self.item_mut(new.id)?;
        raise("item", &mut old.version, expected)?;
        let (version, created_at) = (old.version, old.created_at);
        self.check_sku(&new)?;
        if unused {
            self.check_unused(new.id)?;
        }
        *self.item_mut(new.id)? = Item { version, created_at, ..new };
        Ok(())
    }

    fn check_sku(&self, new: &Item) -> StoreResult<()> {
        let taken = |item: &Item| item.id != new.id && same_name(&item.sku, &new.sku);
        if self.items.iter().any(taken) { Err(Conflict::SkuTaken.into()) } else { Ok(()) }
    }

    fn check_unused(&self, id: ItemId) -> StoreResult<()> {
        let used = self.balances.keys().any(|(item, _)| *item == id);
        if used { Err(Conflict::ItemInUse.into()) } else { Ok(()) }
    }

    fn close_period(&mut self, until: Timestamp) -> StoreResult<()> {
        if self.closed_until.is_some_and(|closed| closed >= until) {
            return Ok(());
        }
        let active = self.reservations.iter().filter(|one| one.state == ReservationState::Active);
        let open = active.filter(|one| one.created_at < until).map(|one| one.id).min();
        if let Some(reservation) = open {
            return Err(Conflict::OpenReservation { reservation }.into());
        }
        self.closed_until = Some(until);
        Ok(())
    }

    fn move_stock(&mut self, change: &C, at: Timestamp) -> StoreResult<StockOutcome> {
        self.check_new(change)?;
        let mut book = StockBook::default();
        for key in change.stock_keys() {
            book.shelves.insert(key, self.shelf(key)?);
        }
        for item in change.whole_items() {
            for key in self.balances.keys().filter(|key| key.0 == item) {
                book.shelves.insert(*key, self.shelf(*key)?);
            }
        }
        if let Some(old) = change.takes_back() {
            book.reversed = self.posted_rows(old);
        }
        for item in book.replayed(change) {
            book.histories.insert(item, self.history(item));
        }
        for id in change.named_reservations() {
            let there = self.reservations.iter().find(|one| one.id == id);
            let there = there.ok_or_else(|| missing("reservation"))?;
            book.reservations.insert(id, there.clone());
        }
        let outcome = book.apply(change, at)?;
        for (key, shelf) in book.shelves {
            self.balances.insert(key, shelf.balance);
        }
        for new in book.reservations.into_values() {
            self.reservations.retain(|one| one.id != new.id);
            self.reservations.push(new);
        }
        self.postings.extend(outcome.posting.clone());
        self.movements.extend(outcome.movements.iter().chain(&outcome.corrections).cloned());
        self.alerts.extend(outcome.alerts.iter().cloned());
        Ok(outcome)
    }

    fn check_new(&self, change: &C) -> StoreResult<()> {
        match change {
            C::Post(new) => {
                if self.postings.iter().any(|one| one.id == new.posting.id) {
                    return Err(exists("posting"));
                }
                let reversed = |one: &StockPosting| {
                    one.reverses.is_some() && one.reverses == new.posting.reverses
                };
                if self.postings.iter().any(reversed) {
                    return Err(Conflict::AlreadyReversed.into());
                }
            }
            C::Reserve { reservation, .. }
                if self.reservations.iter().any(|one| one.id == reservation.id) =>
            {
                return Err(exists("reservation"));
            }
            _ => {}
        }
        Ok(())
    }

    fn shelf(&self, key: StockKey) -> StoreResult<Shelf> {
        let (item, warehouse) = (self.item(key.0)?, self.warehouse(key.1)?);
        let balance = self.balances.get(&key).cloned().unwrap_or_else(|| Balance::empty(key));
        let terms = StockTerms {
            valuation: item.valuation,
            reorder_level: item.reorder_level,
            may_go_negative: item.may_go_negative(warehouse),
            closed_until: self.closed_until,
            tracking: item.tracking,
        };
        Ok(Shelf { balance, terms, lots: BTreeMap::new() })
    }

    pub(in crate::walk) fn item(&self, id: ItemId) -> StoreResult<&Item> {
        self.items.iter().find(|item| item.id == id).ok_or_else(|| missing("item"))
    }

    pub(in crate::walk) fn warehouse(&self, id: WarehouseId) -> StoreResult<&Warehouse> {
        self.warehouses.iter().find(|one| one.id == id).ok_or_else(|| missing("warehouse"))
    }

    /// The ledger of an item, in the order of the history.
    pub(in crate::walk) fn history(&self, item: ItemId) -> Vec<Movement> {
        let mut rows: Vec<_> =
            self.movements.iter().filter(|one| one.item == item).cloned().collect();
        rows.sort_by_key(MovementKey::of);
        rows
    }

    /// What a posting did itself, in order.
    pub(in crate::walk) fn moved_by(&self, id: PostingId) -> impl Iterator<Item = &Movement> {
        self.movements.iter().filter(move |one| one.posting == id && !corrects(one))
    }

    /// What a posting did, and what puts that right.
    fn posted_rows(&self, id: PostingId) -> Vec<Movement> {
        let about = |one: &&Movement| corrects(one) && one.of.is_some_and(|of| of.posting == id);
        self.moved_by(id).chain(self.movements.iter().filter(about)).cloned().collect()
    }
}

/// Whether a row puts a movement of another posting right.
fn corrects(row: &Movement) -> bool {
    row.kind != MovementKind::Stock && row.of.is_some_and(|of| of.posting != row.posting)
}
