//! Commits in a transaction of the host's.

use erp_conformance::{Harness, TestStore};
use erp_core::{change::Position, chat::Seq, port::StoreError};
use erp_store_postgres::PgStore;
use sqlx::{Connection, PgConnection};

use crate::support::{Database, options};

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_change_set_leaves_the_hosts_transaction_as_it_was() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let h = Harness::new(TestStore::new(store.clone()));
    let (ann, eve) = (h.user("ann").await.id, h.user("eve").await.id);
    let room = h.group(&[ann]).await.id;

    let mut conn = PgConnection::connect(&database.url).await.unwrap();
    sqlx::query("CREATE TABLE orders (number bigint)").execute(&mut conn).await.unwrap();
    let mut transaction = conn.begin().await.unwrap();
    sqlx::query("INSERT INTO orders VALUES (1)").execute(&mut *transaction).await.unwrap();
    let refused = store.commit_in(&mut transaction, h.posting(room, eve, "no").1).await;
    assert_eq!(refused, Err(StoreError::NotFound { entity: "member" }));
    let receipt = store.commit_in(&mut transaction, h.posting(room, ann, "yes").1).await.unwrap();
    assert_eq!(receipt.number(0), Ok(1));
    sqlx::query("INSERT INTO orders VALUES (2)").execute(&mut *transaction).await.unwrap();
    transaction.commit().await.unwrap();
    store.committed(&receipt);

    let orders: i64 =
        sqlx::query_scalar("SELECT count(*) FROM orders").fetch_one(&mut conn).await.unwrap();
    assert_eq!(orders, 2);
    assert_eq!(h.messages(room).await.len(), 1);
    assert_eq!(h.settled().await, receipt.position.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn bc_2_what_the_host_rolls_back_leaves_no_trace_and_holds_nobody_up() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let h = Harness::new(TestStore::new(store.clone()));
    let ann = h.user("ann").await.id;
    let room = h.group(&[ann]).await.id;

    let mut conn = PgConnection::connect(&database.url).await.unwrap();
    let mut transaction = conn.begin().await.unwrap();
    store.commit_in(&mut transaction, h.posting(room, ann, "never").1).await.unwrap();
    transaction.rollback().await.unwrap();
    let message = h.post(room, ann, "after").await;
    assert_eq!(message.seq, Seq(1));
    let events = h.events_after(Position::START).await;
    assert_eq!(events.iter().filter(|event| event.body.room_seq().is_some()).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hosts_search_path_is_his_own_again() {
    let database = Database::empty();
    let store = PgStore::connect(&database.url, options().with_schema("org_1")).await.unwrap();
    store.migrate().await.unwrap();
    let h = Harness::new(TestStore::new(store.clone()));
    let ann = h.user("ann").await.id;
    let room = h.group(&[ann]).await.id;

    let mut conn = PgConnection::connect(&database.url).await.unwrap();
    let mut transaction = conn.begin().await.unwrap();
    let path = "SELECT current_setting('search_path')";
    let before: String = sqlx::query_scalar(path).fetch_one(&mut *transaction).await.unwrap();
    store.commit_in(&mut transaction, h.posting(room, ann, "hello").1).await.unwrap();
    let after: String = sqlx::query_scalar(path).fetch_one(&mut *transaction).await.unwrap();
    assert_eq!(before, after);
    transaction.commit().await.unwrap();
    assert_eq!(h.messages(room).await.len(), 1);
}
