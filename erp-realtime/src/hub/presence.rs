//! Leases of this node's connections, beside the path of delivery.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use erp_core::{
    Result,
    ids::{ConnectionId, UserId},
};
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval, sleep_until},
};

use super::Core;

/// How long a failed call waits before it is tried again.
const RETRY: Duration = Duration::from_millis(500);
/// The most leases of one renewal.
const RENEWALS: usize = 1_000;

/// What becomes of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PresenceChange {
    Opened(ConnectionId, UserId),
    Closed(ConnectionId),
}

/// Keeps the leases until the hub is over and every lease is given up, or the hub ends at once.
pub(super) async fn run(core: Arc<Core>, changes: mpsc::UnboundedReceiver<PresenceChange>) {
    let halt = core.halt_token();
    tokio::select! {
        () = halt.cancelled() => {}
        () = keep(core, changes) => {}
    }
}

async fn keep(core: Arc<Core>, mut changes: mpsc::UnboundedReceiver<PresenceChange>) {
    let heartbeat = core.engine().options().presence.heartbeat.to_std().unwrap_or(RETRY);
    let mut leases = Leases { core, held: HashMap::new(), due: VecDeque::new() };
    let mut beat = interval(heartbeat);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut open, mut retry_at) = (true, Instant::now());
    while open || !leases.due.is_empty() {
        tokio::select! {
            change = changes.recv(), if open => match change {
                Some(change) => leases.note(change),
                None => open = false,
            },
            _ = beat.tick(), if open => leases.renew().await,
            () = sleep_until(retry_at), if !leases.due.is_empty() => {
                if let Err(error) = leases.work_off().await {
                    tracing::warn!(%error, "presence cannot be written; trying again");
                    retry_at = Instant::now() + RETRY;
                }
            }
        }
    }
}

struct Leases {
    core: Arc<Core>,
    /// The connections that are open, with their users.
    held: HashMap<ConnectionId, UserId>,
    /// What the store has not been told.
    due: VecDeque<PresenceChange>,
}

impl Leases {
    fn note(&mut self, change: PresenceChange) {
        match change {
            PresenceChange::Opened(connection, user) => {
                self.held.insert(connection, user);
            }
            PresenceChange::Closed(connection) => {
                self.held.remove(&connection);
            }
        }
        self.due.push_back(change);
        self.count();
    }

    /// Tells the store what is due, in order. What fails stays due.
    async fn work_off(&mut self) -> Result<()> {
        while let Some(change) = self.due.front().copied() {
            let (engine, node) = (self.core.engine(), self.core.node());
            match change {
                PresenceChange::Opened(connection, user) => {
                    engine.presence().connected(node, connection, user).await?;
                }
                PresenceChange::Closed(connection) => {
                    engine.presence().disconnected(connection).await?;
                }
            }
            self.due.pop_front();
            self.count();
        }
        Ok(())
    }

    /// Renews what is held, opens anew what had lapsed, and ends what others left behind. The next
    /// beat makes good what fails in this one.
    async fn renew(&mut self) {
        if let Err(error) = self.try_renew().await {
            tracing::warn!(%error, "leases cannot be renewed; trying again");
        }
    }

    async fn try_renew(&mut self) -> Result<()> {
        let held: Vec<ConnectionId> = self.held.keys().copied().collect();
        for part in held.chunks(RENEWALS) {
            for lapsed in self.core.engine().presence().renew(part).await? {
                let waits = PresenceChange::Opened;
                if let Some(user) = self.held.get(&lapsed).copied()
                    && !self.due.contains(&waits(lapsed, user))
                {
                    self.due.push_back(waits(lapsed, user));
                }
            }
        }
        self.core.engine().presence().sweep().await?;
        self.count();
        Ok(())
    }

    fn count(&self) {
        let closing =
            self.due.iter().filter(|change| matches!(change, PresenceChange::Closed(_))).count();
        self.core.seats.leases.store(self.held.len() + closing, Relaxed);
    }
}
