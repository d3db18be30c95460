//! The arithmetic of stock: what a change does to the balances that it touches. Every store applies
//! it under its lock of these balances, so that a price is that of the moment, and no store has
//! arithmetic of its own.

use std::collections::BTreeMap;

use super::valuation::{Overflow, add};
use crate::{
    error::Conflict,
    ids::{ReservationId, StockAlertId},
    inventory::{
        Balance, Dated, InventoryChange, LineMove, Movement, MovementKind, NewStockPosting,
        PostingLine, Reservation, ReservationState, StockAlert, StockKey, StockOutcome,
        StockPosting, StockTerms, ValueRounding,
    },
    money::Decimal,
    port::{StoreError, StoreResult},
    time::Timestamp,
};

/// A balance with what item and warehouse say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shelf {
    /// The balance.
    pub balance: Balance,
    /// What is said about it.
    pub terms: StockTerms,
}

/// The balances and reservations that a change touches, as they are under the store's lock.
///
/// ```text
/// book.shelves = the balance of each of change.stock_keys(), empty where there is none yet
/// book.reservations = each of change.named_reservations()
/// let outcome = book.apply(&change, at)?;      // after an error nothing is written
/// write book.shelves, book.reservations, outcome.posting, outcome.movements, outcome.alerts
/// ```
#[derive(Clone, Debug, Default)]
pub struct StockBook {
    /// By item and warehouse.
    pub shelves: BTreeMap<StockKey, Shelf>,
    /// By id.
    pub reservations: BTreeMap<ReservationId, Reservation>,
}

impl StockBook {
    /// Applies the change, made at this instant, and returns what it came to. A change that does not
    /// move stock does nothing.
    ///
    /// # Errors
    /// `InsufficientStock`, `ReservationEnded`, `PeriodClosed`, `LaterMovements`, `StockOverflow`. The book is then
    /// of no use any more.
    pub fn apply(&mut self, change: &InventoryChange, at: Timestamp) -> StoreResult<StockOutcome> {
        let mut outcome = StockOutcome::default();
        match change {
            InventoryChange::Post(new) => self.post(new, at, &mut outcome)?,
            InventoryChange::Reserve { reservation, alert } => {
                self.reserve(reservation, *alert, at, &mut outcome)?;
            }
            InventoryChange::EndReservation { id, state, .. } => self.end(*id, *state)?,
            _ => return Ok(outcome),
        }
        outcome.levels = self.shelves.values().map(|shelf| shelf.balance.level.clone()).collect();
        outcome.reservations = self.reservations.values().cloned().collect();
        Ok(outcome)
    }

    fn post(
        &mut self,
        new: &NewStockPosting,
        at: Timestamp,
        outcome: &mut StockOutcome,
    ) -> StoreResult<()> {
        let effective_at = self.effective_at(new.dated, at)?;
        let seq = self.shelves.values().map(|shelf| shelf.balance.seq).max().unwrap_or(0) + 1;
        let posting = StockPosting { effective_at, ..new.posting.clone() };
        let mut run = Run { new, at, effective_at, seq, alerts: new.alerts.iter(), outcome };
        for line in &new.lines {
            self.line(line, &mut run)?;
        }
        outcome.posting = Some(posting);
        for shelf in self.shelves.values_mut() {
            shelf.balance.seq = seq;
            shelf.balance.last_at = Some(effective_at);
        }
        Ok(())
    }

    /// Movements of a balance are in the order of their instants: what is written now has effect no
    /// earlier than what was there, whatever the clocks of several nodes say. Nothing has effect in
    /// a closed period (INV-12).
    fn effective_at(&self, dated: Dated, at: Timestamp) -> StoreResult<Timestamp> {
        let last = self.shelves.values().filter_map(|shelf| shelf.balance.last_at).max();
        let closed = self.shelves.values().filter_map(|shelf| shelf.terms.closed_until).max();
        match (dated, last) {
            (Dated::Now, _) => Ok([last, closed].into_iter().flatten().fold(at, Timestamp::max)),
            (Dated::At(wanted), _) if closed.is_some_and(|until| wanted < until) => {
                Err(period_closed(closed))
            }
            (Dated::At(wanted), Some(last)) if wanted < last => {
                Err(Conflict::LaterMovements { last }.into())
            }
            (Dated::At(wanted), _) => Ok(wanted),
        }
    }

