//! Server-sent events: the format, and the answer that carries a connection's frames.

mod body;
mod decode;
mod encode;
mod open;

pub use body::SseBody;
pub use decode::{DecodeError, SseDecoder, SseEvent};
pub use encode::{EncodeError, encode};
pub use open::open;

pub(crate) use encode::{write_json, write_retry};
