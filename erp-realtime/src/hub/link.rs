//! The way to one client: a queue that its HTTP answer reads, or its bare socket.

mod queue;
mod socket;

use std::sync::Arc;

use bytes::Bytes;
use tokio::time::Instant;

use crate::frame::Encoding;

pub(crate) use queue::QueueLink;
pub(crate) use socket::SocketLink;

/// What became of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// They are on their way.
    Done,
    /// They wait, and more waits than may: the client is too slow.
    Full,
    /// The client is gone.
    Gone,
}

/// What happens to what waits when a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waiting {
    /// It is sent first.
    Send,
    /// It is dropped, up to the next border of a frame: the client reads it again from the log.
    Drop,
}

/// The way to one client.
#[derive(Clone)]
pub(crate) enum Link {
    /// Something else reads the queue and writes.
    Queue(Arc<QueueLink>),
    /// The hub writes.
    Socket(Arc<SocketLink>),
}

impl Link {
    /// How the client's carrier wraps frames.
    pub fn encoding(&self) -> Encoding {
        match self {
            Self::Queue(link) => link.encoding(),
            Self::Socket(_) => Encoding::WebSocket,
        }
    }

    /// Sends whole frames.
    pub fn send(&self, bytes: Bytes) -> Sent {
        match self {
            Self::Queue(link) => link.send(bytes),
            Self::Socket(link) => link.send(bytes),
        }
    }

    /// Sends the last bytes; nothing is sent after them.
    pub fn close(&self, last: Bytes, waiting: Waiting) {
        match self {
            Self::Queue(link) => link.close(last, waiting),
            Self::Socket(link) => link.close(last, waiting),
        }
    }

    /// Drops the client at once.
    pub fn abort(&self) {
        match self {
            Self::Queue(link) => link.abort(),
            Self::Socket(link) => link.abort(),
        }
    }

    /// Whether nobody else holds the way to this client any more: its request is over.
    pub fn is_abandoned(&self) -> bool {
        match self {
            Self::Queue(link) => Arc::strong_count(link) == 1,
            Self::Socket(link) => Arc::strong_count(link) == 1,
        }
    }

    /// How many bytes wait.
    pub fn waiting(&self) -> usize {
        match self {
            Self::Queue(link) => link.waiting(),
            Self::Socket(link) => link.waiting(),
        }
    }

    /// Since when bytes wait of which the client has taken none; none while nothing waits.
    pub fn stalled_since(&self) -> Option<Instant> {
        match self {
            Self::Queue(link) => link.stalled_since(),
            Self::Socket(link) => link.stalled_since(),
        }
    }

    /// Returns when little waits, or the client is gone.
    pub async fn drained(&self) {
        match self {
            Self::Queue(link) => link.drained().await,
            Self::Socket(link) => link.drained().await,
        }
    }
}