    fn line(&mut self, line: &PostingLine, run: &mut Run<'_>) -> StoreResult<()> {
        let key = (line.item, line.warehouse);
        match line.movement {
            LineMove::In { quantity, value } => {
                let shelf = self.shelf(key)?;
                let value = match value {
                    Some(value) => value,
                    None => shelf.balance.present_price(quantity, run.rounding())?,
                };
                shelf.take_in(quantity, value, run)?;
            }
            LineMove::Out { quantity, reservation } => {
                let freed = self.consume(reservation, key, quantity, run.at)?;
                let shelf = self.shelf(key)?;
                shelf.balance.level.reserved -= freed;
                shelf.take_out(quantity, freed, run)?;
            }
            LineMove::Transfer { quantity, to } => {
                let value = self.shelf(key)?.take_out(quantity, Decimal::ZERO, run)?;
                self.shelf((line.item, to))?.take_in(quantity, value, run)?;
            }
            LineMove::Exact { quantity, value } if quantity > Decimal::ZERO => {
                self.shelf(key)?.take_in(quantity, value, run)?;
            }
            LineMove::Exact { quantity, value } => {
                self.shelf(key)?.take_back(-quantity, -value, run)?;
            }
        }
        Ok(())
    }

    /// Takes what is issued off the reservation. Returns how much is no longer set aside.
    fn consume(
        &mut self,
        reservation: Option<ReservationId>,
        key: StockKey,
        quantity: Decimal,
        at: Timestamp,
    ) -> StoreResult<Decimal> {
        let Some(id) = reservation else { return Ok(Decimal::ZERO) };
        let reservation = self.reservation(id)?;
        if !reservation.holds_at(at) || reservation.key() != key {
            return Err(Conflict::ReservationEnded { reservation: id }.into());
        }
        let part = quantity.min(reservation.remaining());
        reservation.consumed += part;
        if reservation.remaining().is_zero() {
            reservation.state = ReservationState::Consumed;
        }
        Ok(part)
    }

    fn reserve(
        &mut self,
        reservation: &Reservation,
        alert: StockAlertId,
        at: Timestamp,
        outcome: &mut StockOutcome,
    ) -> StoreResult<()> {
        let shelf = self.shelf(reservation.key())?;
        if shelf.terms.closed_until.is_some_and(|until| reservation.created_at < until) {
            return Err(period_closed(shelf.terms.closed_until));
        }
        let before = shelf.balance.level.available();
        let reserved = add(shelf.balance.level.reserved, reservation.quantity)?;
        shelf.balance.level.reserved = reserved;
        shelf.check_floor(before)?;
        outcome.alerts.extend(shelf.crossing(at, || Some(alert))?);
        self.reservations.insert(reservation.id, reservation.clone());
        Ok(())
    }

    fn end(&mut self, id: ReservationId, state: ReservationState) -> StoreResult<()> {
        let reservation = self.reservation(id)?;
        let (key, left) = (reservation.key(), reservation.remaining());
        if reservation.state != ReservationState::Active {
            return Ok(());
        }
        reservation.state = state;
        let shelf = self.shelf(key)?;
        shelf.balance.level.reserved -= left;
        // What is freed may end a shortage; it never begins one.
        shelf.balance.low &= shelf.is_low();
        Ok(())
    }

    fn shelf(&mut self, key: StockKey) -> StoreResult<&mut Shelf> {
        let lacking = || StoreError::Internal("a balance was not put into the book".to_owned());
        self.shelves.get_mut(&key).ok_or_else(lacking)
    }

    fn reservation(&mut self, id: ReservationId) -> StoreResult<&mut Reservation> {
        self.reservations.get_mut(&id).ok_or(StoreError::NotFound { entity: "reservation" })
    }
}

fn period_closed(until: Option<Timestamp>) -> StoreError {
    Conflict::PeriodClosed { until: until.unwrap_or_default() }.into()
}

/// A posting under way.
struct Run<'a> {
    new: &'a NewStockPosting,
    at: Timestamp,
    effective_at: Timestamp,
    seq: i64,
    alerts: std::slice::Iter<'a, StockAlertId>,
    outcome: &'a mut StockOutcome,
}

