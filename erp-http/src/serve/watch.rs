//! What a connection is doing, and until when it may go on like that.

use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use parking_lot::Mutex;
use tokio::time::{Instant, Sleep, sleep_until};

use super::notice::Notice;
use crate::stall::Stall;

/// How an HTTP/2 connection begins. Between its requests it sends frames that are none, so what it
/// sends then is not taken for the beginning of a head.
const HTTP2_PREFACE: &[u8] = b"PRI";

/// The times that are allowed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub header: Duration,
    pub idle: Duration,
    pub progress: Duration,
}

/// What a connection is doing.
#[derive(Debug)]
pub(super) struct Watch {
    times: Times,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The first bytes, until they tell the version.
    preface: Vec<u8>,
    http2: bool,
    /// No request came yet.
    fresh: bool,
    /// Requests under way, up to the end of their answers.
    requests: usize,
    /// When the last of them ended or a byte of an answer left after that; when the connection began.
    since: Instant,
    /// When the first byte of a head came that is not whole yet.
    head_since: Option<Instant>,
    /// The bodies of requests that were begun, by number.
    reading: BTreeMap<u64, Stall>,
    bodies: u64,
    writing: Stall,
}

impl Watch {
    pub fn new(times: Times) -> Arc<Self> {
        let state = State {
            preface: Vec::new(),
            http2: false,
            fresh: true,
            requests: 0,
            since: Instant::now(),
            head_since: None,
            reading: BTreeMap::new(),
            bodies: 0,
            writing: Stall::default(),
        };
        Arc::new(Self { times, state: Mutex::new(state) })
    }

    /// These bytes came.
    pub fn read(&self, bytes: &[u8]) {
        let mut state = self.state.lock();
        if state.fresh && !state.http2 && state.preface.len() < HTTP2_PREFACE.len() {
            let missing = HTTP2_PREFACE.len() - state.preface.len();
            state.preface.extend(bytes.iter().take(missing));
            state.http2 = state.preface == HTTP2_PREFACE;
        }
        if state.requests == 0 && !state.http2 {
            state.head_since.get_or_insert_with(Instant::now);
        }
    }

    /// So many bytes left.
    pub fn wrote(&self, bytes: usize) {
        let mut state = self.state.lock();
        let now = Instant::now();
        state.writing.moved(bytes, now);
        if state.requests == 0 {
            state.since = now;
        }
    }

    /// The client does not take more at the moment.
    pub fn write_blocked(&self) {
        self.state.lock().writing.blocked(Instant::now());
    }

    /// The client has taken all there was.
    pub fn flushed(&self) {
        self.state.lock().writing.done();
    }

    /// A request has a body: its number.
    pub fn body(&self) -> u64 {
        let mut state = self.state.lock();
        state.bodies += 1;
        state.bodies
    }

    /// A body is waited for.
    pub fn body_blocked(&self, body: u64) {
        self.state.lock().reading.entry(body).or_default().blocked(Instant::now());
    }

    /// So many bytes of a body came.
    pub fn body_moved(&self, body: u64, bytes: usize) {
        if let Some(stall) = self.state.lock().reading.get_mut(&body) {
            stall.moved(bytes, Instant::now());
        }
    }

    /// A body is waited for no more.
    pub fn body_done(&self, body: u64) {
        self.state.lock().reading.remove(&body);
    }

    /// A request came. It is under way as long as the value is held.
    pub fn request(self: &Arc<Self>) -> UnderWay {
        let mut state = self.state.lock();
        state.fresh = false;
        state.head_since = None;
        state.requests += 1;
        UnderWay(Arc::clone(self))
    }

    /// When to look again, or why the connection is over.
    fn judge(&self, now: Instant) -> Result<Instant, Notice> {
        let Times { header, idle, progress } = self.times;
        let state = self.state.lock();
        let mut next = now + header.min(idle).min(progress);
        let mut until = |end: Option<Instant>, why: Notice| match end {
            Some(end) if end <= now => Err(why),
            Some(end) => {
                next = next.min(end);
                Ok(())
            }
            None => Ok(()),
        };
        until(state.writing.over_at(progress), Notice::Progress)?;
        for body in state.reading.values() {
            until(body.over_at(progress), Notice::Progress)?;
        }
        if state.requests == 0 {
            until(state.head_since.map(|since| since + header), Notice::Header)?;
            let (time, why) =
                if state.fresh { (header, Notice::Header) } else { (idle, Notice::Idle) };
            until(Some(state.since + time), why)?;
        }
        Ok(next)
    }
}

