//! What happened: by what caused it, and in a time.

use std::collections::BTreeMap;

use erp_core::{
    Ctx, Error,
    access::BuiltInRole,
    ids::PostingId,
    inventory::{
        Direction, LevelFilter, NewPosting, PostingKind, StockKey, Turnover, TurnoverFilter,
        TurnoverQuery, ValuationFilter, Worth,
    },
    page::PageRequest,
    time::Timestamp,
};

use super::{
    assert_sound, d, insufficient, issue, item, item_fields, keeper, line, numbers, place, post,
    posting, receipt, transfer, warehouse,
};
use crate::Harness;

/// the postings of some references, page after page.
pub async fn postings_are_found_by_what_caused_them(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    let inventory = h.engine.inventory();
    let mut made = Vec::new();
    for reference in ["b", "a", "c", "b", "a"] {
        let reference = Some(reference.to_owned());
        made.push(post(&h, &ada, NewPosting { reference, ..receipt(key, "1", "1") }).await);
    }
    post(&h, &ada, receipt(key, "1", "1")).await;
    let mut expected: Vec<_> =
        made.iter().filter(|one| one.posting.id != made[2].posting.id).collect();
    expected.sort_by_key(|one| (one.posting.reference.clone(), one.posting.id));
    let wanted = ["b", "a", "unknown", "b"].map(str::to_owned);
    let mut page = PageRequest::first(3);
    let mut listed = Vec::new();
    loop {
        let part = inventory.postings(&ada, &wanted, &page).await.expect("a list");
        listed.extend(part.items);
        let Some(next) = part.next else { break };
        page.cursor = Some(next);
    }
    assert_eq!(listed.iter().collect::<Vec<_>>(), expected);
    let many = vec![String::new(); 101];
    let refused = inventory.postings(&ada, &many, &PageRequest::default()).await;
    assert!(matches!(refused, Err(Error::Validation(_))), "{refused:?}");
    let guest = h.user_with_role("guest", BuiltInRole::GUEST).await;
    let refused =
        inventory.postings(&erp_core::Ctx::user(guest.id), &wanted, &PageRequest::default()).await;
    assert_eq!(refused, Err(Error::Forbidden { action: "stock.read" }));
}

fn worth(quantity: &str, value: &str) -> Worth {
    Worth { quantity: d(quantity), value: d(value) }
}

async fn turnover(h: &Harness, key: StockKey, from: Timestamp, to: Timestamp) -> Turnover {
    let query = TurnoverQuery { from, to, warehouse: Some(key.1), after: None, limit: 10 };
    let lines = h.store.inventory().turnover(&query).await.expect("a read");
    let line = lines.into_iter().find(|one| one.item == key.0).expect("a line");
    let (opening, closing) = (line.opening, line.closing);
    let quantity = opening.quantity + line.received.quantity - line.issued.quantity;
    let value = opening.value + line.received.value - line.issued.value + line.revalued;
    assert_eq!((quantity, value), (closing.quantity, closing.value), "{line:?}");
    line
}

/// a time is half open; what was put right since stands in the line of what it puts right.
pub async fn what_moved_in_a_time_leads_from_its_beginning_to_its_end(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    let other = warehouse(&h, &ada, "other").await.id;
    let first = h.now();
    h.pass(60);
    post(&h, &ada, receipt(key, "10", "30")).await;
    let from = h.pass(60);
    post(&h, &ada, issue(key, "4")).await;
    post(&h, &ada, transfer(key, "2", other)).await;
    let to = h.pass(60);
    post(&h, &ada, receipt(key, "5", "50")).await;
    let line = turnover(&h, key, from, to).await;
    assert_eq!((line.opening, line.closing), (worth("10", "30"), worth("4", "12")));
    assert_eq!((line.received, line.issued), (worth("0", "0"), worth("6", "18")));
    let there = turnover(&h, (key.0, other), from, to).await;
    assert_eq!((there.received, there.closing), (worth("2", "6"), worth("2", "6")));
    // A receipt of before makes what went out dearer.
    let late = NewPosting { effective_at: Some(first), ..receipt(key, "10", "50") };
    post(&h, &ada, late).await;
    let line = turnover(&h, key, from, to).await;
    assert_eq!((line.opening, line.issued), (worth("20", "80"), worth("6", "24")));
    let there = turnover(&h, (key.0, other), from, to).await;
    assert_eq!((there.received, there.closing), (worth("2", "8"), worth("2", "8")));
    let inventory = h.engine.inventory();
    let filter = TurnoverFilter { from, to, warehouse: None };
    let page = inventory.turnover(&ada, filter, &PageRequest::first(1)).await.expect("a page");
    assert_eq!((page.items.len(), page.next.is_some()), (1, true));
    let next = PageRequest { cursor: page.next, ..PageRequest::first(1) };
    let rest = inventory.turnover(&ada, filter, &next).await.expect("a page");
    assert_eq!((rest.items.len(), rest.next), (1, None));
    let turned = TurnoverFilter { from: to, to: from, warehouse: None };
    let refused = inventory.turnover(&ada, turned, &PageRequest::default()).await;
    assert!(matches!(refused, Err(Error::Validation(_))), "{refused:?}");
    assert_sound(&h).await;
}

