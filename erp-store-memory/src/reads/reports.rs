//! What moved in a time, and what will be there.

use std::ops::Bound;

use chrono::NaiveDate;
use erp_core::{
    ids::{ItemId, WarehouseId},
    inventory::{
        Balance, LotQuery, Movement, MovementKey, MovementKind, MovementRef, Reservation,
        ReservationQuery, StockProjection, Turnover, TurnoverQuery, Worth,
    },
    money::{Decimal, opposite, sum},
    time::Timestamp,
};

use super::{lots, stock};
use crate::state::InventoryState;

pub(super) fn turnover(state: &InventoryState, query: &TurnoverQuery) -> Vec<Turnover> {
    let first = query.after.map_or(Bound::Unbounded, Bound::Excluded);
    let balances = state.stock.balances.range((first, Bound::Unbounded)).map(|(_, one)| one);
    let here = |place: WarehouseId| query.warehouse.is_none_or(|wanted| place == wanted);
    let wanted = balances.filter(|balance| here(balance.level.warehouse)).take(query.limit);
    wanted.map(|balance| line(state, query, balance)).collect()
}

pub(super) fn projection(
    state: &InventoryState,
    item: ItemId,
    at: Timestamp,
    day: NaiveDate,
) -> Vec<StockProjection> {
    let limit = usize::MAX;
    let mut held = stock::reservations(state, &ReservationQuery { item, after: None, limit });
    held.retain(|one| one.expires_at.is_none_or(|end| end > at));
    let of = LotQuery { item: Some(item), expires_before: Some(day), limit, ..LotQuery::default() };
    let expired = lots::levels(&state.stock.lots, &of);
    let of_balance = |balance: &Balance| {
        let warehouse = balance.level.warehouse;
        let bad = expired.iter().filter(|one| one.warehouse == warehouse);
        let held = held.iter().filter(|one| one.warehouse == warehouse);
        StockProjection::new(
            warehouse,
            balance.level.on_hand,
            bad.map(|one| one.on_hand).fold(Decimal::ZERO, plus),
            held.map(Reservation::remaining).fold(Decimal::ZERO, plus),
        )
    };
    state.stock.of_item(item).map(of_balance).collect()
}

/// What is there now, less what moved afterwards, and so backwards to the beginning.
fn line(state: &InventoryState, query: &TurnoverQuery, balance: &Balance) -> Turnover {
    let level = &balance.level;
    let (item, warehouse) = level.key();
    let mut turnover = Turnover {
        item,
        warehouse,
        opening: Worth { quantity: level.on_hand, value: level.value },
        received: Worth::default(),
        issued: Worth::default(),
        revalued: Decimal::ZERO,
        closing: Worth { quantity: level.on_hand, value: level.value },
    };
    let first = MovementKey { effective_at: query.from, ..MovementKey::FIRST };
    let rows = state.stock.movements.range((Bound::Included((item, first)), Bound::Unbounded));
    let rows = rows.take_while(|((of, _), _)| *of == item).map(|(_, row)| row);
    for row in rows.filter(|row| row.warehouse == warehouse) {
        take(&mut turnover.opening, row);
        if row.effective_at >= query.to {
            take(&mut turnover.closing, row);
        } else if row.kind == MovementKind::Revaluation {
            turnover.revalued = plus(turnover.revalued, row.value);
        } else if came_in(state, row) {
            turnover.received.quantity = plus(turnover.received.quantity, row.quantity);
            turnover.received.value = plus(turnover.received.value, row.value);
        } else {
            take(&mut turnover.issued, row);
        }
    }
    turnover
}

fn take(worth: &mut Worth, row: &Movement) {
    worth.quantity = plus(worth.quantity, opposite(row.quantity));
    worth.value = plus(worth.value, opposite(row.value));
}

/// What a store keeps is far below what is too large for a sum.
pub(super) fn plus(one: Decimal, other: Decimal) -> Decimal {
    sum(one, other).unwrap_or(one)
}

/// A correction stands with what it puts right.
fn came_in(state: &InventoryState, row: &Movement) -> bool {
    let original = match (row.kind, row.of) {
        (MovementKind::Correction, Some(MovementRef { posting, line })) => {
            let posting = state.stock.postings.get(&posting);
            let mut rows = posting.iter().flat_map(|posting| &posting.movements);
            rows.find(|one| one.line == line).map(|one| one.quantity)
        }
        _ => None,
    };
    let quantity = original.filter(|quantity| !quantity.is_zero()).unwrap_or(row.quantity);
    quantity > Decimal::ZERO
}
