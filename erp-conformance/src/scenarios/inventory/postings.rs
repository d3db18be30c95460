//! Moving stock, and taking it back.

use std::collections::BTreeMap;

use erp_core::{
    Conflict, Ctx, Error,
    access::BuiltInRole,
    change::{EventBody, Version},
    ctx::IdempotencyKey,
    ids::{ItemId, PostingId, ReservationId, StockAlertId, WarehouseId},
    inventory::{
        Dated, Direction, InventoryChange, InventoryEvent, ItemFields, ItemUpdate, LineMove,
        NegativeStock, NewLine, NewPosting, NewStockPosting, PostingKind, PostingLine, Price,
        StockPosting, Unit, ValuationMethod, ValueRounding, Warehouse,
    },
    money::Rounding,
    port::IdGenerator as _,
};

use super::{
    assert_sound, d, insufficient, issue, item, item_fields, keeper, level, line, numbers, place,
    post, posting, receipt, reservation, reserve, transfer, warehouse, warehouse_fields,
};
use crate::{
    Harness,
    cases::support::{conflict, exists, missing},
};

const IN: Direction = Direction::In { price: None };
const OUT: Direction = Direction::Out { reservation: None };

/// INV-1: receipts, issues, adjustments and returns add up.
pub async fn inv_1_what_is_on_hand_is_what_came_in_less_what_went_out(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    for (kind, direction, quantity, on_hand) in [
        (PostingKind::Receipt, IN, "10", "10"),
        (PostingKind::Issue, OUT, "4", "6"),
        (PostingKind::Return, IN, "1", "7"),
        (PostingKind::Return, OUT, "2", "5"),
        (PostingKind::Adjustment, OUT, "3", "2"),
        (PostingKind::Adjustment, IN, "7", "9"),
    ] {
        let posted = post(&h, &ada, posting(kind, vec![line(key, quantity, direction)])).await;
        assert_eq!(posted.posting.kind, kind);
        assert_eq!(level(&h, key).await.on_hand, d(on_hand), "{kind:?}");
        assert_eq!(h.engine.inventory().posting(&ada, posted.posting.id).await, Ok(posted));
    }
    assert_sound(&h).await;
}

/// INV-1: more than there is goes out only where warehouse or item allow it, and the refusal tells
/// what there is.
pub async fn inv_1_nothing_goes_out_that_is_not_there_unless_it_may(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    let inventory = h.engine.inventory();
    assert_eq!(inventory.post(&ada, issue(key, "1")).await, Err(insufficient(key, "0")));
    assert_eq!(h.store.inventory().level(key).await, Ok(None), "nothing is left of a refusal");
    post(&h, &ada, receipt(key, "3", "3")).await;
    assert_eq!(inventory.post(&ada, issue(key, "4")).await, Err(insufficient(key, "3")));
    let problem = inventory.post(&ada, issue(key, "4")).await.unwrap_err().problem();
    assert_eq!(problem.status, 409);

    let fields = Warehouse { negative: NegativeStock::Allowed, ..warehouse_fields("main") };
    h.engine.records().update(&ada, key.1, Version::FIRST, fields).await.unwrap();
    post(&h, &ada, issue(key, "4")).await;
    assert_eq!(level(&h, key).await.on_hand, d("-1"));

    let there = inventory.item(&ada, key.0).await.unwrap();
    let fields = ItemFields { negative: Some(NegativeStock::Forbidden), ..item_fields("x") };
    let update = ItemUpdate { expected: there.version, fields };
    inventory.update_item(&ada, key.0, update).await.unwrap();
    assert_eq!(inventory.post(&ada, issue(key, "1")).await, Err(insufficient(key, "-1")));
    post(&h, &ada, receipt(key, "1", "1")).await;
    assert_sound(&h).await;
}

