//! Lots and serial numbers (INV-15).

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use erp_core::{
    Conflict, Ctx, Error,
    change::EventBody,
    ids::LotId,
    inventory::{
        Direction, InventoryEvent, Item, ItemFields, ItemUpdate, LotFilter, LotLevel, LotName,
        Movement, NewLine, NewPosting, PostedStock, PostingKind, StockCount, StockKey, Tracking,
        Unit,
    },
    page::PageRequest,
};

use super::{
    assert_sound, d, insufficient, issue, item, item_fields, keeper, line, numbers, post, posting,
    receipt, reservation, transfer, warehouse,
};
use crate::Harness;

pub(super) async fn tracked(h: &Harness, ctx: &Ctx, sku: &str, tracking: Tracking) -> Item {
    item(h, ctx, ItemFields { tracking, ..item_fields(sku) }).await
}

/// An item whose stock lies in lots, or has serial numbers, and a warehouse.
pub(super) async fn shelf(h: &Harness, ctx: &Ctx, tracking: Tracking) -> StockKey {
    (tracked(h, ctx, "t", tracking).await.id, warehouse(h, ctx, "main").await.id)
}

/// A day so many days from today.
fn day(h: &Harness, days: i64) -> NaiveDate {
    (h.now() + TimeDelta::days(days)).date_naive()
}

fn named(code: &str) -> Option<LotName> {
    Some(LotName { code: code.to_owned(), expires_on: None })
}

/// The posting, all lines of it of this lot.
pub(super) fn of(code: &str, new: NewPosting) -> NewPosting {
    let lines = new.lines.into_iter().map(|line| NewLine { lot: named(code), ..line }).collect();
    NewPosting { lines, ..new }
}

pub(super) fn expiring(code: &str, expires_on: NaiveDate, new: NewPosting) -> NewPosting {
    let mut new = of(code, new);
    for name in new.lines.iter_mut().filter_map(|line| line.lot.as_mut()) {
        name.expires_on = Some(expires_on);
    }
    new
}

fn out(kind: PostingKind, key: StockKey, quantity: &str) -> NewPosting {
    posting(kind, vec![line(key, quantity, Direction::Out { reservation: None })])
}

async fn refused(h: &Harness, ctx: &Ctx, new: NewPosting) -> Error {
    h.engine.inventory().post(ctx, new).await.expect_err("it is refused")
}

pub(super) async fn lots(h: &Harness, ctx: &Ctx, filter: LotFilter) -> Vec<LotLevel> {
    h.engine.inventory().lots(ctx, filter, &PageRequest::first(500)).await.expect("a read").items
}

/// What is on hand of the item, as code and quantity in the order of the list.
async fn on_hand(h: &Harness, ctx: &Ctx, key: StockKey) -> Vec<String> {
    let filter = LotFilter { item: Some(key.0), warehouse: Some(key.1), expires_before: None };
    let text = |one: LotLevel| format!("{} {}", one.lot.code, one.on_hand.normalize());
    lots(h, ctx, filter).await.into_iter().map(text).collect()
}

pub(super) async fn lot(h: &Harness, key: StockKey, code: &str) -> LotId {
    let found = h.store.inventory().lots_by_code(&[(key.0, code.to_owned())]).await;
    found.expect("a read").first().expect("it came in").id
}

/// Which lots moved, and how much of each.
async fn moved(h: &Harness, key: StockKey, posted: &PostedStock) -> Vec<String> {
    let mut codes = BTreeMap::new();
    for code in ["a", "b", "c", "d", "x", "s1", "s2", "s3"] {
        let there = h.store.inventory().lots_by_code(&[(key.0, code.to_owned())]).await;
        codes.extend(there.expect("a read").into_iter().map(|lot| (Some(lot.id), lot.code)));
    }
    let text = |one: &Movement| format!("{} {}", codes[&one.lot], one.quantity.normalize());
    posted.movements.iter().map(text).collect()
}

