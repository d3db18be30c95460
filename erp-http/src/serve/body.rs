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

/// An answer's body: its request is under way until it is sent or dropped. The server asks for more of
/// it whenever the client can take more, so from what was given until then the client is waited for. Of
/// HTTP/2 that is all that can be seen: a client holds up each stream by itself, not the socket.
pub(super) struct Answered<B> {
    body: B,
    watch: Arc<Watch>,
    number: u64,
    /// The bytes that were given last.
    given: usize,
    _request: UnderWay,
}

impl<B> Answered<B> {
    pub fn new(body: B, watch: Arc<Watch>, request: UnderWay) -> Self {
        let number = watch.body();
        watch.answer_blocked(number);
        Self { body, watch, number, given: 0, _request: request }
    }
}

impl<B: Body + Unpin> Body for Answered<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let given = std::mem::take(&mut self.given);
        self.watch.answer_moved(self.number, given);
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            self.given = frame.data_ref().map_or(0, Buf::remaining);
            self.watch.answer_blocked(self.number);
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

impl<B> Drop for Answered<B> {
    fn drop(&mut self) {
        self.watch.answer_done(self.number);
    }
}