/// INV-4: what leaves one warehouse comes into the other with its value, at one instant.
pub async fn inv_4_a_transfer_takes_goods_and_value_along(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    let other = warehouse(&h, &ada, "other").await.id;
    post(&h, &ada, receipt(key, "10", "30")).await;
    h.pass(60);
    let posted = post(&h, &ada, transfer(key, "4", other)).await;
    let legs: Vec<_> = posted
        .movements
        .iter()
        .map(|one| (one.line, one.warehouse, one.quantity, one.value, one.effective_at))
        .collect();
    let now = h.now();
    let (source, target) = ((1, key.1, d("-4"), d("-12"), now), (2, other, d("4"), d("12"), now));
    assert_eq!(legs, [source, target]);
    assert_eq!(numbers(&h, key).await, "6 0 18");
    assert_eq!(numbers(&h, (key.0, other)).await, "4 0 12");
    let inventory = h.engine.inventory();
    let refused = inventory.post(&ada, transfer(key, "7", other)).await;
    assert_eq!(refused, Err(insufficient(key, "6")));
    let same = inventory.post(&ada, transfer(key, "1", key.1)).await;
    assert!(matches!(same, Err(Error::Validation(_))), "{same:?}");
    assert_eq!(numbers(&h, key).await, "6 0 18");
    assert_sound(&h).await;
}

/// INV-4: one line that fails takes all others with it, whatever their order.
pub async fn inv_4_a_posting_that_fails_in_one_line_leaves_all_untouched(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    let scarce = (item(&h, &ada, item_fields("y")).await.id, key.1);
    post(&h, &ada, receipt(key, "5", "5")).await;
    let before = h.settled().await;
    let mut lines = vec![line(key, "2", OUT), line(scarce, "1", OUT)];
    for _ in 0..2 {
        let new = posting(PostingKind::Issue, lines.clone());
        let refused = h.engine.inventory().post(&ada, new).await;
        assert_eq!(refused, Err(insufficient(scarce, "0")));
        lines.reverse();
    }
    assert_eq!(numbers(&h, key).await, "5 0 5");
    assert_eq!(h.store.inventory().level(scarce).await, Ok(None));
    assert!(h.events_after(before).await.is_empty());
    assert_sound(&h).await;
}

/// INV-5: a reversal takes quantity and value back, names what it reverses, and happens once.
pub async fn inv_5_a_posting_is_reversed_once(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    let other = warehouse(&h, &ada, "other").await.id;
    let inventory = h.engine.inventory();
    post(&h, &ada, receipt(key, "10", "10")).await;
    let issued = post(&h, &ada, issue(key, "3")).await;
    post(&h, &ada, receipt(key, "7", "35")).await;
    let moved = post(&h, &ada, transfer(key, "2", other)).await;
    for posted in [moved, issued] {
        let id = posted.posting.id;
        let reversal = inventory.reverse(&ada, id, Some("typo".to_owned())).await.unwrap();
        assert_eq!(
            (reversal.posting.kind, reversal.posting.reverses),
            (PostingKind::Reversal, Some(id))
        );
        let sum = |movements: &[erp_core::inventory::Movement]| {
            movements
                .iter()
                .map(|one| (one.quantity, one.value))
                .fold((d("0"), d("0")), |(quantity, value), one| (quantity + one.0, value + one.1))
        };
        let ((quantity, value), (back, worth)) = (sum(&posted.movements), sum(&reversal.movements));
        assert_eq!((quantity + back, value + worth), (d("0"), d("0")));
        let again = inventory.reverse(&ada, id, None).await;
        assert_eq!(again, Err(Conflict::AlreadyReversed.into()));
        let own = inventory.reverse(&ada, reversal.posting.id, None).await;
        assert!(matches!(own, Err(Error::Precondition(_))), "{own:?}");
        let there = inventory.posting(&ada, id).await.unwrap();
        assert_eq!(there.reversed_by, Some(reversal.posting.id));
        assert_eq!(there.movements, posted.movements, "a posting never changes");
    }
    assert_eq!(numbers(&h, key).await, "17 0 45");
    assert_eq!(numbers(&h, (key.0, other)).await, "0 0 0");
    assert_sound(&h).await;
}

