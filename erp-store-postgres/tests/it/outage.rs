//! A server that is gone, connections that are cut, and callers who do not wait for the answer.

use std::{sync::Arc, time::Duration};

use erp_conformance::{Harness, TestStore, pg_cluster::PgCluster};
use erp_core::{
    change::Receipt,
    ids::{RoomId, UserId},
    port::{Store, StoreError, StoreResult},
};
use erp_store_postgres::{PgStore, PgStoreOptions};
use sqlx::{Connection, PgConnection};
use tokio::task::JoinSet;

use crate::support::{Database, Dice};

#[tokio::test(flavor = "multi_thread")]
async fn x_17_a_server_that_is_gone_is_a_typed_error_and_its_return_is_noticed() {
    let cluster = PgCluster::start().unwrap();
    let url = cluster.fresh_database().unwrap();
    let options =
        PgStoreOptions { acquire_timeout: Duration::from_millis(500), ..PgStoreOptions::default() };
    let store = PgStore::connect(&url, options).await.unwrap();
    store.migrate().await.unwrap();
    let h = Harness::new(TestStore::new(store.clone()));
    let ann = h.user("ann").await;
    let room = h.group(&[ann.id]).await;
    h.post(room.id, ann.id, "before").await;
    let epoch = store.events().epoch().await.unwrap();
    assert_eq!(h.settled().await, h.events().await.last().unwrap().position);

    cluster.kill_9_postmaster().unwrap();
    let unavailable = |result: StoreResult<()>| {
        assert!(matches!(result, Err(StoreError::Unavailable(_))), "{result:?}");
    };
    unavailable(store.access().user(ann.id).await.map(drop));
    let (_, post) = h.posting(room.id, ann.id, "during");
    unavailable(store.commit(post).await.map(drop));
    unavailable(store.events().settled().await.map(drop));

    cluster.restart().unwrap();
    let mut after = Err(StoreError::NotFound { entity: "room" });
    while after.is_err() {
        after = store.commit(h.posting(room.id, ann.id, "after").1).await;
    }
    assert_eq!(h.settled().await, after.unwrap().position.unwrap());
    assert_eq!(store.events().epoch().await.unwrap(), epoch, "a crash loses nothing");
    let bodies: Vec<_> = h.messages(room.id).await.into_iter().map(|one| one.body).collect();
    assert_eq!(bodies, ["before", "after"]);
}

const CALLERS: u64 = 8;
const DROPPED: u64 = 10_000 / CALLERS;
const ACKNOWLEDGED: u64 = 250;

/// Sends posts and goes away 1 to 500 µs later.
async fn drop_requests(h: Arc<Harness>, room: RoomId, user: UserId, seed: u64) {
    let mut dice = Dice::new(seed);
    for _ in 0..DROPPED {
        let (_, post) = h.posting(room, user, "dropped");
        let patience = Duration::from_micros(1 + dice.below(500));
        let store = Arc::clone(&h.store);
        let mut commit = Box::pin(async move { store.commit(post).await });
        let until = std::time::Instant::now() + patience;
        while std::time::Instant::now() < until {
            if futures::poll!(&mut commit).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
}

/// Waits for every answer.
async fn acknowledge(h: Arc<Harness>, room: RoomId, user: UserId) -> Vec<Receipt> {
    let mut receipts = Vec::new();
    for _ in 0..ACKNOWLEDGED {
        receipts.push(h.store.commit(h.posting(room, user, "kept").1).await.unwrap());
    }
    receipts
}

#[tokio::test(flavor = "multi_thread")]
async fn storm_dropped_requests_lose_no_acknowledged_write() {
    let database = Database::migrated().await;
    let options = PgStoreOptions {
        max_connections: 4,
        acquire_timeout: Duration::from_secs(60),
        deadline: Duration::from_secs(60),
        ..PgStoreOptions::default()
    };
    let store = PgStore::connect(&database.url, options).await.unwrap();
    let h = Arc::new(Harness::new(TestStore::new(store.clone())));
    let ann = h.user("ann").await.id;
    let mut rooms = Vec::new();
    for _ in 0..CALLERS {
        rooms.push(h.group(&[ann]).await.id);
    }

    let (mut droppers, mut writers) = (JoinSet::new(), JoinSet::new());
    for (seed, room) in (0_u64..).zip(rooms) {
        droppers.spawn(drop_requests(Arc::clone(&h), room, ann, seed));
        writers.spawn(acknowledge(Arc::clone(&h), room, ann));
    }
    let mut positions = Vec::new();
    while let Some(receipts) = writers.join_next().await {
        positions.extend(receipts.unwrap().iter().map(|receipt| receipt.position.unwrap().0));
    }
    while let Some(ended) = droppers.join_next().await {
        ended.unwrap();
    }
    // Every connection is back once four can be had at once: no dropped commit is still on its way.
    let mut all = Vec::new();
    for _ in 0..4 {
        all.push(store.pool().acquire().await.unwrap());
    }
    drop(all);

    let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM event_log WHERE position = ANY($1)")
        .bind(&positions)
        .fetch_one(store.pool())
        .await
        .unwrap();
    assert_eq!(kept, i64::try_from(positions.len()).unwrap());
    let messages: i64 =
        sqlx::query_scalar("SELECT count(*) FROM chat_messages WHERE body = 'kept'")
            .fetch_one(store.pool())
            .await
            .unwrap();
    assert_eq!(messages, i64::try_from(positions.len()).unwrap());
    assert_eq!(store.maintenance().verify().await.unwrap(), []);
    assert_eq!(idle_in_transaction(&database.url).await, 0);
}

async fn idle_in_transaction(url: &str) -> i64 {
    let mut conn = PgConnection::connect(url).await.unwrap();
    sqlx::query_scalar(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
         AND state LIKE 'idle in transaction%'",
    )
    .fetch_one(&mut conn)
    .await
    .unwrap()
}
