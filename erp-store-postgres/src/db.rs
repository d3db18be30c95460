//! The pool, with a limit on how long anyone waits for it.

use std::time::Duration;

use futures::future::BoxFuture;
use sqlx::{PgConnection, PgPool, Postgres, pool::PoolConnection};

use erp_core::port::{StoreError, StoreResult};

use crate::constraint::store_error;

/// The pool and the deadline of every call.
#[derive(Clone, Debug)]
pub(crate) struct Db {
    pub pool: PgPool,
    pub deadline: Duration,
}

impl Db {
    /// Awaits statements of a read, at most until the deadline: sqlx itself waits for ever when the
    /// server is gone without a word.
    pub async fn run<T: Send>(&self, work: BoxFuture<'_, sqlx::Result<T>>) -> StoreResult<T> {
        let mut done = None;
        self.in_time(Box::pin(async { done = Some(work.await) })).await?;
        done.ok_or_else(overdue)?.map_err(store_error)
    }

    /// Awaits the work, whatever it comes to: compiled once for all of them.
    fn in_time<'w>(&self, work: BoxFuture<'w, ()>) -> BoxFuture<'w, StoreResult<()>> {
        let deadline = self.deadline;
        Box::pin(
            async move { tokio::time::timeout(deadline, work).await.map_err(|_late| overdue()) },
        )
    }

    /// Runs work that may leave a transaction open when it is cut short. Past the deadline the
    /// connection is thrown away with whatever it was doing.
    pub async fn on_connection<T, W>(&self, work: W) -> StoreResult<T>
    where
        W: AsyncFnOnce(&mut PgConnection) -> StoreResult<T>,
    {
        let mut conn: PoolConnection<Postgres> = self.run(Box::pin(self.pool.acquire())).await?;
        match tokio::time::timeout(self.deadline, work(&mut conn)).await {
            Ok(Err(error @ StoreError::Unavailable(_))) => {
                drop(conn.detach());
                Err(error)
            }
            Ok(done) => done,
            Err(_) => {
                drop(conn.detach());
                Err(overdue())
            }
        }
    }
}

fn overdue() -> StoreError {
    StoreError::Unavailable("the database did not answer in time".to_owned())
}
