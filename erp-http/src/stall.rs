//! Progress of a transfer: for how long the other side has been waited for without it moving enough.

use std::time::Duration;

use tokio::time::Instant;

/// What must move within the time that is allowed for it. A byte now and then is no progress.
const ENOUGH_BYTES: u64 = 1024;

/// A transfer that the other side may hold up. Only the time in which it is waited for counts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stall {
    waiting_since: Option<Instant>,
    has_waited: bool,
    waited: Duration,
    moved: u64,
}

impl Stall {
    /// The other side is waited for.
    pub fn blocked(&mut self, now: Instant) {
        self.waiting_since.get_or_insert(now);
        self.has_waited = true;
    }

    /// So many bytes have moved.
    pub fn moved(&mut self, bytes: usize, now: Instant) {
        if let Some(since) = self.waiting_since.take() {
            self.waited += now.saturating_duration_since(since);
        }
        self.moved = self.moved.saturating_add(bytes as u64);
        if self.moved >= ENOUGH_BYTES {
            *self = Self::default();
        }
    }

    /// Nothing is under way any more.
    pub fn done(&mut self) {
        *self = Self::default();
    }

    /// Whether the other side has been waited for since the last progress.
    pub fn has_waited(&self) -> bool {
        self.has_waited
    }

    /// Whether the other side is waited for.
    pub fn is_waiting(&self) -> bool {
        self.waiting_since.is_some()
    }

    /// When the other side has been waited for long enough; none while it is not waited for.
    pub fn over_at(&self, limit: Duration) -> Option<Instant> {
        self.waiting_since.map(|since| since + limit.saturating_sub(self.waited))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(60);

    fn after(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    #[test]
    fn rts_13_a_byte_now_and_then_is_no_progress() {
        let start = Instant::now();
        let mut stall = Stall::default();
        for second in 0..59 {
            stall.blocked(after(start, second));
            assert_eq!(stall.over_at(LIMIT), Some(after(start, 60)), "at {second}");
            stall.moved(1, after(start, second + 1));
        }
    }

    #[test]
    fn rts_13_a_slow_but_steady_transfer_is_never_over() {
        let start = Instant::now();
        let mut stall = Stall::default();
        for second in 0..1_000 {
            stall.blocked(after(start, second * 50));
            assert!(stall.over_at(LIMIT) > Some(after(start, second * 50 + 50)));
            stall.moved(1_024, after(start, second * 50 + 50));
        }
    }

    #[test]
    fn rts_13_only_the_time_in_which_the_other_side_is_waited_for_counts() {
        let start = Instant::now();
        let mut stall = Stall::default();
        stall.blocked(start);
        stall.moved(1, after(start, 10));
        assert_eq!(stall.over_at(LIMIT), None, "it is our turn");
        stall.blocked(after(start, 500));
        assert_eq!(stall.over_at(LIMIT), Some(after(start, 550)));
        stall.done();
        stall.blocked(after(start, 600));
        assert_eq!(stall.over_at(LIMIT), Some(after(start, 660)));
    }
}
