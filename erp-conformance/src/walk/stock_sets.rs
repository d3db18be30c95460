//! Changes of stock.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use erp_core::{
    change::{Change, NewEvent},
    ids::{ItemId, PostingId, ReservationId, StockAlertId, WarehouseId},
    inventory::{
        Dated, InventoryChange as C, InventoryEvent, LineMove, MovementKind, NewStockPosting,
        PostingKind, PostingLine, Reservation, ReservationState, StockKey, StockOutcome,
        StockPosting, ValueRounding, Warehouse,
    },
    money::{Decimal, Rounding},
    record::Record as _,
};

use super::{generate::Generator, model::Model};

impl Generator {
    pub(super) fn stock_change(&mut self, model: &Model) -> Change {
        if model.stock.warehouses.len() < 2 {
            return self.new_record(model, Warehouse::KIND).into();
        }
        let stock = &model.stock;
        let change = match self.random.below(40) {
            _ if stock.items.len() < 3 => self.master_change(model),
            0..7 => self.master_change(model),
            7..12 => self.reserve(model),
            12..17 if !stock.reservations.is_empty() => self.end_reservation(model),
            17..19 if !stock.alerts.is_empty() => {
                let id = self.random.pick(&stock.alerts).id;
                let id = if self.rarely() { StockAlertId::generate(&self.ids) } else { id };
                C::AcknowledgeAlert { id, by: self.random.pick(&model.users).user.id, at: self.now }
            }
            19 if self.random.percent(70) => self.close_period(model),
            22 if !model.stock.lots.is_empty() => self.correct_lot(model),
            20..22 if !stock.postings.is_empty() => self.take_back(model),
            _ => self.post(model),
        };
        change.into()
    }

    /// The event of a change of stock, with a place for what it comes to.
    pub(super) fn stock_event(&self, change: &Change, index: usize) -> Option<NewEvent> {
        let Change::Inventory(change) = change else { return None };
        let nothing = StockOutcome::default();
        let event = match change {
            C::Post(_) => InventoryEvent::StockPosted(nothing),
            C::Reserve { .. } => InventoryEvent::StockReserved(nothing),
            C::EndReservation { .. } => InventoryEvent::ReservationEnded(nothing),
            _ => return None,
        };
        let audience = [erp_core::change::Audience::Everyone];
        Some(NewEvent::new(event, audience).filled_by(index))
    }

    pub(super) fn item_id(&mut self, model: &Model) -> ItemId {
        if self.rarely() {
            return ItemId::generate(&self.ids);
        }
        self.random.pick(&model.stock.items).id
    }

    fn stock_key(&mut self, model: &Model) -> StockKey {
        let item = self.item_id(model);
        let warehouse = self.random.pick(&model.stock.warehouses).id;
        (item, if self.rarely() { WarehouseId::generate(&self.ids) } else { warehouse })
    }

    /// So many pieces, one at least.
    fn pieces(&mut self, most: usize) -> Decimal {
        Decimal::from(1 + self.random.below(most))
    }

    fn post(&mut self, model: &Model) -> C {
        let lines = (0..1 + self.random.below(3)).map(|_| self.line(model)).collect();
        // A reversal says which posting it takes back.
        let kinds = PostingKind::ALL.iter().filter(|kind| **kind != PostingKind::Reversal);
        let any = *self.random.pick(&kinds.copied().collect::<Vec<_>>());
        let kind = if self.random.percent(30) { PostingKind::Issue } else { any };
        let mut new = self.posting(model, kind, lines);
        if let Some(moved) = model.stock.movements.last()
            && self.random.percent(20)
        {
            let minutes = i64::try_from(self.random.below(30)).expect("it is small");
            let then = moved.effective_at - TimeDelta::minutes(minutes);
            (new.dated, new.day) = (Dated::At(then), then.date_naive());
        }
        self.name_lots(model, &mut new);
        C::Post(new)
    }

    fn posting(
        &mut self,
        model: &Model,
        kind: PostingKind,
        lines: Vec<PostingLine>,
    ) -> NewStockPosting {
        let mut id = PostingId::generate(&self.ids);
        if self.rarely() && !model.stock.postings.is_empty() {
            id = self.random.pick(&model.stock.postings).id;
        }
        let posted_by = self.random.percent(50).then(|| self.random.pick(&model.users).user.id);
        let posting = StockPosting {
            id,
            kind,
            reference: self.random.percent(40).then(|| format!("order {}", self.random.below(5))),
            reverses: None,
            posted_by,
            posted_at: self.now,
            effective_at: self.now,
        };
        NewStockPosting {
            posting,
            dated: Dated::Now,
            rounding: ValueRounding { scale: 2, mode: Rounding::HalfUp },
            day: self.now.date_naive(),
            today: self.now.date_naive(),
            tracked: BTreeMap::new(),
            new_lots: Vec::new(),
            alerts: (0..2 * lines.len()).map(|_| StockAlertId::generate(&self.ids)).collect(),
            lines,
            max_replayed: 1_000,
        }
    }