/// INV-6: a quantity is more than zero and fits its unit; what a line names is there and active.
pub async fn inv_6_bad_lines_are_refused_by_field(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    let kilos = ItemFields { unit: Unit { name: "kg".to_owned(), scale: 3 }, ..item_fields("kg") };
    let kilos = (item(&h, &ada, kilos).await.id, key.1);
    let off = ItemFields { active: false, ..item_fields("off") };
    let off = (item(&h, &ada, off).await.id, key.1);
    let closed = Warehouse { active: false, ..warehouse_fields("closed") };
    let closed = h.engine.records().create(&ada, closed).await.unwrap().id;
    let nothing = (ItemId::from_uuid(h.ids.uuid()), key.1);
    let nowhere = WarehouseId::from_uuid(h.ids.uuid());
    let priced = |price| Direction::In { price: Some(price) };
    let one = |kind, line: NewLine| posting(kind, vec![line]);
    use PostingKind::{Issue, Receipt, Reversal, Transfer};
    for (field, bad) in [
        ("lines", posting(Receipt, vec![])),
        ("kind", one(Reversal, line(key, "1", IN))),
        ("lines[0].quantity", one(Receipt, line(key, "0", IN))),
        ("lines[0].quantity", one(Receipt, line(key, "-1", IN))),
        ("lines[0].quantity", one(Receipt, line(key, "2.5", IN))),
        ("lines[0].quantity", one(Receipt, line(kilos, "0.0001", IN))),
        ("lines[0].quantity", one(Receipt, line(key, "1000000000000", IN))),
        ("lines[0].item", one(Receipt, line(nothing, "1", IN))),
        ("lines[0].item", one(Receipt, line(off, "1", IN))),
        ("lines[0].warehouse", one(Receipt, line((key.0, nowhere), "1", IN))),
        ("lines[0].warehouse", one(Receipt, line((key.0, closed), "1", IN))),
        ("lines[0].direction", one(Receipt, line(key, "1", OUT))),
        ("lines[0].direction", one(Issue, line(key, "1", IN))),
        ("lines[0].direction", one(Transfer, line(key, "1", OUT))),
        ("lines[0].direction.to", transfer(key, "1", closed)),
        ("lines[0].price", one(Receipt, line(key, "1", priced(Price::Total(d("-1")))))),
        ("lines[0].price", one(Receipt, line(key, "1", priced(Price::Total(d("0.001")))))),
        ("lines[0].price", one(Receipt, line(key, "9", priced(Price::Each(d("999999999999999")))))),
        ("reference", NewPosting { reference: Some("x".repeat(201)), ..receipt(key, "1", "1") }),
        (
            "effective_at",
            NewPosting {
                effective_at: Some(h.now() + chrono::TimeDelta::seconds(1)),
                ..receipt(key, "1", "1")
            },
        ),
    ] {
        match h.engine.inventory().post(&ada, bad.clone()).await {
            Err(Error::Validation(violations)) => assert_eq!(violations[0].field, field, "{bad:?}"),
            other => panic!("{field}: {other:?}"),
        }
    }
    post(&h, &ada, one(Receipt, line(kilos, "0.001", IN))).await;
    assert_eq!(level(&h, kilos).await.on_hand, d("0.001"));
}

/// INV-14: once something moved, unit and valuation stay, and the item is not deleted.
pub async fn inv_14_an_item_that_moved_keeps_unit_and_valuation_and_stays(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    let inventory = h.engine.inventory();
    let update = |expected, fields| ItemUpdate { expected, fields };
    let fifo = ItemFields { valuation: ValuationMethod::Fifo, ..item_fields("x") };
    let there = inventory.item(&ada, key.0).await.unwrap();
    let there =
        inventory.update_item(&ada, key.0, update(there.version, fifo.clone())).await.unwrap();
    post(&h, &ada, receipt(key, "1", "1")).await;
    post(&h, &ada, issue(key, "1")).await;
    let in_use = Error::from(Conflict::in_use("item", "stock"));
    let unit = Unit { name: "kg".to_owned(), scale: 3 };
    for fields in [ItemFields { unit, ..fifo.clone() }, item_fields("x")] {
        let refused = inventory.update_item(&ada, key.0, update(there.version, fields)).await;
        assert_eq!(refused, Err(in_use.clone()));
    }
    assert_eq!(inventory.delete_item(&ada, key.0, there.version).await, Err(in_use));
    let renamed = ItemFields { name: "another".to_owned(), ..fifo };
    inventory.update_item(&ada, key.0, update(there.version, renamed)).await.unwrap();
}

