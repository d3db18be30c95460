//! Stock. The arithmetic is the domain's, as every store has it; the model keeps what it says in plain
//! lists.

use std::collections::BTreeMap;

use erp_core::{
    Conflict,
    change::Version,
    ids::{ItemId, PostingId},
    inventory::{
        Balance, InventoryChange as C, Item, ItemCategory, Lot, Movement, MovementKey,
        MovementKind, Reservation, ReservationState, StockAlert, StockKey, StockOutcome,
        StockPosting, StockTerms, Warehouse,
        rules::{Shelf, StockBook},
    },
    port::{StoreError, StoreResult},
    record::Stored,
    time::Timestamp,
};

use super::{exists, missing};

#[derive(Clone, Debug)]
pub(in crate::walk) struct Stock {
    /// Those of the records.
    pub(in crate::walk) warehouses: Vec<Stored<Warehouse>>,
    /// The version of the tree of categories.
    pub(in crate::walk) tree: Version,
    /// Those of the records.
    pub(in crate::walk) categories: Vec<Stored<ItemCategory>>,
    pub(in crate::walk) items: Vec<Item>,
    pub(in crate::walk) balances: BTreeMap<StockKey, Balance>,
    pub(in crate::walk) lots: Vec<Lot>,
    pub(in crate::walk) movements: Vec<Movement>,
    pub(in crate::walk) postings: Vec<StockPosting>,
    pub(in crate::walk) reservations: Vec<Reservation>,
    pub(in crate::walk) alerts: Vec<StockAlert>,
    pub(in crate::walk) closed_until: Option<Timestamp>,
}

impl Stock {
    /// Nothing, with a tree of this version.
    pub(super) fn new(tree: Version) -> Self {
        Self {
            warehouses: vec![],
            tree,
            categories: vec![],
            items: vec![],
            balances: BTreeMap::new(),
            lots: vec![],
            movements: vec![],
            postings: vec![],
            reservations: vec![],
            alerts: vec![],
            closed_until: None,
        }
    }

    pub(super) fn change(&mut self, change: C, at: Timestamp) -> StoreResult<Option<StockOutcome>> {
        match change {
            C::Post(_) | C::Reserve { .. } | C::EndReservation { .. } => {
                return self.move_stock(&change, at).map(Some);
            }
            C::TermsChanged { .. } => {}
            C::CreateItem(new) => self.create_item(new)?,
            C::UpdateItem { expected, item, unused } => self.update_item(expected, item, unused)?,
            C::DeleteItem { id, expected } => self.delete_item(id, expected)?,
            C::AcknowledgeAlert { id, by, at } => {
                let alert = self.alerts.iter_mut().find(|alert| alert.id == id);
                let alert = alert.ok_or_else(|| missing("stock_alert"))?;
                if alert.acknowledged_at.is_some() {
                    return Err(Conflict::AlertAcknowledged.into());
                }
                (alert.acknowledged_by, alert.acknowledged_at) = (Some(by), Some(at));
            }
            C::CorrectLot { id, seen, expires_on } => {
                let lot = self.lots.iter_mut().find(|lot| lot.id == id);
                let lot = lot.ok_or_else(|| missing("lot"))?;
                if lot.expires_on != seen {
                    return Err(StoreError::Stale { entity: "lot", current: None });
                }
                lot.expires_on = expires_on;
            }
            C::ClosePeriod { until } => self.close_period(until)?,
        }
        Ok(None)
    }

    fn close_period(&mut self, until: Timestamp) -> StoreResult<()> {
        if let Some(closed) = self.closed_until.filter(|closed| *closed >= until) {
            return Err(Conflict::PeriodClosed { until: closed }.into());
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
        book.named =
            change.named_postings().into_iter().flat_map(|id| self.posted_rows(id)).collect();
        for item in book.replayed(change) {
            book.histories.insert(item, self.history(item));
        }
        for id in change.named_reservations() {
            let there = self.reservations.iter().find(|one| one.id == id);
            let there = there.ok_or_else(|| missing("reservation"))?;
            book.reservations.insert(id, there.clone());
        }
        self.tell_of_lots(&mut book, change)?;
        let outcome = book.apply(change, at)?;
        if let C::Post(new) = change {
            self.lots.extend(new.new_lots.iter().cloned());
        }
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
