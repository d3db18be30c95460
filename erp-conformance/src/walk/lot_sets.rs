//! Which lots the lines of postings move, and which of them come in for the first time.

use chrono::{Days, NaiveDate};
use erp_core::{
    ids::{ItemId, LotId},
    inventory::{InventoryChange, Item, LineMove, Lot, NewStockPosting, PostingLine, Tracking},
    money::Decimal,
    text::key as folded,
};

use super::{generate::Generator, model::Model};

/// What stands on lots. Few, so that one is named again, and in another case.
const CODES: &[&str] = &["L1", "l1", "L2", "Ä3", "ä3", "L4"];

impl Generator {
    /// A lot is good until another day, or for ever.
    pub(super) fn correct_lot(&mut self, model: &Model) -> InventoryChange {
        let lot = self.random.pick(&model.stock.lots).clone();
        let day = i64::try_from(self.random.below(9)).expect("it is small") - 3;
        let day = (self.now + chrono::TimeDelta::days(day)).date_naive();
        let other = self.random.pick(&model.stock.lots).expires_on;
        InventoryChange::CorrectLot {
            id: if self.rarely() { LotId::generate(&self.ids) } else { lot.id },
            seen: if self.random.percent(10) { other } else { lot.expires_on },
            expires_on: self.random.percent(80).then_some(day),
        }
    }

    /// Names the lots of a posting's lines, where stock lies in lots, and says how it was seen to lie.
    pub(super) fn name_lots(&mut self, model: &Model, new: &mut NewStockPosting) {
        let mut lines = std::mem::take(&mut new.lines);
        for line in &mut lines {
            let tracking = tracking_of(model, line.item);
            if tracking.has_lots() {
                new.tracked.insert(line.item, tracking);
                line.movement = self.many(tracking, line.movement);
                line.lot = self.lot_of(model, line, new);
            }
            if self.random.percent(1) {
                // Of another item, or of none.
                line.lot = Some(self.any_lot(model));
            }
        }
        new.lines = lines;
        if self.random.percent(2) {
            // As it is not, or not any more.
            let item = self.item_id(model);
            new.tracked.insert(item, *self.random.pick(Tracking::ALL));
        }
    }

    /// Of a serial number there is one or none.
    fn many(&mut self, tracking: Tracking, movement: LineMove) -> LineMove {
        if tracking != Tracking::Serial || self.rarely() {
            return movement;
        }
        let quantity = Decimal::ONE;
        match movement {
            LineMove::In { value, .. } => LineMove::In { quantity, value },
            LineMove::Transfer { to, .. } => LineMove::Transfer { quantity, to },
            LineMove::SendBack { receipt, .. } => LineMove::SendBack { quantity, receipt },
            LineMove::Count { .. } => {
                LineMove::Count { counted: Decimal::from(self.random.below(2)) }
            }
            other => other,
        }
    }

    /// What comes in or was counted names its lot; what goes out may.
    fn lot_of(
        &mut self,
        model: &Model,
        line: &PostingLine,
        new: &mut NewStockPosting,
    ) -> Option<LotId> {
        let goes_out = matches!(
            line.movement,
            LineMove::Out { .. } | LineMove::Transfer { .. } | LineMove::SendBack { .. }
        );
        if goes_out && self.random.percent(60) {
            return None;
        }
        let there =
            model.stock.lots.iter().chain(&new.new_lots).filter(|lot| lot.item == line.item);
        let there: Vec<LotId> = there.map(|lot| lot.id).collect();
        let comes_in = matches!(line.movement, LineMove::In { .. });
        if !there.is_empty() && self.random.percent(if comes_in { 40 } else { 95 }) {
            return Some(*self.random.pick(&there));
        }
        Some(self.new_lot(model, line.item, new))
    }

    /// A lot that comes in for the first time, unless there is one of its code.
    fn new_lot(&mut self, model: &Model, item: ItemId, new: &mut NewStockPosting) -> LotId {
        let code = match tracking_of(model, item) {
            Tracking::Serial => format!("{}-{}", self.random.pick(CODES), self.random.below(9)),
            _ => (*self.random.pick(CODES)).to_owned(),
        };
        let same = |lot: &&Lot| lot.item == item && folded(&lot.code) == folded(&code);
        if let Some(lot) = new.new_lots.iter().find(same) {
            return lot.id;
        }
        if let Some(lot) = model.stock.lots.iter().find(same)
            && self.random.percent(85)
        {
            return lot.id;
        }
        let mut id = LotId::generate(&self.ids);
        if self.rarely() && !model.stock.lots.is_empty() {
            id = self.random.pick(&model.stock.lots).id;
        }
        let expires_on = self.good_until(new.day);
        new.new_lots.push(Lot { id, item, code, expires_on, created_at: self.now });
        id
    }

    /// A day around this one, before it or after, or none.
    fn good_until(&mut self, day: NaiveDate) -> Option<NaiveDate> {
        let days = u64::try_from(self.random.below(5)).expect("it is small");
        self.random.percent(75).then(|| day - Days::new(2) + Days::new(days))
    }

    fn any_lot(&mut self, model: &Model) -> LotId {
        let there = &model.stock.lots;
        if there.is_empty() || self.random.percent(30) {
            return LotId::generate(&self.ids);
        }
        self.random.pick(there).id
    }
}

fn tracking_of(model: &Model, item: ItemId) -> Tracking {
    let item: Option<&Item> = model.stock.items.iter().find(|one| one.id == item);
    item.map_or(Tracking::None, |item| item.tracking)
}
