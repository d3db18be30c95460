//! Stock, from a copy of the state.

use std::ops::Bound;

use chrono::NaiveDate;
use erp_core::{
    ids::{ItemId, PostingId},
    inventory::{
        AlertQuery, LevelQuery, Movement, MovementKey, MovementQuery, PostedStock, PostingQuery,
        Reservation, ReservationQuery, StockAlert, StockAt, StockKey, StockLevel,
    },
    money::opposite,
    time::Timestamp,
};

use super::reports::plus;
use crate::state::InventoryState;

pub(super) fn levels(state: &InventoryState, query: &LevelQuery) -> Vec<StockLevel> {
    let wanted = |level: &StockLevel| {
        query.item.is_none_or(|item| level.item == item)
            && query.warehouse.is_none_or(|warehouse| level.warehouse == warehouse)
            && query.low_on.is_none_or(|day| is_low(state, level, day))
    };
    if let (Some(warehouse), None) = (query.warehouse, query.item) {
        let items = state.stock.in_warehouse.after(warehouse, query.after.map(|(item, _)| item));
        let balances = items.filter_map(|item| state.stock.balances.get(&(item, warehouse)));
        let levels = balances.map(|balance| &balance.level);
        return levels.filter(|level| wanted(level)).take(query.limit).cloned().collect();
    }
    let first = match (query.after, query.item) {
        (Some(key), _) => Bound::Excluded(key),
        (None, Some(item)) => Bound::Included((item, nil_warehouse())),
        (None, None) => Bound::Unbounded,
    };
    let all = state.stock.balances.range((first, Bound::Unbounded));
    let all = all.take_while(|((item, _), _)| query.item.is_none_or(|wanted| *item == wanted));
    let levels = all.map(|(_, balance)| &balance.level).filter(|level| wanted(level));
    levels.take(query.limit).cloned().collect()
}

fn is_low(state: &InventoryState, level: &StockLevel, day: NaiveDate) -> bool {
    let good = level.available() - state.stock.lots.expired(level.key(), day);
    let item = state.items.get(&level.item);
    let reorder_level = item.and_then(|item| item.reorder_level);
    reorder_level.is_some_and(|reorder_level| good <= reorder_level)
}

/// What is there now, less what moved afterwards.
pub(super) fn stock_at(state: &InventoryState, item: ItemId, at: Timestamp) -> Vec<StockAt> {
    let later = Bound::Excluded((item, last_at(at)));
    let later = state.stock.movements.range((later, Bound::Unbounded));
    let later: Vec<_> = later.take_while(|((of, _), _)| *of == item).collect();
    let of_warehouse = |level: &StockLevel| {
        let mut then =
            StockAt { warehouse: level.warehouse, on_hand: level.on_hand, value: level.value };
        for (_, movement) in &later {
            if movement.warehouse == then.warehouse {
                then.on_hand = plus(then.on_hand, opposite(movement.quantity));
                then.value = plus(then.value, opposite(movement.value));
            }
        }
        then
    };
    state.stock.of_item(item).map(|balance| of_warehouse(&balance.level)).collect()
}

pub(super) fn postings(state: &InventoryState, query: &PostingQuery) -> Vec<PostedStock> {
    let mut references: Vec<&str> = query.references.iter().map(String::as_str).collect();
    references.sort_unstable();
    references.dedup();
    let last = query.after.as_ref().map(|(reference, id)| (reference.as_str(), *id));
    let found = references.into_iter().flat_map(|reference| {
        state.stock.by_reference.of(reference).map(move |id| (reference, id))
    });
    let after = found.filter(|key| last.is_none_or(|last| *key > last));
    after.filter_map(|(_, id)| state.stock.posted(id)).take(query.limit).collect()
}

pub(super) fn movements(state: &InventoryState, query: &MovementQuery) -> Vec<Movement> {
    let first = Bound::Included((query.item, MovementKey::FIRST));
    let end = match query.before {
        Some(key) => Bound::Excluded((query.item, key)),
        None => Bound::Included((query.item, last_at(Timestamp::MAX_UTC))),
    };
    let all = state.stock.movements.range((first, end)).rev().map(|(_, movement)| movement);
    let wanted =
        all.filter(|one| query.warehouse.is_none_or(|warehouse| one.warehouse == warehouse));
    wanted.take(query.limit).map(|movement| Movement::clone(movement)).collect()
}

pub(super) fn reservations(state: &InventoryState, query: &ReservationQuery) -> Vec<Reservation> {
    let ids = state.stock.reserved.after(query.item, query.after);
    let found = ids.filter_map(|id| state.stock.reservations.get(&id));
    found.take(query.limit).cloned().collect()
}

pub(super) fn due(
    state: &InventoryState,
    at: Timestamp,
    of: Option<StockKey>,
    limit: usize,
) -> Vec<Reservation> {
    let due = state.stock.due.iter().take_while(|(end, _)| *end <= at);
    let found = due.filter_map(|(_, id)| state.stock.reservations.get(&id));
    let found = found.filter(|one| of.is_none_or(|key| one.key() == key));
    found.take(limit).cloned().collect()
}

pub(super) fn alerts(state: &InventoryState, query: &AlertQuery) -> Vec<StockAlert> {
    let first = query.after.map_or(Bound::Unbounded, Bound::Excluded);
    let ids = state.stock.open_alerts.range((first, Bound::Unbounded));
    let found = ids.filter_map(|id| state.stock.alerts.get(&id));
    found.take(query.limit).cloned().collect()
}

fn nil() -> uuid::Uuid {
    uuid::Uuid::nil()
}

fn nil_warehouse() -> erp_core::ids::WarehouseId {
    erp_core::ids::WarehouseId::from_uuid(nil())
}

/// After every movement of this instant.
fn last_at(at: Timestamp) -> MovementKey {
    let posting = PostingId::from_uuid(uuid::Uuid::max());
    MovementKey { effective_at: at, seq: i64::MAX, posting, line: i32::MAX }
}
