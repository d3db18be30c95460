//! Questions about stock of the past, at an instant and in a time, and of a time to come.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use erp_core::{
    ids::{ItemId, WarehouseId},
    inventory::{
        Movement, MovementKind, ReservationState, StockAt, StockKey, StockLevel, StockProjection,
        Turnover, TurnoverQuery, Worth,
    },
    money::{Decimal, opposite, sum},
    port::Store,
    time::Timestamp,
};

use super::ask::text;
use crate::{
    random::Random,
    walk::model::{Model, Stock},
};

/// A question.
#[derive(Clone, Debug)]
pub(in crate::walk) enum ReportProbe {
    StockAt(ItemId, Timestamp),
    Projection(ItemId, Timestamp, NaiveDate),
    Turnover(TurnoverQuery),
}

use ReportProbe as P;

/// Questions about what the model knows, at instants chosen at random.
pub(super) fn all(model: &Model, random: &mut Random) -> Vec<ReportProbe> {
    let stock = &model.stock;
    let mut probes = Vec::new();
    for item in &stock.items {
        let history = stock.history(item.id);
        if !history.is_empty() {
            probes.push(P::StockAt(item.id, random.pick(&history).effective_at));
        }
        // Days and ends of which something depends, and some that are of nothing.
        let end = any(&stock.reservations, random).and_then(|one| one.expires_at);
        let day = any(&stock.lots, random).and_then(|lot| lot.expires_on);
        let (at, day) = (end.unwrap_or_default(), day.unwrap_or_default());
        let day = if random.percent(50) { day } else { day + Days::new(1) };
        probes.push(P::Projection(item.id, at, day));
    }
    if stock.movements.is_empty() {
        return probes;
    }
    let keys: Vec<StockKey> = stock.balances.keys().copied().collect();
    for _ in 0..4 {
        let mut instant = || random.pick(&stock.movements).effective_at;
        let (one, other) = (instant(), instant());
        let warehouse = random.percent(40).then(|| random.pick(&stock.warehouses).id);
        let after = random.percent(40).then(|| *random.pick(&keys));
        let (from, to, limit) = (one.min(other), one.max(other), 1 + random.below(9));
        probes.push(P::Turnover(TurnoverQuery { from, to, warehouse, after, limit }));
    }
    probes
}

fn any<'a, T>(all: &'a [T], random: &mut Random) -> Option<&'a T> {
    if all.is_empty() { None } else { Some(random.pick(all)) }
}

impl ReportProbe {
    /// How a store answers.
    pub(super) async fn ask(&self, store: &dyn Store) -> String {
        let stock = store.inventory();
        match self {
            P::StockAt(item, at) => text(stock.stock_at(*item, *at).await),
            P::Projection(item, at, day) => text(stock.projection(*item, *at, *day).await),
            P::Turnover(query) => text(stock.turnover(query).await),
        }
    }

    /// How the model answers.
    pub(super) fn answer(&self, model: &Model) -> String {
        use super::answer::text;
        match self {
            P::StockAt(item, at) => text(stock_at(&model.stock, *item, *at)),
            P::Projection(item, at, day) => text(projection(&model.stock, *item, *at, *day)),
            P::Turnover(query) => text(turnover(&model.stock, query)),
        }
    }
}

/// The sum of what moved by then, of every warehouse that has a balance.
fn stock_at(stock: &Stock, item: ItemId, at: Timestamp) -> Vec<StockAt> {
    let mut then: BTreeMap<WarehouseId, StockAt> = BTreeMap::new();
    for ((_, warehouse), balance) in stock.balances.iter().filter(|(key, _)| key.0 == item) {
        let Worth { quantity: on_hand, value } = nothing(&balance.level);
        then.insert(*warehouse, StockAt { warehouse: *warehouse, on_hand, value });
    }
    for row in stock.history(item).iter().filter(|row| row.effective_at <= at) {
        if let Some(there) = then.get_mut(&row.warehouse) {
            there.on_hand = plus(there.on_hand, row.quantity);
            there.value = plus(there.value, row.value);
        }
    }
    then.into_values().collect()
}