impl Run<'_> {
    fn rounding(&self) -> ValueRounding {
        self.new.rounding
    }

    fn note(&mut self, key: StockKey, kind: MovementKind, quantity: Decimal, value: Decimal) {
        let line = i32::try_from(self.outcome.movements.len() + 1).unwrap_or(i32::MAX);
        self.outcome.movements.push(Movement {
            posting: self.new.posting.id,
            line,
            item: key.0,
            warehouse: key.1,
            kind,
            quantity,
            value,
            effective_at: self.effective_at,
            seq: self.seq,
        });
    }

    fn revalue(&mut self, key: StockKey, value: Decimal) {
        if !value.is_zero() {
            self.note(key, MovementKind::Revaluation, Decimal::ZERO, value);
        }
    }
}

impl Shelf {
    fn take_in(&mut self, quantity: Decimal, value: Decimal, run: &mut Run<'_>) -> StoreResult<()> {
        let by = self.terms.valuation;
        let revaluation = self.balance.take_in(quantity, value, by, run.rounding())?;
        run.note(self.balance.level.key(), MovementKind::Stock, quantity, value);
        run.revalue(self.balance.level.key(), revaluation);
        self.note_crossing(run)
    }

    /// Takes goods out of which this much has just been freed for that.
    fn take_out(
        &mut self,
        quantity: Decimal,
        freed: Decimal,
        run: &mut Run<'_>,
    ) -> StoreResult<Decimal> {
        let before = self.balance.level.available() - freed;
        let cost = self.balance.take_out(quantity, self.terms.valuation, run.rounding())?;
        if quantity > freed {
            self.check_floor(before)?;
        }
        run.note(self.balance.level.key(), MovementKind::Stock, -quantity, -cost);
        self.note_crossing(run)?;
        Ok(cost)
    }

    fn take_back(
        &mut self,
        quantity: Decimal,
        value: Decimal,
        run: &mut Run<'_>,
    ) -> StoreResult<()> {
        let before = self.balance.level.available();
        let by = self.terms.valuation;
        let revaluation = self.balance.take_back(quantity, value, by, run.rounding())?;
        self.check_floor(before)?;
        run.note(self.balance.level.key(), MovementKind::Stock, -quantity, -value);
        run.revalue(self.balance.level.key(), revaluation);
        self.note_crossing(run)
    }

    /// Nothing may be taken or promised that is not there (INV-1).
    fn check_floor(&self, before: Decimal) -> StoreResult<()> {
        let level = &self.balance.level;
        if self.terms.may_go_negative || level.available() >= Decimal::ZERO {
            return Ok(());
        }
        let (item, warehouse) = level.key();
        Err(Conflict::InsufficientStock { item, warehouse, available: before }.into())
    }

    fn is_low(&self) -> bool {
        let available = self.balance.level.available();
        self.terms.reorder_level.is_some_and(|level| available <= level)
    }

    fn note_crossing(&mut self, run: &mut Run<'_>) -> StoreResult<()> {
        let crossing = self.crossing(run.at, || run.alerts.next().copied())?;
        run.outcome.alerts.extend(crossing);
        Ok(())
    }

    /// The notice, when stock has gone low and was not low before (INV-13).
    fn crossing(
        &mut self,
        at: Timestamp,
        id: impl FnOnce() -> Option<StockAlertId>,
    ) -> StoreResult<Option<StockAlert>> {
        let is_low = self.is_low();
        let was_low = std::mem::replace(&mut self.balance.low, is_low);
        let Some(reorder_level) = self.terms.reorder_level else { return Ok(None) };
        if was_low || !self.balance.low {
            return Ok(None);
        }
        let none_left = || StoreError::Internal("the change has too few ids of alerts".to_owned());
        let (item, warehouse) = self.balance.level.key();
        Ok(Some(StockAlert {
            id: id().ok_or_else(none_left)?,
            item,
            warehouse,
            available: self.balance.level.available(),
            reorder_level,
            raised_at: at,
            acknowledged_by: None,
            acknowledged_at: None,
        }))
    }
}

impl From<Overflow> for StoreError {
    fn from(_: Overflow) -> Self {
        Conflict::StockOverflow.into()
    }
}
