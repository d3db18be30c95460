//! The arithmetic of stock: what a change does to the balances that it touches. Every store applies
//! it under its lock of these balances, so that a price is that of the moment, and no store has
//! arithmetic of its own.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::{
    Lots, Shelf,
    fefo::Part,
    replay::{Replay, totals},
    shelf::Origin,
    valuation::{Came, Goods, Overflow, add},
};
use crate::{
    error::Conflict,
    ids::{ItemId, ReservationId, StockAlertId},
    inventory::{
        Dated, InventoryChange, LineMove, Movement, MovementKind, MovementRef, NewStockPosting,
        PostingLine, Reservation, ReservationState, StockKey, StockOutcome, StockPosting, Tracking,
        ValueRounding,
    },
    money::{Decimal, opposite},
    port::{StoreError, StoreResult},
    time::Timestamp,
};

/// The balances and reservations that a change touches, as they are under the store's lock.
///
/// ```text
/// book.shelves = the balance of each of change.stock_keys(), empty where there is none yet,
///                and every balance of change.whole_items()
/// book.reservations = each of change.named_reservations()
/// book.reversed = the movements of change.takes_back(), and the corrections of these
/// book.know(lot), book.know_level(level) = what book.lots_wanted(&change) asks for; nothing where stock
///                lies in no lots
/// book.histories = for each of book.replayed(&change), its movements in the order of the history
/// let outcome = book.apply(&change, at)?;      // after an error nothing is written
/// write book.shelves, book.reservations, and what the outcome has of posting, movements,
///       corrections, lots and alerts
/// ```
#[derive(Clone, Debug, Default)]
pub struct StockBook {
    /// By item and warehouse.
    pub shelves: BTreeMap<StockKey, Shelf>,
    /// By id.
    pub reservations: BTreeMap<ReservationId, Reservation>,
    /// Of the posting that is taken back.
    pub reversed: Vec<Movement>,
    /// By item; a history that is longer than the change allows may end anywhere after that.
    pub histories: BTreeMap<ItemId, Vec<Movement>>,
    /// Filled by [`Self::know`] and [`Self::know_level`].
    pub lots: Lots,
}

impl StockBook {
    /// The items whose history must be worked out again, since the change has effect before a
    /// movement that is there (INV-11).
    pub fn replayed(&self, change: &InventoryChange) -> BTreeSet<ItemId> {
        let InventoryChange::Post(new) = change else { return BTreeSet::new() };
        let Dated::At(wanted) = new.dated else { return BTreeSet::new() };
        let keys = change.stock_keys();
        // A serial number must have been nowhere else, ever since.
        let touched = |key: &StockKey, shelf: &Shelf| {
            keys.contains(key) || shelf.terms.tracking == Tracking::Serial
        };
        let later = |shelf: &Shelf| shelf.balance.last_at.is_some_and(|last| wanted < last);
        let shelves = self.shelves.iter();
        let shelves = shelves.filter(|(key, shelf)| touched(key, shelf) && later(shelf));
        shelves.map(|((item, _), _)| *item).collect()
    }

