//! The arithmetic of stock: what a change does to the balances that it touches. Every store applies
//! it under its lock of these balances, so that a price is that of the moment, and no store has
//! arithmetic of its own.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::{
    Lots, Shelf,
    fefo::Part,
    replay::Done,
    shelf::Origin,
    together::{Placed, Refused},
    valuation::{Came, Goods, Overflow, add},
};
use crate::{
    error::Conflict,
    ids::{ItemId, LotId, PostingId, ReservationId, StockAlertId},
    inventory::{
        Consumed, Dated, InventoryChange, Layer, LineMove, Movement, MovementKind, MovementRef,
        NewStockPosting, PostingLine, Reservation, ReservationState, StockKey, StockOutcome,
        Tracking, ValueRounding,
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
/// book.named = the movements of each of change.named_postings(), and the corrections of these
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
    /// Of the posting that is taken back, and of the receipts whose goods are sent back.
    pub named: Vec<Movement>,
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
        let keys = change.stock_keys();
        match change {
            InventoryChange::Post(_) => {
                let placed = Placed::of(self, change, at)?;
                let came_to = self.post_together(&[placed]);
                let came_to = came_to.map_err(|Refused { error, .. }| error)?;
                return Ok(came_to.into_iter().next().unwrap_or_default());
            }
            _ => self.shelves.retain(|key, _| keys.contains(key)),
        }
        match change {
            InventoryChange::Reserve { reservation, alert, day } => {
                self.reserve(reservation, *alert, (at, *day), &mut outcome)?;
            }
            InventoryChange::EndReservation { id, state, day, .. } => {
                self.end(*id, *state, *day)?;
            }
            _ => return Ok(outcome),
        }
        outcome.levels = self.shelves.values().map(|shelf| shelf.balance.level.clone()).collect();
        outcome.reservations = self.reservations.values().cloned().collect();
        Ok(outcome)
    }

    /// What is written now has effect no earlier than what was there, whatever the clocks of several
    /// nodes say. Nothing has effect in a closed period (INV-12).
    pub(super) fn effective_at(
        &self,
        keys: &BTreeSet<StockKey>,
        dated: Dated,
        at: Timestamp,
    ) -> StoreResult<Timestamp> {
        let shelves = || keys.iter().filter_map(|key| self.shelves.get(key));
        let closed = shelves().filter_map(|shelf| shelf.terms.closed_until).max();
        let last = shelves().filter_map(|shelf| shelf.balance.last_at).max();
        match dated {
            Dated::Now => Ok([last, closed].into_iter().flatten().fold(at, Timestamp::max)),
            Dated::At(wanted) if closed.is_some_and(|until| wanted < until) => {
                Err(period_closed(closed))
            }
            Dated::At(wanted) => Ok(wanted),
        }
    }

    pub(super) fn line(&mut self, line: &PostingLine, run: &mut Run<'_>) -> StoreResult<()> {
        let key = (line.item, line.warehouse);
        let none = Decimal::ZERO;
        let lot = self.lot_of(line)?.map(|lot| lot.id);
        match line.movement {
            LineMove::In { quantity, value } => {
                let origin = Origin { priced: value.is_some(), lot, ..Origin::default() };
                self.move_goods(key, goods(quantity, value), none, origin, run)?;
            }
            LineMove::Out { quantity, reservation } => {
                let mut consumed = self.consume(reservation, key, quantity, run.at)?;
                let mut freed = consumed.map_or(none, |part| part.quantity);
                if run.replays(line.item) {
                    *run.freed.entry(key).or_default() += freed;
                    freed = none;
                }
                self.shelf(key)?.balance.level.reserved -= freed;
                for Part { lot, quantity, freed } in self.parts(line, quantity, freed, run)? {
                    let origin = Origin { lot, consumed: consumed.take(), ..Origin::default() };
                    self.move_goods(key, goods(-quantity, None), freed, origin, run)?;
                }
            }
            LineMove::SendBack { quantity, receipt } => {
                for Part { lot, quantity, freed } in self.parts(line, quantity, none, run)? {
                    let origin = Origin { lot, returns: Some(receipt), ..Origin::default() };
                    let layers = run.brought_in(receipt, line.item, quantity);
                    let sent = Goods { layers, ..goods(-quantity, None) };
                    self.move_goods(key, sent, freed, origin, run)?;
                }
            }
            LineMove::Transfer { quantity, to } => {
                for Part { lot, quantity, freed } in self.parts(line, quantity, none, run)? {
                    let origin = Origin { lot, ..Origin::default() };
                    let came = self.move_goods(key, goods(-quantity, None), freed, origin, run)?;
                    let origin = Origin { of: run.last_stock(), ..origin };
                    let into = Goods {
                        layers: came.layers,
                        ..goods(quantity, Some(opposite(came.value)))
                    };
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
            LineMove::Back { line, .. } => {
                let (of, done) = run.reversed_line(line)?;
                let (back, consumed) = (done.came.back(done.key), done.consumed);
                self.set_aside_again(consumed, key, run)?;
                let origin = Origin { of: Some(of), lot, ..Origin::default() };
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

    /// Takes what is issued off the reservation. Returns what is no longer set aside.
    fn consume(
        &mut self,
        reservation: Option<ReservationId>,
        key: StockKey,
        quantity: Decimal,
        at: Timestamp,
    ) -> StoreResult<Option<Consumed>> {
        let Some(id) = reservation else { return Ok(None) };
        let reservation = self.reservation(id)?;
        if !reservation.holds_at(at) || reservation.key() != key {
            return Err(Conflict::ReservationEnded { reservation: id }.into());
        }
        let part = quantity.min(reservation.remaining());
        reservation.consumed += part;
        if reservation.remaining().is_zero() {
            reservation.state = ReservationState::Consumed;
        }
        Ok(Some(Consumed { reservation: id, quantity: part }))
    }

    /// What a movement consumed that is taken back is set aside again, for as long as the reservation
    /// would hold (INV-18). One that was given back, is over or is of a closed period stays ended.
    fn set_aside_again(
        &mut self,
        consumed: Option<Consumed>,
        key: StockKey,
        run: &mut Run<'_>,
    ) -> StoreResult<()> {
        let Some(Consumed { reservation: id, quantity }) = consumed else { return Ok(()) };
        let closed = self.shelf(key)?.terms.closed_until;
        let reservation = self.reservation(id)?;
        let ended =
            matches!(reservation.state, ReservationState::Released | ReservationState::Expired);
        let over = reservation.expires_at.is_some_and(|end| end <= run.at);
        if ended || over || closed.is_some_and(|until| reservation.created_at < until) {
            return Ok(());
        }
        reservation.consumed -= quantity;
        reservation.state = ReservationState::Active;
        if run.replays(key.0) {
            *run.freed.entry(key).or_default() -= quantity;
        } else {
            self.shelf(key)?.balance.level.reserved += quantity;
        }
        Ok(())
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
        outcome.alerts.extend(shelf.crossing(at, lots, day, || Some(alert))?);
        self.reservations.insert(reservation.id, reservation.clone());
        Ok(())
    }

    fn end(
        &mut self,
        id: ReservationId,
        state: ReservationState,
        day: NaiveDate,
    ) -> StoreResult<()> {
        let reservation = self.reservation(id)?;
        let (key, left) = (reservation.key(), reservation.remaining());
        if reservation.state != ReservationState::Active {
            return Err(Conflict::ReservationEnded { reservation: id }.into());
        }
        reservation.state = state;
        let (shelf, lots) = self.at(key)?;
        shelf.balance.level.reserved -= left;
        // What is freed may end a shortage; it never begins one.
        shelf.balance.low &= shelf.is_low(lots, day);
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
    Goods { quantity, value, layers: Vec::new() }
}

fn period_closed(until: Option<Timestamp>) -> StoreError {
    Conflict::PeriodClosed { until: until.unwrap_or_default() }.into()
}

/// A posting under way.
pub(super) struct Run<'a> {
    pub new: &'a NewStockPosting,
    pub at: Timestamp,
    pub effective_at: Timestamp,
    pub seq: i64,
    /// What the named postings came to, with their corrections.
    pub named: &'a BTreeMap<MovementRef, Done>,
    pub replayed: &'a BTreeSet<ItemId>,
    /// What was set aside of a balance that is worked out again, and no longer is.
    pub freed: &'a mut BTreeMap<StockKey, Decimal>,
    /// How many ids of notices it has used.
    pub alerts: usize,
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
        let next = self.new.alerts.get(self.alerts).copied();
        self.alerts += 1;
        next
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
            returns: None,
            consumed: None,
            layers: Vec::new(),
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

    fn reversed_line(&self, line: i32) -> StoreResult<(MovementRef, Done)> {
        let posting = self.new.posting.reverses.unwrap_or(self.new.posting.id);
        let of = MovementRef { posting, line };
        let lacking = || StoreError::Internal("there is no such movement to take back".to_owned());
        Ok((of, self.named.get(&of).cloned().ok_or_else(lacking)?))
    }

    /// The layers that a receipt made of an item, as those that so much is taken from first.
    fn brought_in(&self, receipt: PostingId, item: ItemId, quantity: Decimal) -> Vec<Layer> {
        let done = self.named.range(MovementRef::all_of(receipt)).map(|(_, done)| done);
        Done::layers(done.filter(|done| done.item == item), quantity)
    }

    /// The lots of an item that a receipt brought in.
    pub fn lots_brought_in(&self, receipt: PostingId, item: ItemId) -> BTreeSet<LotId> {
        let done = self.named.range(MovementRef::all_of(receipt)).map(|(_, done)| done);
        done.filter(|done| done.item == item && done.brought_in())
            .filter_map(|done| done.lot)
            .collect()
    }
}

impl From<Overflow> for StoreError {
    fn from(_: Overflow) -> Self {
        Conflict::StockOverflow.into()
    }
}
