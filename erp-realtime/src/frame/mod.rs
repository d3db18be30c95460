//! What the server tells a client: four kinds of frames, the same over SSE and WebSocket.
//!
//! `hello` comes first, `bye` last; `event` and `heartbeat` between them each carry the position
//! from which the client goes on after a cut.

mod encode;
mod wire;

use erp_core::{
    change::EventBody,
    ctx::Actor,
    ids::{ConnectionId, UserId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::resume::ResumePoint;

pub(crate) use encode::{event, frame};
pub(crate) use wire::{Encoding, WireFrame};

/// Whether a client goes on where it left off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Recovered {
    /// It did not ask to.
    #[serde(rename = "fresh")]
    Fresh,
    /// Yes: what it missed follows, then what happens.
    #[serde(rename = "true")]
    Yes,
    /// No: what it missed is not known any more, or too much. It must load a snapshot.
    #[serde(rename = "false")]
    No,
}

/// The first frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The connection's id: sent back as `X-Connection-Id`, it leaves the connection out of the
    /// client's own broadcasts.
    pub connection: ConnectionId,
    /// The log's identity.
    pub epoch: String,
    /// Where the stream begins.
    pub position: ResumePoint,
    /// Whether the client goes on where it left off.
    pub recovered: Recovered,
    /// As whom the client is connected.
    pub user: UserId,
    /// A heartbeat comes at least this often, in seconds.
    pub heartbeat_s: u64,
}

/// Something happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventFrame {
    /// Where it stands in the log.
    pub position: ResumePoint,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: Actor,
    /// The type's dotted name.
    #[serde(rename = "type")]
    pub kind: String,
    /// What.
    pub data: Value,
}

impl EventFrame {
    /// The event, typed.
    pub fn body(&self) -> EventBody {
        EventBody::decode(&self.kind, self.data.clone())
    }

    /// The event, typed.
    ///
    /// # Errors
    /// Its type is known, but what it says has another shape.
    pub fn read(&self) -> serde_json::Result<EventBody> {
        EventBody::read(&self.kind, &self.data)
    }
}

/// Why the server ends a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ByeCode {
    /// The client does not read fast enough. It may connect again and misses nothing.
    Slow,
    /// The session was ended, or the user shut out.
    Revoked,
    /// The session is over.
    Expired,
    /// This server stops, or cannot serve just now: connect again, perhaps to another one.
    Shutdown,
    /// The client sends too much.
    Limit,
    /// The client does not keep to the protocol.
    Protocol,
}

impl ByeCode {
    /// Every code.
    pub const ALL: &'static [Self] =
        &[Self::Slow, Self::Revoked, Self::Expired, Self::Shutdown, Self::Limit, Self::Protocol];

    /// The close code of a WebSocket.
    pub const fn close_code(self) -> u16 {
        match self {
            Self::Shutdown => 4000,
            Self::Slow => 4001,
            Self::Limit => 4002,
            Self::Revoked => 4003,
            Self::Expired => 4004,
            Self::Protocol => 4005,
        }
    }

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Slow => "slow",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::Shutdown => "shutdown",
            Self::Limit => "limit",
            Self::Protocol => "protocol",
        }
    }
}

/// The last frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bye {
    /// Why.
    pub code: ByeCode,
    /// How long to wait before connecting again.
    pub retry_after_ms: Option<u64>,
    /// Whether connecting again in the same way is of no use.
    pub terminal: bool,
}

impl Bye {
    /// Do not come back like this.
    pub const fn terminal(code: ByeCode) -> Self {
        Self { code, retry_after_ms: None, terminal: true }
    }

    /// Come back after this time.
    pub const fn retry(code: ByeCode, after_ms: u64) -> Self {
        Self { code, retry_after_ms: Some(after_ms), terminal: false }
    }
}

/// A frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "frame", rename_all = "snake_case")]
pub enum Frame {
    /// The first frame.
    Hello(Hello),
    /// Something happened.
    Event(EventFrame),
    /// Nothing that the client may see happened up to here.
    Heartbeat {
        /// Up to where.
        position: ResumePoint,
    },
    /// The last frame.
    Bye(Bye),
}

impl Frame {
    /// Where a client that has taken this frame in goes on after a cut.
    pub fn position(&self) -> Option<&ResumePoint> {
        match self {
            Self::Hello(hello) => Some(&hello.position),
            Self::Event(event) => Some(&event.position),
            Self::Heartbeat { position } => Some(position),
            Self::Bye(_) => None,
        }
    }
}