/// What expires first goes first, then what never does, in the order in which it came: a row of the ledger
/// for each lot, in one posting and one event. Nothing goes that has expired.
pub async fn inv_15_what_expires_first_goes_out_first(h: Harness) {
    let ada = keeper(&h).await;
    let key = shelf(&h, &ada, Tracking::Lot).await;
    post(&h, &ada, of("c", receipt(key, "5", "5"))).await;
    post(&h, &ada, of("d", receipt(key, "5", "5"))).await;
    post(&h, &ada, expiring("b", day(&h, 20), receipt(key, "5", "5"))).await;
    post(&h, &ada, expiring("a", day(&h, 10), receipt(key, "5", "5"))).await;
    post(&h, &ada, expiring("x", day(&h, -1), receipt(key, "5", "5"))).await;
    assert_eq!(on_hand(&h, &ada, key).await, ["x 5", "a 5", "b 5", "c 5", "d 5"]);
    let before = h.settled().await;
    let issued = post(&h, &ada, issue(key, "12")).await;
    assert_eq!(moved(&h, key, &issued).await, ["a -5", "b -5", "c -2"]);
    assert_eq!(on_hand(&h, &ada, key).await, ["x 5", "c 3", "d 5"]);
    let told = h.events_after(before).await;
    let EventBody::Inventory(InventoryEvent::StockPosted(outcome)) = &told[0].body else {
        panic!("{told:?}");
    };
    assert_eq!(outcome.movements, issued.movements);
    let left: Vec<_> = outcome.lots.iter().map(|one| one.on_hand.normalize()).collect();
    assert_eq!(left, [d("3"), d("0"), d("0")], "by lot, as they came in: c, b, a");
    assert_eq!(refused(&h, &ada, issue(key, "9")).await, insufficient(key, "8"));
    let other = warehouse(&h, &ada, "other").await.id;
    let carried = post(&h, &ada, transfer(key, "4", other)).await;
    assert_eq!(moved(&h, key, &carried).await, ["c -3", "c 3", "d -1", "d 1"]);
    assert_eq!(on_hand(&h, &ada, (key.0, other)).await, ["c 3", "d 1"]);
    assert_eq!(numbers(&h, key).await, "9 0 9");
    let read = h.engine.inventory().posting(&ada, carried.posting.id).await.unwrap();
    assert_eq!(read.movements, carried.movements);
    assert_sound(&h).await;
}

/// A lot is good through its last day. Then it is not issued, but goes wherever else.
pub async fn inv_15_an_expired_lot_is_not_issued(h: Harness) {
    let ada = keeper(&h).await;
    let key = shelf(&h, &ada, Tracking::Lot).await;
    let other = warehouse(&h, &ada, "other").await.id;
    let last = day(&h, 0);
    post(&h, &ada, expiring("a", last, receipt(key, "9", "9"))).await;
    post(&h, &ada, of("a", issue(key, "1"))).await;
    h.pass(86_400);
    let expired = Conflict::LotExpired { lot: lot(&h, key, "a").await, expires_on: last };
    assert_eq!(refused(&h, &ada, of("A", issue(key, "1"))).await, expired.into());
    for short in [issue(key, "1"), transfer(key, "1", other), out(PostingKind::Return, key, "1")] {
        assert_eq!(refused(&h, &ada, short).await, insufficient(key, "0"), "nothing to pick");
    }
    post(&h, &ada, of("a", transfer(key, "3", other))).await;
    post(&h, &ada, of("a", out(PostingKind::Return, key, "2"))).await;
    post(&h, &ada, of("a", out(PostingKind::Adjustment, key, "3"))).await;
    assert_eq!(on_hand(&h, &ada, key).await, Vec::<String>::new());
    assert_eq!(on_hand(&h, &ada, (key.0, other)).await, ["a 3"]);
    assert_sound(&h).await;
}

/// What has expired is not set aside, nor is what is set aside taken with expired goods for cover.
pub async fn inv_15_what_has_expired_is_not_promised(h: Harness) {
    let ada = keeper(&h).await;
    let key = shelf(&h, &ada, Tracking::Lot).await;
    post(&h, &ada, expiring("x", day(&h, -1), receipt(key, "5", "5"))).await;
    post(&h, &ada, of("a", receipt(key, "5", "5"))).await;
    let inventory = h.engine.inventory();
    let short = inventory.reserve(&ada, reservation(key, "6")).await;
    assert_eq!(short, Err(insufficient(key, "5")));
    let held = inventory.reserve(&ada, reservation(key, "4")).await.unwrap();
    for too_much in [issue(key, "2"), of("a", issue(key, "2"))] {
        assert_eq!(refused(&h, &ada, too_much).await, insufficient(key, "1"));
    }
    post(&h, &ada, of("x", out(PostingKind::Adjustment, key, "5"))).await;
    let issued = post(&h, &ada, super::issue_of(key, "4", Some(held.id))).await;
    assert_eq!(moved(&h, key, &issued).await, ["a -4"]);
    assert_eq!(numbers(&h, key).await, "1 0 1");
    assert_sound(&h).await;
}

