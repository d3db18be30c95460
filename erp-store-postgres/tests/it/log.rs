//! The event log under writers that pause, roll back and are killed, beside a plain `bigserial`
//! cursor under the same writers, which loses events.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use erp_core::{change::Position, port::Store};
use erp_store_postgres::PgStore;
use parking_lot::Mutex;
use sqlx::{Connection, PgConnection};
use tokio::task::JoinSet;

use crate::support::{Database, Dice};

const WRITERS: u64 = 32;
const WRITES: u64 = 60;
const READERS: u64 = 6;

/// Where the writers write. The same statement order as the store's: the event is the last thing in
/// the transaction, but here somebody waits between it and the end.
#[derive(Clone, Copy)]
enum Table {
    /// The store's log.
    EventLog,
    /// What one would write first.
    Bigserial,
}

impl Table {
    fn insert(self) -> &'static str {
        match self {
            Self::EventLog => {
                "INSERT INTO event_log (at, kind, data, audience) \
                 VALUES ('2026-01-01Z', 'test.written', to_json($1), '') RETURNING position"
            }
            Self::Bigserial => "INSERT INTO naive (number) VALUES ($1) RETURNING position",
        }
    }
}

/// Committed positions, as the writers know them.
type Committed = Arc<Mutex<BTreeSet<i64>>>;

/// Writes with pauses inside the transaction; some roll back, some are killed by another session.
async fn write(url: String, table: Table, seed: u64, committed: Committed) {
    let mut dice = Dice::new(seed);
    let mut conn = PgConnection::connect(&url).await.unwrap();
    for number in 0..WRITES {
        let fate = dice.below(100);
        let pause = Duration::from_micros(dice.below(4_000));
        match write_one(&mut conn, table, fate, pause, number).await {
            Ok(Some(position)) => {
                committed.lock().insert(position);
            }
            Ok(None) => {}
            Err(_) => conn = PgConnection::connect(&url).await.unwrap(),
        }
    }
}

async fn write_one(
    conn: &mut PgConnection,
    table: Table,
    fate: u64,
    pause: Duration,
    number: u64,
) -> sqlx::Result<Option<i64>> {
    let mut transaction = conn.begin().await?;
    let position: i64 = sqlx::query_scalar(table.insert())
        .bind(i64::try_from(number).unwrap())
        .fetch_one(&mut *transaction)
        .await?;
    tokio::time::sleep(pause).await;
    match fate {
        0..10 => {
            transaction.rollback().await?;
            Ok(None)
        }
        10..14 => {
            sqlx::query("SELECT pg_terminate_backend(pg_backend_pid())")
                .execute(&mut *transaction)
                .await?;
            Ok(None)
        }
        _ => {
            transaction.commit().await?;
            Ok(Some(position))
        }
    }
}

async fn write_all(url: &str, table: Table) -> BTreeSet<i64> {
    let committed = Committed::default();
    let mut writers = JoinSet::new();
    for seed in 0..WRITERS {
        writers.spawn(write(url.to_owned(), table, seed, Arc::clone(&committed)));
    }
    while let Some(ended) = writers.join_next().await {
        ended.unwrap();
    }
    let committed = committed.lock().clone();
    assert!(committed.len() > 1_000, "{}", committed.len());
    committed
}

/// Reads what is there after the last position that it has seen, as fast as it can.
async fn read_naively(url: String, done: Arc<AtomicBool>) -> BTreeSet<i64> {
    let mut conn = PgConnection::connect(&url).await.unwrap();
    let (mut seen, mut last) = (BTreeSet::new(), 0);
    loop {
        let over = done.load(Ordering::Acquire);
        let positions: Vec<i64> =
            sqlx::query_scalar("SELECT position FROM naive WHERE position > $1 ORDER BY position")
                .bind(last)
                .fetch_all(&mut conn)
                .await
                .unwrap();
        last = positions.last().copied().unwrap_or(last);
        seen.extend(positions);
        if over {
            return seen;
        }
    }
}

