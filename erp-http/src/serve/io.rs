//! A client's socket that tells what passes.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use erp_realtime::websocket::{TakeSocket, TakenSocket};
use hyper::upgrade::Upgraded;
use hyper_util::{rt::TokioIo, server::conn::auto};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use super::{door::Place, watch::Watch};

/// A socket that is watched. Its place is held as long as it is open.
pub(super) struct Watched<IO> {
    io: IO,
    watch: Arc<Watch>,
    place: Place,
}

impl<IO> Watched<IO> {
    pub fn new(io: IO, watch: Arc<Watch>, place: Place) -> Self {
        Self { io, watch, place }
    }

    fn noted(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &written {
            Poll::Ready(Ok(bytes)) => self.watch.wrote(*bytes),
            Poll::Ready(Err(_)) => {}
            Poll::Pending => self.watch.write_blocked(),
        }
        written
    }
}

/// Live delivery writes to the bare socket of a WebSocket: this is how it comes by it.
pub(super) const TAKE_SOCKET: TakeSocket = TakeSocket(take);

fn take(upgraded: Upgraded) -> Result<TakenSocket, Upgraded> {
    let parts = auto::upgrade::downcast::<TokioIo<Watched<TcpStream>>>(upgraded)?;
    let Watched { io, place, .. } = parts.io.into_inner();
    Ok(TakenSocket { stream: io, early: parts.read_buf, held: Some(Box::new(place)) })
}

impl<IO: AsyncRead + Unpin> AsyncRead for Watched<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.io).poll_read(cx, buffer);
        if let Some(read @ [_, ..]) = buffer.filled().get(before..) {
            self.watch.read(read);
        }
        polled
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for Watched<IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(cx, bytes);
        self.noted(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write_vectored(cx, slices);
        self.noted(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    /// A flush comes when all there is was written.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.io).poll_flush(cx);
        match &flushed {
            Poll::Ready(_) => self.watch.flushed(),
            Poll::Pending => self.watch.write_blocked(),
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.io).poll_shutdown(cx);
        if shut.is_pending() {
            self.watch.write_blocked();
        }
        shut
    }
}
