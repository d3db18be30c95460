//! Questions about stock of the past: at an instant, and in a time.

use std::collections::BTreeMap;

use erp_core::{
    ids::{ItemId, WarehouseId},
    inventory::{Movement, MovementKind, StockAt, StockKey, Turnover, TurnoverQuery, Worth},
    money::Decimal,
    port::Store,
    time::Timestamp,
};

use super::{
    ask::text,
    plain::{plain_at, plain_turnover},
};
use crate::{
    random::Random,
    walk::model::{Model, Stock},
};

/// A question.
#[derive(Clone, Debug)]
pub(in crate::walk) enum ReportProbe {
    StockAt(ItemId, Timestamp),
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

impl ReportProbe {
    /// How a store answers.
    pub(super) async fn ask(&self, store: &dyn Store) -> String {
        let stock = store.inventory();
        match self {
            P::StockAt(item, at) => {
                let stock = stock.stock_at(*item, *at).await;
                text(stock.map(|all| all.into_iter().map(plain_at).collect::<Vec<_>>()))
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
