//! What moved, and what was there when.

use chrono::TimeDelta;
use erp_core::{
    Ctx, Error,
    access::BuiltInRole,
    inventory::{
        LevelFilter, NewPosting, NewReservation, StockAt, StockCount, StockProjection, Tracking,
        TurnoverFilter, ValuationFilter,
    },
    page::PageRequest,
    time::Timestamp,
};

use super::{
    assert_sound, d, insufficient, issue, item, item_fields, keeper, lots, place, post, receipt,
    reservation, reserve, transfer, warehouse,
};
use crate::Harness;

/// In seconds.
const DAY: i64 = 86_400;

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

/// INV-1, INV-3, INV-15: what is projected for an instant is what a reservation finds there then, if
/// nothing else happens: what is set aside comes back at its instant, what has expired does not count.
pub async fn inv_1_stock_is_projected_as_reservations_lapse_and_lots_expire(h: Harness) {
    let ada = keeper(&h).await;
    let key = lots::shelf(&h, &ada, Tracking::Lot).await;
    let other = (key.0, warehouse(&h, &ada, "other").await.id);
    let start = h.now();
    let good_until = (start + TimeDelta::days(2)).date_naive();
    post(&h, &ada, lots::expiring("a", good_until, receipt(key, "10", "10"))).await;
    post(&h, &ada, lots::of("b", receipt(key, "5", "5"))).await;
    post(&h, &ada, lots::of("c", receipt(other, "1", "1"))).await;
    let expires_at = Some(start + TimeDelta::days(1));
    reserve(&h, &ada, NewReservation { expires_at, ..reservation(key, "4") }).await;
    reserve(&h, &ada, reservation(key, "3")).await;
    let inventory = h.engine.inventory();
    for (seconds, here) in [
        (0, ["15", "0", "7", "8"]),
        (DAY - 1, ["15", "0", "7", "8"]),
        (DAY, ["15", "0", "3", "12"]),
        (2 * DAY, ["15", "0", "3", "12"]),
        (3 * DAY, ["15", "10", "3", "2"]),
    ] {
        let at = start + TimeDelta::seconds(seconds);
        let mut expected = [(key.1, here), (other.1, ["1", "0", "0", "1"])];
        expected.sort_by_key(|(warehouse, _)| *warehouse);
        let found = inventory.projection(&ada, key.0, Some(at)).await.unwrap();
        let text = |one: StockProjection| {
            let numbers = [one.on_hand, one.expired, one.reserved, one.projected];
            (one.warehouse, numbers.map(|number| number.normalize().to_string()))
        };
        let found: Vec<_> = found.into_iter().map(text).collect();
        assert_eq!(found, expected.map(|(place, here)| (place, here.map(str::to_owned))), "{at}");
    }
    let now = inventory.projection(&ada, key.0, None).await;
    assert_eq!(now, inventory.projection(&ada, key.0, Some(start)).await);
    // What was projected is what is found then.
    for (seconds, available) in [(0, "8"), (DAY, "12"), (2 * DAY, "2")] {
        h.pass(seconds);
        let refused = inventory.reserve(&ada, reservation(key, "13")).await;
        assert_eq!(refused, Err(insufficient(key, available)));
    }
    let past = inventory.projection(&ada, key.0, Some(start)).await;
    assert!(matches!(&past, Err(Error::Validation(wrong)) if wrong[0].field == "at"), "{past:?}");
    let guest = Ctx::user(h.user_with_role("guest", BuiltInRole::GUEST).await.id);
    let hidden = inventory.projection(&guest, key.0, None).await;
    assert_eq!(hidden, Err(Error::NotFound { entity: "item" }));
    assert_sound(&h).await;
}

/// an instant that some store could not keep is refused by every one, by the field that names it.
pub async fn instants_that_no_store_keeps_are_refused_by_field(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    post(&h, &ada, receipt(key, "1", "1")).await;
    let inventory = h.engine.inventory();
    let ((item, warehouse), page) = (key, PageRequest::default());
    let refused = |field: &str, answer: Option<Error>| match answer {
        Some(Error::Validation(wrong)) => assert_eq!(wrong[0].field, field),
        other => panic!("{field}: {other:?}"),
    };
    for year in ["-9000", "0000", "+10000", "+260000"] {
        let at: Timestamp = format!("{year}-06-01T00:00:00Z").parse().expect("an instant");
        refused("at", inventory.stock_at(&ada, item, at).await.err());
        refused("at", inventory.projection(&ada, item, Some(at)).await.err());
        let filter = ValuationFilter { at, warehouse: None };
        refused("at", inventory.valuation(&ada, filter, &page).await.err());
        let filter = TurnoverFilter { from: at, to: h.now(), warehouse: None };
        refused("from", inventory.turnover(&ada, filter, &page).await.err());
        let filter = TurnoverFilter { from: h.now(), to: at, warehouse: None };
        refused("to", inventory.turnover(&ada, filter, &page).await.err());
        let dated = NewPosting { effective_at: Some(at), ..receipt(key, "1", "1") };
        refused("effective_at", inventory.post(&ada, dated).await.err());
        let (counted, reference) = (d("1"), None);
        let count = StockCount { item, warehouse, lot: None, counted, counted_at: at, reference };
        refused("counted_at", inventory.count(&ada, count).await.err());
        let reserve = NewReservation { expires_at: Some(at), ..reservation(key, "1") };
        refused("expires_at", inventory.reserve(&ada, reserve).await.err());
        refused("until", inventory.close_period(&ada, at).await.err());
    }
}
