//! Lots and serial numbers (INV-15).
//!
//! What comes in names its lot. What goes out may: else what expires first goes first, then what never
//! expires, each in the order in which it came; and of that nothing which has expired by the posting's
//! day. An expired lot that is named is not issued. It may go anywhere else: to the place where it is
//! written off, back to whom it came from, or out of the books. What is expired may not be promised
//! either. Of no lot there is less than nothing, wherever stock may be negative; of a serial number there
//! is one or none, in all warehouses together.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::{
    Shelf, StockBook,
    book::Run,
    fefo::{Part, check_goes_out},
    valuation::add,
};
use crate::{
    ids::{ItemId, LotId, WarehouseId},
    inventory::{
        InventoryChange, LineMove, Lot, LotLevel, NewStockPosting, PostingLine, StockKey,
        StockOutcome,
    },
    money::Decimal,
    port::{StoreError, StoreResult},
};

/// What a book must know of lots for a change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LotsWanted {
    /// These lots, and what is on hand of them anywhere.
    pub named: BTreeSet<LotId>,
    /// All that is on hand in these balances, by lot.
    pub on_hand: BTreeSet<StockKey>,
    /// Every lot of these items, whether or not there is any of it.
    pub items: BTreeSet<ItemId>,
}

impl LotsWanted {
    /// Whether lots play no part.
    pub fn is_empty(&self) -> bool {
        self.named.is_empty() && self.on_hand.is_empty() && self.items.is_empty()
    }
}

/// The lots that a change may touch, as they are under the store's lock.
#[derive(Clone, Debug, Default)]
pub struct Lots {
    known: BTreeMap<LotId, Known>,
}

#[derive(Clone, Debug)]
struct Known {
    lot: Lot,
    /// What is known to be on hand of it, anywhere.
    total: Decimal,
    /// Where that was told of.
    places: BTreeSet<WarehouseId>,
}

impl StockBook {
    /// What the book must know of lots for the change. It must have its shelves by then; of stock that
    /// lies in no lots it wants nothing.
    pub fn lots_wanted(&self, change: &InventoryChange) -> LotsWanted {
        let mut wanted = LotsWanted::default();
        let tracked = |key: &StockKey| {
            self.shelves.get(key).is_some_and(|shelf| shelf.terms.tracking.has_lots())
        };
        match change {
            InventoryChange::Post(new) => {
                wanted.named = new.lines.iter().filter_map(|line| line.lot).collect();
                let leaving = new.lines.iter().filter(|line| line.takes_out());
                // What is picked may be added to what is there of it.
                let leaving = leaving.flat_map(PostingLine::keys);
                wanted.on_hand = leaving.filter(tracked).collect();
                // Whether stock is low shows in what of it is good.
                let warns = |key: &StockKey| {
                    self.shelves.get(key).is_some_and(|shelf| shelf.terms.reorder_level.is_some())
                };
                let touched = change.stock_keys().into_iter().filter(tracked).filter(warns);
                wanted.on_hand.extend(touched);
            }
            InventoryChange::Reserve { .. } | InventoryChange::EndReservation { .. } => {
                wanted.on_hand = change.stock_keys().into_iter().filter(tracked).collect();
            }
            _ => {}
        }
        for item in self.replayed(change) {
            let shelves = self.shelves.keys().copied().filter(|key| key.0 == item && tracked(key));
            wanted.on_hand.extend(shelves);
            wanted.items.extend(wanted.on_hand.iter().filter(|key| key.0 == item).map(|key| key.0));
        }
        wanted
    }

    /// Tells the book of a lot.
    pub fn know(&mut self, lot: Lot) {
        let id = lot.id;
        self.lots.known.entry(id).or_insert(Known {
            lot,
            total: Decimal::ZERO,
            places: BTreeSet::new(),
        });
    }

    /// Tells the book what is on hand of a lot in a warehouse. What is told again changes nothing.
    pub fn know_level(&mut self, LotLevel { lot, warehouse, on_hand }: LotLevel) {
        let (key, id) = ((lot.item, warehouse), lot.id);
        self.know(lot);
        let Some(known) = self.lots.known.get_mut(&id) else { return };
        if !known.places.insert(warehouse) {
            return;
        }
        known.total += on_hand;
        if let Some(shelf) = self.shelves.get_mut(&key) {
            shelf.lots.insert(id, on_hand);
        }
    }

