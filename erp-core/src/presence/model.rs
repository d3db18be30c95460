//! Leases, the store port for them, and the events of their begin and end.

use async_trait::async_trait;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::{
    error::{Error, Result},
    ids::{ConnectionId, NodeId, UserId},
    port::StoreResult,
    time::Timestamp,
};

/// What the world learns of who is online. Audience: the user's peers.
#[derive(Clone, Debug, PartialEq, Serialize, erp_derive::Event)]
#[serde(tag = "type", content = "data")]
pub enum PresenceEvent {
    /// A user's first connection.
    #[serde(rename = "presence.online")]
    Online {
        /// Who.
        user: UserId,
        /// Since when.
        since: Timestamp,
    },
    /// A user's last lease ended.
    #[serde(rename = "presence.offline")]
    Offline {
        /// Who.
        user: UserId,
        /// When his last lease ended, its grace included.
        last_connected: Timestamp,
    },
}

impl PresenceEvent {}

/// A connection's claim that its user is online.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The connection.
    pub connection: ConnectionId,
    /// Its user.
    pub user: UserId,
    /// The process that serves it.
    pub node: NodeId,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// In force until then, unless it is renewed.
    pub expires_at: Timestamp,
}

/// A user with a lease in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnlineUser {
    /// Who.
    pub user: UserId,
    /// Since when.
    pub since: Timestamp,
    /// How many connections he has, those in their grace not counted.
    pub connections: i64,
}

/// How long leases hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PresenceTiming {
    /// How often a node renews the leases of its connections.
    pub heartbeat: TimeDelta,
    /// How long a lease holds without being renewed: a killed node's users go offline after it.
    pub ttl: TimeDelta,
    /// How long a closed connection's lease runs on.
    pub grace: TimeDelta,
}

impl Default for PresenceTiming {
    fn default() -> Self {
        Self {
            heartbeat: TimeDelta::seconds(10),
            ttl: TimeDelta::seconds(45),
            grace: TimeDelta::seconds(30),
        }
    }
}

impl PresenceTiming {
    /// Checks that a lease outlives three heartbeats and some slack (PRES-8).
    ///
    /// # Errors
    /// A validation error that names the field.
    pub fn validate(&self) -> Result<()> {
        if self.heartbeat <= TimeDelta::zero() {
            return Err(Error::invalid("heartbeat", "must be more than zero"));
        }
        if self.ttl <= self.heartbeat * 3 {
            return Err(Error::invalid("ttl", "must be more than three heartbeats"));
        }
        if self.grace < TimeDelta::zero() {
            return Err(Error::invalid("grace", "must not be negative"));
        }
        Ok(())
    }
}

/// Leases of live connections. They are no audited changes; the events that their begin and end
/// cause are written to the event log in the same transaction as the state they tell of.
#[async_trait]
pub trait PresenceStore: Send + Sync {
    /// Opens a lease; opening it again renews it, unless it was closed: then it stays closed.
    ///
    /// **Effect** When the user was offline he is online, and `presence.online` is in the log.
    /// **Contract** Of several first leases at once exactly one causes the event. Returns whether
    /// this one did.
    async fn open(&self, lease: Lease) -> StoreResult<bool>;

    /// Renews the leases of these connections.
    ///
    /// **Contract** A closed or swept lease is not revived (PRES-10); a lease never gets shorter.
    /// Returns the connections that have no open lease any more: their node opens them anew.
    async fn renew(
        &self,
        connections: &[ConnectionId],
        expires_at: Timestamp,
    ) -> StoreResult<Vec<ConnectionId>>;

    /// Closes a lease: from now on it cannot be renewed, and it ends at `expires_at` (the grace).
    /// Closing what is closed or unknown changes nothing.
    async fn close(&self, connection: ConnectionId, expires_at: Timestamp) -> StoreResult<()>;

    /// Drops leases that ended at or before `now`, and ends the presence of users who have none
    /// left, with `presence.offline` in the log; at most `limit` users in one call.
    ///
    /// **Contract** Several nodes may sweep at once: each end causes one event. Returns the users
    /// whose presence this call ended, by user id; the events are in that order. An event's
    /// `last_connected` is the end of the user's last lease, its grace included; its time is `now`.
    async fn sweep(&self, now: Timestamp, limit: usize) -> StoreResult<Vec<UserId>>;

    /// The users who have a lease in force at `now`, by user id: all, or these.
    async fn online(
        &self,
        users: Option<&[UserId]>,
        now: Timestamp,
    ) -> StoreResult<Vec<OnlineUser>>;
}
