//! Postings that say when they had effect, in one transaction: what moved later is worked out again once
//! for all of them.

use std::sync::Arc;

use erp_core::{
    change::{Allocated, ChangeSet, Receipt},
    inventory::{InventoryChange, StockOutcome},
    port::{StoreError, StoreResult},
    time::Timestamp,
};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::{Failure, idempotency, persistently, queue::write_alone, record};
use crate::{apply::stock, sql, store::Writer};

/// What became of each, in their order.
type Answers = Vec<StoreResult<Receipt>>;

/// Writes the sets, each of which is nothing but such a posting, and wakes the readers.
pub(super) async fn on_pool(writer: &Writer, sets: Vec<Arc<ChangeSet>>) -> Answers {
    let sets = Arc::new(sets);
    let written = persistently(&writer.db, |conn| {
        let sets = Arc::clone(&sets);
        Box::pin(async move { transact(conn, &sets).await })
    });
    match written.await {
        Ok(answers) => {
            let receipts = answers.iter().rev().flatten();
            if let Some(last) = receipts.into_iter().find(|one| one.position.is_some()) {
                writer.announce(last);
            }
            answers
        }
        // A constraint has refused a row: each goes alone, so that it is told whose.
        Err(StoreError::Conflict(_)) => {
            let mut answers = Vec::with_capacity(sets.len());
            for set in sets.iter() {
                answers.push(write_alone(writer, set).await);
            }
            answers
        }
        Err(error) => sets.iter().map(|_| Err(error.clone())).collect(),
    }
}

async fn transact(conn: &mut PgConnection, sets: &[Arc<ChangeSet>]) -> Result<Answers, Failure> {
    let mut transaction = conn.begin().await?;
    let answers = write(&mut transaction, sets).await;
    let new = |receipt: &Receipt| receipt.replayed.is_none();
    match &answers {
        Ok(answers) if answers.iter().flatten().any(new) => transaction.commit().await?,
        // The first fault is the one to tell; a failed rollback shows in the next statement.
        _ => drop(transaction.rollback().await),
    }
    answers
}

async fn write(conn: &mut PgConnection, sets: &[Arc<ChangeSet>]) -> Result<Answers, Failure> {
    let mut answers: Vec<Option<StoreResult<Receipt>>> = Vec::with_capacity(sets.len());
    for set in sets {
        answers.push(match claimed(conn, set).await {
            Ok(first) => first.map(Ok),
            Err(Failure::Refused(error)) => Some(Err(error)),
            Err(failure) => return Err(failure),
        });
    }
    let open: Vec<_> = sets
        .iter()
        .enumerate()
        .filter(|(place, _)| answers.get(*place).is_some_and(Option::is_none))
        .filter_map(|(place, set)| Some((place, set, set.dated_posting()?)))
        .collect();
    let changes: Vec<(&InventoryChange, Timestamp)> =
        open.iter().map(|(_, set, change)| (*change, set.at())).collect();
    let came_to = stock::apply_each(conn, &changes).await?;
    for ((place, set, _), outcome) in open.into_iter().zip(came_to) {
        let answer = match outcome {
            Ok(outcome) => Ok(recorded(conn, set, outcome).await?),
            Err(error) => {
                forget(conn, set).await?;
                Err(error)
            }
        };
        if let Some(there) = answers.get_mut(place) {
            *there = Some(answer);
        }
    }
    let lacking = || Err(StoreError::Internal("a set has no answer".to_owned()));
    Ok(answers.into_iter().map(|answer| answer.unwrap_or_else(lacking)).collect())
}

/// The answer that the set's idempotency key had before; else the key is this one's.
async fn claimed(conn: &mut PgConnection, set: &ChangeSet) -> Result<Option<Receipt>, Failure> {
    set.check_slots()?;
    match &set.idempotency {
        Some(wanted) => idempotency::claim(conn, wanted, set.at()).await,
        None => Ok(None),
    }
}

async fn recorded(
    conn: &mut PgConnection,
    set: &ChangeSet,
    outcome: StockOutcome,
) -> Result<Receipt, Failure> {
    let (allocated, stock) = (vec![Allocated::default()], vec![(0, outcome)]);
    let position = record::write(conn, set, &allocated, &stock).await?;
    Ok(Receipt { position, allocated, replayed: None, stock })
}

/// A set that is refused leaves no record of its key.
async fn forget(conn: &mut PgConnection, set: &ChangeSet) -> Result<(), Failure> {
    let Some(wanted) = &set.idempotency else { return Ok(()) };
    let owner: Uuid = idempotency::owner(wanted);
    sql::query("DELETE FROM idempotency_keys WHERE actor_id = $1 AND key = $2")
        .bind(owner)
        .bind(wanted.key.as_str())
        .execute(conn)
        .await?;
    Ok(())
}
