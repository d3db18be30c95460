//! Questions about warehouses, items and stock.

use std::collections::BTreeMap;

use erp_core::{
    change::EventBody,
    ids::{ItemId, PostingId, ReservationId, StockAlertId, WarehouseId},
    inventory::{
        AlertQuery, InventoryEvent, ItemQuery, LevelQuery, Movement, MovementKey, MovementQuery,
        PostedStock, PostingQuery, Reservation, ReservationQuery, ReservationState, StockAt,
        StockKey, StockLevel, StockOutcome, WarehouseQuery,
    },
    port::Store,
    time::Timestamp,
};

use super::{answer::in_order, ask::text};
use crate::{
    random::Random,
    walk::model::{Model, Stock},
};

/// A question.
#[derive(Clone, Debug)]
pub(in crate::walk) enum StockProbe {
    Warehouse(WarehouseId),
    Warehouses(WarehouseQuery),
    Item(ItemId),
    ItemBySku(String),
    Items(ItemQuery),
    Level(StockKey),
    Levels(LevelQuery),
    StockAt(ItemId, Timestamp),
    Posting(PostingId),
    Postings(PostingQuery),
    Movements(MovementQuery),
    Reservation(ReservationId),
    Reservations(ReservationQuery),
    Due(Timestamp, Option<StockKey>, usize),
    Alert(StockAlertId),
    Alerts(AlertQuery),
    ClosedUntil,
}

use StockProbe as P;

/// Questions about all stock that the model knows, with parts of lists chosen at random.
pub(super) fn all(model: &Model, random: &mut Random) -> Vec<StockProbe> {
    let stock = &model.stock;
    let mut probes = vec![P::ClosedUntil];
    let limit = 1 + random.below(4);
    let after = (!stock.warehouses.is_empty() && random.percent(50))
        .then(|| random.pick(&stock.warehouses).code.to_lowercase());
    probes.push(P::Warehouses(WarehouseQuery { after, limit }));
    let after = (!stock.items.is_empty() && random.percent(50))
        .then(|| random.pick(&stock.items).sku.to_lowercase());
    probes.push(P::Items(ItemQuery { category: None, after, limit }));
    probes.extend(stock.warehouses.iter().map(|one| P::Warehouse(one.id)));
    for item in &stock.items {
        probes.extend([P::Item(item.id), P::ItemBySku(item.sku.to_uppercase())]);
        of_item(stock, item.id, random, &mut probes);
    }
    probes.extend(stock.balances.keys().map(|key| P::Level(*key)));
    let warehouse = stock.warehouses.first().map(|one| one.id).filter(|_| random.percent(50));
    // A page goes on after one of its own list.
    let listed = |key: &&StockKey| warehouse.is_none_or(|warehouse| key.1 == warehouse);
    let after = stock.balances.keys().filter(listed).nth(random.below(4)).copied();
    let low = random.percent(50);
    probes.push(P::Levels(LevelQuery { item: None, warehouse, low, after, limit }));
    probes.extend(stock.postings.iter().map(|one| P::Posting(one.id)));
    let references = vec!["order 1".to_owned(), "order 3".to_owned()];
    let first = stock.postings.first().map(|one| ("order 1".to_owned(), one.id));
    let after = first.filter(|_| random.percent(50));
    probes.push(P::Postings(PostingQuery { references, after, limit }));
    probes.extend(stock.reservations.iter().map(|one| P::Reservation(one.id)));
    if let Some(last) = stock.reservations.last() {
        probes.push(P::Due(last.created_at, None, limit));
        probes.push(P::Due(last.created_at, Some(random.pick(&stock.reservations).key()), limit));
    }
    probes.extend(stock.alerts.iter().map(|one| P::Alert(one.id)));
    let after = stock.alerts.first().map(|one| one.id).filter(|_| random.percent(50));
    probes.push(P::Alerts(AlertQuery { after, limit }));
    probes
}

fn of_item(stock: &Stock, item: ItemId, random: &mut Random, probes: &mut Vec<StockProbe>) {
    let limit = 1 + random.below(9);
    let history = stock.history(item);
    let any = (!history.is_empty()).then(|| random.pick(&history).clone());
    probes.extend(any.iter().map(|one| P::StockAt(item, one.effective_at)));
    let warehouse = any.as_ref().map(|one| one.warehouse).filter(|_| random.percent(40));
    let before = any.as_ref().filter(|_| random.percent(50)).map(MovementKey::of);
    probes.push(P::Movements(MovementQuery { item, warehouse, before, limit }));
    let of_it = stock.reservations.iter().find(|one| one.item == item);
    let after = of_it.filter(|_| random.percent(50)).map(|one| one.id);
    probes.push(P::Reservations(ReservationQuery { item, after, limit }));
}