    /// Applies the change, made at this instant, and returns what it came to. A change that does not
    /// move stock does nothing. Afterwards the book has the balances that changed.
    ///
    /// # Errors
    /// `InsufficientStock`, `ReservationEnded`, `PeriodClosed`, `HistoryTooLong`, `StockOverflow`,
    /// `LotExpired`, `SerialInStock`, `TooManyLots`; `Stale` when an item's tracking has changed.
    /// The book is then of no use any more.
    pub fn apply(&mut self, change: &InventoryChange, at: Timestamp) -> StoreResult<StockOutcome> {
        let mut outcome = StockOutcome::default();
        let replayed = self.replayed(change);
        let keys = change.stock_keys();
        self.shelves.retain(|key, _| keys.contains(key) || replayed.contains(&key.0));
        match change {
            InventoryChange::Post(new) => self.post(new, &keys, replayed, at, &mut outcome)?,
            InventoryChange::Reserve { reservation, alert, day } => {
                self.reserve(reservation, *alert, (at, *day), &mut outcome)?;
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
        keys: &BTreeSet<StockKey>,
        replayed: BTreeSet<ItemId>,
        at: Timestamp,
        outcome: &mut StockOutcome,
    ) -> StoreResult<()> {
        self.check_tracking(new)?;
        let effective_at = self.effective_at(new.dated, at)?;
        let seq = self.shelves.values().map(|shelf| shelf.balance.seq).max().unwrap_or(0) + 1;
        let replay = Replay::rewind(self, new, &replayed, effective_at)?;
        let mut run = Run {
            new,
            at,
            effective_at,
            seq,
            reversed: totals(&self.reversed),
            replayed,
            freed: BTreeMap::new(),
            alerts: new.alerts.iter(),
            outcome,
        };
        for line in &new.lines {
            self.line(line, &mut run)?;
        }
        replay.catch_up(self, keys, &mut run)?;
        outcome.lots = self.lots_moved(outcome);
        outcome.posting = Some(StockPosting { effective_at, ..new.posting.clone() });
        for (key, shelf) in &mut self.shelves {
            shelf.balance.seq = seq;
            let last = shelf.balance.last_at;
            shelf.balance.last_at = last.max(keys.contains(key).then_some(effective_at));
        }
        Ok(())
    }

    /// What is written now has effect no earlier than what was there, whatever the clocks of several
    /// nodes say. Nothing has effect in a closed period (INV-12).
    fn effective_at(&self, dated: Dated, at: Timestamp) -> StoreResult<Timestamp> {
        let closed = self.shelves.values().filter_map(|shelf| shelf.terms.closed_until).max();
        let last = self.shelves.values().filter_map(|shelf| shelf.balance.last_at).max();
        match dated {
            Dated::Now => Ok([last, closed].into_iter().flatten().fold(at, Timestamp::max)),
            Dated::At(wanted) if closed.is_some_and(|until| wanted < until) => {
                Err(period_closed(closed))
            }
            Dated::At(wanted) => Ok(wanted),
        }
    }

    fn line(&mut self, line: &PostingLine, run: &mut Run<'_>) -> StoreResult<()> {
        let key = (line.item, line.warehouse);
        let none = Decimal::ZERO;
        let lot = self.lot_of(line)?.map(|lot| lot.id);
        match line.movement {
            LineMove::In { quantity, value } => {
                let origin = Origin { priced: value.is_some(), lot, ..Origin::default() };
                self.move_goods(key, goods(quantity, value), none, origin, run)?;
            }
            LineMove::Out { quantity, reservation } => {
                let consumed = self.consume(reservation, key, quantity, run.at)?;
                let freed = if run.replays(line.item) {
                    *run.freed.entry(key).or_default() += consumed;
                    none
                } else {
                    consumed
                };
                self.shelf(key)?.balance.level.reserved -= freed;
                for Part { lot, quantity, freed } in self.parts(line, quantity, freed, run)? {
                    let origin = Origin { lot, ..Origin::default() };
                    self.move_goods(key, goods(-quantity, None), freed, origin, run)?;
                }
            }
            LineMove::Transfer { quantity, to } => {
                for Part { lot, quantity, freed } in self.parts(line, quantity, none, run)? {
                    let origin = Origin { lot, ..Origin::default() };
                    let came = self.move_goods(key, goods(-quantity, None), freed, origin, run)?;
                    let origin = Origin { of: run.last_stock(), ..origin };
                    let into = goods(quantity, Some(opposite(came.value)));
                    self.move_goods((line.item, to), into, none, origin, run)?;
                }
            }
            LineMove::Count { counted } => {
                let shelf = self.shelf(key)?;
                let on_hand = shelf.balance.level.on_hand;
                let difference = counted - lot.map_or(on_hand, |lot| shelf.lot_on_hand(lot));
                let origin = Origin { counted: Some(counted), lot, ..Origin::default() };
                self.move_goods(key, goods(difference, None), none, origin, run)?;
            }
            LineMove::Revalue { unit_cost } => self.shelf(key)?.revalue(unit_cost, run)?,
            LineMove::Back { line } => {
                let (of, quantity, value) = run.reversed_line(line)?;
                let origin = Origin { of: Some(of), lot, ..Origin::default() };
                let back = Goods { quantity: -quantity, value: Some(opposite(value)), back: true };
                self.move_goods(key, back, none, origin, run)?;
            }
        }
        Ok(())
    }

    fn move_goods(
        &mut self,
        key: StockKey,
        goods: Goods,
        freed: Decimal,
        origin: Origin,
        run: &mut Run<'_>,
    ) -> StoreResult<Came> {
        let (shelf, lots) = self.at(key)?;
        shelf.move_goods(goods, freed, origin, lots, run)
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
        (at, day): (Timestamp, NaiveDate),
        outcome: &mut StockOutcome,
    ) -> StoreResult<()> {
        let (shelf, lots) = self.at(reservation.key())?;
        if shelf.terms.closed_until.is_some_and(|until| reservation.created_at < until) {
            return Err(period_closed(shelf.terms.closed_until));
        }
        let before = shelf.free(lots, day);
        let reserved = add(shelf.balance.level.reserved, reservation.quantity)?;
        shelf.balance.level.reserved = reserved;
        shelf.check_floor(before, shelf.free(lots, day))?;
        outcome.alerts.extend(shelf.crossing(at, || Some(alert))?);
        self.reservations.insert(reservation.id, reservation.clone());
        Ok(())
    }

    fn end(&mut self, id: ReservationId, state: ReservationState) -> StoreResult<()> {
        let reservation = self.reservation(id)?;
        let (key, left) = (reservation.key(), reservation.remaining());
        if reservation.state != ReservationState::Active {
            return Err(Conflict::ReservationEnded { reservation: id }.into());
        }
        reservation.state = state;
        let shelf = self.shelf(key)?;
        shelf.balance.level.reserved -= left;
        // What is freed may end a shortage; it never begins one.
        shelf.balance.low &= shelf.is_low();
        Ok(())
    }

    pub(super) fn shelf(&mut self, key: StockKey) -> StoreResult<&mut Shelf> {
        self.at(key).map(|(shelf, _)| shelf)
    }

    pub(super) fn at(&mut self, key: StockKey) -> StoreResult<(&mut Shelf, &mut Lots)> {
        let lacking = || StoreError::Internal("a balance was not put into the book".to_owned());
        Ok((self.shelves.get_mut(&key).ok_or_else(lacking)?, &mut self.lots))
    }

    fn reservation(&mut self, id: ReservationId) -> StoreResult<&mut Reservation> {
        self.reservations.get_mut(&id).ok_or(StoreError::NotFound { entity: "reservation" })
    }
}

fn goods(quantity: Decimal, value: Option<Decimal>) -> Goods {
    Goods { quantity, value, back: false }
}

fn period_closed(until: Option<Timestamp>) -> StoreError {
    Conflict::PeriodClosed { until: until.unwrap_or_default() }.into()
}

/// A posting under way.
pub(super) struct Run<'a> {
    pub new: &'a NewStockPosting,
    pub at: Timestamp,
    effective_at: Timestamp,
    seq: i64,
    /// What the posting that is taken back came to, with its corrections.
    reversed: BTreeMap<MovementRef, (Decimal, Decimal)>,
    replayed: BTreeSet<ItemId>,
    /// What was set aside of a balance that is worked out again, and no longer is.
    pub freed: BTreeMap<StockKey, Decimal>,
    alerts: std::slice::Iter<'a, StockAlertId>,
    pub outcome: &'a mut StockOutcome,
}

impl Run<'_> {
    pub fn rounding(&self) -> ValueRounding {
        self.new.rounding
    }

