//! The pool, with a limit on how long anyone waits for it.

use std::{
    future::Future,
    pin::{Pin, pin},
    time::Duration,
};

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
    pub async fn run<T: Send>(
        &self,
        work: impl Future<Output = sqlx::Result<T>> + Send,
    ) -> StoreResult<T> {
        self.within(work).await?.map_err(store_error)
    }

    /// Runs work that may leave a transaction open when it is cut short. Past the deadline the
    /// connection is thrown away with whatever it was doing.
    pub async fn on_connection<T, W>(&self, work: W) -> StoreResult<T>
    where
        W: AsyncFnOnce(&mut PgConnection) -> StoreResult<T>,
    {
        let mut conn: PoolConnection<Postgres> = self.run(self.pool.acquire()).await?;
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

    async fn within<T: Send>(&self, work: impl Future<Output = T> + Send) -> StoreResult<T> {
        let mut done = None;
        self.until_deadline(pin!(async { done = Some(work.await) })).await?;
        done.ok_or_else(overdue)
    }

    /// Compiled once for all kinds of work.
    async fn until_deadline(
        &self,
        work: Pin<&mut (dyn Future<Output = ()> + Send)>,
    ) -> StoreResult<()> {
        tokio::time::timeout(self.deadline, work).await.map_err(|_| overdue())
    }
}

fn overdue() -> StoreError {
    StoreError::Unavailable("the database did not answer in time".to_owned())
}