impl StockProbe {
    /// How a store answers.
    pub(super) async fn ask(&self, store: &dyn Store) -> String {
        let stock = store.inventory();
        match self {
            P::Warehouse(id) => text(stock.warehouse(*id).await),
            P::Warehouses(query) => text(stock.warehouses(query).await),
            P::Item(id) => text(stock.item(*id).await),
            P::ItemBySku(sku) => text(stock.item_by_sku(sku).await),
            P::Items(query) => text(stock.items(query).await),
            P::Level(key) => text(stock.level(*key).await.map(|level| level.map(plain))),
            P::Levels(query) => {
                let levels = stock.levels(query).await;
                text(levels.map(|levels| levels.into_iter().map(plain).collect::<Vec<_>>()))
            }
            P::StockAt(item, at) => {
                let stock = stock.stock_at(*item, *at).await;
                text(stock.map(|all| all.into_iter().map(plain_at).collect::<Vec<_>>()))
            }
            P::Posting(id) => text(stock.posting(*id).await.map(|one| one.map(plain_posted))),
            P::Postings(query) => {
                let posted = stock.postings(query).await;
                text(posted.map(|all| all.into_iter().map(plain_posted).collect::<Vec<_>>()))
            }
            P::Movements(query) => {
                let moved = stock.movements(query).await;
                text(moved.map(|all| all.into_iter().map(plain_moved).collect::<Vec<_>>()))
            }
            P::Reservation(id) => {
                text(stock.reservation(*id).await.map(|one| one.map(plain_reservation)))
            }
            P::Reservations(query) => {
                let reserved = stock.reservations(query).await;
                text(reserved.map(|all| all.into_iter().map(plain_reservation).collect::<Vec<_>>()))
            }
            P::Due(at, of, limit) => {
                let due = stock.due_reservations(*at, *of, *limit).await;
                text(due.map(|all| all.into_iter().map(plain_reservation).collect::<Vec<_>>()))
            }
            P::Alert(id) => text(stock.alert(*id).await),
            P::Alerts(query) => text(stock.alerts(query).await),
            P::ClosedUntil => text(stock.closed_until().await),
        }
    }

    /// How the model answers.
    pub(super) fn answer(&self, model: &Model) -> String {
        use super::answer::text;
        let stock = &model.stock;
        match self {
            P::Warehouse(id) => text(stock.warehouse(*id).ok()),
            P::Warehouses(query) => {
                let all = in_order(&stock.warehouses, |one| one.code.to_lowercase()).into_iter();
                let later = all.filter(|one| Some(one.code.to_lowercase()) > query.after);
                text(later.take(query.limit).collect::<Vec<_>>())
            }
            P::Item(id) => text(stock.item(*id).ok()),
            P::ItemBySku(sku) => {
                let same = |sku: &str, other: &str| sku.to_lowercase() == other.to_lowercase();
                text(stock.items.iter().find(|item| same(&item.sku, sku)))
            }
            P::Items(query) => {
                let all = in_order(&stock.items, |one| one.sku.to_lowercase()).into_iter();
                let later = all.filter(|one| Some(one.sku.to_lowercase()) > query.after);
                text(later.take(query.limit).collect::<Vec<_>>())
            }
            P::Level(key) => {
                text(stock.balances.get(key).map(|balance| plain(balance.level.clone())))
            }
            P::Levels(query) => text(levels(stock, query)),
            P::StockAt(item, at) => text(stock_at(stock, *item, *at)),
            P::Posting(id) => text(posted(stock, *id)),
            P::Postings(query) => {
                let caused = stock.postings.iter().filter_map(|one| {
                    let reference = one.reference.clone()?;
                    query.references.contains(&reference).then_some((reference, one.id))
                });
                let all = in_order(caused, |key| key.clone()).into_iter();
                let later = all.filter(|key| query.after.as_ref().is_none_or(|last| key > last));
                text(
                    later
                        .filter_map(|(_, id)| posted(stock, id))
                        .take(query.limit)
                        .collect::<Vec<_>>(),
                )
            }
            P::Movements(query) => {
                let rows = stock.history(query.item).into_iter().rev();
                let rows = rows.filter(|one| {
                    query.warehouse.is_none_or(|warehouse| one.warehouse == warehouse)
                        && query.before.is_none_or(|before| MovementKey::of(one) < before)
                });
                text(rows.take(query.limit).map(plain_moved).collect::<Vec<_>>())
            }
            other => other.answer_of_promises(stock),
        }
    }

