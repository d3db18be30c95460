//! A posting of the past: balances go back to the instant that it has effect at, and what moved later
//! is worked out again, in the order in which it had effect (INV-11). What it came to differently is
//! written as corrections: no row of the ledger ever changes.

use std::{
    collections::{BTreeMap, BTreeSet},
    iter::Peekable,
    vec::IntoIter,
};

use chrono::NaiveDate;

use super::{
    Shelf, StockBook,
    book::Run,
    valuation::{Came, Goods, add},
};
use crate::{
    error::Conflict,
    ids::{ItemId, LotId},
    inventory::{
        Balance, Consumed, Layer, Movement, MovementKey, MovementKind, MovementRef,
        NewStockPosting, StockKey, ValueRounding,
    },
    money::{Decimal, opposite},
    port::{StoreError, StoreResult},
    time::Timestamp,
};

/// Goods that moved: what they are, and what they came to with what was put right since.
#[derive(Clone, Debug)]
pub(super) struct Done {
    pub key: MovementKey,
    pub item: ItemId,
    pub lot: Option<LotId>,
    pub consumed: Option<Consumed>,
    pub came: Came,
}

impl Done {
    fn of(row: &Movement, came: Came) -> Self {
        let Movement { item, lot, consumed, .. } = *row;
        Self { key: MovementKey::of(row), item, lot, consumed, came }
    }

    /// Whether they came in as a layer of their own.
    pub fn brought_in(&self) -> bool {
        self.came.quantity > Decimal::ZERO && self.came.layers.is_empty()
    }

    /// The layers of those that came in, as those that so much is taken from first.
    pub fn layers<'a>(done: impl Iterator<Item = &'a Self>, quantity: Decimal) -> Vec<Layer> {
        let value = Decimal::ZERO;
        let named = done.filter(|done| done.brought_in()).map(|done| Some(done.key));
        named.map(|of| Layer { quantity, value, of }).collect()
    }
}

/// What the goods of these rows came to.
pub(super) fn done(rows: &[Movement]) -> BTreeMap<MovementRef, Done> {
    let past = Past::of(rows.to_vec()).into_iter();
    past.map(|one| (one.row.id(), Done::of(&one.row, one.came))).collect()
}

/// Goods that moved, or a worth that was set, with what that came to so far.
struct Past {
    row: Movement,
    came: Came,
    /// The number of the posting that said last which layers it was of.
    seq: i64,
}

impl Past {
    /// The rows that stand for themselves, in their order, each with what was put right since.
    fn of(rows: Vec<Movement>) -> Vec<Self> {
        let (originals, rights): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(Movement::is_original);
        let mut places = BTreeMap::new();
        let mut past: Vec<Self> = Vec::with_capacity(originals.len());
        // What is put right since there is by a row of its posting, or of a later one.
        let named: BTreeSet<_> = rights.iter().filter_map(|row| row.of).collect();
        for row in originals {
            let came = match row.kind {
                MovementKind::Revaluation => Came { revaluation: row.value, ..Came::default() },
                _ => Came {
                    quantity: row.quantity,
                    value: row.value,
                    layers: row.layers.clone(),
                    ..Came::default()
                },
            };
            if named.contains(&row.id()) {
                places.insert(row.id(), past.len());
            }
            past.push(Self { seq: row.seq, came, row });
        }
        for row in rights {
            let place = row.of.and_then(|of| places.get(&of));
            let Some(Self { came, seq, .. }) = place.and_then(|place| past.get_mut(*place)) else {
                continue;
            };
            if row.kind == MovementKind::Revaluation {
                came.revaluation += row.value;
                continue;
            }
            came.quantity += row.quantity;
            came.value += row.value;
            if row.seq > *seq {
                *seq = row.seq;
                came.layers = row.layers;
            }
        }
        past
    }
}

/// Balances that have gone back in time.
pub(super) struct Replay {
    /// What moved later, until it is worked out again.
    later: BTreeMap<ItemId, Peekable<IntoIter<Past>>>,
    /// The balances as they were, with what could be promised of them.
    kept: BTreeMap<StockKey, (Balance, Decimal)>,
    /// What goods came to that moved so far.
    done: BTreeMap<MovementRef, Done>,
    /// What was on hand by what the ledger says so far.
    recorded: BTreeMap<StockKey, Decimal>,
}

/// Until when to go back, and by which posting's terms.
pub(super) struct Back<'a> {
    pub items: &'a BTreeSet<ItemId>,
    pub until: Timestamp,
    pub day: NaiveDate,
    pub new: &'a NewStockPosting,
}

/// What there is to do for one item failed.
pub(super) type OfItem<T> = Result<T, (ItemId, StoreError)>;

