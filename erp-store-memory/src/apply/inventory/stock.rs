//! Changes of stock: the book's arithmetic on what is locked.

use std::{collections::BTreeMap, sync::Arc};

use chrono::NaiveDate;
use erp_core::{
    Conflict,
    ids::{LotId, StockAlertId, UserId},
    inventory::{
        Balance, InventoryChange, Lot, StockKey, StockOutcome, StockPosting, StockTerms, Warehouse,
        rules::{LotsWanted, Shelf, StockBook},
    },
    port::{StoreError, StoreResult},
    text,
    time::Timestamp,
};

use crate::{
    apply::{exists, missing},
    order::distinct,
    state::{InventoryState, PostingState, Records},
};

impl InventoryState {
    pub(super) fn move_stock(
        &mut self,
        records: &Records,
        change: &InventoryChange,
        at: Timestamp,
    ) -> StoreResult<StockOutcome> {
        self.check_new(change)?;
        let mut book = StockBook::default();
        self.fill(records, &mut book, change)?;
        self.tell_of_history(&mut book, change)?;
        let outcome = book.apply(change, at)?;
        if let InventoryChange::Post(new) = change {
            new.new_lots.iter().cloned().for_each(|lot| self.stock.lots.put_lot(lot));
        }
        self.put_book(book);
        self.put_outcome(&outcome);
        Ok(outcome)
    }

    /// Writes postings that say when they had effect, worked out together.
    pub fn post_each(
        &mut self,
        records: &Records,
        changes: &[(&InventoryChange, Timestamp)],
    ) -> Vec<StoreResult<StockOutcome>> {
        let mut book = StockBook::default();
        let mut answers: Vec<Option<StoreResult<StockOutcome>>> = Vec::new();
        for (change, _) in changes {
            let filled =
                self.check_new(change).and_then(|()| self.fill(records, &mut book, change));
            answers.push(filled.err().map(Err));
        }
        for ((change, _), answer) in changes.iter().zip(&mut answers) {
            if answer.is_none() {
                *answer = self.tell_of_history(&mut book, change).err().map(Err);
            }
        }
        let open = changes.iter().zip(&answers).filter(|(_, answer)| answer.is_none());
        let open: Vec<_> = open.map(|(change, _)| *change).collect();
        let mut came_to = book.apply_each(&open).into_iter();
        if came_to.as_slice().iter().any(Result::is_ok) {
            self.put_book(book);
        }
        came_to.as_slice().iter().flatten().for_each(|outcome| self.put_outcome(outcome));
        let lacking = || Err(StoreError::Internal("a posting has no answer".to_owned()));
        answers
            .into_iter()
            .map(|answer| answer.unwrap_or_else(|| came_to.next().unwrap_or_else(lacking)))
            .collect()
    }

    /// Puts into the book what the change touches.
    fn fill(
        &self,
        records: &Records,
        book: &mut StockBook,
        change: &InventoryChange,
    ) -> StoreResult<()> {
        for key in change.stock_keys() {
            book.shelves.insert(key, self.shelf(records, key)?);
        }
        for item in change.whole_items() {
            let there: Vec<_> = self.stock.of_item(item).map(|one| one.level.key()).collect();
            for key in there {
                book.shelves.insert(key, self.shelf(records, key)?);
            }
        }
        let named = change.named_postings().into_iter();
        book.named.extend(named.flat_map(|id| self.stock.posted_rows(id)));
        for id in change.named_reservations() {
            let there = self.stock.reservations.get(&id).ok_or_else(|| missing("reservation"))?;
            book.reservations.insert(id, there.clone());
        }
        Ok(())
    }

    /// Tells the book, which has its balances, of what moved before and of lots.
    fn tell_of_history(&self, book: &mut StockBook, change: &InventoryChange) -> StoreResult<()> {
        for item in book.replayed(change) {
            book.histories.entry(item).or_insert_with(|| self.stock.history(item));
        }
        self.tell_of_lots(book, change)
    }

    /// What the change makes must not be there yet.
    fn check_new(&self, change: &InventoryChange) -> StoreResult<()> {
        match change {
            InventoryChange::Post(new) => {
                if self.stock.postings.contains_key(&new.posting.id) {
                    return Err(exists("posting"));
                }
                let taken_back = |old| self.stock.reversals.contains_key(&old);
                if new.posting.reverses.is_some_and(taken_back) {
                    return Err(Conflict::AlreadyReversed.into());
                }
            }
            InventoryChange::Reserve { reservation, .. }
                if self.stock.reservations.contains_key(&reservation.id) =>
            {
                return Err(exists("reservation"));
            }
            _ => {}
        }
        Ok(())
    }

    fn shelf(&self, records: &Records, key: StockKey) -> StoreResult<Shelf> {
        let item = self.items.get(&key.0).ok_or_else(|| missing("item"))?;
        let warehouse = records.typed::<Warehouse>(key.1).ok_or_else(|| missing("warehouse"))?;
        let balance = self.stock.balances.get(&key);
        let balance = balance.map_or_else(|| Balance::empty(key), Balance::clone);
        let terms = StockTerms {
            valuation: item.valuation,
            reorder_level: item.reorder_level,
            may_go_negative: item.may_go_negative(&warehouse),
            closed_until: self.stock.closed_until,
            tracking: item.tracking,
        };
        Ok(Shelf { balance, terms, lots: BTreeMap::new() })
    }

