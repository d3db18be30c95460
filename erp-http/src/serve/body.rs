//! Bodies that tell how far they are.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::{Buf, Bytes};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::watch::{UnderWay, Watch};

/// A request's body.
pub(super) struct Asked {
    body: Incoming,
    watch: Arc<Watch>,
    number: u64,
}

impl Asked {
    pub fn new(body: Incoming, watch: Arc<Watch>) -> Self {
        let number = watch.body();
        Self { body, watch, number }
    }
}

impl Body for Asked {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        match &polled {
            Poll::Pending => self.watch.ask_blocked(self.number),
            Poll::Ready(Some(Ok(frame))) => {
                let bytes = frame.data_ref().map_or(0, Bytes::len);
                self.watch.ask_moved(self.number, bytes);
            }
            Poll::Ready(_) => self.watch.ask_done(self.number),
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.watch.ask_done(self.number);
    }
}

/// The most that the server is given of an answer at a time. It takes the whole of what it is given, however
/// little the client takes of it, and lets go of the body with the last of it.
const PART_BYTES: usize = 64 * 1024;

/// An answer's body: its request is under way until it is sent or dropped. The server asks for more of
/// it whenever the client can take more, so from what was given until then the client is waited for. Of
/// HTTP/2 that is all that can be seen: a client holds up each stream by itself, not the socket.
pub(super) struct Answered<B> {
    body: B,
    watch: Arc<Watch>,
    number: u64,
    /// What is left of the frame that is given part by part.
    rest: Bytes,
    /// The bytes that were given last.
    given: usize,
    _request: UnderWay,
}

impl<B> Answered<B> {
    pub fn new(body: B, watch: Arc<Watch>, request: UnderWay) -> Self {
        let number = watch.body();
        watch.answer_blocked(number);
        Self { body, watch, number, rest: Bytes::new(), given: 0, _request: request }
    }

    /// The next part of the frame.
    fn part(&mut self) -> Frame<Bytes> {
        let part = self.rest.split_to(self.rest.len().min(PART_BYTES));
        self.given = part.len();
        self.watch.answer_blocked(self.number);
        Frame::data(part)
    }
}

impl<B: Body + Unpin> Body for Answered<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let given = std::mem::take(&mut self.given);
        self.watch.answer_moved(self.number, given);
        if !self.rest.is_empty() {
            return Poll::Ready(Some(Ok(self.part())));
        }
        let frame = match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => frame,
            Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
            Poll::Ready(None) => return Poll::Ready(None),
            Poll::Pending => return Poll::Pending,
        };
        // Of bytes this is no copy.
        let frame = frame.map_data(|mut data| data.copy_to_bytes(data.remaining()));
        match frame.into_data() {
            Ok(data) => {
                self.rest = data;
                Poll::Ready(Some(Ok(self.part())))
            }
            Err(trailers) => {
                self.watch.answer_blocked(self.number);
                Poll::Ready(Some(Ok(trailers)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (rest, of_body) = (self.rest.len() as u64, self.body.size_hint());
        let mut hint = SizeHint::new();
        if let Some(upper) = of_body.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint.set_lower(of_body.lower().saturating_add(rest));
        hint
    }
}

impl<B> Drop for Answered<B> {
    fn drop(&mut self) {
        self.watch.answer_done(self.number);
    }
}