impl Replay {
    /// Takes the balances of these items back to the instant.
    pub fn rewind(book: &mut StockBook, back: &Back<'_>) -> OfItem<Self> {
        let mut histories = std::mem::take(&mut book.histories);
        let mut replay = Self {
            later: BTreeMap::new(),
            kept: BTreeMap::new(),
            done: BTreeMap::new(),
            recorded: BTreeMap::new(),
        };
        for (key, shelf) in book.shelves.iter_mut().filter(|(key, _)| back.items.contains(&key.0)) {
            let free = shelf.free(&book.lots, back.day);
            let past = Balance { low: shelf.balance.low, ..Balance::empty(*key) };
            let present = std::mem::replace(&mut shelf.balance, past);
            shelf.balance.last_at = present.last_at;
            shelf.lots.clear();
            replay.kept.insert(*key, (present, free));
        }
        book.lots.rewind(back.items);
        for item in back.items {
            let of_it = |error| (*item, error);
            let lacking = || StoreError::Internal("a history was not put into the book".to_owned());
            let rows = histories.remove(item).ok_or_else(lacking).map_err(of_it)?;
            if rows.len() > back.new.max_replayed {
                return Err(of_it(Conflict::HistoryTooLong { item: *item }.into()));
            }
            let mut past = Past::of(rows).into_iter().peekable();
            while let Some(one) = past.next_if(|one| one.row.effective_at <= back.until) {
                replay.before(book, &one, back.new.rounding).map_err(of_it)?;
            }
            replay.later.insert(*item, past);
        }
        Ok(replay)
    }

    /// Before the postings everything stays as it was, whatever the rounding is today.
    fn before(
        &mut self,
        book: &mut StockBook,
        past: &Past,
        rounding: ValueRounding,
    ) -> StoreResult<()> {
        let came = self.again(book, past, rounding)?;
        let worth = |came: &Came| add(came.value, came.revaluation);
        let difference = add(worth(&past.came)?, opposite(worth(&came)?))?;
        let balance = &mut book.shelf((past.row.item, past.row.warehouse))?.balance;
        balance.level.value = add(balance.level.value, difference)?;
        if let Some(layer) = balance.layers.last_mut() {
            layer.value = add(layer.value, difference)?;
        }
        Ok(())
    }

    /// Works out what moved later, up to this instant, or to the present.
    pub fn catch_up(
        &mut self,
        book: &mut StockBook,
        upto: Option<Timestamp>,
        run: &mut Run<'_>,
    ) -> OfItem<()> {
        let mut later = std::mem::take(&mut self.later);
        for (item, past) in &mut later {
            while let Some(one) =
                past.next_if(|one| upto.is_none_or(|upto| one.row.effective_at <= upto))
            {
                let came =
                    self.again(book, &one, run.rounding()).map_err(|error| (*item, error))?;
                run.correct(&one, &came);
            }
        }
        self.later = later;
        Ok(())
    }

    /// The balances as they were before, with what could be promised of them.
    pub fn kept(self) -> BTreeMap<StockKey, (Balance, Decimal)> {
        self.kept
    }

    fn again(
        &mut self,
        book: &mut StockBook,
        past: &Past,
        rounding: ValueRounding,
    ) -> StoreResult<Came> {
        let row = &past.row;
        let key = (row.item, row.warehouse);
        let (shelf, lots) = book.at(key)?;
        if let Some(unit_cost) = row.unit_cost {
            let by = shelf.terms.valuation;
            let revaluation = shelf.balance.revalue(unit_cost, by, rounding)?;
            return Ok(Came { revaluation, ..Came::default() });
        }
        let before = shelf.balance.level.on_hand;
        let goods = self.goods(row, row.lot.map_or(before, |lot| shelf.lot_on_hand(lot)));
        let (own, by) = (MovementKey::of(row), shelf.terms.valuation);
        let came = shelf.balance.move_goods(goods, own, by, rounding)?;
        if let Some(lot) = row.lot {
            shelf.move_lot(lot, came.quantity, lots)?;
        }
        self.done.insert(row.id(), Done::of(row, came.clone()));
        let recorded = self.recorded.entry(key).or_default();
        *recorded += past.came.quantity;
        check_floor_then(shelf, *recorded, before)?;
        Ok(came)
    }

    /// The goods as they would have moved.
    fn goods(&self, row: &Movement, on_hand: Decimal) -> Goods {
        let plain = |quantity, value| Goods { quantity, value, layers: Vec::new() };
        if let Some(counted) = row.counted {
            return plain(counted - on_hand, None);
        }
        if let Some(receipt) = row.returns {
            let done = self.done.range(MovementRef::all_of(receipt)).map(|(_, done)| done);
            let done = done.filter(|done| done.item == row.item);
            let layers = Done::layers(done, -row.quantity);
            return Goods { layers, ..plain(row.quantity, None) };
        }
        match row.of.and_then(|of| self.done.get(&of)) {
            Some(other) => other.came.back(other.key),
            None => plain(row.quantity, row.priced.then_some(row.value)),
        }
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
    fn correct(&mut self, past: &Past, came: &Came) {
        let row = &past.row;
        let quantity = came.quantity - past.came.quantity;
        let value = came.value - past.came.value;
        // Of other layers, it may have come to the same.
        if !quantity.is_zero() || !value.is_zero() || came.layers != past.came.layers {
            self.note_correction(row, MovementKind::Correction, quantity, value);
            if let Some(right) = self.outcome.corrections.last_mut() {
                right.layers.clone_from(&came.layers);
            }
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
