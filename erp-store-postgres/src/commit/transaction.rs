//! Any change set, in one transaction.

use erp_core::change::{Change, ChangeSet, Receipt};
use sqlx::{Connection, PgConnection};

use super::{Failure, idempotency, locks, record};
use crate::{
    apply::{self, Applied},
    records,
};

/// Writes the change set in a transaction of its own, or in a savepoint when the connection is in a
/// transaction already: a change set that is refused leaves nothing behind either way.
pub(super) async fn transact(conn: &mut PgConnection, set: &ChangeSet) -> Result<Receipt, Failure> {
    let mut transaction = conn.begin().await?;
    match write(&mut transaction, set).await {
        Ok(receipt) if receipt.replayed.is_none() => {
            transaction.commit().await?;
            Ok(receipt)
        }
        unchanged => {
            // The first fault is the one to tell; a failed rollback shows in the next statement.
            let _ = transaction.rollback().await;
            unchanged
        }
    }
}

async fn write(conn: &mut PgConnection, set: &ChangeSet) -> Result<Receipt, Failure> {
    if let Some(wanted) = &set.idempotency
        && let Some(first) = idempotency::claim(conn, wanted, set.at()).await?
    {
        return Ok(first);
    }
    let touched = set.touches();
    locks::take(conn, set, &touched).await?;
    set.check_slots()?;
    let (mut allocated, mut stock) = (Vec::with_capacity(set.changes.len()), Vec::new());
    for (index, change) in set.changes.iter().enumerate() {
        let applied = match change {
            Change::Access(change) => apply::access(conn, change).await?.into(),
            Change::Chat(change) => apply::chat(conn, change).await?.into(),
            Change::Inventory(change) => apply::inventory(conn, change, set.at()).await?,
            Change::Projects(change) => apply::projects(conn, change).await?.into(),
            Change::Catalog(change) => {
                apply::catalog(conn, change).await?;
                Applied::default()
            }
            Change::Record(change) => {
                records::apply(conn, change).await?;
                Applied::default()
            }
        };
        allocated.push(applied.allocated);
        stock.extend(applied.stock.map(|outcome| (index, outcome)));
    }
    locks::raise(conn, &touched).await?;
    record::write_along(conn, &set.along).await?;
    let position = record::write(conn, set, &allocated, &stock).await?;
    Ok(Receipt { position, allocated, replayed: None, stock })
}
