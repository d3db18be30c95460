//! The body of the answer: the connection's queue, read by the HTTP server.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::hub::{QueueLink, Seat};

/// The stream of a connection's frames. When the server drops it the connection is over.
pub struct SseBody {
    link: Arc<QueueLink>,
    _seat: Seat,
}

impl SseBody {
    pub(super) fn new(link: Arc<QueueLink>, seat: Seat) -> Self {
        Self { link, _seat: seat }
    }
}

impl std::fmt::Debug for SseBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SseBody").finish_non_exhaustive()
    }
}

impl Body for SseBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.link.poll_take(cx).map(|ready| ready.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
