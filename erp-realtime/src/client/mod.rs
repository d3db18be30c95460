//! A client in Rust: connectors for both carriers, a loop that comes back after cuts, and a fold
//! of events over a snapshot.
//!
//! [`Client::next`] is all that an application calls. It is told when to load a snapshot, gets
//! every event once and in order, and never goes on silently over a hole (RTC-4, RTC-5).

mod backoff;
mod connector;
mod fold;
mod reconnect;
mod room;
mod sse;
mod state;
mod web_socket;

pub use backoff::Backoff;
pub use connector::{ConnectError, Connector, FrameStream, Target};
pub use reconnect::{Client, ClientOptions, Closed, Signal, Status};
pub use room::{RoomView, Unread};
pub use sse::SseConnector;
pub use state::{ClientState, Difference, RoomSnapshot, Snapshot};
pub use web_socket::WebSocketConnector;