/// What is there, less the lots that are bad by then and the reservations that hold then.
fn projection(stock: &Stock, item: ItemId, at: Timestamp, day: NaiveDate) -> Vec<StockProjection> {
    let levels = stock.lot_levels();
    let places = stock.balances.values().map(|one| &one.level).filter(|level| level.item == item);
    let to_come = places.map(|level| {
        let bad = levels.iter().filter(|one| {
            let last = one.lot.expires_on;
            (one.lot.item, one.warehouse) == level.key() && last.is_some_and(|last| last < day)
        });
        let held = stock.reservations.iter().filter(|one| {
            one.key() == level.key()
                && one.state == ReservationState::Active
                && one.expires_at.is_none_or(|end| end > at)
        });
        let bad = bad.map(|one| one.on_hand).fold(Decimal::ZERO, plus);
        let held = held.map(|one| one.remaining()).fold(Decimal::ZERO, plus);
        StockProjection::new(level.warehouse, level.on_hand, bad, held)
    });
    to_come.collect()
}

/// What moved, balance by balance, each from the first row of the ledger on.
fn turnover(stock: &Stock, query: &TurnoverQuery) -> Vec<Turnover> {
    let wanted = stock.balances.iter().filter(|(key, _)| {
        query.warehouse.is_none_or(|warehouse| key.1 == warehouse) && Some(**key) > query.after
    });
    wanted.take(query.limit).map(|(_, balance)| line(stock, query, &balance.level)).collect()
}

/// Nothing, with as many digits after the point as what is there has.
fn nothing(level: &StockLevel) -> Worth {
    let zero = |like: Decimal| Decimal::new(0, like.scale());
    Worth { quantity: zero(level.on_hand), value: zero(level.value) }
}

fn plus(one: Decimal, other: Decimal) -> Decimal {
    sum(one, other).expect("it is small")
}

fn line(stock: &Stock, query: &TurnoverQuery, level: &StockLevel) -> Turnover {
    let key = level.key();
    let rows: Vec<&Movement> =
        stock.movements.iter().filter(|row| (row.item, row.warehouse) == key).collect();
    let add_up = |first: Worth, wanted: &dyn Fn(&Movement) -> bool| {
        let rows = rows.iter().filter(|row| wanted(row));
        rows.fold(first, |so_far, row| Worth {
            quantity: plus(so_far.quantity, row.quantity),
            value: plus(so_far.value, row.value),
        })
    };
    let moved = |wanted: &dyn Fn(&Movement) -> bool| add_up(Worth::default(), wanted);
    let within = |row: &Movement| row.effective_at >= query.from && row.effective_at < query.to;
    let revalues = |row: &Movement| row.kind == MovementKind::Revaluation;
    let issued = moved(&|row| within(row) && !revalues(row) && !came_in(stock, row));
    Turnover {
        item: key.0,
        warehouse: key.1,
        opening: add_up(nothing(level), &|row| row.effective_at < query.from),
        received: moved(&|row| within(row) && !revalues(row) && came_in(stock, row)),
        issued: Worth { quantity: opposite(issued.quantity), value: opposite(issued.value) },
        revalued: moved(&|row| within(row) && revalues(row)).value,
        closing: add_up(nothing(level), &|row| row.effective_at < query.to),
    }
}

/// A correction stands with what it puts right, unless nothing moved then.
fn came_in(stock: &Stock, row: &Movement) -> bool {
    let original = row.of.filter(|_| row.kind == MovementKind::Correction);
    let original = original.and_then(|of| stock.movements.iter().find(|one| one.id() == of));
    let quantity = original.map(|one| one.quantity).filter(|quantity| !quantity.is_zero());
    quantity.unwrap_or(row.quantity) > Decimal::ZERO
}
