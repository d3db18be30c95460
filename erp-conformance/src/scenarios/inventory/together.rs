//! Postings of the past that come together, and how much of the past is worked out again.

use chrono::TimeDelta;
use erp_core::{
    Conflict, Ctx, EngineOptions, Error,
    change::{ChangeSet, Receipt},
    ctx::IdempotencyKey,
    ids::{ItemId, PostingId, StockAlertId, WarehouseId},
    inventory::{
        Dated, InventoryChange, ItemFields, LineMove, NewPosting, NewStockPosting, PostedStock,
        PostingKind, PostingLine, StockKey, StockPosting, ValuationMethod, ValueRounding,
    },
    money::Rounding,
    port::{StoreError, StoreResult},
    time::Timestamp,
};

use super::{
    assert_sound, d, issue, item, item_fields, keeper, numbers, post, receipt, transfer, warehouse,
};
use crate::{Harness, random::Random};

fn dated(new: NewPosting, effective_at: Timestamp) -> NewPosting {
    NewPosting { effective_at: Some(effective_at), ..new }
}

async fn fifo(h: &Harness, ctx: &Ctx, sku: &str) -> ItemId {
    let valuation = ValuationMethod::Fifo;
    item(h, ctx, ItemFields { valuation, ..item_fields(sku) }).await.id
}

/// Moves some, once a minute, and returns when that began.
async fn history(h: &Harness, ctx: &Ctx, key: StockKey, moves: usize) -> Timestamp {
    let start = h.now();
    for n in 0..moves {
        h.pass(60);
        let new = if n % 3 == 2 { issue(key, "1") } else { receipt(key, "2", &n.to_string()) };
        post(h, ctx, new).await;
    }
    start
}

/// together they come to what they come to one after the other, and each is told, audited and
/// answered on its own.
pub async fn x_24_postings_of_the_past_together_are_the_sum_of_singles(h: Harness) {
    let ada = keeper(&h).await;
    let (one, two) = (warehouse(&h, &ada, "one").await.id, warehouse(&h, &ada, "two").await.id);
    let (single, together) = (fifo(&h, &ada, "single").await, fifo(&h, &ada, "together").await);
    let start = h.now();
    for item in [single, together] {
        post(&h, &ada, dated(receipt((item, two), "40", "40"), start)).await;
        post(&h, &ada, dated(receipt((item, one), "40", "80"), start)).await;
    }
    h.pass(60);
    for n in 0..20 {
        h.pass(60);
        for item in [single, together] {
            let new =
                if n % 3 == 2 { issue((item, one), "2") } else { receipt((item, one), "2", "9") };
            post(&h, &ada, new).await;
        }
    }
    let mut random = Random::new(24);
    let (mut minute, mut steps) =
        (|| TimeDelta::minutes(1 + i64::try_from(random.below(20)).expect("small")), Vec::new());
    for n in 0..12_u32 {
        let at = start + minute();
        let many = (1 + n % 4).to_string();
        steps.push(move |item: ItemId, place: WarehouseId, other: WarehouseId| {
            let new = match n % 3 {
                0 => receipt((item, place), &many, &(n * 3).to_string()),
                1 => issue((item, place), &many),
                _ => transfer((item, place), &many, other),
            };
            dated(new, at)
        });
    }
    for step in &steps {
        post(&h, &ada, step(single, one, two)).await;
    }
    let mut all: Vec<_> = steps.iter().map(|step| step(together, one, two)).collect();
    // One that is refused holds up none of the others.
    let bad = dated(issue((together, one), "5000"), start + TimeDelta::minutes(3));
    all.insert(5, bad);
    let before = h.settled().await;
    let keyed = ada.clone().with_idempotency_key(IdempotencyKey::new("many").expect("a key"));
    let inventory = h.engine.inventory();
    let answers = inventory.post_each(&keyed, &all).await.expect("answers");
    assert!(
        matches!(answers[5], Err(Error::Conflict(Conflict::InsufficientStock { .. }))),
        "{:?}",
        answers[5]
    );
    let posted: Vec<&PostedStock> = answers.iter().flatten().collect();
    assert_eq!(posted.len(), 12, "{answers:?}");
    assert_eq!(h.events_after(before).await.len(), 12);
    for one in &posted {
        assert_eq!(inventory.posting(&ada, one.posting.id).await.as_ref(), Ok(*one));
    }
    for place in [one, two] {
        assert_eq!(numbers(&h, (together, place)).await, numbers(&h, (single, place)).await);
    }
    for minutes in 0..24 {
        let at = start + TimeDelta::minutes(minutes);
        let plain = async |item| {
            let levels = inventory.stock_at(&ada, item, at).await.expect("a read");
            let text = levels.iter().map(|one| (one.on_hand.normalize(), one.value.normalize()));
            text.collect::<Vec<_>>()
        };
        assert_eq!(plain(together).await, plain(single).await, "after {minutes} minutes");
    }
    // Asked again, they answer as before; what was refused is judged again.
    let mut again = inventory.post_each(&keyed, &all).await.expect("answers");
    assert!(
        matches!(again.remove(5), Err(Error::Conflict(Conflict::InsufficientStock { .. }))),
        "{again:?}"
    );
    assert_eq!(
        again.into_iter().flatten().collect::<Vec<_>>(),
        posted.into_iter().cloned().collect::<Vec<_>>()
    );
    assert_sound(&h).await;
}

