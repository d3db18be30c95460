//! Questions about stock of the past, at an instant and in a time, and of a time to come.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use erp_core::{
    ids::{ItemId, WarehouseId},
    inventory::{
        Movement, MovementKind, ReservationState, StockAt, StockKey, StockProjection, Turnover,
        TurnoverQuery, Worth,
    },
    money::Decimal,
    port::Store,
    time::Timestamp,
};

use super::{
    ask::text,
    plain::{plain_at, plain_to_come, plain_turnover},
};
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
            P::StockAt(item, at) => {
                let stock = stock.stock_at(*item, *at).await;
                text(stock.map(|all| all.into_iter().map(plain_at).collect::<Vec<_>>()))
            }
            P::Projection(item, at, day) => {
                let projected = stock.projection(*item, *at, *day).await;
                text(projected.map(|all| all.into_iter().map(plain_to_come).collect::<Vec<_>>()))
            }
            P::Turnover(query) => {
                let moved = stock.turnover(query).await;
                text(moved.map(|all| all.into_iter().map(plain_turnover).collect::<Vec<_>>()))
            }
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
    for (_, warehouse) in stock.balances.keys().filter(|key| key.0 == item) {
        let nothing = StockAt { warehouse: *warehouse, on_hand: 0.into(), value: 0.into() };
        then.insert(*warehouse, nothing);
    }
    for row in stock.history(item).iter().filter(|row| row.effective_at <= at) {
        if let Some(there) = then.get_mut(&row.warehouse) {
            there.on_hand += row.quantity;
            there.value += row.value;
        }
    }
    then.into_values().map(plain_at).collect()
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
        let (bad, held) = (bad.map(|one| one.on_hand).sum(), held.map(|one| one.remaining()).sum());
        plain_to_come(StockProjection::new(level.warehouse, level.on_hand, bad, held))
    });
    to_come.collect()
}

/// What moved, balance by balance, each from the first row of the ledger on.
fn turnover(stock: &Stock, query: &TurnoverQuery) -> Vec<Turnover> {
    let wanted = stock.balances.keys().filter(|key| {
        query.warehouse.is_none_or(|warehouse| key.1 == warehouse) && Some(**key) > query.after
    });
    wanted.take(query.limit).map(|key| plain_turnover(line(stock, query, *key))).collect()
}

fn line(stock: &Stock, query: &TurnoverQuery, key: StockKey) -> Turnover {
    let rows: Vec<&Movement> =
        stock.movements.iter().filter(|row| (row.item, row.warehouse) == key).collect();
    let sum = |wanted: &dyn Fn(&Movement) -> bool| {
        let rows = rows.iter().filter(|row| wanted(row));
        rows.fold(Worth::default(), |sum, row| Worth {
            quantity: sum.quantity + row.quantity,
            value: sum.value + row.value,
        })
    };
    let within = |row: &Movement| row.effective_at >= query.from && row.effective_at < query.to;
    let revalues = |row: &Movement| row.kind == MovementKind::Revaluation;
    let issued = sum(&|row| within(row) && !revalues(row) && !came_in(stock, row));
    Turnover {
        item: key.0,
        warehouse: key.1,
        opening: sum(&|row| row.effective_at < query.from),
        received: sum(&|row| within(row) && !revalues(row) && came_in(stock, row)),
        issued: Worth { quantity: -issued.quantity, value: -issued.value },
        revalued: sum(&|row| within(row) && revalues(row)).value,
        closing: sum(&|row| row.effective_at < query.to),
    }
}

/// A correction stands with what it puts right, unless nothing moved then.
fn came_in(stock: &Stock, row: &Movement) -> bool {
    let original = row.of.filter(|_| row.kind == MovementKind::Correction);
    let original = original.and_then(|of| stock.movements.iter().find(|one| one.id() == of));
    let quantity = original.map(|one| one.quantity).filter(|quantity| !quantity.is_zero());
    quantity.unwrap_or(row.quantity) > Decimal::ZERO
}
