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
/// Less than this are frames of HTTP/2 that carry nothing, such as the answer to a ping.
const SMALLEST_DATA_BYTES: usize = 64;

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
    /// When the last of them ended, or the client has taken the rest of its answer; when the connection
    /// began.
    since: Instant,
    /// When the first byte of a head came that is not whole yet.
    head_since: Option<Instant>,
    /// The bodies of requests that were waited for, by number.
    asked: BTreeMap<u64, Stall>,
    /// The bodies of answers of which the client could not take more at once.
    answered: BTreeMap<u64, Stall>,
    last_body: u64,
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
            asked: BTreeMap::new(),
            answered: BTreeMap::new(),
            last_body: 0,
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
        let (mut state, now) = (self.state.lock(), Instant::now());
        state.writing.moved(bytes, now);
        if bytes < SMALLEST_DATA_BYTES {
            return;
        }
        // Which answer they belong to is not known; some of one is on its way.
        for answer in state.answered.values_mut().filter(|answer| answer.is_waiting()) {
            answer.moved(bytes, now);
            answer.blocked(now);
        }
    }

    /// The client does not take more at the moment.
    pub fn write_blocked(&self) {
        self.state.lock().writing.blocked(Instant::now());
    }

    /// The client has taken all there was.
    pub fn flushed(&self) {
        let mut state = self.state.lock();
        if state.writing.has_waited() {
            state.since = Instant::now();
        }
        state.writing.done();
    }

    /// The number of another body, of a request or of an answer.
    pub fn body(&self) -> u64 {
        let mut state = self.state.lock();
        state.last_body += 1;
        state.last_body
    }

    /// The client is waited for, to send more of this body.
    pub fn ask_blocked(&self, body: u64) {
        self.state.lock().asked.entry(body).or_default().blocked(Instant::now());
    }

    /// So many bytes of a request's body came.
    pub fn ask_moved(&self, body: u64, bytes: usize) {
        if let Some(stall) = self.state.lock().asked.get_mut(&body) {
            stall.moved(bytes, Instant::now());
        }
    }

    /// A request's body has come to its end.
    pub fn ask_done(&self, body: u64) {
        self.state.lock().asked.remove(&body);
    }

    /// The client is waited for, to take what was given of this body.
    pub fn answer_blocked(&self, body: u64) {
        self.state.lock().answered.entry(body).or_default().blocked(Instant::now());
    }

    /// The client can take more of an answer's body, after so many bytes.
    pub fn answer_moved(&self, body: u64, bytes: usize) {
        if let Some(stall) = self.state.lock().answered.get_mut(&body) {
            stall.moved(bytes, Instant::now());
        }
    }

    /// An answer's body has come to its end.
    pub fn answer_done(&self, body: u64) {
        self.state.lock().answered.remove(&body);
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
        for body in state.asked.values().chain(state.answered.values()) {
            until(body.over_at(progress), Notice::Progress)?;
        }
        // While the rest of an answer is on its way the connection is not idle.
        if state.requests == 0 && !state.writing.is_waiting() {
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
    async fn rts_13_frames_of_http_2_are_no_head_and_no_request() {
        let watch = Watch::new(TIMES);
        watch.read(b"PR");
        watch.read(b"I * HTTP/2.0");
        drop(watch.request());
        for _ in 0..74 {
            watch.read(b"ping");
            watch.wrote(17);
            watch.flushed();
            assert_eq!(after(&watch, 1).await, None);
        }
        assert_eq!(after(&watch, 1).await, Some(Notice::Idle));
    }

    #[tokio::test(start_paused = true)]
    async fn rts_13_a_connection_is_idle_after_the_rest_of_its_answer() {
        let watch = Watch::new(TIMES);
        drop(watch.request());
        for _ in 0..10 {
            watch.write_blocked();
            assert_eq!(after(&watch, 59).await, None);
            watch.wrote(2_048);
        }
        watch.write_blocked();
        watch.wrote(1);
        watch.flushed();
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
    async fn rts_13_an_answer_has_to_be_taken() {
        let watch = Watch::new(TIMES);
        let request = watch.request();
        let answer = watch.body();
        watch.answer_blocked(answer);
        assert_eq!(after(&watch, 59).await, None);
        watch.answer_moved(answer, 2_048);
        assert_eq!(after(&watch, 10_000).await, None, "there is no more of it yet");
        watch.answer_blocked(answer);
        for _ in 0..10 {
            assert_eq!(after(&watch, 59).await, None, "a large piece leaves bit by bit");
            watch.wrote(2_048);
        }
        watch.wrote(17);
        assert_eq!(after(&watch, 60).await, Some(Notice::Progress));
        watch.answer_done(answer);
        assert_eq!(after(&watch, 1).await, None);
        drop(request);
    }

    #[tokio::test(start_paused = true)]
    async fn rts_13_a_body_has_to_come_and_an_answer_may_take_its_time() {
        let watch = Watch::new(TIMES);
        let request = watch.request();
        let (one, other) = (watch.body(), watch.body());
        watch.ask_blocked(one);
        assert_eq!(after(&watch, 59).await, None);
        watch.ask_moved(one, 2_048);
        watch.ask_blocked(one);
        assert_eq!(after(&watch, 59).await, None);
        watch.ask_done(one);
        assert_eq!(after(&watch, 10_000).await, None, "it is our turn");
        watch.ask_blocked(other);
        assert_eq!(after(&watch, 59).await, None);
        watch.ask_blocked(one);
        watch.ask_done(one);
        assert_eq!(after(&watch, 1).await, Some(Notice::Progress), "each by itself");
        drop(request);
    }
}