    /// That stock lies in lots where it was seen to, and that what comes in or is counted names its lot.
    pub(super) fn check_tracking(&self, new: &NewStockPosting) -> StoreResult<()> {
        for line in &new.lines {
            let seen = new.tracked.get(&line.item).copied().unwrap_or_default();
            let shelf = self.shelves.get(&(line.item, line.warehouse));
            if shelf.is_some_and(|shelf| shelf.terms.tracking != seen) {
                return Err(StoreError::Stale { entity: "item", current: None });
            }
            if seen.has_lots() && line.lot.is_none() && line.brings_in() {
                return Err(StoreError::Internal("a line names no lot".to_owned()));
            }
        }
        Ok(())
    }

    /// What goes out by a line, lot by lot.
    pub(super) fn parts(
        &self,
        line: &PostingLine,
        quantity: Decimal,
        freed: Decimal,
        run: &Run<'_>,
    ) -> StoreResult<Vec<Part>> {
        let lot = self.lot_of(line)?;
        if let Some(lot) = lot {
            check_goes_out(run.new.posting.kind, lot, run.new.day)?;
        }
        let shelf = self.shelves.get(&(line.item, line.warehouse));
        if let (Some(shelf), LineMove::SendBack { receipt, .. }, None) = (shelf, line.movement, lot)
            && shelf.terms.tracking.has_lots()
        {
            let of = run.lots_brought_in(receipt, line.item);
            return shelf.pick_of(&of, quantity, &self.lots);
        }
        match shelf.filter(|shelf| lot.is_none() && shelf.terms.tracking.has_lots()) {
            Some(shelf) => shelf.pick(quantity, freed, &self.lots, run.new.day),
            None => Ok(vec![Part { lot: lot.map(|lot| lot.id), quantity, freed }]),
        }
    }

    /// What is on hand of the lots that moved.
    pub(super) fn lots_moved(&self, outcome: &StockOutcome) -> Vec<LotLevel> {
        let moved = outcome.movements.iter().chain(&outcome.corrections);
        let moved = moved.filter_map(|one| Some((one.item, one.warehouse, one.lot?)));
        let moved: BTreeSet<_> = moved.collect();
        let level = |(item, warehouse, lot): (ItemId, WarehouseId, LotId)| {
            self.lots.level(self.shelves.get(&(item, warehouse))?, lot)
        };
        moved.into_iter().filter_map(level).collect()
    }

    /// The lot of a line, which must be of its item.
    pub(super) fn lot_of(&self, line: &PostingLine) -> StoreResult<Option<&Lot>> {
        let Some(id) = line.lot else { return Ok(None) };
        let lot = self.lots.get(id)?;
        if lot.item == line.item { Ok(Some(lot)) } else { Err(no_lot()) }
    }
}

impl PostingLine {
    /// Whether goods may leave the line's own balance.
    fn takes_out(&self) -> bool {
        !matches!(self.movement, LineMove::In { .. } | LineMove::Revalue { .. })
    }

    /// Whether goods of the line's lot may come in that were nowhere.
    pub(crate) fn brings_in(&self) -> bool {
        !matches!(
            self.movement,
            LineMove::Out { .. }
                | LineMove::SendBack { .. }
                | LineMove::Transfer { .. }
                | LineMove::Revalue { .. }
        )
    }
}

impl Lots {
    fn get(&self, id: LotId) -> StoreResult<&Lot> {
        self.find(id).ok_or_else(no_lot)
    }

    pub(super) fn find(&self, id: LotId) -> Option<&Lot> {
        self.known.get(&id).map(|known| &known.lot)
    }

    /// Goods of the lot moved. Returns what is on hand of it now, anywhere.
    pub(super) fn count(&mut self, id: LotId, quantity: Decimal) -> StoreResult<Decimal> {
        let known = self.known.get_mut(&id).ok_or_else(no_lot)?;
        known.total = add(known.total, quantity)?;
        Ok(known.total)
    }

    /// These lots were nowhere, so far.
    pub(super) fn rewind(&mut self, items: &BTreeSet<ItemId>) {
        for known in self.known.values_mut().filter(|known| items.contains(&known.lot.item)) {
            known.total = Decimal::ZERO;
        }
    }

    /// The lot where it is, if it is known.
    pub(super) fn level(&self, shelf: &Shelf, id: LotId) -> Option<LotLevel> {
        let lot = self.find(id)?.clone();
        let warehouse = shelf.balance.level.warehouse;
        Some(LotLevel { lot, warehouse, on_hand: shelf.lot_on_hand(id) })
    }

    pub(super) fn has_expired(&self, id: LotId, on: NaiveDate) -> bool {
        self.find(id).is_some_and(|lot| lot.has_expired(on))
    }
}

fn no_lot() -> StoreError {
    StoreError::NotFound { entity: "lot" }
}
