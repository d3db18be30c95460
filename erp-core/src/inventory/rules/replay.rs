//! A posting of the past: balances go back to the instant that it has effect at, and what moved later
//! is worked out again, in the order in which it had effect (INV-11). What it came to differently is
//! written as corrections: no row of the ledger ever changes.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Shelf, StockBook,
    book::Run,
    valuation::{Came, Goods},
};
use crate::{
    error::Conflict,
    ids::ItemId,
    inventory::{
        Balance, Movement, MovementKind, MovementRef, NewStockPosting, StockKey, ValueRounding,
    },
    money::{Decimal, opposite},
    port::{StoreError, StoreResult},
    time::Timestamp,
};

/// What each movement came to in quantity and value, with its corrections.
pub(super) fn totals(rows: &[Movement]) -> BTreeMap<MovementRef, (Decimal, Decimal)> {
    let past = Past::of(rows).into_iter();
    past.map(|one| (one.row.id(), (one.came.quantity, one.came.value))).collect()
}

/// Goods that moved, or a worth that was set, with what that came to so far.
struct Past<'a> {
    row: &'a Movement,
    came: Came,
}

impl<'a> Past<'a> {
    fn of(rows: &'a [Movement]) -> Vec<Self> {
        let mut past: Vec<Self> = Vec::with_capacity(rows.len());
        let mut places = BTreeMap::new();
        for row in rows.iter().filter(|row| row.is_original()) {
            let came = match row.kind {
                MovementKind::Revaluation => Came { revaluation: row.value, ..Came::default() },
                _ => Came { quantity: row.quantity, value: row.value, ..Came::default() },
            };
            places.insert(row.id(), past.len());
            past.push(Self { row, came });
        }
        for row in rows {
            let place = row.of.and_then(|of| places.get(&of));
            let Some(Self { came, .. }) = place.and_then(|place| past.get_mut(*place)) else {
                continue;
            };
            match row.kind {
                MovementKind::Stock => {}
                MovementKind::Revaluation => came.revaluation += row.value,
                MovementKind::Correction => {
                    came.quantity += row.quantity;
                    came.value += row.value;
                }
            }
        }
        past
    }
}

/// Balances that have gone back in time.
pub(super) struct Replay {
    /// The histories, until they are worked out to their ends.
    histories: BTreeMap<ItemId, Vec<Movement>>,
    until: Timestamp,
    /// The balances as they were, with what could be promised of them.
    kept: BTreeMap<StockKey, (Balance, Decimal)>,
    /// What goods came to that moved so far.
    came: BTreeMap<MovementRef, Came>,
    /// What was on hand by what the ledger says so far.
    recorded: BTreeMap<StockKey, Decimal>,
}

impl Replay {
    /// Takes the balances of these items back to the instant.
    pub fn rewind(
        book: &mut StockBook,
        new: &NewStockPosting,
        items: &BTreeSet<ItemId>,
        until: Timestamp,
    ) -> StoreResult<Self> {
        let mut replay = Self {
            histories: std::mem::take(&mut book.histories),
            until,
            kept: BTreeMap::new(),
            came: BTreeMap::new(),
            recorded: BTreeMap::new(),
        };
        for (key, shelf) in book.shelves.iter_mut().filter(|(key, _)| items.contains(&key.0)) {
            let free = shelf.free(&book.lots, new.day);
            let past = Balance { low: shelf.balance.low, ..Balance::empty(*key) };
            let present = std::mem::replace(&mut shelf.balance, past);
            shelf.balance.last_at = present.last_at;
            shelf.lots.clear();
            replay.kept.insert(*key, (present, free));
        }
        book.lots.rewind(items);
        for item in items {
            let rows = replay.history(*item)?;
            if rows.len() > new.max_replayed {
                return Err(Conflict::HistoryTooLong { item: *item }.into());
            }
            for past in Past::of(&rows).iter().filter(|past| past.row.effective_at <= until) {
                let came = replay.again(book, past, new.rounding)?;
                replay.settle(book, past, came)?;
            }
            replay.histories.insert(*item, rows);
        }
        Ok(replay)
    }

    fn history(&mut self, item: ItemId) -> StoreResult<Vec<Movement>> {
        let lacking = || StoreError::Internal("a history was not put into the book".to_owned());
        self.histories.remove(&item).ok_or_else(lacking)
    }