/// what is there at an instant includes what moved at it, and what was put right since.
pub async fn stock_is_worth_at_an_instant_what_moved_up_to_it(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    let other = warehouse(&h, &ada, "other").await.id;
    let before = h.now();
    let first = h.pass(60);
    post(&h, &ada, receipt(key, "10", "30")).await;
    let second = h.pass(60);
    post(&h, &ada, transfer(key, "4", other)).await;
    let third = h.pass(60);
    post(&h, &ada, issue(key, "6")).await;
    let inventory = h.engine.inventory();
    let valued = async |at, warehouse| {
        let filter = ValuationFilter { at, warehouse };
        let page = PageRequest::default();
        let page = inventory.valuation(&ada, filter, &page).await.expect("a page");
        page.items.into_iter().map(|one| (one.warehouse, one.worth)).collect::<BTreeMap<_, _>>()
    };
    let both = |here, there| BTreeMap::from([(key.1, here), (other, there)]);
    let nothing = || worth("0", "0");
    assert_eq!(valued(before, None).await, both(nothing(), nothing()));
    assert_eq!(valued(first, None).await, both(worth("10", "30"), nothing()));
    assert_eq!(valued(second, None).await, both(worth("6", "18"), worth("4", "12")));
    assert_eq!(valued(third, None).await, both(nothing(), worth("4", "12")));
    assert_eq!(valued(second, Some(other)).await, BTreeMap::from([(other, worth("4", "12"))]));
    // A receipt of before makes all of it dearer, then and since.
    let late = NewPosting { effective_at: Some(before), ..receipt(key, "10", "50") };
    post(&h, &ada, late).await;
    assert_eq!(valued(before, None).await, both(worth("10", "50"), nothing()));
    assert_eq!(valued(second, None).await, both(worth("16", "64"), worth("4", "16")));
    let filter = ValuationFilter { at: second, warehouse: None };
    let page = inventory.valuation(&ada, filter, &PageRequest::first(1)).await.expect("a page");
    assert_eq!((page.items.len(), page.next.is_some()), (1, true));
    let next = PageRequest { cursor: page.next, ..PageRequest::first(1) };
    let rest = inventory.valuation(&ada, filter, &next).await.expect("a page");
    assert_eq!((rest.items.len(), rest.next), (1, None));
    let elsewhen = ValuationFilter { at: third, ..filter };
    let refused = inventory.valuation(&ada, elsewhen, &next).await;
    assert!(matches!(refused, Err(Error::Validation(_))), "a cursor goes with its filter");
    let stranger = Ctx::user(h.user("stranger").await.id);
    let refused = inventory.valuation(&stranger, filter, &PageRequest::default()).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
}

/// postings together come to what they come to one by one: what is refused, what it costs, what
/// is told.
pub async fn x_13_postings_together_are_the_sum_of_singles(h: Harness) {
    let ada = keeper(&h).await;
    let place = warehouse(&h, &ada, "main").await.id;
    let mut keys = Vec::new();
    for sku in ["single", "together"] {
        let one = item(&h, &ada, item_fields(sku)).await.id;
        let other = item(&h, &ada, item_fields(&format!("{sku}-2"))).await.id;
        keys.push([(one, place), (other, place)]);
    }
    let early = h.now();
    h.pass(3_600);
    let list = |[one, other]: [StockKey; 2]| {
        let both = vec![
            line(one, "2", Direction::Out { reservation: None }),
            line(other, "1", Direction::Out { reservation: None }),
        ];
        vec![
            receipt(one, "10", "30"),
            receipt(other, "3", "10.00"),
            posting(PostingKind::Issue, both.clone()),
            issue(one, "9"),
            NewPosting { effective_at: Some(early), ..receipt(one, "10", "50") },
            posting(PostingKind::Issue, vec![]),
            issue(one, "9"),
            posting(PostingKind::Issue, both),
        ]
    };
    let before = h.settled().await;
    let mut single = Vec::new();
    for new in list(keys[0]) {
        single.push(h.engine.inventory().post(&ada, new).await);
    }
    let told = h.kinds_after(before).await;
    let before = h.settled().await;
    let together = h.engine.inventory().post_each(&ada, &list(keys[1])).await.expect("answers");
    assert_eq!(h.kinds_after(before).await, told);
    let values = |answers: &[erp_core::Result<erp_core::inventory::PostedStock>]| {
        let moved = |posted: &erp_core::inventory::PostedStock| {
            let rows = posted.movements.iter();
            rows.map(|one| (one.line, one.kind, one.quantity, one.value)).collect::<Vec<_>>()
        };
        answers.iter().map(|answer| answer.as_ref().map(moved).ok()).collect::<Vec<_>>()
    };
    assert_eq!(values(&together), values(&single));
    assert_eq!(together[3], Err(insufficient(keys[1][0], "8")));
    assert!(matches!(together[5], Err(Error::Validation(_))), "{:?}", together[5]);
    for (one, other) in keys[0].into_iter().zip(keys[1]) {
        assert_eq!(numbers(&h, one).await, numbers(&h, other).await);
    }
    let filter = LevelFilter { item: Some(keys[1][0].0), ..LevelFilter::default() };
    let levels = h.engine.inventory().levels(&ada, filter, &PageRequest::default()).await;
    assert_eq!(levels.expect("a list").items[0].on_hand, d("7"));
    let many = vec![issue(keys[1][0], "1"); 101];
    let refused = h.engine.inventory().post_each(&ada, &many).await;
    assert!(matches!(refused, Err(Error::Validation(_))), "{refused:?}");
    let ids: Vec<PostingId> =
        together.iter().filter_map(|one| Some(one.as_ref().ok()?.posting.id)).collect();
    let key = erp_core::ctx::IdempotencyKey::new("bulk").expect("a key");
    let keyed = ada.with_idempotency_key(key);
    let list = [receipt(keys[1][0], "1", "1"), issue(keys[1][0], "1")];
    let first = h.engine.inventory().post_each(&keyed, &list).await.expect("answers");
    assert_eq!(h.engine.inventory().post_each(&keyed, &list).await, Ok(first.clone()), "X-6");
    assert!(first.iter().flatten().all(|one| !ids.contains(&one.posting.id)));
    assert_sound(&h).await;
}
