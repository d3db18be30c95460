//! Postings of the past: balances are those of the order in which things had effect.

use chrono::TimeDelta;
use erp_core::{
    Ctx,
    ids::WarehouseId,
    inventory::{
        Direction, ItemFields, MovementKind, NegativeStock, NewPosting, PostingKind, Price,
        StockAt, StockCount, StockKey, StockRevaluation, ValuationMethod, Warehouse,
    },
    page::PageRequest,
    time::Timestamp,
};

use super::{
    assert_sound, d, insufficient, issue, issue_of, item, item_fields, keeper, level, line,
    numbers, place, post, posting, receipt, reservation, reserve, transfer, warehouse,
    warehouse_fields,
};
use crate::{Harness, cases::support::at_once, random::Random};

fn dated(new: NewPosting, effective_at: Timestamp) -> NewPosting {
    NewPosting { effective_at: Some(effective_at), ..new }
}

/// The levels of an item at an instant, without zeros at the end.
async fn then(h: &Harness, ctx: &Ctx, key: StockKey, at: Timestamp) -> Vec<(WarehouseId, String)> {
    let levels = h.engine.inventory().stock_at(ctx, key.0, at).await.expect("a read");
    let text = |one: StockAt| {
        (one.warehouse, format!("{} {}", one.on_hand.normalize(), one.value.normalize()))
    };
    levels.into_iter().map(text).collect()
}

/// Something that happens to an item, at a minute of its own.
#[derive(Clone, Copy)]
enum Step {
    In(u32, Option<u32>),
    Out(u32),
    Transfer(u32),
    Count(u32),
    Revalue(u32),
}

async fn take(h: &Harness, ctx: &Ctx, keys: [StockKey; 2], at: Timestamp, step: Step) {
    let [from, to] = keys;
    let many = |many: u32| many.to_string();
    let new = match step {
        Step::In(quantity, cents) => {
            let price = cents.map(|cents| Price::Total(d(&format!("{cents}e-2"))));
            let line = line(from, &many(quantity), Direction::In { price });
            posting(PostingKind::Return, vec![line])
        }
        Step::Out(quantity) => issue(from, &many(quantity)),
        Step::Transfer(quantity) => transfer(from, &many(quantity), to.1),
        Step::Count(counted) => {
            let (item, warehouse) = from;
            let counted = counted.into();
            let count =
                StockCount { item, warehouse, lot: None, counted, counted_at: at, reference: None };
            h.engine.inventory().count(ctx, count).await.expect("a count");
            return;
        }
        Step::Revalue(cents) => {
            let ((item, warehouse), unit_cost) = (from, d(&format!("{cents}e-2")));
            let effective_at = Some(at);
            let set =
                StockRevaluation { item, warehouse, unit_cost, effective_at, reference: None };
            h.engine.inventory().revalue(ctx, set).await.expect("a revaluation");
            return;
        }
    };
    post(h, ctx, dated(new, at)).await;
}