    fn line(&mut self, model: &Model) -> PostingLine {
        let (item, warehouse) = self.stock_key(model);
        let movement = match self.random.below(12) {
            0..5 => {
                let quantity = self.pieces(9);
                let cents = i64::try_from(self.random.below(2_000)).expect("it is small");
                let value = self.random.percent(70).then(|| Decimal::new(cents, 2));
                LineMove::In { quantity, value }
            }
            5..8 => return self.out((item, warehouse), model),
            8 => {
                let others = model.stock.warehouses.iter().map(|one| one.id);
                let others: Vec<_> = others.filter(|other| *other != warehouse).collect();
                LineMove::Transfer { quantity: self.pieces(5), to: *self.random.pick(&others) }
            }
            10 if !model.stock.postings.is_empty() => LineMove::SendBack {
                quantity: self.pieces(4),
                receipt: self.random.pick(&model.stock.postings).id,
            },
            9 => {
                let cents = i64::try_from(self.random.below(900)).expect("it is small");
                LineMove::Revalue { unit_cost: Decimal::new(cents, 2) }
            }
            _ => LineMove::Count { counted: self.pieces(12) - Decimal::ONE },
        };
        PostingLine { item, warehouse, lot: None, movement }
    }

    /// Goods go out, now and then of what was reserved.
    fn out(&mut self, (item, warehouse): StockKey, model: &Model) -> PostingLine {
        let quantity = self.pieces(5);
        if !model.stock.reservations.is_empty() && self.random.percent(40) {
            let reserved = self.random.pick(&model.stock.reservations).clone();
            let reservation = Some(reserved.id);
            let movement = LineMove::Out { quantity, reservation };
            let (item, warehouse) = reserved.key();
            return PostingLine { item, warehouse, lot: None, movement };
        }
        let movement = LineMove::Out { quantity, reservation: None };
        PostingLine { item, warehouse, lot: None, movement }
    }

    /// All goods of a posting, the other way.
    fn take_back(&mut self, model: &Model) -> C {
        let old = self.random.pick(&model.stock.postings).clone();
        if old.kind == PostingKind::Reversal {
            return self.post(model);
        }
        let moved = model.stock.movements.iter();
        let moved = moved.filter(|one| one.posting == old.id && one.kind == MovementKind::Stock);
        let lines = moved.map(|one| PostingLine {
            item: one.item,
            warehouse: one.warehouse,
            lot: one.lot,
            movement: LineMove::Back {
                line: one.line,
                reservation: one.consumed.map(|consumed| consumed.reservation),
            },
        });
        let lines = lines.collect();
        let mut new = self.posting(model, PostingKind::Reversal, lines);
        new.posting.reverses = Some(old.id);
        for line in &new.lines {
            let item = model.stock.items.iter().find(|item| item.id == line.item);
            let tracked = item.filter(|item| item.tracking.has_lots());
            new.tracked.extend(tracked.map(|item| (item.id, item.tracking)));
        }
        C::Post(new)
    }

    fn reserve(&mut self, model: &Model) -> C {
        let (item, warehouse) = self.stock_key(model);
        let mut id = ReservationId::generate(&self.ids);
        if self.rarely() && !model.stock.reservations.is_empty() {
            id = self.random.pick(&model.stock.reservations).id;
        }
        let reservation = Reservation {
            id,
            item,
            warehouse,
            owner: self.random.pick(&model.users).user.id,
            quantity: self.pieces(4),
            consumed: Decimal::ZERO,
            state: ReservationState::Active,
            expires_at: self.random.percent(50).then(|| self.now + TimeDelta::minutes(20)),
            reference: self.random.percent(30).then(|| "for ä".to_owned()),
            created_at: self.now,
        };
        let alert = StockAlertId::generate(&self.ids);
        C::Reserve { reservation, alert, day: self.now.date_naive() }
    }

    fn end_reservation(&mut self, model: &Model) -> C {
        let reserved = self.random.pick(&model.stock.reservations).clone();
        let id = if self.rarely() { ReservationId::generate(&self.ids) } else { reserved.id };
        let states = [ReservationState::Released, ReservationState::Expired];
        let (key, state) = (reserved.key(), *self.random.pick(&states));
        C::EndReservation { id, key, state, day: self.now.date_naive() }
    }

    /// Up to what is reserved since, or further than it may.
    fn close_period(&mut self, model: &Model) -> C {
        let reservations = model.stock.reservations.iter();
        let active = reservations.filter(|one| one.state == ReservationState::Active);
        let oldest = active.map(|one| one.created_at).min();
        let before = self.now - TimeDelta::hours(3);
        let until = oldest.filter(|_| self.random.percent(50)).unwrap_or(before);
        C::ClosePeriod { until: until.min(before) }
    }
}
