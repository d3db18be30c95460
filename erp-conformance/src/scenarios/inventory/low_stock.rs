//! Low stock: notices and the list.

use chrono::TimeDelta;
use erp_core::{
    Conflict, Ctx,
    inventory::{
        InventoryChange, ItemFields, ItemUpdate, LevelFilter, LotCorrection, LotFilter, StockAlert,
        StockKey, Tracking,
    },
    page::PageRequest,
    policy::Action,
};

use super::{
    assert_sound, d, issue, item, item_fields, keeper,
    lots::{expiring, lot, of},
    post, receipt, reservation, reserve, warehouse,
};
use crate::{
    Harness,
    cases::support::{at_once, conflict},
};

fn fields(level: &str) -> ItemFields {
    ItemFields { reorder_level: Some(d(level)), ..item_fields("x") }
}

async fn place(h: &Harness, ctx: &Ctx) -> StockKey {
    (item(h, ctx, fields("10")).await.id, warehouse(h, ctx, "main").await.id)
}

async fn open(h: &Harness, ctx: &Ctx) -> Vec<StockAlert> {
    h.engine.inventory().alerts(ctx, &PageRequest::default()).await.unwrap().items
}

/// INV-13: levels 12, 9, 8, 11, 9 with 10 as the level: the first 9 and the last are told.
pub async fn inv_13_going_low_is_told_once_until_it_recovers(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    post(&h, &ada, receipt(key, "12", "12")).await;
    let mut told = vec![open(&h, &ada).await.len()];
    for (new, _) in [
        (issue(key, "3"), 9),
        (issue(key, "1"), 8),
        (receipt(key, "3", "3"), 11),
        (issue(key, "2"), 9),
    ] {
        h.pass(60);
        post(&h, &ada, new).await;
        told.push(open(&h, &ada).await.len());
    }
    assert_eq!(told, [0, 1, 1, 1, 2]);
    let alerts = open(&h, &ada).await;
    for alert in &alerts {
        assert_eq!((alert.item, alert.warehouse), key);
        assert_eq!((alert.available, alert.reorder_level), (d("9"), d("10")));
    }
    assert_eq!(alerts[1].raised_at, h.now());
    assert_sound(&h).await;
}

/// INV-13: what is reserved is not available; what is given back is.
pub async fn inv_13_a_reservation_may_make_stock_low_and_its_end_recovers_it(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    post(&h, &ada, receipt(key, "12", "12")).await;
    for expected in 1..=2 {
        let held = reserve(&h, &ada, reservation(key, "2")).await;
        assert_eq!(open(&h, &ada).await.len(), expected, "ten is not above ten");
        let held_too = reserve(&h, &ada, reservation(key, "1")).await;
        assert_eq!(open(&h, &ada).await.len(), expected);
        for id in [held.id, held_too.id] {
            h.engine.inventory().release(&ada, id).await.unwrap();
        }
    }
    assert_sound(&h).await;
}

/// INV-13: a person sees to a notice; it leaves the list, and the first who did stays named.
pub async fn inv_13_a_notice_is_seen_to_once(h: Harness) {
    let ada = keeper(&h).await;
    let bob = Ctx::user(h.user_with_role("bob", erp_core::access::BuiltInRole::MEMBER).await.id);
    let key = place(&h, &ada).await;
    post(&h, &ada, receipt(key, "3", "3")).await;
    let id = open(&h, &ada).await[0].id;
    let inventory = h.engine.inventory();
    let seen = inventory.acknowledge(&bob, id).await.unwrap();
    assert_eq!((seen.acknowledged_by, seen.acknowledged_at), (bob.actor.user(), Some(h.now())));
    h.pass(60);
    assert_eq!(inventory.acknowledge(&ada, id).await, Ok(seen));
    assert!(open(&h, &ada).await.is_empty());
    post(&h, &ada, issue(key, "1")).await;
    assert!(open(&h, &ada).await.is_empty(), "it did not recover");
    let by_host = inventory.acknowledge(&Ctx::system(), id).await;
    assert!(matches!(by_host, Err(erp_core::Error::Precondition(_))), "{by_host:?}");
}