/// What lines may say of lots, field by field.
pub async fn inv_15_bad_lots_are_refused_by_field(h: Harness) {
    let ada = keeper(&h).await;
    let key = shelf(&h, &ada, Tracking::Lot).await;
    let plain = (item(&h, &ada, item_fields("plain")).await.id, key.1);
    let serial = (tracked(&h, &ada, "serial", Tracking::Serial).await.id, key.1);
    let soon = day(&h, 5);
    post(&h, &ada, expiring("a", soon, receipt(key, "5", "5"))).await;
    let again = expiring("a", day(&h, 6), receipt(key, "5", "5"));
    let far = NaiveDate::from_ymd_opt(10_000, 1, 1).unwrap();
    for (field, new) in [
        ("lines[0].lot", receipt(key, "1", "1")),
        ("lines[0].lot", out(PostingKind::Adjustment, key, "1")),
        ("lines[0].lot", of("a", receipt(plain, "1", "1"))),
        ("lines[0].lot.code", of("a b", receipt(key, "1", "1"))),
        ("lines[0].lot.code", of("", receipt(key, "1", "1"))),
        ("lines[0].lot.code", of("unknown", issue(key, "1"))),
        ("lines[0].lot.expires_on", again),
        ("lines[0].lot.expires_on", expiring("far", far, receipt(key, "1", "1"))),
        ("lines[0].quantity", of("s", receipt(serial, "2", "1"))),
    ] {
        match refused(&h, &ada, new).await {
            Error::Validation(wrong) => assert_eq!(wrong[0].field, field),
            other => panic!("{field}: {other:?}"),
        }
    }
    post(&h, &ada, expiring("A", soon, receipt(key, "5", "5"))).await;
    post(&h, &ada, of("a", receipt(key, "5", "5"))).await;
    assert_eq!(on_hand(&h, &ada, key).await, ["a 15"]);
    let kilos = Unit { name: "kg".to_owned(), scale: 3 };
    let fields = ItemFields { tracking: Tracking::Serial, unit: kilos, ..item_fields("kg") };
    let wrong = h.engine.inventory().create_item(&ada, fields).await;
    assert_eq!(wrong, Err(Error::invalid("tracking", "serial numbers are of whole pieces")));
    assert_sound(&h).await;
}

/// INV-14, INV-15: whether stock lies in lots stays as it is once there was any.
pub async fn inv_15_tracking_stays_once_there_was_stock(h: Harness) {
    let ada = keeper(&h).await;
    let inventory = h.engine.inventory();
    let made = tracked(&h, &ada, "t", Tracking::None).await;
    let to = |expected, tracking| {
        let fields = ItemFields { tracking, ..item_fields("t") };
        inventory.update_item(&ada, made.id, ItemUpdate { expected, fields })
    };
    let serial = to(made.version, Tracking::Serial).await.unwrap();
    assert_eq!(inventory.item(&ada, made.id).await, Ok(serial.clone()));
    let lots = to(serial.version, Tracking::Lot).await.unwrap();
    let key = (made.id, warehouse(&h, &ada, "main").await.id);
    post(&h, &ada, of("a", receipt(key, "1", "1"))).await;
    post(&h, &ada, issue(key, "1")).await;
    for tracking in [Tracking::None, Tracking::Serial] {
        assert_eq!(to(lots.version, tracking).await, Err(Conflict::in_use("item", "stock").into()));
    }
}

/// Of a serial number there is one or none, in all warehouses together.
pub async fn inv_15_a_serial_number_is_in_one_place_or_in_none(h: Harness) {
    let ada = keeper(&h).await;
    let key = shelf(&h, &ada, Tracking::Serial).await;
    let there = (key.0, warehouse(&h, &ada, "other").await.id);
    for code in ["s1", "s2", "s3"] {
        post(&h, &ada, of(code, receipt(key, "1", "10"))).await;
    }
    let in_stock = Error::from(Conflict::SerialInStock { lot: lot(&h, key, "s1").await });
    for twice in [key, there] {
        assert_eq!(refused(&h, &ada, of("S1", receipt(twice, "1", "1"))).await, in_stock);
    }
    post(&h, &ada, of("s1", transfer(key, "1", there.1))).await;
    assert_eq!(refused(&h, &ada, of("s1", issue(key, "1"))).await, insufficient(key, "0"));
    assert_eq!(refused(&h, &ada, of("s1", receipt(key, "1", "1"))).await, in_stock);
    let (item, warehouse) = key;
    let counted = |counted| StockCount {
        item,
        warehouse,
        lot: Some("s1".to_owned()),
        counted,
        counted_at: h.now(),
        reference: None,
    };
    let found = h.engine.inventory().count(&ada, counted(d("1"))).await;
    assert_eq!(found, Err(in_stock), "it is elsewhere");
    let sold = post(&h, &ada, of("s1", issue(there, "1"))).await.posting.id;
    h.engine.inventory().count(&ada, counted(d("1"))).await.expect("it was nowhere");
    let back = h.engine.inventory().reverse(&ada, sold, None).await;
    assert!(matches!(back, Err(Error::Conflict(Conflict::SerialInStock { .. }))), "{back:?}");
    let picked = post(&h, &ada, issue(key, "3")).await;
    assert_eq!(moved(&h, key, &picked).await, ["s1 -1", "s2 -1", "s3 -1"]);
    post(&h, &ada, of("s2", receipt(there, "1", "1"))).await;
    assert_eq!(on_hand(&h, &ada, there).await, ["s2 1"]);
    assert_sound(&h).await;
}

