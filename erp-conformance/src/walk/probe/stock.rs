//! Questions about levels, the ledger, reservations and notices.

use erp_core::{
    ids::{ItemId, PostingId, ReservationId, StockAlertId},
    inventory::{
        AlertQuery, LevelQuery, MovementKey, MovementQuery, PostedStock, PostingQuery, Reservation,
        ReservationQuery, ReservationState, StockKey, StockLevel,
    },
    money::Decimal,
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
    Level(StockKey),
    Levels(LevelQuery),
    Posting(PostingId),
    Postings(PostingQuery),
    Movements(MovementQuery),
    Reservation(ReservationId),
    ReservationsById(Vec<ReservationId>),
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
    for item in &stock.items {
        of_item(stock, item.id, random, &mut probes);
    }
    probes.extend(stock.balances.keys().map(|key| P::Level(*key)));
    let warehouse = stock.warehouses.first().map(|one| one.id).filter(|_| random.percent(50));
    // A page goes on after one of its own list.
    let item = stock.items.first().map(|one| one.id).filter(|_| random.percent(30));
    let listed = |key: &&StockKey| {
        warehouse.is_none_or(|warehouse| key.1 == warehouse)
            && item.is_none_or(|item| key.0 == item)
    };
    let after = stock.balances.keys().filter(listed).nth(random.below(4)).copied();
    let low_on = model.stock.postings.last().map(|one| one.posted_at.date_naive());
    let low_on = low_on.filter(|_| random.percent(50));
    probes.push(P::Levels(LevelQuery { item, warehouse, low_on, after, limit }));
    probes.extend(stock.postings.iter().map(|one| P::Posting(one.id)));
    let references = vec!["order 1".to_owned(), "order 3".to_owned()];
    let first = stock.postings.first().map(|one| ("order 1".to_owned(), one.id));
    let after = first.filter(|_| random.percent(50));
    probes.push(P::Postings(PostingQuery { references, after, limit }));
    probes.extend(stock.reservations.iter().map(|one| P::Reservation(one.id)));
    probes.push(P::ReservationsById(stock.reservations.iter().map(|one| one.id).collect()));
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
            P::Level(key) => text(stock.level(*key).await),
            P::Levels(query) => text(stock.levels(query).await),
            P::Posting(id) => text(stock.posting(*id).await),
            P::Postings(query) => text(stock.postings(query).await),
            P::Movements(query) => text(stock.movements(query).await),
            P::Reservation(id) => text(stock.reservation(*id).await),
            P::ReservationsById(ids) => text(stock.reservations_by_id(ids).await),
            P::Reservations(query) => text(stock.reservations(query).await),
            P::Due(at, of, limit) => text(stock.due_reservations(*at, *of, *limit).await),
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
            P::Level(key) => text(stock.balances.get(key).map(|balance| &balance.level)),
            P::Levels(query) => text(levels(stock, query)),
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
                text(rows.take(query.limit).collect::<Vec<_>>())
            }
            other => other.answer_of_promises(stock),
        }
    }

    fn answer_of_promises(&self, stock: &Stock) -> String {
        use super::answer::text;
        match self {
            P::Reservation(id) => {
                let found = stock.reservations.iter().find(|one| one.id == *id);
                text(found)
            }
            P::ReservationsById(ids) => {
                let found = stock.reservations.iter().filter(|one| ids.contains(&one.id));
                text(in_order(found, |one| one.id))
            }
            P::Reservations(query) => {
                let active = active(stock).filter(|one| one.item == query.item);
                let later = in_order(active, |one| one.id).into_iter();
                let later = later.filter(|one| Some(one.id) > query.after).take(query.limit);
                text(later.collect::<Vec<_>>())
            }
            P::Due(at, of, limit) => {
                let due = active(stock).filter(|one| one.expires_at.is_some_and(|end| end <= *at));
                let due = due.filter(|one| of.is_none_or(|key| key == one.key()));
                let due = in_order(due, |one| (one.expires_at, one.id)).into_iter().take(*limit);
                text(due.collect::<Vec<_>>())
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
    let lots = stock.lot_levels();
    let is_low = |level: &StockLevel, day| {
        let there = lots.iter().filter(|lot| lot.key() == level.key());
        let expired = there.filter(|there| there.lot.has_expired(day)).map(|there| there.on_hand);
        let good = level.available() - expired.sum::<Decimal>();
        let item = stock.items.iter().find(|item| item.id == level.item);
        let reorder = item.and_then(|item| item.reorder_level);
        reorder.is_some_and(|reorder| good <= reorder)
    };
    let all = stock.balances.iter().filter(|(key, _)| Some(**key) > query.after);
    let wanted = all.map(|(_, balance)| &balance.level).filter(|level| {
        query.warehouse.is_none_or(|warehouse| level.warehouse == warehouse)
            && query.item.is_none_or(|item| level.item == item)
            && query.low_on.is_none_or(|day| is_low(level, day))
    });
    wanted.take(query.limit).cloned().collect()
}

fn posted(stock: &Stock, id: PostingId) -> Option<PostedStock> {
    let posting = stock.postings.iter().find(|one| one.id == id)?.clone();
    let movements = stock.moved_by(id).cloned().collect();
    let reversed_by = stock.postings.iter().find(|one| one.reverses == Some(id)).map(|one| one.id);
    Some(PostedStock { posting, movements, reversed_by })
}
