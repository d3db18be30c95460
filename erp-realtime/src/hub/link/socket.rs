//! A client's bare socket: the hub writes to it, and a queue exists only while it is full.

use std::{
    collections::VecDeque,
    io::{ErrorKind, IoSlice},
    net::Shutdown,
    sync::Arc,
};

use bytes::{Buf, Bytes};
use parking_lot::Mutex;
use socket2::SockRef;
use tokio::{net::TcpStream, sync::Notify, time::Instant};
use tokio_util::task::TaskTracker;

use super::{Sent, Waiting};

/// The most chunks of one write.
const MAX_SLICES: usize = 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Open,
    /// What waits is sent, then our half is closed.
    Closing,
    Over,
}

struct Out {
    /// What the socket did not take; the first chunk may have been written in part.
    pending: VecDeque<Bytes>,
    bytes: usize,
    /// Since when something waits, or some of it was last taken.
    since: Option<Instant>,
    /// Whether the first chunk is begun: dropping the rest would break a frame.
    begun: bool,
    stage: Stage,
}

impl Out {
    fn empty(stage: Stage) -> Self {
        Self { pending: VecDeque::new(), bytes: 0, since: None, begun: false, stage }
    }
}

/// A client's socket.
pub(crate) struct SocketLink {
    stream: TcpStream,
    limit: usize,
    out: Mutex<Out>,
    drained: Notify,
    tasks: TaskTracker,
}

impl SocketLink {
    /// The socket, with a queue of at most this many bytes.
    pub fn new(stream: TcpStream, limit: usize, tasks: TaskTracker) -> Arc<Self> {
        let out = Out::empty(Stage::Open);
        Arc::new(Self { stream, limit, out: Mutex::new(out), drained: Notify::new(), tasks })
    }

    /// The socket, to read from.
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    pub fn send(self: &Arc<Self>, bytes: Bytes) -> Sent {
        let mut out = self.out.lock();
        if out.stage != Stage::Open {
            return Sent::Gone;
        }
        if out.bytes > 0 {
            out.bytes += bytes.len();
            out.pending.push_back(bytes);
            return if out.bytes > self.limit { Sent::Full } else { Sent::Done };
        }
        self.write_first(&mut out, bytes)
    }

    /// Nothing waits: tries the socket, and keeps what it does not take.
    fn write_first(self: &Arc<Self>, out: &mut Out, mut bytes: Bytes) -> Sent {
        match self.stream.try_write(&bytes) {
            Ok(written) if written == bytes.len() => return Sent::Done,
            Ok(written) => {
                bytes.advance(written);
                out.begun = written > 0;
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => out.begun = false,
            Err(_) => {
                out.stage = Stage::Over;
                return Sent::Gone;
            }
        }
        out.bytes = bytes.len();
        out.since = Some(Instant::now());
        out.pending.push_back(bytes);
        self.tasks.spawn(drain(self.clone()));
        if out.bytes > self.limit { Sent::Full } else { Sent::Done }
    }

    pub fn close(self: &Arc<Self>, last: Bytes, waiting: Waiting) {
        let mut out = self.out.lock();
        if out.stage != Stage::Open {
            return;
        }
        if waiting == Waiting::Drop {
            let keep = usize::from(out.begun);
            out.pending.truncate(keep);
            out.bytes = out.pending.iter().map(Bytes::len).sum();
        }
        if out.bytes > 0 {
            out.bytes += last.len();
            out.pending.push_back(last);
        } else if self.write_first(&mut out, last) == Sent::Gone {
            return;
        }
        out.stage = Stage::Closing;
        if out.bytes == 0 {
            self.finish(&mut out);
        }
    }

    pub fn abort(&self) {
        let mut out = self.out.lock();
        *out = Out::empty(Stage::Over);
        // Wakes whoever waits for the socket; it may be closed already.
        let _ = SockRef::from(&self.stream).shutdown(Shutdown::Both);
        drop(out);
        self.drained.notify_waiters();
    }

    fn finish(&self, out: &mut Out) {
        out.stage = Stage::Over;
        // The client still reads what is on its way; a full close could make the kernel drop it.
        let _ = SockRef::from(&self.stream).shutdown(Shutdown::Write);
    }

    pub fn waiting(&self) -> usize {
        self.out.lock().bytes
    }

    pub fn stalled_since(&self) -> Option<Instant> {
        let out = self.out.lock();
        out.since.filter(|_| out.bytes > 0)
    }

    /// Returns when a fourth of the queue or less is in use.
    pub async fn drained(&self) {
        loop {
            let notified = self.drained.notified();
            if self.waiting() <= self.limit / 4 {
                return;
            }
            notified.await;
        }
    }

    /// Writes what waits; returns whether there is more to write.
    fn write_pending(&self) -> bool {
        let mut out = self.out.lock();
        while out.bytes > 0 {
            match self.write_some(&out) {
                Ok(0) => out.stage = Stage::Over,
                Ok(written) => advance(&mut out, written),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return true,
                Err(_) => out.stage = Stage::Over,
            }
            if out.stage == Stage::Over {
                out.pending = VecDeque::new();
                out.bytes = 0;
            }
        }
        if out.stage == Stage::Closing {
            self.finish(&mut out);
        }
        out.pending = VecDeque::new();
        false
    }

    fn write_some(&self, out: &Out) -> std::io::Result<usize> {
        let mut slices = [IoSlice::new(&[]); MAX_SLICES];
        let mut count = 0;
        for (slice, chunk) in slices.iter_mut().zip(&out.pending) {
            *slice = IoSlice::new(chunk);
            count += 1;
        }
        self.stream.try_write_vectored(&slices[..count])
    }
}

fn advance(out: &mut Out, mut written: usize) {
    out.bytes -= written;
    out.since = Some(Instant::now());
    while let Some(first) = out.pending.front_mut() {
        if written < first.len() {
            out.begun = out.begun || written > 0;
            first.advance(written);
            return;
        }
        written -= first.len();
        out.begun = false;
        out.pending.pop_front();
    }
}

/// Lives only while the socket is full.
async fn drain(link: Arc<SocketLink>) {
    while link.stream.writable().await.is_ok() && link.write_pending() {
        if link.waiting() <= link.limit / 4 {
            link.drained.notify_waiters();
        }
    }
    link.drained.notify_waiters();
}
