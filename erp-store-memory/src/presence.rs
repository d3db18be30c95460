//! Leases of live connections. They stand under a lock of their own, so that heartbeats do not
//! hold up commits.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_trait::async_trait;
use erp_core::{
    change::{Audience, NewEvent},
    ctx::Actor,
    ids::{ConnectionId, UserId},
    port::StoreResult,
    presence::{Lease, OnlineUser, PresenceEvent, PresenceStore},
    time::Timestamp,
};

use crate::MemoryStore;

/// Who is online, and by which connections.
#[derive(Debug, Default)]
pub(crate) struct Leases {
    leases: HashMap<ConnectionId, LeaseState>,
    /// Every user whose presence has begun and not been ended by a sweep.
    users: BTreeMap<UserId, Presence>,
    /// The leases by their end.
    ends: BTreeSet<(Timestamp, ConnectionId)>,
}

#[derive(Debug)]
struct LeaseState {
    user: UserId,
    expires_at: Timestamp,
    closed: bool,
}

#[derive(Debug)]
struct Presence {
    since: Timestamp,
    connections: BTreeSet<ConnectionId>,
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
        let begins = !self.users.contains_key(&user);
        let begin = || Presence { since: opened_at, connections: BTreeSet::new() };
        self.users.entry(user).or_insert_with(begin).connections.insert(connection);
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
        let mut ended: BTreeMap<UserId, Vec<ConnectionId>> = BTreeMap::new();
        for (_, connection) in self.ends.iter().take_while(|(end, _)| *end <= now) {
            if let Some(lease) = self.leases.get(connection) {
                ended.entry(lease.user).or_default().push(*connection);
            }
        }
        let mut gone = Vec::new();
        for (user, connections) in ended {
            let last =
                self.users.get(&user).is_some_and(|p| p.connections.len() == connections.len());
            if last && gone.len() == limit {
                continue;
            }
            let mut last_connected = None;
            for connection in connections {
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
        if let Some(presence) = self.users.get_mut(&user) {
            presence.connections.remove(&connection);
        }
        Some(end)
    }

    fn online(&self, user: UserId, now: Timestamp) -> Option<OnlineUser> {
        let presence = self.users.get(&user)?;
        let in_force = |id: &&ConnectionId| self.leases.get(id).is_some_and(|l| l.expires_at > now);
        let open = |id: &&ConnectionId| self.leases.get(id).is_some_and(|lease| !lease.closed);
        let mut leases = presence.connections.iter().filter(in_force).peekable();
        leases.peek()?;
        let connections = i64::try_from(leases.filter(open).count()).unwrap_or(i64::MAX);
        Some(OnlineUser { user, since: presence.since, connections })
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
            None => leases.users.keys().filter_map(|user| leases.online(*user, now)).collect(),
            Some(users) => {
                let users: BTreeSet<UserId> = users.iter().copied().collect();
                users.into_iter().filter_map(|user| leases.online(user, now)).collect()
            }
        })
    }
}
