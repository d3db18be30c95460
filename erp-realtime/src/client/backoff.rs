//! How long to wait before connecting again.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

/// Full jitter: the n-th wait is uniform in `[0, min(cap, base · 2ⁿ)]` (RTC-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The bound of the first wait.
    pub base: Duration,
    /// The bound of the longest.
    pub cap: Duration,
    attempt: u32,
}

impl Backoff {
    /// Waits from this bound to that one.
    pub fn new(base: Duration, cap: Duration) -> Self {
        Self { base, cap, attempt: 0 }
    }

    /// The bound of the next wait.
    pub fn bound(&self) -> Duration {
        self.base.saturating_mul(1_u32.checked_shl(self.attempt).unwrap_or(u32::MAX)).min(self.cap)
    }

    /// The next wait; never shorter than what the server asked for.
    pub fn next_wait(&mut self, asked: Option<Duration>) -> Duration {
        let bound = self.bound();
        self.attempt = self.attempt.saturating_add(1);
        let random = RandomState::new().hash_one(0_u8);
        let nanos = u64::try_from(bound.as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos(random % nanos.saturating_add(1)).max(asked.unwrap_or_default())
    }

    /// The connection was stable: begin with the first wait again.
    pub fn reset(&mut self) {
        self.attempt = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rtc_2_waits_stay_below_a_doubling_bound_and_above_what_the_server_asks() {
        let (base, cap) = (Duration::from_millis(100), Duration::from_secs(5));
        let mut backoff = Backoff::new(base, cap);
        for attempt in 0..70 {
            let bound = base.saturating_mul(1 << attempt.min(10)).min(cap);
            assert_eq!(backoff.bound(), bound);
            assert!(backoff.next_wait(None) <= bound);
        }
        assert!(backoff.next_wait(Some(Duration::from_secs(60))) >= Duration::from_secs(60));
        backoff.reset();
        assert_eq!(backoff.bound(), base);
    }
}