/// A request that is under way.
#[derive(Debug)]
pub(super) struct UnderWay(Arc<Watch>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        state.requests -= 1;
        state.since = Instant::now();
    }
}

/// Looks at a connection now and then, and whenever its task is awake.
pub(super) struct Watchdog {
    watch: Arc<Watch>,
    sleep: Pin<Box<Sleep>>,
}

impl Watchdog {
    pub fn new(watch: Arc<Watch>) -> Self {
        Self { watch, sleep: Box::pin(sleep_until(Instant::now())) }
    }

    /// Ready when the connection is over, with the reason. To be polled after the connection.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Notice> {
        loop {
            match self.watch.judge(Instant::now()) {
                Err(why) => return Poll::Ready(why),
                // Looking too early does no harm, and spares the timer at most polls.
                Ok(next) if self.sleep.is_elapsed() || next < self.sleep.deadline() => {
                    self.sleep.as_mut().reset(next);
                }
                Ok(_) => {}
            }
            if self.sleep.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMES: Times = Times {
        header: Duration::from_secs(10),
        idle: Duration::from_secs(75),
        progress: Duration::from_secs(60),
    };

    /// Lets time pass, and says why the connection is over by then.
    async fn after(watch: &Watch, seconds: u64) -> Option<Notice> {
        tokio::time::advance(Duration::from_secs(seconds)).await;
        watch.judge(Instant::now()).err()
    }

    #[tokio::test(start_paused = true)]
    async fn rts_13_silence_and_half_a_head_have_a_deadline() {
        let silent = Watch::new(TIMES);
        assert_eq!(after(&silent, 9).await, None);
        silent.read(b"G");
        assert_eq!(after(&silent, 1).await, Some(Notice::Header), "from the beginning on");

        let used = Watch::new(TIMES);
        used.read(b"GET /");
        drop(used.request());
        assert_eq!(after(&used, 74).await, None, "it may be idle");
        used.read(b"GE");
        assert_eq!(after(&used, 1).await, Some(Notice::Idle));
        let used = Watch::new(TIMES);
        drop(used.request());
        assert_eq!(after(&used, 30).await, None);
        used.read(b"GE");
        assert_eq!(after(&used, 9).await, None);
        used.read(b"T");
        assert_eq!(after(&used, 1).await, Some(Notice::Header), "from its first byte on");
    }

    #[tokio::test(start_paused = true)]
    async fn rts_13_frames_of_http_2_are_no_head() {
        let watch = Watch::new(TIMES);
        watch.read(b"PR");
        watch.read(b"I * HTTP/2.0");
        drop(watch.request());
        watch.read(b"ping");
        assert_eq!(after(&watch, 74).await, None);
        assert_eq!(after(&watch, 1).await, Some(Notice::Idle));
    }

    #[tokio::test(start_paused = true)]
    async fn rts_13_a_stream_lives_as_long_as_it_is_taken() {
        let watch = Watch::new(TIMES);
        let stream = watch.request();
        for _ in 0..1_000 {
            assert_eq!(after(&watch, 15).await, None, "it is not idle");
            watch.wrote(60);
            watch.flushed();
        }
        watch.write_blocked();
        assert_eq!(after(&watch, 59).await, None);
        watch.wrote(60);
        watch.write_blocked();
        assert_eq!(after(&watch, 1).await, Some(Notice::Progress), "it takes too little");
        drop(stream);
    }

    #[tokio::test(start_paused = true)]
    async fn rts_13_a_body_has_to_come_and_an_answer_may_take_its_time() {
        let watch = Watch::new(TIMES);
        let request = watch.request();
        let (one, other) = (watch.body(), watch.body());
        watch.body_blocked(one);
        assert_eq!(after(&watch, 59).await, None);
        watch.body_moved(one, 2_048);
        watch.body_blocked(one);
        assert_eq!(after(&watch, 59).await, None);
        watch.body_done(one);
        assert_eq!(after(&watch, 10_000).await, None, "it is our turn");
        watch.body_blocked(other);
        assert_eq!(after(&watch, 59).await, None);
        watch.body_blocked(one);
        watch.body_done(one);
        assert_eq!(after(&watch, 1).await, Some(Notice::Progress), "each by itself");
        drop(request);
    }
}