/// INV-11: whatever the order in which they are entered.
pub async fn inv_11_posting_in_random_order_equals_posting_in_sorted_order(h: Harness) {
    let ada = keeper(&h).await;
    let mut places = Vec::new();
    for code in ["one", "two"] {
        let fields = Warehouse { negative: NegativeStock::Allowed, ..warehouse_fields(code) };
        let made = h.engine.records().create(&ada, fields).await;
        places.push(made.expect("it is new").id);
    }
    let mut random = Random::new(11);
    let mut below = |limit: usize| u32::try_from(random.below(limit)).expect("small");
    let start = h.now();
    h.pass(3_600);
    for valuation in [ValuationMethod::MovingAverage, ValuationMethod::Fifo] {
        let mut steps = Vec::new();
        for minute in 0..40_i64 {
            let quantity = 1 + below(20);
            let step = match below(9) {
                0..3 => Step::In(quantity, Some(below(3_000))),
                3 => Step::In(quantity, None),
                4 | 5 => Step::Out(quantity),
                6 => Step::Transfer(quantity),
                7 => Step::Revalue(below(900)),
                _ => Step::Count(quantity),
            };
            steps.push((start + TimeDelta::minutes(minute), usize::from(below(2) == 1), step));
        }
        let mut keys = Vec::new();
        for order in ["sorted", "random"] {
            let sku = format!("{order}-{}", valuation.as_str());
            let fields = ItemFields { valuation, ..item_fields(&sku) };
            let id = item(&h, &ada, fields).await.id;
            keys.push([(id, places[0]), (id, places[1])]);
        }
        let pair = |which: usize, place: usize| [keys[which][place], keys[which][1 - place]];
        for (at, place, step) in &steps {
            take(&h, &ada, pair(0, *place), *at, *step).await;
        }
        let mut left = steps.clone();
        while !left.is_empty() {
            let place = usize::try_from(below(left.len())).expect("small");
            let (at, place, step) = left.swap_remove(place);
            take(&h, &ada, pair(1, place), at, step).await;
        }
        for (at, ..) in &steps {
            let (sorted, random) =
                (then(&h, &ada, keys[0][0], *at).await, then(&h, &ada, keys[1][0], *at).await);
            assert_eq!(sorted, random, "at {at}");
        }
        for (one, other) in keys[0].into_iter().zip(keys[1]) {
            let there = [one, other];
            assert_eq!(numbers(&h, there[0]).await, numbers(&h, there[1]).await);
            // What comes next costs the same, too.
            let next = (post(&h, &ada, issue(there[0], "1")).await).movements[0].value;
            assert_eq!(next, (post(&h, &ada, issue(there[1], "1")).await).movements[0].value);
        }
    }
    assert_sound(&h).await;
}

/// INV-11: no row of the ledger changes; what later ones cost is put right by further rows, which
/// stand in the history and not in the answer.
pub async fn inv_11_later_costs_are_put_right_by_further_rows(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    let inventory = h.engine.inventory();
    let first = h.now();
    h.pass(60);
    post(&h, &ada, receipt(key, "10", "30")).await;
    h.pass(60);
    let issued = post(&h, &ada, issue(key, "4")).await;
    let late = post(&h, &ada, dated(receipt(key, "10", "50"), first)).await;
    assert_eq!((late.movements.len(), late.posting.posted_at), (1, h.now()));
    assert_eq!(inventory.posting(&ada, late.posting.id).await, Ok(late.clone()));
    assert_eq!(inventory.posting(&ada, issued.posting.id).await, Ok(issued.clone()));
    assert_eq!(numbers(&h, key).await, "16 0 64");
    let page = PageRequest::default();
    let history = inventory.movements(&ada, key.0, None, &page).await.expect("a list").items;
    let right = &history[0];
    assert_eq!(
        (right.kind, right.quantity, right.value),
        (MovementKind::Correction, d("0"), d("-4"))
    );
    assert_eq!((right.posting, right.of), (late.posting.id, Some(issued.movements[0].id())));
    assert_eq!(right.effective_at, issued.posting.effective_at);
    assert_eq!(history.len(), 4);
    // What is taken back is what it came to by now.
    let back = inventory.reverse(&ada, issued.posting.id, None).await.expect("it is reversed");
    assert_eq!((back.movements[0].quantity, back.movements[0].value), (d("4"), d("16")));
    assert_eq!(numbers(&h, key).await, "20 0 80");
    assert_sound(&h).await;
}