/// Reads on from what was reached, with batches of any size; now and then it forgets what it has and
/// resumes from an earlier position, as a client does that was cut off.
async fn read_and_resume(store: PgStore, seed: u64, done: Arc<AtomicBool>) -> Vec<i64> {
    let mut dice = Dice::new(seed);
    let (mut seen, mut after) = (Vec::<i64>::new(), Position::START);
    loop {
        let over = done.load(Ordering::Acquire);
        let end = if over { Some(store.events().settled().await.unwrap()) } else { None };
        let limit = usize::try_from(1 + dice.below(200)).unwrap();
        let batch = store.events().read(after, limit).await.unwrap();
        seen.extend(batch.events.iter().map(|event| event.position.0));
        assert!(batch.reached >= after);
        after = batch.reached;
        if end.is_some_and(|end| after >= end) {
            return seen;
        }
        if dice.below(20) == 0 && !seen.is_empty() {
            let kept = usize::try_from(dice.below(u64::try_from(seen.len()).unwrap())).unwrap();
            seen.truncate(kept);
            after = Position(seen.last().copied().unwrap_or(0));
        } else if batch.events.is_empty() {
            store.events().wait(after).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rts_6_a_plain_bigserial_cursor_loses_events() {
    let database = Database::empty();
    let mut conn = PgConnection::connect(&database.url).await.unwrap();
    sqlx::query("CREATE TABLE naive (position bigserial PRIMARY KEY, number bigint)")
        .execute(&mut conn)
        .await
        .unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn(read_naively(database.url.clone(), Arc::clone(&done)));
    let committed = write_all(&database.url, Table::Bigserial).await;
    done.store(true, Ordering::Release);
    let seen = reader.await.unwrap();
    let lost = committed.difference(&seen).count();
    assert!(lost > 0, "the harness is too gentle: the naive reader lost nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn rts_6_every_committed_event_is_read_once_and_in_order_by_every_reader() {
    let database = Database::migrated().await;
    let done = Arc::new(AtomicBool::new(false));
    let mut readers = JoinSet::new();
    // Two nodes, and readers on each.
    let nodes = [database.store().await, database.store().await];
    for seed in 0..READERS {
        let node = nodes[usize::try_from(seed % 2).unwrap()].clone();
        readers.spawn(read_and_resume(node, seed, Arc::clone(&done)));
    }
    let committed: Vec<i64> = write_all(&database.url, Table::EventLog).await.into_iter().collect();
    done.store(true, Ordering::Release);
    while let Some(seen) = readers.join_next().await {
        assert_eq!(seen.unwrap(), committed);
    }
    let late = database.store().await;
    let seen = read_and_resume(late, 99, done).await;
    assert_eq!(seen, committed, "a node that starts afterwards");
}

#[tokio::test(flavor = "multi_thread")]
async fn rts_6_an_open_transaction_holds_back_what_was_committed_after_it() {
    let database = Database::migrated().await;
    let store = database.store().await;
    assert_eq!(store.events().settled().await.unwrap(), Position::START);
    let mut open = PgConnection::connect(&database.url).await.unwrap();
    let mut transaction = open.begin().await.unwrap();
    let first: i64 = sqlx::query_scalar(Table::EventLog.insert())
        .bind(1_i64)
        .fetch_one(&mut *transaction)
        .await
        .unwrap();
    let mut other = PgConnection::connect(&database.url).await.unwrap();
    let second: i64 = sqlx::query_scalar(Table::EventLog.insert())
        .bind(2_i64)
        .fetch_one(&mut other)
        .await
        .unwrap();
    // Long enough for many rounds of the tailer.
    assert_eq!(store.events().wait(Position::START).await.unwrap(), Position::START);
    assert_eq!(store.events().read(Position::START, 10).await.unwrap().events, []);
    transaction.commit().await.unwrap();
    store.wake();
    let mark = store.events().settled().await.unwrap();
    assert_eq!(mark, Position(second));
    let batch = store.events().read(Position::START, 10).await.unwrap();
    let positions: Vec<_> = batch.events.iter().map(|event| event.position.0).collect();
    assert_eq!(positions, [first, second]);
}