/// INV-13: of those who see to a notice at once one writes an audit entry and an event; all are
/// answered that it was him.
pub async fn inv_13_of_those_who_see_to_a_notice_at_once_one_is_told_of(h: Harness) {
    let ada = keeper(&h).await;
    let bob = Ctx::user(h.user_with_role("bob", erp_core::access::BuiltInRole::MEMBER).await.id);
    let key = place(&h, &ada).await;
    post(&h, &ada, receipt(key, "3", "3")).await;
    let id = open(&h, &ada).await[0].id;
    let before = h.settled().await;
    let seen = at_once((0..8).map(|n| {
        let (engine, ctx) = (h.engine.clone(), if n % 2 == 0 { &ada } else { &bob }.clone());
        async move { engine.inventory().acknowledge(&ctx, id).await.unwrap().acknowledged_by }
    }))
    .await;
    let entries = h.audit().await;
    let told: Vec<_> =
        entries.iter().filter(|entry| entry.action == Action::StockAcknowledge).collect();
    assert_eq!((told.len(), h.events_after(before).await.len()), (1, 1));
    let first = told[0].actor.user();
    assert!(first.is_some() && seen.iter().all(|by| *by == first), "{seen:?}, by {first:?}");
    // Whoever has seen it open writes nothing either.
    let again = InventoryChange::AcknowledgeAlert { id, by: first.unwrap(), at: h.now() };
    assert_eq!(h.try_commit(again).await, conflict(Conflict::AlertAcknowledged));
}

/// The list goes by the item's level as it is now.
pub async fn low_stock_is_listed_by_the_present_level(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    let never = (item(&h, &ada, item_fields("never")).await.id, key.1);
    post(&h, &ada, receipt(key, "12", "12")).await;
    post(&h, &ada, receipt(never, "1", "1")).await;
    let inventory = h.engine.inventory();
    let low = async |warehouse| {
        let filter = LevelFilter { low: true, warehouse, item: None };
        let page = inventory.levels(&ada, filter, &PageRequest::default()).await.unwrap();
        page.items.iter().map(|one| one.key()).collect::<Vec<_>>()
    };
    assert_eq!(low(None).await, []);
    let there = inventory.item(&ada, key.0).await.unwrap();
    let update = ItemUpdate { expected: there.version, fields: fields("12") };
    inventory.update_item(&ada, key.0, update).await.unwrap();
    assert_eq!(low(None).await, [key]);
    assert_eq!(low(Some(key.1)).await, [key]);
}

/// INV-13, INV-15: what has expired is not there for anybody: stock is low without it, in the notice and in
/// the list, and a lot that is good after all ends that.
pub async fn inv_13_what_has_expired_is_not_counted(h: Harness) {
    let ada = keeper(&h).await;
    let tracked = ItemFields { tracking: Tracking::Lot, ..fields("10") };
    let key = (item(&h, &ada, tracked).await.id, warehouse(&h, &ada, "main").await.id);
    let day = |days| (h.now() + TimeDelta::days(days)).date_naive();
    post(&h, &ada, expiring("old", day(1), receipt(key, "20", "20"))).await;
    post(&h, &ada, expiring("new", day(9), receipt(key, "5", "5"))).await;
    assert_eq!(open(&h, &ada).await, []);
    let inventory = h.engine.inventory();
    let low = async || {
        let filter = LevelFilter { low: true, ..LevelFilter::default() };
        let page = inventory.levels(&ada, filter, &PageRequest::default()).await.unwrap();
        page.items.iter().map(|one| one.key()).collect::<Vec<_>>()
    };
    assert_eq!(low().await, []);
    h.pass(2 * 86_400);
    assert_eq!(low().await, [key], "it has expired meanwhile");
    post(&h, &ada, of("new", receipt(key, "1", "1"))).await;
    let alerts = open(&h, &ada).await;
    assert_eq!(alerts.iter().map(|one| one.available).collect::<Vec<_>>(), [d("6")]);
    // What was low before is not told again, until it recovers.
    post(&h, &ada, issue(key, "1")).await;
    let held = reserve(&h, &ada, reservation(key, "1")).await;
    inventory.release(&ada, held.id).await.unwrap();
    assert_eq!(open(&h, &ada).await.len(), 1);
    let old = lot(&h, key, "old").await;
    let seen = inventory.lots(&ada, LotFilter::default(), &PageRequest::default()).await.unwrap();
    let seen = seen.items.iter().find(|one| one.lot.id == old).unwrap().lot.expires_on;
    let correction =
        LotCorrection { seen, expires_on: Some((h.now() + TimeDelta::days(5)).date_naive()) };
    inventory.correct_lot(&ada, old, correction).await.unwrap();
    assert_eq!(low().await, []);
    post(&h, &ada, issue(key, "1")).await;
    post(&h, &ada, issue(key, "14")).await;
    assert_eq!(open(&h, &ada).await.len(), 2);
    assert_sound(&h).await;
}