/// INV-5: what is taken back is of the lots that it was of.
pub async fn inv_15_a_reversal_gives_back_to_the_same_lots(h: Harness) {
    let ada = keeper(&h).await;
    let key = shelf(&h, &ada, Tracking::Lot).await;
    let got = post(&h, &ada, expiring("a", day(&h, 1), receipt(key, "3", "3"))).await;
    post(&h, &ada, of("b", receipt(key, "3", "6"))).await;
    let issued = post(&h, &ada, issue(key, "5")).await;
    assert_eq!(on_hand(&h, &ada, key).await, ["b 1"]);
    h.pass(3 * 86_400);
    let inventory = h.engine.inventory();
    let back = inventory.reverse(&ada, issued.posting.id, None).await.unwrap();
    assert_eq!(moved(&h, key, &back).await, ["b 2", "a 3"]);
    assert_eq!(on_hand(&h, &ada, key).await, ["a 3", "b 3"]);
    inventory.reverse(&ada, got.posting.id, None).await.expect("expired, and never sold");
    assert_eq!(on_hand(&h, &ada, key).await, ["b 3"]);
    let gone = post(&h, &ada, issue(key, "3")).await.posting.id;
    assert_eq!(numbers(&h, key).await.split(' ').next(), Some("0"));
    inventory.reverse(&ada, gone, None).await.unwrap();
    assert_sound(&h).await;
}

/// INV-11, INV-16: a count is of a lot, and holds whatever is entered later of before it.
pub async fn inv_15_a_count_is_of_one_lot(h: Harness) {
    let ada = keeper(&h).await;
    let key = shelf(&h, &ada, Tracking::Lot).await;
    let first = h.now();
    for code in ["a", "b"] {
        post(&h, &ada, of(code, receipt(key, "5", "5"))).await;
    }
    let (item, warehouse) = key;
    let counted_at = h.pass(60);
    let count = |lot: Option<&str>, counted: &str| StockCount {
        item,
        warehouse,
        lot: lot.map(str::to_owned),
        counted: d(counted),
        counted_at,
        reference: None,
    };
    let inventory = h.engine.inventory();
    for (lot, wrong) in [(None, "must name a lot"), (Some("z"), "no such lot")] {
        let refused = inventory.count(&ada, count(lot, "1")).await;
        assert_eq!(refused, Err(Error::invalid("lot", wrong)));
    }
    inventory.count(&ada, count(Some("A"), "3")).await.unwrap();
    h.pass(60);
    assert_eq!(on_hand(&h, &ada, key).await, ["a 3", "b 5"]);
    let late = NewPosting { effective_at: Some(first), ..receipt(key, "4", "4") };
    post(&h, &ada, of("a", late.clone())).await;
    post(&h, &ada, of("b", late)).await;
    assert_eq!(on_hand(&h, &ada, key).await, ["a 3", "b 9"]);
    assert_sound(&h).await;
}

