//! A WebSocket on any stream: one task that writes what waits and reads what the client sends.

use std::{
    future::poll_fn,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{
    inbound::{Flow, Inbound},
    session::{Setup, begin, first_wish},
};
use crate::{
    frame::Encoding,
    hub::{Link, QueueLink, Seat},
};

const READ_BYTES: usize = 2048;

/// The connection's life on this stream.
pub(super) async fn run<IO: AsyncRead + AsyncWrite + Unpin>(mut setup: Setup, mut io: IO) {
    let Some((wish, answers)) = first_wish(&mut setup, &mut io, &[]).await else { return };
    let link = QueueLink::new(Encoding::WebSocket, setup.core.options().queue_bytes);
    let way = Link::Queue(link.clone());
    if let Some(answers) = answers {
        way.send(answers);
    }
    begin(&setup, wish, &way).await;
    let mut pump = Pump {
        io,
        link,
        way,
        inbound: setup.inbound,
        out: Bytes::new(),
        ended: false,
        flow: Flow::On,
        seat: setup.seat,
    };
    // Whatever the reason, the connection is over.
    let _ = poll_fn(|cx| pump.poll(cx)).await;
}

struct Pump<IO> {
    io: IO,
    link: Arc<QueueLink>,
    way: Link,
    inbound: Inbound,
    out: Bytes,
    /// Everything is written, and our half is closed.
    ended: bool,
    flow: Flow,
    seat: Seat,
}

impl<IO: AsyncRead + AsyncWrite + Unpin> Pump<IO> {
    /// Ready when the client is gone.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.link.poll_aborted(cx).is_ready() {
            return Poll::Ready(Ok(()));
        }
        match self.poll_write(cx) {
            Poll::Ready(Ok(())) if self.flow != Flow::Over => {}
            Poll::Ready(done) => return Poll::Ready(done),
            // The answer to the client's goodbye is on its way.
            Poll::Pending if self.flow == Flow::Over => return Poll::Pending,
            Poll::Pending => {}
        }
        self.poll_read(cx)
    }

    /// Ready when our half is closed.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.ended {
            return Poll::Ready(Ok(()));
        }
        loop {
            while self.out.has_remaining() {
                let written = ready!(Pin::new(&mut self.io).poll_write(cx, &self.out))?;
                if written == 0 {
                    return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
                }
                self.out.advance(written);
            }
            match self.link.poll_take(cx) {
                Poll::Ready(Some(bytes)) => self.out = bytes,
                Poll::Ready(None) => {
                    ready!(Pin::new(&mut self.io).poll_shutdown(cx))?;
                    self.ended = true;
                    return Poll::Ready(Ok(()));
                }
                Poll::Pending => {
                    ready!(Pin::new(&mut self.io).poll_flush(cx))?;
                    return Poll::Pending;
                }
            }
        }
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let mut bytes = [0; READ_BYTES];
            let mut buffer = ReadBuf::new(&mut bytes);
            ready!(Pin::new(&mut self.io).poll_read(cx, &mut buffer))?;
            if buffer.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            if self.flow == Flow::On {
                self.flow = self.inbound.take(buffer.filled(), &self.way);
                match self.flow {
                    Flow::On => {}
                    Flow::Ending => self.seat.linger(self.way.clone()),
                    // The link has woken this task to write the answer.
                    Flow::Over => return Poll::Pending,
                }
            }
        }
    }
}