fn set(h: &Harness, key: StockKey, at: Timestamp, movement: LineMove) -> ChangeSet {
    let posting = StockPosting {
        id: PostingId::generate(&*h.ids),
        kind: PostingKind::Adjustment,
        reference: None,
        reverses: None,
        posted_by: None,
        posted_at: h.now(),
        effective_at: at,
    };
    let (item, warehouse) = key;
    h.changes([InventoryChange::Post(NewStockPosting {
        posting,
        dated: Dated::At(at),
        rounding: ValueRounding { scale: 2, mode: Rounding::HalfUp },
        day: at.date_naive(),
        today: h.now().date_naive(),
        tracked: [].into(),
        new_lots: Vec::new(),
        lines: vec![PostingLine { item, warehouse, lot: None, movement }],
        max_replayed: 200,
        alerts: (0..2).map(|_| StockAlertId::generate(&*h.ids)).collect(),
    })])
}

/// however many postings of the past come together, what moved later is worked out again once; what is
/// refused begins again, as often as there is leave to.
pub async fn x_24_postings_of_the_past_together_are_one_replay(h: Harness) {
    let ada = keeper(&h).await;
    let key = (fifo(&h, &ada, "x").await, warehouse(&h, &ada, "main").await.id);
    let start = history(&h, &ada, key, 60).await;
    let one = LineMove::In { quantity: d("1"), value: Some(d("1")) };
    let too_many = LineMove::Out { quantity: d("5000"), reservation: None };
    let at = |n: i64| start + TimeDelta::minutes(n);
    let sets = (0..20).map(|n| set(&h, key, at(n), one)).collect();
    let answers = h.store.commit_each(sets).await;
    let replayed = |answers: &[StoreResult<Receipt>]| {
        let stock = answers.iter().flatten().flat_map(|receipt| &receipt.stock);
        stock.map(|(_, outcome)| outcome.replayed).sum::<usize>()
    };
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(replayed(&answers), 60);
    assert_sound(&h).await;
    // Each that is refused costs a history; then there is no more leave.
    let mut sets = vec![set(&h, key, at(70), one)];
    sets.extend((0..9).map(|n| set(&h, key, at(n), too_many)));
    let answers = h.store.commit_each(sets).await;
    let too_long = Err(Conflict::HistoryTooLong { item: key.0 }.into());
    let refused = answers.iter().filter(|answer| **answer == too_long).count();
    let lacking = |answer: &&StoreResult<Receipt>| {
        matches!(answer, Err(StoreError::Conflict(Conflict::InsufficientStock { .. })))
    };
    let lacking = answers.iter().filter(lacking).count();
    assert!((1..9).contains(&lacking) && refused == 10 - lacking, "{answers:?}");
    assert_sound(&h).await;
}

/// what is worked out again for somebody is counted; who asks for too much waits.
pub async fn x_24_the_work_on_the_past_is_counted(h: Harness) {
    let ada = keeper(&h).await;
    let key = (fifo(&h, &ada, "x").await, warehouse(&h, &ada, "main").await.id);
    let start = history(&h, &ada, key, 30).await;
    let mut options = EngineOptions::default();
    options.inventory.max_replayed_per_minute = 50;
    let h = h.with_options(options);
    let inventory = h.engine.inventory();
    let late = |n: i64| dated(receipt(key, "1", "1"), start + TimeDelta::seconds(n));
    let many: Vec<_> = (0..20).map(late).collect();
    let all = inventory.post_each(&ada, &many).await.expect("thirty are not too many");
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    post(&h, &ada, late(30)).await;
    let refused = inventory.post(&ada, late(31)).await;
    let Err(Error::RateLimited { retry_after }) = refused else { panic!("{refused:?}") };
    assert_eq!(retry_after.as_secs(), 60);
    let refused = inventory.post_each(&ada, &many).await;
    assert!(matches!(refused, Err(Error::RateLimited { .. })), "{refused:?}");
    // What is of now is not held up, nor are others, nor the host; a minute later all is well.
    post(&h, &ada, issue(key, "1")).await;
    let bob = keeper_called(&h, "bob").await;
    post(&h, &bob, late(31)).await;
    for n in 32..35 {
        post(&h, &Ctx::system(), late(n)).await;
    }
    h.pass(60);
    post(&h, &ada, late(40)).await;
    // What is refused counts, too.
    h.pass(60);
    let too_many = dated(issue(key, "5000"), start);
    inventory.post(&ada, too_many).await.expect_err("there are not so many");
    let refused = inventory.post(&ada, late(41)).await;
    assert!(matches!(refused, Err(Error::RateLimited { .. })), "{refused:?}");
    assert_sound(&h).await;
}

async fn keeper_called(h: &Harness, name: &str) -> Ctx {
    Ctx::user(h.user_with_role(name, erp_core::access::BuiltInRole::ADMIN).await.id)
}
