//! Reads the log, one batch after another, through every outage.

use std::{future::Future, pin::Pin, time::Duration};

use erp_core::{
    Engine,
    change::{Epoch, Position},
    port::{EventBatch, StoreError, StoreResult},
};
use tokio::time::{Instant, sleep, sleep_until};

/// The most events of one batch.
pub(super) const BATCH: usize = 512;
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// A pause after a wait that brought nothing, so that a log that never waits is not a busy loop.
const PAUSE: Duration = Duration::from_millis(2);

/// Longer and longer waits while the store does not answer.
#[derive(Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    pub async fn wait(&mut self, what: &'static str, error: &StoreError) {
        if self.failures == 0 {
            tracing::warn!(%error, "{what}; trying again");
        }
        let wait = FIRST_WAIT.saturating_mul(1 << self.failures.min(8));
        self.failures += 1;
        sleep(wait.min(LONGEST_WAIT)).await;
    }

    pub fn has_failed(&self) -> bool {
        self.failures > 0
    }
}

/// What came of the log.
pub(super) enum Tailed {
    /// The next events.
    Batch(EventBatch),
    /// The log is another one, as after a backup was restored. It begins here.
    NewLog(Epoch, Position),
}

/// A read that is under way.
pub(super) type Tailing = Pin<Box<dyn Future<Output = Tailed> + Send>>;

/// The log's identity and where it ends now.
pub(super) async fn head(engine: &Engine) -> (Epoch, Position) {
    let mut backoff = Backoff::default();
    loop {
        match try_head(engine).await {
            Ok(head) => return head,
            Err(error) => backoff.wait("the event log cannot be read", &error).await,
        }
    }
}

async fn try_head(engine: &Engine) -> StoreResult<(Epoch, Position)> {
    let log = engine.store().events();
    Ok((log.epoch().await?, log.settled().await?))
}

/// The next events after this position, not before this instant.
pub(super) fn next(engine: Engine, epoch: Epoch, after: Position, not_before: Instant) -> Tailing {
    Box::pin(async move {
        if not_before > Instant::now() {
            sleep_until(not_before).await;
        }
        let mut backoff = Backoff::default();
        loop {
            match attempt(&engine, &epoch, after, backoff.has_failed()).await {
                Ok(Some(tailed)) => return tailed,
                Ok(None) => {
                    backoff = Backoff::default();
                    sleep(PAUSE).await;
                }
                Err(error) => backoff.wait("the event log cannot be read", &error).await,
            }
        }
    })
}

async fn attempt(
    engine: &Engine,
    epoch: &Epoch,
    after: Position,
    has_failed: bool,
) -> StoreResult<Option<Tailed>> {
    let log = engine.store().events();
    let mark = log.wait(after).await?;
    // A log that was away, or that has become shorter, may be another one.
    if has_failed || mark < after {
        let (now, head) = try_head(engine).await?;
        if now != *epoch {
            return Ok(Some(Tailed::NewLog(now, head)));
        }
    }
    if mark <= after {
        return Ok(None);
    }
    let batch = log.read(after, BATCH).await?;
    Ok((batch.reached > after).then_some(Tailed::Batch(batch)))
}
