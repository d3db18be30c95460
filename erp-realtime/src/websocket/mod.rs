//! WebSocket: the handshake, the codec, and a connection's life.
//!
//! After the handshake the bare socket is taken out of the HTTP server whenever that is possible:
//! the hub then writes to it without a task or a buffer, and one small task reads what the client
//! sends. On anything else (TLS, a host's own stream) a task carries the frames.

mod codec;
mod generic;
mod handshake;
mod inbound;
mod reader;
mod session;
mod taken;

pub use session::upgrade;
pub use taken::{TakeSocket, TakenSocket};

pub(crate) use codec::write_text;
pub(crate) use inbound::farewell;