/// INV-11: a count says what was there, whatever is entered later of before it.
pub async fn inv_11_a_count_holds_whatever_is_entered_later_of_before_it(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    let first = h.now();
    h.pass(60);
    post(&h, &ada, receipt(key, "10", "20")).await;
    let (item, warehouse) = key;
    let (counted, counted_at) = (d("9"), h.pass(60));
    let count = StockCount { item, warehouse, lot: None, counted, counted_at, reference: None };
    h.engine.inventory().count(&ada, count).await.expect("a count");
    h.pass(60);
    post(&h, &ada, issue(key, "2")).await;
    post(&h, &ada, dated(receipt(key, "5", "10"), first)).await;
    assert_eq!(numbers(&h, key).await, "7 0 14");
    assert_eq!(then(&h, &ada, key, counted_at).await, [(warehouse, "9 18".to_owned())]);
    // After the count it is an ordinary receipt.
    let after = counted_at + TimeDelta::seconds(1);
    post(&h, &ada, dated(receipt(key, "5", "10"), after)).await;
    assert_eq!(numbers(&h, key).await, "12 0 24");
    assert_sound(&h).await;
}

/// INV-1, INV-11: nothing goes out in the past that later ones needed, and nothing that is reserved now.
pub async fn inv_11_what_later_ones_need_does_not_go_out_before(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    post(&h, &ada, receipt(key, "10", "10")).await;
    let early = h.pass(60);
    h.pass(60);
    post(&h, &ada, issue(key, "8")).await;
    h.pass(60);
    post(&h, &ada, receipt(key, "10", "10")).await;
    let inventory = h.engine.inventory();
    let refused = inventory.post(&ada, dated(issue(key, "3"), early)).await;
    assert_eq!(refused, Err(insufficient(key, "7")), "it had been 10 less 3");
    let held = reserve(&h, &ada, reservation(key, "11")).await;
    let refused = inventory.post(&ada, dated(issue(key, "2"), early)).await;
    assert_eq!(refused, Err(insufficient(key, "1")), "as things are now");
    assert_eq!(numbers(&h, key).await, "12 11 12");
    post(&h, &ada, dated(issue_of(key, "2", Some(held.id)), early)).await;
    assert_eq!(numbers(&h, key).await, "10 9 10");
    assert_sound(&h).await;
}

/// INV-12: what is closed stays as it was, whatever is entered of after it.
pub async fn inv_12_nothing_is_put_right_in_a_closed_period(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    post(&h, &ada, receipt(key, "10", "30")).await;
    h.pass(60);
    post(&h, &ada, issue(key, "1")).await;
    let until = h.pass(60);
    h.pass(60);
    post(&h, &ada, issue(key, "1")).await;
    h.engine.inventory().close_period(&ada, until).await.expect("it is closed");
    let closed = then(&h, &ada, key, until - TimeDelta::microseconds(1)).await;
    post(&h, &ada, dated(receipt(key, "9", "63"), until)).await;
    assert_eq!(then(&h, &ada, key, until - TimeDelta::microseconds(1)).await, closed);
    assert_eq!(numbers(&h, key).await, "17 0 85");
    assert_sound(&h).await;
}

/// INV-11, X-18: the past is worked out again while the present goes on.
pub async fn inv_11_postings_of_the_past_at_once_with_those_of_now(h: Harness) {
    let ada = keeper(&h).await;
    let key = place(&h, &ada).await;
    let other = warehouse(&h, &ada, "other").await.id;
    let start = h.now();
    post(&h, &ada, receipt(key, "100", "100")).await;
    h.pass(3_600);
    let answers = at_once((0..24_u32).map(|n| {
        let (engine, ada) = (h.engine.clone(), ada.clone());
        let at = start + TimeDelta::seconds(i64::from(n * 7 % 24) + 1);
        let new = match n % 4 {
            0 => dated(receipt(key, "1", "7"), at),
            1 => dated(transfer(key, "1", other), at),
            2 => issue(key, "1"),
            _ => transfer(key, "1", other),
        };
        async move { engine.inventory().post(&ada, new).await }
    }))
    .await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(level(&h, key).await.on_hand, d("88"));
    assert_eq!(level(&h, (key.0, other)).await.on_hand, d("12"));
    assert_sound(&h).await;
}
