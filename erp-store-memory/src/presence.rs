//! Leases of live connections. They stand under a lock of their own, so that heartbeats do not
//! hold up commits.

use std::{collections::HashMap, fmt};

use async_trait::async_trait;
use erp_core::{
    change::{Audience, NewEvent},
    ctx::Actor,
    ids::{ConnectionId, UserId},
    port::StoreResult,
    presence::{Lease, OnlineUser, PresenceEvent, PresenceStore},
    time::Timestamp,
};

use crate::{
    MemoryStore,
    map::{Index, Set},
    order::distinct,
};

/// Who is online, and by which connections.
#[derive(Default)]
pub(crate) struct Leases {
    leases: HashMap<ConnectionId, LeaseState>,
    /// Every user whose presence has begun and not been ended by a sweep, and when it began.
    users: Index<UserId, Timestamp>,
    /// The leases by user.
    connections: Set<(UserId, ConnectionId)>,
    /// The leases by their end.
    ends: Set<(Timestamp, ConnectionId)>,
}

#[derive(Debug)]
struct LeaseState {
    user: UserId,
    expires_at: Timestamp,
    closed: bool,
}

impl fmt::Debug for Leases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leases")
            .field("users", &self.users.len())
            .field("leases", &self.leases.len())
            .finish_non_exhaustive()
    }
}

impl Leases {
    /// Returns whether the user's presence begins with this lease.
    fn open(&mut self, lease: Lease) -> bool {
        let Lease { connection, user, opened_at, expires_at, .. } = lease;
        if self.leases.contains_key(&connection) {
            self.renew(connection, expires_at);
            return false;
        }
        self.leases.insert(connection, LeaseState { user, expires_at, closed: false });
        self.ends.insert((expires_at, connection));
        self.connections.insert((user, connection));
        let begins = !self.users.contains_key(&user);
        if begins {
            self.users.insert(user, opened_at);
        }
        begins
    }

    /// Returns whether the connection has an open lease.
    fn renew(&mut self, connection: ConnectionId, expires_at: Timestamp) -> bool {
        let open = self.leases.get(&connection).filter(|lease| !lease.closed);
        let Some(end) = open.map(|lease| lease.expires_at) else {
            return false;
        };
        self.set_end(connection, expires_at.max(end));
        true
    }

    fn close(&mut self, connection: ConnectionId, expires_at: Timestamp) {
        let Some(lease) = self.leases.get_mut(&connection).filter(|lease| !lease.closed) else {
            return;
        };
        lease.closed = true;
        self.set_end(connection, expires_at);
    }

    fn set_end(&mut self, connection: ConnectionId, expires_at: Timestamp) {
        let Some(lease) = self.leases.get_mut(&connection) else {
            return;
        };
        self.ends.remove(&(lease.expires_at, connection));
        self.ends.insert((expires_at, connection));
        lease.expires_at = expires_at;
    }

    /// Drops ended leases, and ends the presence of at most `limit` users who have none left, by
    /// user id. Returns them with the end of their last lease. The leases of users beyond the limit
    /// stay, so that the next sweep knows when they were last connected.
    fn sweep(&mut self, now: Timestamp, limit: usize) -> Vec<(UserId, Timestamp)> {
        let mut ended = Set::new();
        for (_, connection) in self.ends.iter().take_while(|(end, _)| *end <= now) {
            if let Some(lease) = self.leases.get(&connection) {
                ended.insert((lease.user, connection));
            }
        }
        let mut gone = Vec::new();
        for user in distinct(ended.iter().map(|(user, _)| user)) {
            let last = self.connections.of(user).count() == ended.of(user).count();
            if last && gone.len() == limit {
                continue;
            }
            let mut last_connected = None;
            for connection in ended.of(user) {
                last_connected = last_connected.max(self.drop_lease(user, connection));
            }
            if last {
                self.users.remove(&user);
                gone.extend(last_connected.map(|at| (user, at)));
            }
        }
        gone
    }

    /// Returns when the lease ended.
    fn drop_lease(&mut self, user: UserId, connection: ConnectionId) -> Option<Timestamp> {
        let end = self.leases.remove(&connection)?.expires_at;
        self.ends.remove(&(end, connection));
        self.connections.remove(&(user, connection));
        Some(end)
    }

    fn online(&self, user: UserId, now: Timestamp) -> Option<OnlineUser> {
        let since = self.users.get(&user)?;
        let in_force = |id: &ConnectionId| self.leases.get(id).is_some_and(|l| l.expires_at > now);
        let open = |id: &ConnectionId| self.leases.get(id).is_some_and(|lease| !lease.closed);
        let mut leases = self.connections.of(user).filter(in_force).peekable();
        leases.peek()?;
        let connections = i64::try_from(leases.filter(open).count()).unwrap_or(i64::MAX);
        Some(OnlineUser { user, since, connections })
    }
}

impl MemoryStore {
    /// Writes events of presence. The caller holds the lock of the leases.
    fn announce(&self, events: impl IntoIterator<Item = (UserId, Timestamp, PresenceEvent)>) {
        let mut state = self.state.write();
        for (user, at, event) in events {
            let event = NewEvent::new(event, [Audience::PeersOf(user)]);
            state.log.append(at, Actor::User(user), event, &[], &[]);
        }
        drop(state);
        self.written.notify_waiters();
    }
}

#[async_trait]
impl PresenceStore for MemoryStore {
    async fn open(&self, lease: Lease) -> StoreResult<bool> {
        let mut leases = self.leases.lock();
        let begins = leases.open(lease);
        if begins {
            let Lease { user, opened_at: since, .. } = lease;
            self.announce([(user, since, PresenceEvent::Online { user, since })]);
        }
        Ok(begins)
    }

    async fn renew(
        &self,
        connections: &[ConnectionId],
        expires_at: Timestamp,
    ) -> StoreResult<Vec<ConnectionId>> {
        let mut leases = self.leases.lock();
        let lost = connections.iter().copied().filter(|id| !leases.renew(*id, expires_at));
        Ok(lost.collect())
    }

    async fn close(&self, connection: ConnectionId, expires_at: Timestamp) -> StoreResult<()> {
        self.leases.lock().close(connection, expires_at);
        Ok(())
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> StoreResult<Vec<UserId>> {
        let mut leases = self.leases.lock();
        let gone = leases.sweep(now, limit);
        if !gone.is_empty() {
            self.announce(gone.iter().map(|&(user, last_connected)| {
                (user, now, PresenceEvent::Offline { user, last_connected })
            }));
        }
        Ok(gone.into_iter().map(|(user, _)| user).collect())
    }

    async fn online(
        &self,
        users: Option<&[UserId]>,
        now: Timestamp,
    ) -> StoreResult<Vec<OnlineUser>> {
        let leases = self.leases.lock();
        Ok(match users {
            None => leases.users.iter().filter_map(|(user, _)| leases.online(user, now)).collect(),
            Some(users) => {
                let users = distinct(users.iter().copied());
                users.filter_map(|user| leases.online(user, now)).collect()
            }
        })
    }
}
