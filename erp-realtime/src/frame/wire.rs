//! Frames as bytes on one of the two carriers.

use bytes::{Bytes, BytesMut};

use crate::{sse, websocket};

/// How a carrier wraps a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// A server-sent event.
    Sse,
    /// A WebSocket text frame.
    WebSocket,
}

/// A frame that was serialised once, for all who get it.
#[derive(Clone, Debug)]
pub(crate) struct WireFrame {
    /// Where a client that has it goes on.
    pub id: Option<String>,
    /// The JSON.
    pub json: Bytes,
}

impl WireFrame {
    /// Appends the frame as this carrier wraps it.
    pub fn write(&self, encoding: Encoding, out: &mut BytesMut) {
        match encoding {
            Encoding::Sse => sse::write_json(self.id.as_deref(), &self.json, out),
            Encoding::WebSocket => websocket::write_text(&self.json, out),
        }
    }

    /// The frame alone, as this carrier wraps it.
    pub fn bytes(&self, encoding: Encoding) -> Bytes {
        let mut out = BytesMut::with_capacity(self.wrapped_len());
        self.write(encoding, &mut out);
        out.freeze()
    }

    /// An upper bound of the length on either carrier.
    pub fn wrapped_len(&self) -> usize {
        self.json.len() + self.id.as_ref().map_or(0, String::len) + 16
    }
}