/// a posting, its audit entry and its event are one; the event tells what it came to.
pub async fn x_3_a_posting_is_audited_and_told_with_what_it_came_to(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    let before = h.settled().await;
    let new = NewPosting { reference: Some(" PO-7 ".to_owned()), ..receipt(key, "10", "30") };
    let posted = post(&h, &ada, new).await;
    assert_eq!(posted.posting.reference.as_deref(), Some("PO-7"));
    let events = h.events_after(before).await;
    assert_eq!(events.len(), 1);
    let EventBody::Inventory(InventoryEvent::StockPosted(outcome)) = &events[0].body else {
        panic!("{:?}", events[0].body)
    };
    assert_eq!(outcome.posting.as_ref(), Some(&posted.posting));
    assert_eq!(outcome.movements, posted.movements);
    assert_eq!(outcome.levels, [level(&h, key).await]);
    let audit = &h.audit().await[0];
    assert_eq!((audit.action.as_str(), audit.entity.id), ("stock.post", posted.posting.id.uuid()));
}

/// however many lines a posting has, its event tells the first of each list, and how much it leaves
/// out.
pub async fn x_24_the_event_of_a_posting_is_bounded(h: Harness) {
    let ada = keeper(&h).await;
    let (x, main) = place(&h, &ada).await;
    let price = Some(Price::Total(d("1")));
    let receive = |item| line((item, main), "1", Direction::In { price });
    let mut lines: Vec<_> = (0..300).map(|_| receive(x)).collect();
    for n in 0..120 {
        let other = super::item(&h, &ada, item_fields(&format!("i{n}"))).await.id;
        lines.push(receive(other));
    }
    let before = h.settled().await;
    let posted = post(&h, &ada, posting(PostingKind::Receipt, lines)).await;
    assert_eq!(posted.movements.len(), 420);
    let events = h.events_after(before).await;
    let EventBody::Inventory(InventoryEvent::StockPosted(told)) = &events[0].body else {
        panic!("{:?}", events[0].body)
    };
    assert_eq!(told.posting.as_ref(), Some(&posted.posting));
    assert_eq!((told.movements.len(), told.levels.len(), told.left_out), (100, 100, 320 + 21));
    assert_eq!(told.movements, posted.movements[..100]);
}

/// the same posting under one key gives the first answer, and moves stock once.
pub async fn x_6_the_same_posting_twice_is_written_once(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    let keyed = ada.clone().with_idempotency_key(IdempotencyKey::new("k").unwrap());
    let first = post(&h, &keyed, receipt(key, "10", "30")).await;
    h.engine.inventory().reverse(&ada, first.posting.id, None).await.unwrap();
    h.pass(60);
    assert_eq!(post(&h, &keyed, receipt(key, "10", "30")).await, first);
    let other = h.engine.inventory().post(&keyed, receipt(key, "11", "30")).await;
    assert_eq!(other, Err(Conflict::IdempotencyKeyReused.into()));
    assert_eq!(numbers(&h, key).await, "0 0 0");
}