    fn answer_of_promises(&self, stock: &Stock) -> String {
        use super::answer::text;
        match self {
            P::Reservation(id) => {
                let found = stock.reservations.iter().find(|one| one.id == *id);
                text(found.cloned().map(plain_reservation))
            }
            P::Reservations(query) => {
                let active = active(stock).filter(|one| one.item == query.item);
                let later = in_order(active, |one| one.id).into_iter();
                let later = later.filter(|one| Some(one.id) > query.after).take(query.limit);
                text(later.cloned().map(plain_reservation).collect::<Vec<_>>())
            }
            P::Due(at, of, limit) => {
                let due = active(stock).filter(|one| one.expires_at.is_some_and(|end| end <= *at));
                let due = due.filter(|one| of.is_none_or(|key| key == one.key()));
                let due = in_order(due, |one| (one.expires_at, one.id)).into_iter().take(*limit);
                text(due.cloned().map(plain_reservation).collect::<Vec<_>>())
            }
            P::Alert(id) => text(stock.alerts.iter().find(|one| one.id == *id)),
            P::Alerts(query) => {
                let open = stock.alerts.iter().filter(|one| one.acknowledged_at.is_none());
                let later = in_order(open, |one| one.id).into_iter();
                let later = later.filter(|one| Some(one.id) > query.after);
                text(later.take(query.limit).collect::<Vec<_>>())
            }
            P::ClosedUntil => text(stock.closed_until),
            other => panic!("a question of another part: {other:?}"),
        }
    }
}

fn active(stock: &Stock) -> impl Iterator<Item = &Reservation> {
    stock.reservations.iter().filter(|one| one.state == ReservationState::Active)
}

fn levels(stock: &Stock, query: &LevelQuery) -> Vec<StockLevel> {
    let is_low = |level: &StockLevel| {
        let item = stock.items.iter().find(|item| item.id == level.item);
        let reorder = item.and_then(|item| item.reorder_level);
        reorder.is_some_and(|reorder| level.available() <= reorder)
    };
    let all = stock.balances.iter().filter(|(key, _)| Some(**key) > query.after);
    let wanted = all.map(|(_, balance)| &balance.level).filter(|level| {
        query.warehouse.is_none_or(|warehouse| level.warehouse == warehouse)
            && (!query.low || is_low(level))
    });
    wanted.take(query.limit).cloned().map(plain).collect()
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

fn posted(stock: &Stock, id: PostingId) -> Option<PostedStock> {
    let posting = stock.postings.iter().find(|one| one.id == id)?.clone();
    let movements = stock.moved_by(id).cloned().collect();
    let reversed_by = stock.postings.iter().find(|one| one.reverses == Some(id)).map(|one| one.id);
    Some(plain_posted(PostedStock { posting, movements, reversed_by }))
}

// A number may be kept with zeroes after its point or without.

fn plain(level: StockLevel) -> StockLevel {
    StockLevel {
        on_hand: level.on_hand.normalize(),
        reserved: level.reserved.normalize(),
        value: level.value.normalize(),
        ..level
    }
}

fn plain_at(at: StockAt) -> StockAt {
    StockAt { on_hand: at.on_hand.normalize(), value: at.value.normalize(), ..at }
}

fn plain_moved(row: Movement) -> Movement {
    Movement {
        quantity: row.quantity.normalize(),
        value: row.value.normalize(),
        counted: row.counted.map(|counted| counted.normalize()),
        ..row
    }
}

fn plain_posted(posted: PostedStock) -> PostedStock {
    let movements = posted.movements.into_iter().map(plain_moved).collect();
    PostedStock { movements, ..posted }
}

fn plain_reservation(one: Reservation) -> Reservation {
    Reservation { quantity: one.quantity.normalize(), consumed: one.consumed.normalize(), ..one }
}

/// What a change of stock came to, with plain numbers; how it put later movements right stands in the
/// history.
pub(in crate::walk) fn plain_outcome(came_to: &StockOutcome) -> StockOutcome {
    let StockOutcome { posting, movements, corrections: _, reservations, levels, alerts, lots } =
        came_to.clone();
    StockOutcome {
        posting,
        movements: movements.into_iter().map(plain_moved).collect(),
        corrections: Vec::new(),
        reservations: reservations.into_iter().map(plain_reservation).collect(),
        levels: levels.into_iter().map(plain).collect(),
        alerts,
        lots,
    }
}

/// An event, with plain numbers.
pub(in crate::walk) fn plain_body(body: &EventBody) -> EventBody {
    let mut plain = body.clone();
    if let EventBody::Inventory(
        InventoryEvent::StockPosted(came_to)
        | InventoryEvent::StockReserved(came_to)
        | InventoryEvent::ReservationEnded(came_to),
    ) = &mut plain
    {
        *came_to = plain_outcome(came_to);
    }
    plain
}
