//! Bodies that tell how far they are.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
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
            Poll::Pending => self.watch.body_blocked(self.number),
            Poll::Ready(Some(Ok(frame))) => {
                let bytes = frame.data_ref().map_or(0, Bytes::len);
                self.watch.body_moved(self.number, bytes);
            }
            Poll::Ready(_) => self.watch.body_done(self.number),
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
        self.watch.body_done(self.number);
    }
}

/// An answer's body: its request is under way until it is sent or dropped.
pub(super) struct Answered<B> {
    body: B,
    _request: UnderWay,
}

impl<B> Answered<B> {
    pub fn new(body: B, request: UnderWay) -> Self {
        Self { body, _request: request }
    }
}

impl<B: Body + Unpin> Body for Answered<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