/// a guest neither reads nor posts, a member does both but sweeps nothing.
pub async fn x_7_who_may_not_read_or_post_stock_does_not(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    let posted = post(&h, &ada, receipt(key, "10", "30")).await;
    let guest = Ctx::user(h.user_with_role("guest", BuiltInRole::GUEST).await.id);
    let member = Ctx::user(h.user_with_role("member", BuiltInRole::MEMBER).await.id);
    let inventory = h.engine.inventory();
    let page = erp_core::page::PageRequest::default();
    let id = posted.posting.id;
    let hidden = Error::NotFound { entity: "posting" };
    assert_eq!(inventory.posting(&guest, id).await, Err(hidden.clone()));
    assert_eq!(inventory.reverse(&guest, id, None).await, Err(hidden));
    let refused = inventory.post(&guest, issue(key, "1")).await;
    assert_eq!(refused, Err(Error::Forbidden { action: "stock.post" }));
    let refused = inventory.reserve(&guest, reservation(key, "1")).await;
    assert_eq!(refused, Err(Error::Forbidden { action: "stock.reserve" }));
    let at = inventory.stock_at(&guest, key.0, h.now()).await;
    assert_eq!(at, Err(Error::NotFound { entity: "item" }));
    let forbidden = Error::Forbidden { action: "stock.read" };
    let listed = inventory.levels(&guest, Default::default(), &page).await;
    assert_eq!(listed, Err(forbidden.clone()));
    let listed = inventory.movements(&guest, key.0, None, &page).await;
    assert_eq!(listed, Err(forbidden.clone()));
    assert_eq!(inventory.alerts(&guest, &page).await, Err(forbidden));
    post(&h, &member, issue(key, "1")).await;
    let refused = inventory.expire_reservations(&member).await;
    assert_eq!(refused, Err(Error::Forbidden { action: "stock.expire" }));
}

/// lines of one posting are judged one after the other, as if they came alone.
pub async fn x_13_a_posting_of_many_lines_is_the_sum_of_singles(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    let both = vec![line(key, "3", OUT), line(key, "5", IN)];
    let new = posting(PostingKind::Adjustment, both.clone());
    let refused = h.engine.inventory().post(&ada, new).await;
    assert_eq!(refused, Err(insufficient(key, "0")), "the first comes first");
    let turned = both.into_iter().rev().collect();
    let posted = post(&h, &ada, posting(PostingKind::Adjustment, turned)).await;
    let quantities: Vec<_> = posted.movements.iter().map(|one| one.quantity).collect();
    assert_eq!(quantities, [d("5"), d("-3")]);
    assert_eq!(level(&h, key).await.on_hand, d("2"));
    assert_sound(&h).await;
}

/// What is entered later has effect when it says.
pub async fn a_posting_says_when_it_had_effect(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    let start = h.now();
    h.pass(3_600);
    let at = |minutes| Some(start + chrono::TimeDelta::minutes(minutes));
    let dated = |minutes| NewPosting { effective_at: at(minutes), ..receipt(key, "1", "1") };
    let posted = post(&h, &ada, dated(10)).await;
    assert_eq!((Some(posted.posting.effective_at), posted.posting.posted_at), (at(10), h.now()));
    post(&h, &ada, dated(10)).await;
    post(&h, &ada, dated(20)).await;
    let posted = post(&h, &ada, dated(19)).await;
    assert_eq!(Some(posted.posting.effective_at), at(19));
    let posted = post(&h, &ada, issue(key, "1")).await;
    assert_eq!(posted.posting.effective_at, h.now());
    // A node whose clock is behind: its postings come after those that are there.
    h.clock.advance(chrono::TimeDelta::seconds(-30));
    let late = post(&h, &ada, issue(key, "1")).await;
    assert_eq!(late.posting.effective_at, posted.posting.effective_at);
    assert!(late.movements[0].seq > posted.movements[0].seq);
    assert_sound(&h).await;
}

fn raw(h: &Harness, id: PostingId, lines: Vec<PostingLine>) -> NewStockPosting {
    NewStockPosting {
        max_replayed: 0,
        posting: StockPosting {
            id,
            kind: PostingKind::Adjustment,
            reference: None,
            reverses: None,
            posted_by: None,
            posted_at: h.now(),
            effective_at: h.now(),
        },
        dated: Dated::Now,
        rounding: ValueRounding { scale: 2, mode: Rounding::HalfUp },
        day: h.now().date_naive(),
        today: h.now().date_naive(),
        tracked: BTreeMap::new(),
        new_lots: Vec::new(),
        alerts: (0..2 * lines.len()).map(|_| StockAlertId::generate(&*h.ids)).collect(),
        lines,
    }
}

