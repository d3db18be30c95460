//! Stock under load: locks in one order, so that nobody ever waits in a ring.

use std::time::Instant;

use erp_conformance::{Harness, TestStore, stock_storm::StockStorm};
use erp_core::{
    Ctx,
    access::BuiltInRole,
    ctx::IdempotencyKey,
    ids::{ItemId, WarehouseId},
    inventory::{
        Direction, ItemFields, NegativeStock, NewLine, NewPosting, PostingKind, Warehouse,
    },
    port::Store as _,
};
use erp_store_postgres::PgStore;
use tokio::task::JoinSet;

use crate::support::Database;

const CALLERS: usize = 16;

async fn masters(h: &Harness, items: usize) -> (Vec<ItemId>, Vec<WarehouseId>) {
    let (ctx, inventory) = (Ctx::system(), h.engine.inventory());
    let mut places = Vec::new();
    for code in ["one", "two", "three"] {
        let negative = NegativeStock::Allowed;
        let fields = Warehouse { negative, ..Warehouse::new(code, code).unwrap() };
        places.push(h.engine.records().create(&ctx, fields).await.unwrap().id);
    }
    let mut ids = Vec::new();
    for n in 0..items {
        let fields = ItemFields::new(n.to_string(), n.to_string());
        ids.push(inventory.create_item(&ctx, fields).await.unwrap().id);
    }
    (ids, places)
}

async fn deadlocks(store: &PgStore) -> i64 {
    let query = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    sqlx::query_scalar(query).fetch_one(store.pool()).await.unwrap()
}

/// INV-4: transfers of many lines in any order, between warehouses of which many have no balance yet.
#[tokio::test(flavor = "multi_thread")]
async fn inv_4_no_order_of_lines_leads_to_a_deadlock() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let h = Harness::new(TestStore::new(store.clone()));
    let (items, places) = masters(&h, 8).await;
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let (engine, items, places) = (h.engine.clone(), items.clone(), places.clone());
        callers.spawn(async move {
            for round in 0..20 {
                let mut lines: Vec<_> = (0..5)
                    .map(|n| {
                        let place = caller + round * n;
                        let to = Direction::To { warehouse: places[(place + 1) % 3] };
                        let item = items[(caller * 3 + round + n * 5) % items.len()];
                        NewLine::new((item, places[place % 3]), 1, to)
                    })
                    .collect();
                if (caller + round) % 2 == 0 {
                    lines.reverse();
                }
                let kind = PostingKind::Transfer;
                let new = NewPosting::now(kind, lines);
                engine.inventory().post(&Ctx::system(), new).await.unwrap();
            }
        });
    }
    let start = Instant::now();
    callers.join_all().await;
    println!("{:.0} postings of 5 lines/s", 320.0 / start.elapsed().as_secs_f64());
    assert_eq!(h.store.maintenance().verify().await, Ok(vec![]));
    // The statistics of a session are sent when it ends.
    store.close().await;
    assert_eq!(deadlocks(&database.store().await).await, 0);
}

/// How many issues of one unit of one item 16 callers write.
#[tokio::test(flavor = "multi_thread")]
async fn inv_2_one_hot_item_is_issued_by_many() {
    let database = Database::migrated().await;
    let h = Harness::new(TestStore::new(database.store().await));
    let (items, places) = masters(&h, 1).await;
    let mut callers = JoinSet::new();
    let start = Instant::now();
    for _ in 0..CALLERS {
        let (engine, item, warehouse) = (h.engine.clone(), items[0], places[0]);
        callers.spawn(async move {
            for _ in 0..25 {
                let direction = Direction::Out { reservation: None };
                let lines = vec![NewLine::new((item, warehouse), 1, direction)];
                let kind = PostingKind::Issue;
                let new = NewPosting::now(kind, lines);
                engine.inventory().post(&Ctx::system(), new).await.unwrap();
            }
        });
    }
    callers.join_all().await;
    println!("{:.0} issues/s", 400.0 / start.elapsed().as_secs_f64());
    let level = h.store.inventory().level((items[0], places[0])).await.unwrap().unwrap();
    assert_eq!(level.on_hand, (-400).into());
    assert_eq!(h.store.maintenance().verify().await, Ok(vec![]));
}

/// INV-2, X-6: changes of stock go together, and each is answered on its own: one that is refused, comes
/// twice or is the first of its balance harms none of the others.
#[tokio::test(flavor = "multi_thread")]
async fn inv_2_a_refused_change_does_not_harm_those_that_it_came_with() {
    let database = Database::migrated().await;
    let h = Harness::new(TestStore::new(database.store().await));
    let (items, places) = masters(&h, 2).await;
    let ctx = Ctx::system();
    let forbidden = Warehouse::new("strict", "strict").unwrap();
    let strict = h.engine.records().create(&ctx, forbidden).await.unwrap().id;
    let one = |warehouse, direction| {
        let line = NewLine::new((items[0], warehouse), 1, direction);
        let (kind, lines) = (PostingKind::Adjustment, vec![line]);
        NewPosting::now(kind, lines)
    };
    let out = Direction::Out { reservation: None };
    h.engine.inventory().post(&ctx, one(strict, Direction::In { price: None })).await.unwrap();
    let mut callers = JoinSet::new();
    for n in 0..60 {
        let engine = h.engine.clone();
        let warehouse = [strict, places[0], places[1]][n % 3];
        let new = one(warehouse, out);
        // Pairs of callers share a key.
        let key = IdempotencyKey::new(format!("key-{}", n / 6 * 6 + n % 3)).unwrap();
        let ctx = Ctx::system().with_idempotency_key(key);
        callers.spawn(async move { (n, engine.inventory().post(&ctx, new).await) });
    }
    let mut answers = callers.join_all().await;
    answers.sort_by_key(|(n, _)| *n);
    let strictly: Vec<_> = answers.iter().filter(|(n, _)| n % 3 == 0).collect();
    let written: std::collections::BTreeSet<_> = strictly
        .iter()
        .filter_map(|(_, answer)| answer.as_ref().ok().map(|posted| posted.posting.id))
        .collect();
    assert_eq!(written.len(), 1, "{strictly:?}");
    let level = |key| {
        let inventory = h.store.inventory();
        async move { inventory.level(key).await.unwrap().unwrap().on_hand }
    };
    assert_eq!(level((items[0], strict)).await, 0.into());
    let mut both = level((items[0], places[0])).await;
    both += level((items[0], places[1])).await;
    assert_eq!(both, (-20).into(), "40 callers with 20 keys");
    assert_eq!(h.store.maintenance().verify().await, Ok(vec![]));
}

/// INV-4: whatever 16 callers do at once, nobody waits in a ring, and a reader sees balances that are
/// what the ledger says at every moment.
#[tokio::test(flavor = "multi_thread")]
async fn storm_inv_4_mixed_operations_meet_no_deadlock() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let h = Harness::new(TestStore::new(store.clone()));
    let ada = Ctx::user(h.user_with_role("ada", BuiltInRole::ADMIN).await.id);
    let (storm, mut tally) = StockStorm::prepare(&h.engine, &ada, 6).await.unwrap();
    let reader = store.clone();
    let watching = async {
        for look in 0_u64.. {
            let verified = reader.maintenance().verify().await;
            assert_eq!(verified, Ok(vec![]), "look {look}");
        }
    };
    let told = tokio::select! {
        told = storm.run(CALLERS, 150, 1) => told,
        () = watching => unreachable!("nobody stops the reader"),
    };
    tally.add(told);
    storm.assert_sound(&tally).await;
    store.close().await;
    assert_eq!(deadlocks(&database.store().await).await, 0);
}
