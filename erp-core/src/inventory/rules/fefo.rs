//! Which lots goods go out of, and what that leaves of them (INV-15).

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::{Lots, Shelf, valuation::add};
use crate::{
    error::Conflict,
    ids::LotId,
    inventory::{Lot, PostingKind, Tracking},
    money::Decimal,
    port::StoreResult,
    time::Timestamp,
};

/// The most lots that one line takes from.
const MAX_PICKED: usize = 1_000;

/// A part of what goes out.
pub(super) struct Part {
    pub lot: Option<LotId>,
    pub quantity: Decimal,
    /// How much of it takes nothing that is promised.
    pub freed: Decimal,
}

impl Shelf {
    /// What is on hand of a lot.
    pub(super) fn lot_on_hand(&self, id: LotId) -> Decimal {
        self.lots.get(&id).copied().unwrap_or_default()
    }

    /// What may be promised: what is on hand, not reserved and good on the day.
    pub(super) fn free(&self, lots: &Lots, day: NaiveDate) -> Decimal {
        if self.terms.tracking.has_lots() {
            self.good(lots, day) - self.balance.level.reserved
        } else {
            self.balance.level.available()
        }
    }

    fn good(&self, lots: &Lots, day: NaiveDate) -> Decimal {
        let good = self.lots.iter().filter(|(id, _)| !lots.has_expired(**id, day));
        good.map(|(_, on_hand)| *on_hand).sum()
    }

    /// Whether goods of this lot were among those that may be promised.
    pub(super) fn counts(lot: Option<LotId>, lots: &Lots, day: NaiveDate) -> bool {
        lot.is_none_or(|id| !lots.has_expired(id, day))
    }

    /// The lots that so much goes out of: what expires first goes first (FEFO). Of the quantity, this much
    /// has just been freed for it.
    pub(super) fn pick(
        &self,
        quantity: Decimal,
        freed: Decimal,
        lots: &Lots,
        day: NaiveDate,
    ) -> StoreResult<Vec<Part>> {
        let (good, free) = (self.good(lots, day), self.free(lots, day));
        let promised = !self.terms.may_go_negative && quantity > freed && quantity > free;
        if quantity > good || promised {
            let free = free - freed;
            return Err(self.lacking(if promised { free } else { good }));
        }
        self.take(self.there(lots, |lot| !lot.has_expired(day)), quantity)
    }

    /// The same of these lots only, whether they have expired or not: they go back to where they came
    /// from.
    pub(super) fn pick_of(
        &self,
        of: &BTreeSet<LotId>,
        quantity: Decimal,
        lots: &Lots,
    ) -> StoreResult<Vec<Part>> {
        let there = self.there(lots, |lot| of.contains(&lot.id));
        let all: Decimal = there.iter().map(|(_, on_hand)| *on_hand).sum();
        if quantity > all {
            return Err(self.lacking(all));
        }
        let mut picked = self.take(there, quantity)?;
        picked.iter_mut().for_each(|part| part.freed = Decimal::ZERO);
        Ok(picked)
    }

    /// The lots of which there is something, in the order in which they go out.
    fn there<'a>(&self, lots: &'a Lots, which: impl Fn(&Lot) -> bool) -> Vec<(&'a Lot, Decimal)> {
        let there = self.lots.iter().filter(|(_, on_hand)| **on_hand > Decimal::ZERO);
        let mut there: Vec<_> =
            there.filter_map(|(id, on_hand)| Some((lots.find(*id)?, *on_hand))).collect();
        there.retain(|(lot, _)| which(lot));
        there.sort_by_key(|(lot, _)| goes_by(lot));
        there
    }

    fn take(&self, there: Vec<(&Lot, Decimal)>, quantity: Decimal) -> StoreResult<Vec<Part>> {
        let (mut left, mut picked) = (quantity, Vec::new());
        for (lot, on_hand) in there {
            if left.is_zero() {
                break;
            }
            let part = left.min(on_hand);
            picked.push(Part { lot: Some(lot.id), quantity: part, freed: part });
            left -= part;
        }
        if picked.len() > MAX_PICKED {
            let (item, _) = self.balance.level.key();
            return Err(Conflict::TooManyLots { item }.into());
        }
        Ok(picked)
    }

    /// Moves goods of a lot: in when it is more than zero, out when it is less.
    pub(super) fn move_lot(
        &mut self,
        id: LotId,
        quantity: Decimal,
        lots: &mut Lots,
    ) -> StoreResult<()> {
        let before = self.lot_on_hand(id);
        let after = add(before, quantity)?;
        if after < Decimal::ZERO {
            return Err(self.lacking(before));
        }
        self.lots.insert(id, after);
        let total = lots.count(id, quantity)?;
        let serial = self.terms.tracking == Tracking::Serial;
        if serial && quantity > Decimal::ZERO && total > Decimal::ONE {
            return Err(Conflict::SerialInStock { lot: id }.into());
        }
        Ok(())
    }
}

/// What lots go out by.
fn goes_by(lot: &Lot) -> (NaiveDate, Timestamp, LotId) {
    (lot.expires_on.unwrap_or(NaiveDate::MAX), lot.created_at, lot.id)
}

/// Whether goods of the lot may go out by a posting of this kind on this day.
pub(super) fn check_goes_out(kind: PostingKind, lot: &Lot, day: NaiveDate) -> StoreResult<()> {
    match lot.expires_on {
        Some(expires_on) if kind == PostingKind::Issue && lot.has_expired(day) => {
            Err(Conflict::LotExpired { lot: lot.id, expires_on }.into())
        }
        _ => Ok(()),
    }
}
