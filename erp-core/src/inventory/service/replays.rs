//! How much of the past is worked out again, counted against a limit for each caller.
//!
//! A posting of the past is a small request that may be much work: all that moved since. Each node counts
//! the rows of the ledger that it has had worked out for somebody in the present minute, and what is refused
//! counts, too. The host itself is not limited.

use std::{collections::BTreeMap, time::Duration};

use chrono::TimeDelta;
use tokio::sync::Mutex;

use super::InventoryService;
use crate::{
    change::Receipt,
    ctx::Ctx,
    error::{Error, Result},
    ids::UserId,
    inventory::Dated,
    time::Timestamp,
};

/// For so long it is counted.
const WINDOW: TimeDelta = TimeDelta::minutes(1);
/// What one that is refused counts: how much it was is not told.
const REFUSED: usize = 10_000;
/// Callers that are remembered at most.
const MAX_CALLERS: usize = 10_000;

/// What callers of a node have had worked out again lately.
#[derive(Debug, Default)]
pub(crate) struct Replays(Mutex<BTreeMap<UserId, Spent>>);

#[derive(Clone, Copy, Debug)]
struct Spent {
    since: Timestamp,
    rows: usize,
}

impl Replays {
    /// How long the caller has to wait, if it was too much.
    async fn wait(&self, user: UserId, now: Timestamp, limit: usize) -> Option<Duration> {
        let callers = self.0.lock().await;
        let spent = callers.get(&user).filter(|spent| spent.rows >= limit)?;
        let left = spent.since + WINDOW - now;
        left.to_std().ok().filter(|left| !left.is_zero())
    }

    async fn spend(&self, user: UserId, now: Timestamp, rows: usize) {
        let mut callers = self.0.lock().await;
        if callers.len() >= MAX_CALLERS {
            callers.retain(|_, spent| now < spent.since + WINDOW);
        }
        if callers.len() >= MAX_CALLERS {
            callers.clear();
        }
        let spent = callers.entry(user).or_insert(Spent { since: now, rows: 0 });
        if now >= spent.since + WINDOW {
            *spent = Spent { since: now, rows: 0 };
        }
        spent.rows = spent.rows.saturating_add(rows);
    }
}

impl InventoryService<'_> {
    /// That the caller has not had too much of the past worked out again lately, if these say when they
    /// had effect.
    pub(super) async fn may_replay(
        &self,
        ctx: &Ctx,
        mut dated: impl Iterator<Item = Dated>,
    ) -> Result<()> {
        let past = dated.any(|dated| dated != Dated::Now);
        let Some(user) = ctx.actor.user().filter(|_| past) else { return Ok(()) };
        let limit = self.engine.options().inventory.max_replayed_per_minute;
        match self.engine.replays().wait(user, self.engine.now(), limit).await {
            Some(retry_after) => Err(Error::RateLimited { retry_after }),
            None => Ok(()),
        }
    }

    /// Counts what was worked out again for a posting that came to this.
    pub(super) async fn count_replayed(&self, ctx: &Ctx, dated: Dated, answer: &Result<Receipt>) {
        let Some(user) = ctx.actor.user().filter(|_| dated != Dated::Now) else { return };
        let rows = match answer {
            Ok(receipt) => receipt.stock.iter().map(|(_, outcome)| outcome.replayed).sum(),
            Err(_) => REFUSED,
        };
        if rows > 0 {
            self.engine.replays().spend(user, self.engine.now(), rows).await;
        }
    }
}