    /// What the book must know of lots. Of one code an item has one lot: whoever has seen none when there
    /// is one reads again.
    fn tell_of_lots(&self, book: &mut StockBook, change: &InventoryChange) -> StoreResult<()> {
        let state = &self.stock.lots;
        if let InventoryChange::Post(new) = change {
            for lot in &new.new_lots {
                if state.lots.contains_key(&lot.id) {
                    return Err(exists("lot"));
                }
                if state.codes.contains_key(&(lot.item, text::key(&lot.code))) {
                    return Err(StoreError::Stale { entity: "lot", current: None });
                }
                book.know(lot.clone());
            }
        }
        let LotsWanted { named, on_hand, items } = book.lots_wanted(change);
        let all = items.into_iter().flat_map(|item| state.of_item(item)).chain(named.clone());
        all.filter_map(|id| state.lots.get(&id)).for_each(|lot| book.know(Lot::clone(lot)));
        let in_balances =
            on_hand.into_iter().flat_map(|key| state.in_balance(key).map(move |id| (id, key.1)));
        let of_named = named.iter().flat_map(|id| state.places(*id).map(|place| (*id, place)));
        for (id, place) in distinct(in_balances.chain(of_named)) {
            state.level(id, place).into_iter().for_each(|level| book.know_level(level));
        }
        Ok(())
    }

    /// Nothing fails from here on.
    fn put_book(&mut self, book: StockBook) {
        let stock = &mut self.stock;
        for ((item, warehouse), shelf) in book.shelves {
            stock.in_warehouse.insert((warehouse, item));
            stock.balances.insert((item, warehouse), Arc::new(shelf.balance));
        }
        for reservation in book.reservations.into_values() {
            stock.put_reservation(reservation);
        }
    }

    fn put_outcome(&mut self, outcome: &StockOutcome) {
        let stock = &mut self.stock;
        outcome.lots.iter().for_each(|level| stock.lots.put_level(level));
        for alert in &outcome.alerts {
            stock.open_alerts.insert(alert.id);
            stock.alerts.insert(alert.id, Arc::new(alert.clone()));
        }
        if let Some(posting) = &outcome.posting {
            self.put_posting(posting.clone(), outcome);
        }
    }

    fn put_posting(&mut self, posting: StockPosting, outcome: &StockOutcome) {
        let stock = &mut self.stock;
        let movements: Vec<_> = outcome.movements.iter().cloned().map(Arc::new).collect();
        for movement in &movements {
            stock.put_movement(Arc::clone(movement));
        }
        for correction in outcome.corrections.iter().cloned().map(Arc::new) {
            if let Some(of) = correction.of {
                let row = Arc::clone(&correction);
                stock.corrections.upsert(of.posting, |rows| rows.push_back(row));
            }
            stock.put_movement(correction);
        }
        if let Some(reference) = posting.reference.clone() {
            stock.by_reference.insert(&(reference, posting.id), posting.id);
        }
        if let Some(old) = posting.reverses {
            stock.reversals.insert(old, posting.id);
        }
        stock.postings.insert(posting.id, Arc::new(PostingState { posting, movements }));
    }

    pub(super) fn close_period(&mut self, until: Timestamp) -> StoreResult<()> {
        let stock = &mut self.stock;
        let active = stock.reserved.iter().filter_map(|(_, id)| stock.reservations.get(&id));
        let open = active.filter(|one| one.created_at < until).map(|one| one.id).min();
        if let Some(closed) = stock.closed_until.filter(|closed| *closed >= until) {
            return Err(Conflict::PeriodClosed { until: closed }.into());
        }
        if let Some(reservation) = open {
            return Err(Conflict::OpenReservation { reservation }.into());
        }
        stock.closed_until = Some(until);
        Ok(())
    }

    pub(super) fn correct_lot(
        &mut self,
        id: LotId,
        seen: Option<NaiveDate>,
        expires_on: Option<NaiveDate>,
    ) -> StoreResult<()> {
        let lots = &mut self.stock.lots;
        let there = lots.lots.get(&id).ok_or_else(|| missing("lot"))?;
        if there.expires_on != seen {
            return Err(StoreError::Stale { entity: "lot", current: None });
        }
        lots.correct(&Lot { expires_on, ..Lot::clone(there) });
        Ok(())
    }

    pub(super) fn acknowledge(
        &mut self,
        id: StockAlertId,
        by: UserId,
        at: Timestamp,
    ) -> StoreResult<()> {
        let there = self.stock.alerts.get_mut(&id).ok_or_else(|| missing("stock_alert"))?;
        if there.acknowledged_at.is_some() {
            return Err(Conflict::AlertAcknowledged.into());
        }
        (there.acknowledged_by, there.acknowledged_at) = (Some(by), Some(at));
        self.stock.open_alerts.remove(&id);
        Ok(())
    }
}
