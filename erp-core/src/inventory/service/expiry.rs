//! Ending reservations whose time is over, for those who find too little stock (INV-3).
//!
//! Many may find too little at the same time. One of a node looks at a time, and what he sees holds for
//! all who were refused before he looked: so they take one connection of the store together, not one
//! each.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};

use tokio::sync::Mutex;

use super::InventoryService;
use crate::{
    ctx::Ctx,
    error::{Conflict, Error, Result},
    inventory::{ReservationState, StockKey},
    money::Decimal,
    policy::Action,
};

/// How many expired reservations are read at a time.
const BATCH: usize = 100;
/// Balances whose last look is remembered at most.
const MAX_LOOKS: usize = 1_000;

/// What refused callers of a node share.
#[derive(Debug, Default)]
pub(crate) struct Expiry {
    refusals: AtomicU64,
    looks: Mutex<BTreeMap<StockKey, Look>>,
}

/// What somebody saw of a balance.
#[derive(Clone, Copy, Debug)]
struct Look {
    /// The refusals before this one were before he looked.
    upto: u64,
    ended: bool,
    available: Option<Decimal>,
}

/// Whether a refusal still holds.
enum Freed {
    /// It holds.
    Nothing,
    /// No reservation is over, and there is more than there was then.
    ByOthers,
    /// Reservations were over.
    Expired,
}

impl InventoryService<'_> {
    /// Tries again when there was not enough, but some was set aside for too long.
    pub(super) async fn freeing_expired<T, F, Fut>(&self, attempt: F) -> Result<T>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Result<T>>,
    {
        self.freeing_expired_after(attempt().await, attempt).await
    }

    /// The same after a first attempt that came to this.
    pub(super) async fn freeing_expired_after<T, F, Fut>(
        &self,
        first: Result<T>,
        attempt: F,
    ) -> Result<T>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Result<T>>,
    {
        let mut answer = first;
        loop {
            let error = match answer {
                Err(error) => error,
                done => return done,
            };
            answer = match self.freed(&error).await? {
                Freed::Expired => attempt().await,
                Freed::ByOthers => return attempt().await,
                Freed::Nothing => return Err(error),
            };
        }
    }

    /// What has become free since this refusal. Nothing else holds what is wanted but reservations
    /// whose time is not over: whoever was refused before they were ended tries again.
    async fn freed(&self, refusal: &Error) -> Result<Freed> {
        let Error::Conflict(Conflict::InsufficientStock { item, warehouse, available }) = refusal
        else {
            return Ok(Freed::Nothing);
        };
        let look = self.look((*item, *warehouse)).await?;
        Ok(match look.available {
            _ if look.ended => Freed::Expired,
            Some(now) if now > *available => Freed::ByOthers,
            _ => Freed::Nothing,
        })
    }

    /// What is there after this call began and all that was over has been ended.
    async fn look(&self, key: StockKey) -> Result<Look> {
        let expiry = self.engine.expiry();
        let refusal = expiry.refusals.fetch_add(1, Ordering::SeqCst);
        let mut looks = expiry.looks.lock().await;
        if let Some(look) = looks.get(&key).filter(|look| refusal < look.upto) {
            return Ok(*look);
        }
        let upto = expiry.refusals.load(Ordering::SeqCst);
        let mut ended = false;
        while self.end_batch(Some(key)).await? > 0 {
            ended = true;
        }
        let level = self.engine.store().inventory().level(key).await?;
        let look = Look { upto, ended, available: level.map(|level| level.available()) };
        if looks.len() >= MAX_LOOKS {
            looks.clear();
        }
        looks.insert(key, look);
        Ok(look)
    }

    /// Ends all expired reservations, and returns how many were found.
    pub(super) async fn end_expired(&self) -> Result<usize> {
        let mut found = 0;
        loop {
            let _alone = self.engine.expiry().looks.lock().await;
            match self.end_batch(None).await? {
                0 => return Ok(found),
                more => found += more,
            }
        }
    }

    /// Ends a number of them, of one balance or of all; none are left when it is zero.
    async fn end_batch(&self, of: Option<StockKey>) -> Result<usize> {
        let now = self.engine.now();
        let due = self.engine.store().inventory().due_reservations(now, of, BATCH).await?;
        let ctx = Ctx::system();
        let end = |old| self.ending(&ctx, Action::StockExpire, old, ReservationState::Expired);
        let sets = due.iter().map(end).collect::<Result<Vec<_>>>()?;
        for ended in self.engine.commit_each(sets).await {
            match ended {
                // Another node may be faster.
                Ok(_) | Err(Error::Conflict(Conflict::ReservationEnded { .. })) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(due.len())
    }
}
