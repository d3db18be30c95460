//! What a host may set.

use std::{ops::Range, time::Duration};

use erp_core::{Error, ids::NodeId};

/// The smallest queue: a frame of the largest event must fit into half of it.
const MIN_QUEUE_BYTES: usize = 256 * 1024;

/// Live delivery. `Default` is what most want.
#[derive(Clone, Debug)]
pub struct HubOptions {
    /// This process in the leases of its connections; made up when the host does not say.
    pub node: Option<NodeId>,
    /// A heartbeat comes to every connection at least this often.
    pub heartbeat: Duration,
    /// What may wait for one connection, in bytes; more, and it is cut off as too slow.
    pub queue_bytes: usize,
    /// The latest events stay in memory up to this size, for connections that come back soon.
    pub recent_bytes: usize,
    /// The most events by which a client may be behind and still go on where it left off.
    pub max_replay_events: i64,
    /// The most live connections of one user.
    pub connections_per_user: usize,
    /// The most live connections in this process.
    pub connections: usize,
    /// The most rooms that a stream carries.
    pub rooms_per_stream: usize,
    /// The most messages that a client may send in ten seconds.
    pub client_messages: u32,
    /// The largest message that a client may send, in bytes.
    pub client_message_bytes: usize,
    /// How long a WebSocket's first message is waited for.
    pub first_message: Duration,
    /// How long a client may take to read what it missed before it counts as too slow.
    pub replay_stall: Duration,
    /// How long a client may take nothing of what waits for it before it counts as too slow.
    pub stall: Duration,
    /// How long setting up a connection may wait for the store.
    pub attach_timeout: Duration,
    /// How long a browser waits before it connects again, spread over this range.
    pub retry_hint: Range<Duration>,
    /// Over how long the clients of a stopping server spread their return.
    pub shutdown_spread: Duration,
    /// How long a closed connection may take to read its last frames.
    pub close_linger: Duration,
    /// Under load, the longest time that events wait to be sent together.
    pub coalesce: Duration,
}

impl Default for HubOptions {
    fn default() -> Self {
        Self {
            node: None,
            heartbeat: Duration::from_secs(15),
            queue_bytes: 1024 * 1024,
            recent_bytes: 512 * 1024,
            max_replay_events: 10_000,
            connections_per_user: 20,
            connections: 20_000,
            rooms_per_stream: 10_000,
            client_messages: 100,
            client_message_bytes: 64 * 1024,
            first_message: Duration::from_secs(5),
            replay_stall: Duration::from_secs(30),
            stall: Duration::from_secs(60),
            attach_timeout: Duration::from_secs(10),
            retry_hint: Duration::from_secs(1)..Duration::from_secs(3),
            shutdown_spread: Duration::from_secs(5),
            close_linger: Duration::from_secs(2),
            coalesce: Duration::from_millis(2),
        }
    }
}

impl HubOptions {
    /// Checks that the numbers make sense.
    ///
    /// # Errors
    /// A validation error that names the field.
    pub fn validate(&self) -> Result<(), Error> {
        if self.heartbeat.is_zero() {
            return Err(Error::invalid("heartbeat", "must be more than zero"));
        }
        if self.queue_bytes < MIN_QUEUE_BYTES {
            return Err(Error::invalid("queue_bytes", "must be at least 256 KiB"));
        }
        if self.recent_bytes > self.queue_bytes / 2 {
            return Err(Error::invalid("recent_bytes", "must be at most half of queue_bytes"));
        }
        Ok(())
    }
}
