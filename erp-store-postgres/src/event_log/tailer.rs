//! The one task of a node that reads the log's end and moves the settled mark.

use std::{sync::Arc, time::Duration};

use sqlx::{Connection, PgConnection};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::{Shared, gaps::Gaps, identity, tail};

/// The least time between two rounds; tokio's timer counts whole milliseconds.
const BREATH: Duration = Duration::from_millis(1);
/// The longest time between two rounds while a gap holds up the mark.
const MAX_GAP_PAUSE: Duration = Duration::from_millis(50);
/// The pause before another attempt to connect.
const RECONNECT_PAUSE: Duration = Duration::from_millis(200);

/// Tails the log until the store is closed.
pub(super) async fn run(shared: Arc<Shared>) {
    loop {
        if let Err(error) = Tailer::session(&shared).await {
            tracing::warn!(%error, "the event log's tailer lost its connection");
            shared.fail(&error);
        }
        sleep(RECONNECT_PAUSE).await;
    }
}

struct Tailer<'a> {
    shared: &'a Shared,
    conn: PgConnection,
    lock_key: i64,
    gaps: Gaps,
}

impl<'a> Tailer<'a> {
    /// Tails on one connection until that fails.
    async fn session(shared: &'a Shared) -> sqlx::Result<()> {
        let deadline = shared.db.deadline;
        let options = shared.db.pool.connect_options();
        let mut conn = within(deadline, PgConnection::connect_with(&options)).await?;
        let identity = within(deadline, identity::check(&mut conn)).await?;
        let lock_key = identity.lock_key;
        let mut tailer = Self { shared, conn, lock_key, gaps: Gaps::default() };
        if shared.knows(&identity.epoch) {
            shared.raise_horizon(identity.horizon);
        } else {
            let mark = tailer.first_mark(identity.horizon).await?;
            shared.begin(identity.epoch, mark, identity.horizon);
        }
        tailer.follow().await
    }

    /// The highest visible position, once nothing can appear below it any more.
    async fn first_mark(&mut self, horizon: i64) -> sqlx::Result<i64> {
        let deadline = self.shared.db.deadline;
        let newest = within(deadline, tail::newest(&mut self.conn)).await?;
        let mut pause = BREATH;
        let mut open = within(deadline, tail::holders(&mut self.conn, self.lock_key)).await?;
        while !open.is_empty() {
            sleep(pause).await;
            pause = (pause * 2).min(MAX_GAP_PAUSE);
            let now = within(deadline, tail::holders(&mut self.conn, self.lock_key)).await?;
            open.retain(|holder| now.contains(holder));
        }
        Ok(newest.max(horizon))
    }

    async fn follow(mut self) -> sqlx::Result<()> {
        let poll = self.shared.limits.safety_poll;
        let mut housekeeping = Instant::now() + poll;
        let mut gap_pause = BREATH;
        loop {
            let began = Instant::now();
            let moved = within(self.shared.db.deadline, self.round()).await?;
            gap_pause = if moved { BREATH } else { (gap_pause * 2).min(MAX_GAP_PAUSE) };
            let until = if self.gaps.is_waiting() { began + gap_pause } else { housekeeping };
            tokio::select! {
                () = self.shared.wake.notified() => sleep_until(began + BREATH).await,
                () = sleep_until(until) => {}
            }
            if Instant::now() >= housekeeping {
                housekeeping = Instant::now() + poll;
                within(self.shared.db.deadline, self.look_around()).await?;
            }
        }
    }

    /// Reads what is new. Returns whether the mark has moved.
    async fn round(&mut self) -> sqlx::Result<bool> {
        if self.gaps.wants_holders() {
            let holders = tail::holders(&mut self.conn, self.lock_key).await?;
            self.gaps.note_holders(holders);
        }
        let settled = self.shared.mark();
        let rows = tail::rows(&mut self.conn, settled).await?;
        let positions = rows.iter().map(|(event, _)| event.position.0);
        let mark = self.gaps.advance(settled, positions);
        self.shared.advance(rows, mark);
        Ok(mark > settled)
    }

    /// Notices what other nodes did to the log as a whole: retention, and a new epoch.
    async fn look_around(&mut self) -> sqlx::Result<()> {
        let (horizon, epoch) = tail::horizon(&mut self.conn).await?;
        if !self.shared.knows(&erp_core::change::Epoch(epoch.clone())) {
            return Err(sqlx::Error::Protocol(format!("the log has a new epoch: {epoch}")));
        }
        self.shared.raise_horizon(horizon);
        Ok(())
    }
}

/// The connection is given up when it does not answer in time.
async fn within<T>(
    deadline: Duration,
    work: impl Future<Output = sqlx::Result<T>>,
) -> sqlx::Result<T> {
    match timeout(deadline, work).await {
        Ok(done) => done,
        Err(_) => Err(sqlx::Error::Protocol("the database did not answer in time".to_owned())),
    }
}
