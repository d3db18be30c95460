//! Places for connections: the limits on them, and the counters that show what is held.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
};

use erp_core::ids::{ConnectionId, UserId};
use parking_lot::Mutex;

use super::{Core, HubOptions, Link, Refusal, command::Command, refusal::Attempt};

/// What a hub holds at one moment, and what it has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HubStats {
    /// Connections, those being set up included.
    pub connections: usize,
    /// Connections that get events as they happen.
    pub live: usize,
    /// Users with a connection.
    pub users: usize,
    /// Leases of connections that were not given up yet.
    pub leases: usize,
    /// Tasks, the hub's own included.
    pub tasks: usize,
    /// Events read from the log.
    pub events: u64,
    /// Frames of events that were handed to connections.
    pub deliveries: u64,
    /// Connections that were cut off as too slow.
    pub slow: u64,
    /// Everything up to this position was delivered.
    pub position: i64,
}

/// The counters behind [`HubStats`]. They are for watching: each is right, all together need not
/// be of one instant.
#[derive(Default)]
pub(super) struct Seats {
    taken: Mutex<HashMap<UserId, usize>>,
    refused: AtomicBool,
    pub connections: AtomicUsize,
    pub live: AtomicUsize,
    pub leases: AtomicUsize,
    pub events: AtomicU64,
    pub deliveries: AtomicU64,
    pub slow: AtomicU64,
    pub position: AtomicI64,
}

impl Seats {
    pub fn take(&self, user: UserId, options: &HubOptions) -> Attempt {
        if self.refused.load(Relaxed) {
            return Err(Refusal::ShuttingDown);
        }
        let mut taken = self.taken.lock();
        if self.connections.load(Relaxed) >= options.connections {
            return Err(Refusal::TooMany);
        }
        let of_user = taken.entry(user).or_default();
        if *of_user >= options.connections_per_user {
            return Err(Refusal::TooManyOfUser);
        }
        *of_user += 1;
        self.connections.fetch_add(1, Relaxed);
        Ok(())
    }

    fn give_back(&self, user: UserId) {
        let mut taken = self.taken.lock();
        if let Some(of_user) = taken.get_mut(&user) {
            *of_user -= 1;
            if *of_user == 0 {
                taken.remove(&user);
            }
        }
        self.connections.fetch_sub(1, Relaxed);
    }

    pub fn refuse_all(&self) {
        self.refused.store(true, Relaxed);
    }

    pub fn stats(&self, tasks: usize) -> HubStats {
        HubStats {
            connections: self.connections.load(Relaxed),
            live: self.live.load(Relaxed),
            users: self.taken.lock().len(),
            leases: self.leases.load(Relaxed),
            tasks,
            events: self.events.load(Relaxed),
            deliveries: self.deliveries.load(Relaxed),
            slow: self.slow.load(Relaxed),
            position: self.position.load(Relaxed),
        }
    }
}

/// A connection's place. Whoever holds it serves the connection; when it is dropped, for whatever
/// reason, the connection is over.
pub(crate) struct Seat {
    core: Arc<Core>,
    user: UserId,
    connection: ConnectionId,
}

impl Seat {
    pub(super) fn new(core: Arc<Core>, user: UserId, connection: ConnectionId) -> Self {
        Self { core, user, connection }
    }

    /// Drops the client of a closed way after a while, if it does not go by itself.
    pub fn linger(&self, link: Link) {
        self.core.linger(link);
    }

    /// The connection's id.
    pub fn connection(&self) -> ConnectionId {
        self.connection
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.core.tell(Command::Gone { connection: self.connection });
        self.core.seats.give_back(self.user);
    }
}
