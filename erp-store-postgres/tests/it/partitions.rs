//! Partitions of the event log and of the audit log.

use chrono::TimeDelta;
use erp_conformance::{Harness, TestStore};
use erp_core::{change::Position, port::Store};
use erp_store_postgres::PgStore;
use sqlx::{Connection, PgConnection};

use crate::support::Database;

async fn start() -> (PgStore, Harness, String) {
    let database = Database::migrated().await;
    let (store, url) = (database.store().await, database.url.clone());
    let h = Harness::new(TestStore::new(store.clone()).keeping(database));
    (store, h, url)
}

async fn count(store: &PgStore, table: &'static str) -> i64 {
    let statement = format!("SELECT count(*) FROM {table}");
    sqlx::query_scalar(sqlx::AssertSqlSafe(statement)).fetch_one(store.pool()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_day_begins_a_partition_and_retention_drops_those_before() {
    let (store, h, _) = start().await;
    let ann = h.user("ann").await.id;
    let room = h.group(&[ann]).await.id;
    for _ in 0..4 {
        h.post(room, ann, "hello").await;
        h.clock.advance(TimeDelta::days(1));
    }
    let all = h.events().await;
    let ranges: Vec<i64> = all.iter().map(|event| event.position.0 >> 20).collect();
    assert_eq!(ranges, [0, 1, 2, 3]);

    let before = all[2].at;
    let horizon = store.maintenance().drop_events_before(before).await.unwrap();
    assert!(horizon >= all[1].position && horizon < all[2].position);
    assert_eq!(store.events().horizon().await.unwrap(), horizon);
    assert_eq!(h.events_after(horizon).await, all[2..]);
    assert_eq!(count(&store, "event_log").await, 2);
    assert_eq!(store.maintenance().drop_events_before(before).await.unwrap(), horizon);

    let other = PgStore::from_pool(store.pool().clone()).unwrap();
    assert_eq!(other.events().read(horizon, 10).await.unwrap().events, all[2..]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rts_6_retention_waits_for_a_position_that_is_still_open() {
    let (store, h, url) = start().await;
    let ann = h.user("ann").await.id;
    let room = h.group(&[ann]).await.id;
    h.post(room, ann, "old").await;
    let mut conn = PgConnection::connect(&url).await.unwrap();
    let mut transaction = conn.begin().await.unwrap();
    let open = store.commit_in(&mut transaction, h.posting(room, ann, "open").1).await.unwrap();
    let dropping = {
        let (store, before) = (store.clone(), h.now() + TimeDelta::days(3));
        tokio::spawn(async move { store.maintenance().drop_events_before(before).await })
    };
    let waits = "SELECT EXISTS (SELECT FROM event_log_state WHERE newest_day > 0 AND horizon = 0)";
    while !sqlx::query_scalar::<_, bool>(waits).fetch_one(store.pool()).await.unwrap() {
        tokio::task::yield_now().await;
    }
    assert!(!dropping.is_finished());
    transaction.commit().await.unwrap();
    let horizon = dropping.await.unwrap().unwrap();
    assert!(horizon >= open.position.unwrap());
    assert_eq!(count(&store, "event_log").await, 0);
    assert_eq!(count(&store, "event_log_default").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_without_a_partition_is_kept_and_moved_later() {
    let (store, h, _) = start().await;
    let ann = h.user("ann").await.id;
    let room = h.group(&[ann]).await.id;
    h.post(room, ann, "first").await;
    // Far beyond what has been made ahead.
    let beyond = 50_i64 << 20;
    sqlx::query("SELECT setval('event_log_position', $1)")
        .bind(beyond)
        .execute(store.pool())
        .await
        .unwrap();
    h.post(room, ann, "second").await;
    let moved = "SELECT to_regclass('event_log_p50') IS NOT NULL";
    while !sqlx::query_scalar::<_, bool>(moved).fetch_one(store.pool()).await.unwrap() {
        tokio::task::yield_now().await;
    }
    assert_eq!(count(&store, "event_log_default").await, 0);
    assert_eq!(count(&store, "event_log_p50").await, 1);
    let positions: Vec<_> = h.events().await.iter().map(|event| event.position).collect();
    assert_eq!(positions, [Position(1), Position(beyond + 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn auth_13_a_month_in_the_default_partition_is_dropped_with_an_anchor_as_well() {
    let (store, h, url) = start().await;
    let ann = h.user("ann").await.id;
    let entries = i64::try_from(h.audit().await.len()).unwrap();
    // As if the month's partition could not have been made.
    let mut conn = PgConnection::connect(&url).await.unwrap();
    let name: String = sqlx::query_scalar(
        "SELECT relname::text FROM pg_class WHERE relname ~ '^audit_log_y[0-9]+m[0-9]+$'",
    )
    .fetch_one(&mut conn)
    .await
    .unwrap();
    let statements = format!(
        "ALTER TABLE audit_log DETACH PARTITION {name};
         INSERT INTO audit_log SELECT * FROM {name}; DROP TABLE {name};"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(statements)).execute(&mut conn).await.unwrap();
    assert_eq!(count(&store, "audit_log_default").await, entries);

    h.clock.advance(TimeDelta::days(40));
    h.group(&[ann]).await;
    let anchors = store.maintenance().drop_audit_before(h.now()).await.unwrap();
    assert_eq!(anchors.iter().map(|anchor| anchor.entries).sum::<i64>(), entries);
    assert_eq!(store.audit().anchors().await.unwrap(), anchors);
    assert_eq!(count(&store, "audit_log").await, 1);
}