    /// Before the posting everything stays as it was, whatever the rounding is today.
    fn settle(&self, book: &mut StockBook, past: &Past<'_>, came: Came) -> StoreResult<()> {
        let worth = |came: Came| came.value + came.revaluation;
        let difference = worth(past.came) - worth(came);
        let balance = &mut book.shelf((past.row.item, past.row.warehouse))?.balance;
        balance.level.value += difference;
        if let Some(layer) = balance.layers.last_mut() {
            layer.value += difference;
        }
        Ok(())
    }

    /// Works out what moved later, up to the present.
    pub fn catch_up(
        mut self,
        book: &mut StockBook,
        keys: &BTreeSet<StockKey>,
        run: &mut Run<'_>,
    ) -> StoreResult<()> {
        let until = self.until;
        for rows in std::mem::take(&mut self.histories).into_values() {
            for past in Past::of(&rows).iter().filter(|past| past.row.effective_at > until) {
                let came = self.again(book, past, run.rounding())?;
                run.correct(past, came);
            }
        }
        for (key, (kept, before)) in self.kept {
            let (shelf, lots) = book.at(key)?;
            let freed = run.freed.get(&key).copied().unwrap_or_default();
            shelf.balance.level.reserved = kept.level.reserved - freed;
            let after = shelf.free(lots, run.new.day);
            if after < before {
                shelf.check_floor(before, after)?;
            }
            if keys.contains(&key) {
                let crossing = shelf.crossing(run.at, || run.next_alert())?;
                run.outcome.alerts.extend(crossing);
            } else {
                shelf.balance.low = shelf.is_low();
            }
        }
        Ok(())
    }

    fn again(
        &mut self,
        book: &mut StockBook,
        past: &Past<'_>,
        rounding: ValueRounding,
    ) -> StoreResult<Came> {
        let row = past.row;
        let key = (row.item, row.warehouse);
        let (shelf, lots) = book.at(key)?;
        if let Some(unit_cost) = row.unit_cost {
            let by = shelf.terms.valuation;
            let revaluation = shelf.balance.revalue(unit_cost, by, rounding)?;
            return Ok(Came { revaluation, ..Came::default() });
        }
        let before = shelf.balance.level.on_hand;
        let goods = self.goods(row, row.lot.map_or(before, |lot| shelf.lot_on_hand(lot)));
        let came = shelf.balance.move_goods(goods, shelf.terms.valuation, rounding)?;
        if let Some(lot) = row.lot {
            shelf.move_lot(lot, came.quantity, lots)?;
        }
        self.came.insert(row.id(), came);
        let recorded = self.recorded.entry(key).or_default();
        *recorded += past.came.quantity;
        check_floor_then(shelf, *recorded, before)?;
        Ok(came)
    }

    /// The goods as they would have moved.
    fn goods(&self, row: &Movement, on_hand: Decimal) -> Goods {
        let back = row.of.is_some_and(|of| of.posting != row.posting);
        let other = row.of.and_then(|of| self.came.get(&of));
        let (quantity, value) = match (row.counted, other) {
            (Some(counted), _) => (counted - on_hand, None),
            (None, Some(other)) => (-other.quantity, Some(opposite(other.value))),
            (None, None) => (row.quantity, row.priced.then_some(row.value)),
        };
        Goods { quantity, value, back }
    }
}

/// Nothing may have gone out that was not there, unless it did before.
fn check_floor_then(shelf: &Shelf, recorded: Decimal, before: Decimal) -> StoreResult<()> {
    let on_hand = shelf.balance.level.on_hand;
    let sound = on_hand >= Decimal::ZERO || on_hand >= recorded;
    if sound || shelf.terms.may_go_negative { Ok(()) } else { Err(shelf.lacking(before)) }
}

impl Run<'_> {
    /// Notes what a movement came to differently.
    fn correct(&mut self, past: &Past<'_>, came: Came) {
        let row = past.row;
        let quantity = came.quantity - past.came.quantity;
        let value = came.value - past.came.value;
        if !quantity.is_zero() || !value.is_zero() {
            self.note_correction(row, MovementKind::Correction, quantity, value);
        }
        let revaluation = came.revaluation - past.came.revaluation;
        if !revaluation.is_zero() {
            self.note_correction(row, MovementKind::Revaluation, Decimal::ZERO, revaluation);
        }
    }

    fn note_correction(
        &mut self,
        row: &Movement,
        kind: MovementKind,
        quantity: Decimal,
        value: Decimal,
    ) {
        let right = self.movement((row.item, row.warehouse), kind, quantity, value);
        let (effective_at, of) = (row.effective_at, Some(row.id()));
        let lot = row.lot.filter(|_| kind == MovementKind::Correction);
        self.outcome.corrections.push(Movement { effective_at, of, lot, ..right });
    }
}