    pub fn replays(&self, item: ItemId) -> bool {
        self.replayed.contains(&item)
    }

    pub fn next_alert(&mut self) -> Option<StockAlertId> {
        self.alerts.next().copied()
    }

    /// A movement of this posting.
    pub fn movement(
        &self,
        (item, warehouse): StockKey,
        kind: MovementKind,
        quantity: Decimal,
        value: Decimal,
    ) -> Movement {
        let lines = self.outcome.movements.len() + self.outcome.corrections.len() + 1;
        Movement {
            posting: self.new.posting.id,
            line: i32::try_from(lines).unwrap_or(i32::MAX),
            item,
            warehouse,
            kind,
            quantity,
            value,
            effective_at: self.effective_at,
            seq: self.seq,
            priced: false,
            counted: None,
            unit_cost: None,
            lot: None,
            of: None,
        }
    }

    pub fn note(&mut self, movement: Movement) -> MovementRef {
        let id = movement.id();
        self.outcome.movements.push(movement);
        id
    }

    /// The last goods that moved.
    fn last_stock(&self) -> Option<MovementRef> {
        let mut movements = self.outcome.movements.iter().rev();
        movements.find(|one| one.kind == MovementKind::Stock).map(Movement::id)
    }

    fn reversed_line(&self, line: i32) -> StoreResult<(MovementRef, Decimal, Decimal)> {
        let posting = self.new.posting.reverses.unwrap_or(self.new.posting.id);
        let of = MovementRef { posting, line };
        let lacking = || StoreError::Internal("there is no such movement to take back".to_owned());
        let (quantity, value) = self.reversed.get(&of).ok_or_else(lacking)?;
        Ok((of, *quantity, *value))
    }
}

impl From<Overflow> for StoreError {
    fn from(_: Overflow) -> Self {
        Conflict::StockOverflow.into()
    }
}
