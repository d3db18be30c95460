//! The one audited write.
//!
//! A commit runs to its end in a task of its own: a caller whose future is dropped (his client has
//! gone) leaves no transaction open on a pooled connection, where it would swallow the next caller's
//! writes. The hot shapes are one statement each; everything else is one transaction.

mod batch;
mod dated;
mod failure;
mod fold;
mod idempotency;
mod locks;
mod queue;
mod record;
mod stock;
mod transaction;

use std::{collections::BTreeSet, pin::Pin, sync::Arc, time::Duration};

use erp_core::{
    change::{ChangeSet, Receipt},
    port::{StoreError, StoreResult},
};
use sqlx::PgConnection;

pub(crate) use batch::Posts;
pub(crate) use failure::Failure;
pub(crate) use fold::{OWN, OWN_WITH_KEY, folded, folded_with_key};
pub(crate) use locks::tree_version;
pub(crate) use queue::Queue;
pub(crate) use record::write_event;
pub(crate) use stock::Stock;

use crate::{constraint::store_error, db::Db, sql, store::Writer};

/// How often a commit is tried that lost to others by deadlock or serialization failure.
const MAX_ATTEMPTS: u32 = 8;
/// The wait before the second attempt; it doubles from there.
const FIRST_PAUSE: Duration = Duration::from_millis(1);

/// Work on a connection.
type Work<'c, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'c>>;

/// Writes the change set on a connection of the pool, and wakes the readers.
pub(crate) async fn on_pool(writer: Writer, set: ChangeSet) -> StoreResult<Receipt> {
    let task = tokio::spawn(async move {
        writer.make_room(&set).await;
        if let Some((post, _)) = fold::post_of(&set) {
            let rooms = BTreeSet::from([post.room]);
            return writer.posts.commit(&writer, set, rooms).await;
        }
        if let Some(keys) = stock::keys_of(&set) {
            return writer.stock.commit(&writer, set, keys).await;
        }
        let set = Arc::new(set);
        let receipt = persistently(&writer.db, |conn| {
            let set = Arc::clone(&set);
            Box::pin(async move { write(conn, &set).await })
        })
        .await?;
        writer.announce(&receipt);
        Ok(receipt)
    });
    ended(task.await)
}

/// Writes the change sets one after the other, those of stock in as few statements as they go into.
pub(crate) async fn each_on_pool(
    writer: Writer,
    sets: Vec<ChangeSet>,
) -> Vec<StoreResult<Receipt>> {
    let wanted = sets.len();
    let task = tokio::spawn(async move {
        let keys: Option<Vec<_>> = sets.iter().map(stock::keys_of).collect();
        let Some(keys) = keys else {
            let mut answers = Vec::with_capacity(sets.len());
            for run in ChangeSet::in_runs(sets, |set| set) {
                if run.len() > 1 {
                    for set in &run {
                        writer.make_room(set).await;
                    }
                    let run = run.into_iter().map(Arc::new).collect();
                    answers.extend(dated::on_pool(&writer, run).await);
                    continue;
                }
                for set in run {
                    answers.push(on_pool(writer.clone(), set).await);
                }
            }
            return answers;
        };
        for set in &sets {
            writer.make_room(set).await;
        }
        let sets = sets.into_iter().zip(keys).collect();
        writer.stock.commit_each(&writer, sets).await
    });
    task.await.unwrap_or_else(|lost| {
        let fault = format!("the commit's task ended: {lost}");
        (0..wanted).map(|_| Err(StoreError::Unavailable(fault.clone()))).collect()
    })
}

async fn write(conn: &mut PgConnection, set: &ChangeSet) -> Result<Receipt, Failure> {
    match fold::fold(conn, set).await? {
        Some(receipt) => Ok(receipt),
        None => transaction::transact(conn, set).await,
    }
}

/// Runs a transaction on a connection of the pool, in a task of its own.
pub(crate) async fn in_task<T: Send + 'static>(
    db: Db,
    work: impl for<'c> Fn(&'c mut PgConnection) -> Work<'c, T> + Send + Sync + 'static,
) -> StoreResult<T> {
    ended(tokio::spawn(async move { persistently(&db, work).await }).await)
}

fn ended<T>(task: Result<StoreResult<T>, tokio::task::JoinError>) -> StoreResult<T> {
    task.unwrap_or_else(|lost| {
        Err(StoreError::Unavailable(format!("the commit's task ended: {lost}")))
    })
}

/// Tries again when the transaction lost to another.
async fn persistently<T>(
    db: &Db,
    work: impl for<'c> Fn(&'c mut PgConnection) -> Work<'c, T> + Send + Sync,
) -> StoreResult<T> {
    db.on_connection(async |conn: &mut PgConnection| {
        let mut pause = FIRST_PAUSE;
        for _ in 1..MAX_ATTEMPTS {
            match work(conn).await {
                Err(failure) if failure.lost_to_another() => tokio::time::sleep(pause).await,
                done => return Ok(done?),
            }
            pause *= 2;
        }
        Ok(work(conn).await?)
    })
    .await
}

/// Writes the change set in the transaction that the connection is in, in the store's schema.
pub(crate) async fn in_transaction(
    conn: &mut PgConnection,
    schema: Option<&str>,
    set: &ChangeSet,
) -> StoreResult<Receipt> {
    let Some(schema) = schema else { return Ok(in_savepoint(conn, set).await?) };
    let path: String = sql::query_scalar("SELECT current_setting('search_path')")
        .fetch_one(&mut *conn)
        .await
        .map_err(store_error)?;
    set_path(conn, schema).await?;
    let receipt = in_savepoint(conn, set).await;
    match set_path(conn, &path).await {
        Err(error) if receipt.is_ok() => Err(error),
        _ => Ok(receipt?),
    }
}

async fn in_savepoint(conn: &mut PgConnection, set: &ChangeSet) -> Result<Receipt, Failure> {
    match transaction::transact(conn, set).await {
        Err(failure) if failure.is_misrouted() => transaction::transact(conn, set).await,
        done => done,
    }
}

async fn set_path(conn: &mut PgConnection, path: &str) -> StoreResult<()> {
    let query = sql::query("SELECT set_config('search_path', $1, true)").bind(path);
    query.execute(conn).await.map(drop).map_err(store_error)
}
