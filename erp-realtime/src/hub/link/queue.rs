//! A queue of whole frames, bounded in bytes, that an HTTP body or a writer reads.

use std::{
    collections::VecDeque,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use bytes::{Bytes, BytesMut};
use parking_lot::Mutex;
use tokio::{sync::Notify, time::Instant};

use super::{Sent, Waiting};
use crate::frame::Encoding;

/// Small chunks are joined up to this size: one write for all of them.
const JOIN_BYTES: usize = 64 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Open,
    /// What waits is sent, then the stream ends.
    Closing,
    Over,
    /// The reader must let go at once.
    Aborted,
}

struct Queue {
    /// The first chunk, so that a client that keeps up needs no list; empty when there is none.
    first: Bytes,
    rest: VecDeque<Bytes>,
    bytes: usize,
    /// Since when something waits, or was last taken from what waits.
    since: Option<Instant>,
    stage: Stage,
    waker: Option<Waker>,
}

impl Queue {
    fn push(&mut self, bytes: Bytes) {
        self.bytes += bytes.len();
        self.since.get_or_insert_with(Instant::now);
        if self.first.is_empty() && self.rest.is_empty() {
            self.first = bytes;
        } else {
            self.rest.push_back(bytes);
        }
    }

    fn pop(&mut self) -> Option<Bytes> {
        if self.bytes == 0 {
            return None;
        }
        let first = std::mem::take(&mut self.first);
        let taken = if self.rest.is_empty() { first } else { join(first, &mut self.rest) };
        self.bytes -= taken.len();
        self.since = (self.bytes > 0).then(Instant::now);
        Some(taken)
    }

    fn clear(&mut self) {
        (self.first, self.rest, self.bytes) = (Bytes::new(), VecDeque::new(), 0);
        self.since = None;
    }
}

/// What waits for one client.
pub(crate) struct QueueLink {
    encoding: Encoding,
    limit: usize,
    queue: Mutex<Queue>,
    drained: Notify,
}

impl QueueLink {
    /// An empty queue of at most this many bytes.
    pub fn new(encoding: Encoding, limit: usize) -> Arc<Self> {
        let queue = Queue {
            first: Bytes::new(),
            rest: VecDeque::new(),
            bytes: 0,
            since: None,
            stage: Stage::Open,
            waker: None,
        };
        Arc::new(Self { encoding, limit, queue: Mutex::new(queue), drained: Notify::new() })
    }

    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    pub fn send(&self, bytes: Bytes) -> Sent {
        let mut queue = self.queue.lock();
        if queue.stage != Stage::Open {
            return Sent::Gone;
        }
        queue.push(bytes);
        let full = queue.bytes > self.limit;
        let waker = queue.waker.take();
        drop(queue);
        if let Some(waker) = waker {
            waker.wake();
        }
        if full { Sent::Full } else { Sent::Done }
    }

    pub fn close(&self, last: Bytes, waiting: Waiting) {
        let mut queue = self.queue.lock();
        if queue.stage != Stage::Open {
            return;
        }
        if waiting == Waiting::Drop {
            queue.clear();
        }
        queue.push(last);
        queue.stage = Stage::Closing;
        self.wake(queue);
    }

    pub fn abort(&self) {
        let mut queue = self.queue.lock();
        queue.stage = Stage::Aborted;
        queue.clear();
        self.wake(queue);
    }

    fn wake(&self, mut queue: parking_lot::MutexGuard<'_, Queue>) {
        let waker = queue.waker.take();
        drop(queue);
        if let Some(waker) = waker {
            waker.wake();
        }
        self.drained.notify_waiters();
    }

    /// Ready when the reader must let go at once.
    pub fn poll_aborted(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut queue = self.queue.lock();
        if queue.stage == Stage::Aborted {
            return Poll::Ready(());
        }
        queue.waker = Some(cx.waker().clone());
        Poll::Pending
    }

    pub fn waiting(&self) -> usize {
        self.queue.lock().bytes
    }

    pub fn stalled_since(&self) -> Option<Instant> {
        self.queue.lock().since
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

    /// Takes what waits, small chunks joined; none at the end of the stream.
    pub fn poll_take(&self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let mut queue = self.queue.lock();
        let Some(taken) = queue.pop() else {
            if queue.stage == Stage::Open {
                match &mut queue.waker {
                    Some(waker) => waker.clone_from(cx.waker()),
                    none => *none = Some(cx.waker().clone()),
                }
                return Poll::Pending;
            }
            if queue.stage == Stage::Closing {
                queue.stage = Stage::Over;
            }
            return Poll::Ready(None);
        };
        let drained = queue.bytes <= self.limit / 4;
        drop(queue);
        if drained {
            self.drained.notify_waiters();
        }
        Poll::Ready(Some(taken))
    }
}

/// The first chunk with those after it, as far as they are small. An empty first chunk is none.
fn join(first: Bytes, rest: &mut VecDeque<Bytes>) -> Bytes {
    let mut len = first.len();
    let fits = rest
        .iter()
        .take_while(|chunk| {
            len += chunk.len();
            len <= JOIN_BYTES || len == chunk.len()
        })
        .count();
    let single = if first.is_empty() { fits == 1 } else { fits == 0 };
    let taken = if single {
        rest.pop_front_if(|_| first.is_empty()).unwrap_or(first)
    } else {
        let chunks = || std::iter::once(&first).chain(rest.iter().take(fits));
        let mut joined = BytesMut::with_capacity(chunks().map(Bytes::len).sum());
        chunks().for_each(|chunk| joined.extend_from_slice(chunk));
        rest.drain(..fits);
        joined.freeze()
    };
    if rest.is_empty() {
        *rest = VecDeque::new();
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(link: &QueueLink) -> Poll<Option<Bytes>> {
        link.poll_take(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn rts_8_a_full_queue_is_told_and_what_waits_can_be_dropped_for_the_last_frame() {
        let link = QueueLink::new(Encoding::Sse, 8);
        assert_eq!(link.send(Bytes::from_static(b"12345678")), Sent::Done);
        assert_eq!(link.send(Bytes::from_static(b"9")), Sent::Full);
        link.close(Bytes::from_static(b"bye"), Waiting::Drop);
        assert_eq!(link.send(Bytes::from_static(b"late")), Sent::Gone);
        assert_eq!(take(&link), Poll::Ready(Some(Bytes::from_static(b"bye"))));
        assert_eq!(take(&link), Poll::Ready(None));
    }

    #[test]
    fn small_chunks_are_taken_together_and_in_order() {
        let link = QueueLink::new(Encoding::Sse, 1 << 20);
        for part in [&b"a"[..], b"b", &[b'c'; JOIN_BYTES], b"d"] {
            link.send(Bytes::copy_from_slice(part));
        }
        assert_eq!(take(&link), Poll::Ready(Some(Bytes::from_static(b"ab"))));
        assert!(matches!(take(&link), Poll::Ready(Some(big)) if big.len() == JOIN_BYTES));
        assert_eq!(take(&link), Poll::Ready(Some(Bytes::from_static(b"d"))));
        assert_eq!((take(&link), link.waiting()), (Poll::Pending, 0));
    }
}
