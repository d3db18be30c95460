//! One balance under a change.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{
    Lots,
    book::Run,
    valuation::{Came, Goods},
};
use crate::{
    error::Conflict,
    ids::{LotId, PostingId, StockAlertId},
    inventory::{
        Balance, Consumed, Movement, MovementKey, MovementKind, MovementRef, StockAlert, StockTerms,
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
    /// What is on hand of the lots that the change may touch; the store leaves it to
    /// [`StockBook::know_level`](super::StockBook::know_level).
    pub lots: BTreeMap<LotId, Decimal>,
}

/// What the ledger says of a movement besides how much it is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Origin {
    pub priced: bool,
    pub counted: Option<Decimal>,
    pub of: Option<MovementRef>,
    pub lot: Option<LotId>,
    pub returns: Option<PostingId>,
    pub consumed: Option<Consumed>,
}

impl Shelf {
    /// Moves goods, of which this much has just been freed for that.
    pub(super) fn move_goods(
        &mut self,
        goods: Goods,
        freed: Decimal,
        origin: Origin,
        lots: &mut Lots,
        run: &mut Run<'_>,
    ) -> StoreResult<Came> {
        let key = self.balance.level.key();
        let (day, lot) = (run.new.day, origin.lot);
        let before = self.free(lots, day) - freed;
        let wanted = goods.quantity;
        let nothing = Decimal::ZERO;
        let moved = run.movement(key, MovementKind::Stock, nothing, nothing);
        let (own, by) = (MovementKey::of(&moved), self.terms.valuation);
        let came = self.balance.move_goods(goods, own, by, run.rounding())?;
        if let Some(lot) = lot {
            self.move_lot(lot, came.quantity, lots)?;
        }
        if -wanted > freed && Self::counts(lot, lots, day) {
            self.check_floor(before, self.free(lots, day))?;
        }
        let Origin { priced, counted, of, lot, returns, consumed } = origin;
        let (quantity, value, layers) = (came.quantity, came.value, came.layers.clone());
        let moved = run.note(Movement {
            quantity,
            value,
            layers,
            priced,
            counted,
            of,
            lot,
            returns,
            consumed,
            ..moved
        });
        if !came.revaluation.is_zero() {
            let right =
                run.movement(key, MovementKind::Revaluation, Decimal::ZERO, came.revaluation);
            run.note(Movement { of: Some(moved), ..right });
        }
        // Whether stock is low now shows when what moved later has been worked out again.
        if !run.replays(key.0) {
            let today = run.new.today;
            let crossing = self.crossing(run.at, lots, today, || run.next_alert())?;
            run.outcome.alerts.extend(crossing);
        }
        Ok(came)
    }

    /// From now on one unit is worth this.
    pub(super) fn revalue(&mut self, unit_cost: Decimal, run: &mut Run<'_>) -> StoreResult<()> {
        let difference = self.balance.revalue(unit_cost, self.terms.valuation, run.rounding())?;
        let key = self.balance.level.key();
        let set = run.movement(key, MovementKind::Revaluation, Decimal::ZERO, difference);
        run.note(Movement { unit_cost: Some(unit_cost), ..set });
        Ok(())
    }

    /// Nothing may be taken or promised that is not there (INV-1).
    pub(super) fn check_floor(&self, before: Decimal, after: Decimal) -> StoreResult<()> {
        if self.terms.may_go_negative || after >= Decimal::ZERO {
            return Ok(());
        }
        Err(self.lacking(before))
    }

    pub(super) fn lacking(&self, available: Decimal) -> StoreError {
        let (item, warehouse) = self.balance.level.key();
        Conflict::InsufficientStock { item, warehouse, available }.into()
    }

    /// Whether so little may be promised on the day that it is low.
    pub(super) fn is_low(&self, lots: &Lots, day: NaiveDate) -> bool {
        self.terms.reorder_level.is_some_and(|level| self.free(lots, day) <= level)
    }

    /// The notice, when stock has gone low and was not low before (INV-13).
    pub(super) fn crossing(
        &mut self,
        at: Timestamp,
        lots: &Lots,
        day: NaiveDate,
        id: impl FnOnce() -> Option<StockAlertId>,
    ) -> StoreResult<Option<StockAlert>> {
        let is_low = self.is_low(lots, day);
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
            available: self.free(lots, day),
            reorder_level,
            raised_at: at,
            acknowledged_by: None,
            acknowledged_at: None,
        }))
    }
}