/// INV-11: what goes out in the past is of what was there then and was not needed since.
pub async fn inv_15_what_is_entered_late_takes_no_lot_that_later_ones_took(h: Harness) {
    let ada = keeper(&h).await;
    let key = shelf(&h, &ada, Tracking::Lot).await;
    post(&h, &ada, expiring("a", day(&h, 1), receipt(key, "5", "5"))).await;
    post(&h, &ada, of("b", receipt(key, "5", "5"))).await;
    let early = h.pass(60);
    h.pass(60);
    post(&h, &ada, of("a", issue(key, "4"))).await;
    h.pass(3 * 86_400);
    let late = |new| NewPosting { effective_at: Some(early), ..new };
    assert_eq!(refused(&h, &ada, late(of("a", issue(key, "2")))).await, insufficient(key, "3"));
    // Then it was good: what is picked is by the day of the posting.
    let picked = post(&h, &ada, late(issue(key, "1"))).await;
    assert_eq!(moved(&h, key, &picked).await, ["a -1"]);
    assert_eq!(refused(&h, &ada, late(issue(key, "1"))).await, insufficient(key, "3"));
    post(&h, &ada, late(of("b", issue(key, "2")))).await;
    assert_eq!(on_hand(&h, &ada, key).await, ["b 3"]);
    // A serial number that was somewhere later was nowhere else before.
    let serial = (tracked(&h, &ada, "s", Tracking::Serial).await.id, key.1);
    let there = (serial.0, warehouse(&h, &ada, "other").await.id);
    let before = h.pass(60);
    h.pass(60);
    post(&h, &ada, of("s1", receipt(serial, "1", "1"))).await;
    let during = h.pass(60);
    h.pass(60);
    post(&h, &ada, of("s1", issue(serial, "1"))).await;
    for at in [before, during] {
        let new = NewPosting { effective_at: Some(at), ..of("s1", receipt(there, "1", "1")) };
        let answer = h.engine.inventory().post(&ada, new).await;
        let in_stock = Err(Conflict::SerialInStock { lot: lot(&h, serial, "s1").await }.into());
        assert_eq!(answer, in_stock);
    }
    assert_sound(&h).await;
}

/// what expires first comes first, page after page, of everything, an item, a warehouse, a time.
pub async fn x_11_lots_are_listed_by_the_day_that_they_expire_on(h: Harness) {
    let ada = keeper(&h).await;
    let key = shelf(&h, &ada, Tracking::Lot).await;
    let more = (tracked(&h, &ada, "more", Tracking::Lot).await.id, key.1);
    let other = warehouse(&h, &ada, "other").await.id;
    for (code, days) in [("a", Some(9)), ("b", None), ("c", Some(3)), ("d", Some(3)), ("e", None)] {
        for key in [key, more, (key.0, other)] {
            let new = receipt(key, "2", "2");
            let new = match days {
                Some(days) => expiring(code, day(&h, days), new),
                None => of(code, new),
            };
            post(&h, &ada, new).await;
        }
    }
    post(&h, &ada, of("d", issue(key, "2"))).await;
    let all = lots(&h, &ada, LotFilter::default()).await;
    assert_eq!(all.len(), 14);
    assert!(all.is_sorted_by_key(|one| one.place().order()), "{all:?}");
    for filter in [
        LotFilter::default(),
        LotFilter { item: Some(key.0), ..LotFilter::default() },
        LotFilter { warehouse: Some(other), ..LotFilter::default() },
        LotFilter { item: Some(key.0), warehouse: Some(other), expires_before: None },
        LotFilter { expires_before: Some(day(&h, 9)), ..LotFilter::default() },
        LotFilter { item: Some(more.0), warehouse: None, expires_before: Some(day(&h, 10)) },
    ] {
        let mut page = PageRequest::first(2);
        let mut listed = Vec::new();
        loop {
            let part = h.engine.inventory().lots(&ada, filter, &page).await.unwrap();
            listed.extend(part.items);
            let Some(next) = part.next else { break };
            page.cursor = Some(next);
        }
        let mut expected = all.clone();
        expected.retain(|one| {
            let before = |end| one.lot.expires_on.is_some_and(|last| last < end);
            filter.item.is_none_or(|item| one.lot.item == item)
                && filter.warehouse.is_none_or(|warehouse| one.warehouse == warehouse)
                && filter.expires_before.is_none_or(before)
        });
        assert!(!expected.is_empty());
        assert_eq!(listed, expected);
    }
}

/// of postings in one call each sees the lots of those before it.
pub async fn x_13_postings_together_name_lots_of_those_before(h: Harness) {
    let ada = keeper(&h).await;
    let key = shelf(&h, &ada, Tracking::Lot).await;
    let plain = item(&h, &ada, item_fields("plain")).await.id;
    let new = [
        of("a", receipt(key, "5", "5")),
        of("A", issue(key, "2")),
        receipt((plain, key.1), "5", "5"),
        of("b", issue(key, "2")),
        issue(key, "1"),
    ];
    let answers = h.engine.inventory().post_each(&ada, &new).await.unwrap();
    let good: Vec<_> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(good, [true, true, true, false, true], "{answers:?}");
    assert_eq!(on_hand(&h, &ada, key).await, ["a 2"]);
    assert_sound(&h).await;
}
