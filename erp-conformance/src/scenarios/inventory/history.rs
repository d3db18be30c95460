//! What moved, and what was there when.

use erp_core::{
    inventory::{LevelFilter, StockAt},
    page::PageRequest,
};

use super::{
    assert_sound, d, issue, item, item_fields, keeper, place, post, receipt, transfer, warehouse,
};
use crate::Harness;

/// the newest first, page after page, of all warehouses or of one.
pub async fn movements_are_listed_newest_first_in_pages(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    let other = warehouse(&h, &ada, "other").await.id;
    let inventory = h.engine.inventory();
    let mut all = Vec::new();
    for n in 0..4 {
        all.extend(post(&h, &ada, receipt(key, "5", "5")).await.movements);
        if n % 2 == 0 {
            h.pass(60);
        }
        all.extend(post(&h, &ada, transfer(key, "1", other)).await.movements);
    }
    all.reverse();
    for warehouse in [None, Some(key.1), Some(other)] {
        let mut page = PageRequest::first(3);
        let mut listed = Vec::new();
        loop {
            let part = inventory.movements(&ada, key.0, warehouse, &page).await.unwrap();
            listed.extend(part.items);
            let Some(next) = part.next else { break };
            page.cursor = Some(next);
        }
        let expected: Vec<_> = all
            .iter()
            .filter(|one| warehouse.is_none_or(|warehouse| one.warehouse == warehouse))
            .cloned()
            .collect();
        assert_eq!(listed, expected);
    }
}

/// What was there at an instant, that instant included, is what had moved by then.
pub async fn stock_at_an_instant_is_what_moved_up_to_it(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    let other = warehouse(&h, &ada, "other").await.id;
    let start = h.now();
    h.pass(60);
    post(&h, &ada, receipt(key, "10", "30")).await;
    h.pass(60);
    post(&h, &ada, transfer(key, "4", other)).await;
    h.pass(60);
    post(&h, &ada, issue(key, "1")).await;
    let inventory = h.engine.inventory();
    for (seconds, here, there) in [
        (59, ("0", "0"), ("0", "0")),
        (60, ("10", "30"), ("0", "0")),
        (119, ("10", "30"), ("0", "0")),
        (120, ("6", "18"), ("4", "12")),
        (180, ("5", "15"), ("4", "12")),
        (9_999, ("5", "15"), ("4", "12")),
    ] {
        let at = start + chrono::TimeDelta::seconds(seconds);
        let then = inventory.stock_at(&ada, key.0, at).await.unwrap();
        let mut expected = [(key.1, here), (other, there)].map(|(warehouse, (quantity, value))| {
            StockAt { warehouse, on_hand: d(quantity), value: d(value) }
        });
        expected.sort_by_key(|one| one.warehouse);
        assert_eq!(then, expected, "after {seconds} s");
    }
    assert_sound(&h).await;
}

/// by item and warehouse, of all, of one item, or in one warehouse.
pub async fn levels_are_listed_by_item_and_warehouse_in_pages(h: Harness) {
    let ada = keeper(&h).await;
    let (mut items, mut places) = (Vec::new(), Vec::new());
    for name in ["a", "b", "c"] {
        items.push(item(&h, &ada, item_fields(name)).await.id);
        places.push(warehouse(&h, &ada, name).await.id);
    }
    let mut keys = Vec::new();
    for item in &items {
        for place in &places {
            post(&h, &ada, receipt((*item, *place), "1", "1")).await;
            keys.push((*item, *place));
        }
    }
    keys.sort_unstable();
    let inventory = h.engine.inventory();
    for (item, warehouse) in [
        (None, None),
        (Some(items[1]), None),
        (None, Some(places[2])),
        (Some(items[0]), Some(places[0])),
    ] {
        let filter = LevelFilter { item, warehouse, low: false };
        let mut page = PageRequest::first(2);
        let mut listed = Vec::new();
        loop {
            let part = inventory.levels(&ada, filter, &page).await.unwrap();
            listed.extend(part.items.iter().map(|one| one.key()));
            let Some(next) = part.next else { break };
            page.cursor = Some(next);
        }
        let wanted = |key: &&erp_core::inventory::StockKey| {
            item.is_none_or(|item| key.0 == item)
                && warehouse.is_none_or(|warehouse| key.1 == warehouse)
        };
        assert_eq!(listed, keys.iter().filter(wanted).copied().collect::<Vec<_>>());
    }
}

/// A posting's number is above those of all before it in every balance that it touches, and one for
/// all that it does.
pub async fn postings_of_a_balance_are_numbered_in_order(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    let other = warehouse(&h, &ada, "other").await.id;
    let mut before = 0;
    for new in [receipt(key, "9", "9"), transfer(key, "4", other), issue(key, "1")] {
        let posted = post(&h, &ada, new).await;
        let there = h.engine.inventory().posting(&ada, posted.posting.id).await.unwrap();
        assert_eq!(there.movements, posted.movements);
        let seq = there.movements[0].seq;
        assert!(seq > before, "{seq} after {before}");
        assert!(there.movements.iter().all(|movement| movement.seq == seq), "{there:?}");
        before = seq;
    }
}