/// `Store::commit`: a used id first, then a posting that is reversed, then what is not there.
pub async fn ids_of_postings_are_used_once(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    let first = post(&h, &ada, receipt(key, "10", "30")).await.posting.id;
    let reserved = reserve(&h, &ada, reservation(key, "1")).await;
    h.engine.inventory().reverse(&ada, first, None).await.unwrap_err();
    let nothing = ItemId::from_uuid(h.ids.uuid());
    let nowhere = WarehouseId::from_uuid(h.ids.uuid());
    let unknown = ReservationId::from_uuid(h.ids.uuid());
    let out = |(item, warehouse), reservation| PostingLine {
        item,
        warehouse,
        lot: None,
        movement: LineMove::Out { quantity: d("1"), reservation },
    };
    let fresh = || PostingId::generate(&*h.ids);
    let change = |id, lines| InventoryChange::Post(raw(&h, id, lines));
    let lost = out((nothing, nowhere), Some(unknown));
    assert_eq!(h.try_commit(change(first, vec![lost])).await, exists("posting"));
    assert_eq!(h.try_commit(change(fresh(), vec![lost])).await, missing("item"));
    let lost = out((key.0, nowhere), Some(unknown));
    assert_eq!(h.try_commit(change(fresh(), vec![lost])).await, missing("warehouse"));
    let lost = out(key, Some(unknown));
    assert_eq!(h.try_commit(change(fresh(), vec![lost])).await, missing("reservation"));
    let again = InventoryChange::Reserve {
        reservation: reserved.clone(),
        alert: StockAlertId::generate(&*h.ids),
        day: h.now().date_naive(),
    };
    assert_eq!(h.try_commit(again).await, exists("reservation"));
    let reversal = |id| {
        let mut new = raw(&h, fresh(), vec![out(key, None)]);
        new.posting.reverses = Some(id);
        InventoryChange::Post(new)
    };
    h.try_commit(reversal(first)).await.unwrap();
    assert_eq!(h.try_commit(reversal(first)).await, conflict(Conflict::AlreadyReversed));
    let release = InventoryChange::EndReservation {
        id: unknown,
        key,
        state: erp_core::inventory::ReservationState::Released,
        day: h.now().date_naive(),
    };
    assert_eq!(h.try_commit(release).await, missing("reservation"));
    assert_sound(&h).await;
}

/// `Store::commit`: an item that the same set creates can be posted to, and a second posting of the
/// set sees the first.
pub async fn a_change_of_stock_sees_those_before_it(h: Harness) {
    let ada = keeper(&h).await;
    let (_, warehouse) = place(&h, &ada).await;
    let mut new = h.store.inventory().item_by_sku("x").await.unwrap().unwrap();
    (new.id, new.sku) = (ItemId::generate(&*h.ids), "new".to_owned());
    let item = new.id;
    let movement = |movement| vec![PostingLine { item, warehouse, lot: None, movement }];
    let five = LineMove::In { quantity: d("5"), value: Some(d("10")) };
    let two = LineMove::Out { quantity: d("2"), reservation: None };
    let id = || PostingId::generate(&*h.ids);
    let set = h.changes([
        InventoryChange::CreateItem(new),
        InventoryChange::Post(raw(&h, id(), movement(five))),
        InventoryChange::Post(raw(&h, id(), movement(two))),
    ]);
    let receipt = h.store.commit(set).await.unwrap();
    let indices: Vec<_> = receipt.stock.iter().map(|(index, _)| *index).collect();
    assert_eq!(indices, [1, 2]);
    let levels: Vec<_> =
        receipt.stock.iter().map(|(_, outcome)| outcome.levels[0].on_hand).collect();
    assert_eq!(levels, [d("5"), d("3")]);
    assert_eq!(numbers(&h, (item, warehouse)).await, "3 0 6");
    assert_sound(&h).await;
}
