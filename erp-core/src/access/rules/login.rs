//! How failed logins slow down the next ones: an attempt is held back for a while, then judged. The
//! wait has a bound, so that nobody is kept out by what others try (AUTH-16).

use chrono::TimeDelta;

use crate::{
    access::{AccessOptions, LoginFailures},
    time::Timestamp,
};

/// How the failures under one key slow down: so many are free, then the waits double up to a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Brake {
    /// Failures before the first wait.
    pub free: u32,
    /// The first wait.
    pub first_wait: TimeDelta,
    /// The longest wait.
    pub max_wait: TimeDelta,
    /// Failures this old are forgotten.
    pub forget_after: TimeDelta,
}

impl Brake {
    /// For one address from one place, and for whoever is known by a device or a session.
    pub fn place(options: &AccessOptions) -> Self {
        Self {
            free: options.login_free_failures,
            first_wait: options.login_first_wait,
            max_wait: options.login_max_wait,
            forget_after: options.login_forget_after,
        }
    }

    /// For one address, from wherever: milder, as most of it may be strangers' doing.
    pub fn address(options: &AccessOptions) -> Self {
        Self { free: options.login_address_free_failures, ..Self::place(options) }
    }

    /// The wait after so many failures in a row.
    pub fn wait_after(&self, count: u32) -> TimeDelta {
        let Some(doublings) = count.checked_sub(self.free).filter(|_| count > 0) else {
            return TimeDelta::zero();
        };
        let factor = 1_i32.checked_shl(doublings).filter(|factor| *factor > 0);
        factor
            .and_then(|factor| self.first_wait.checked_mul(factor))
            .map_or(self.max_wait, |wait| wait.min(self.max_wait))
    }

    /// When an attempt will be judged, if no other comes in between and no other brake holds it for
    /// longer: the wait of the next one is counted from there.
    pub fn judged_at(&self, before: LoginFailures, now: Timestamp) -> Timestamp {
        let forgotten = before.last_at.is_some_and(|last| last < now - self.forget_after);
        let count = if forgotten { 1 } else { before.count.saturating_add(1) };
        now + self.hold(before, LoginFailures { count, last_at: None }, now)
    }

    /// How long an attempt is held back before it is judged. It counted itself as a failure beforehand,
    /// which `after` holds: so many attempts at once wait as long as one after another. The time since
    /// the last one counts, unless others were counted in between.
    pub fn hold(&self, before: LoginFailures, after: LoginFailures, now: Timestamp) -> TimeDelta {
        let failures = after.count.saturating_sub(1);
        let wait = self.wait_after(failures);
        let alone = failures <= before.count;
        match before.last_at.filter(|_| alone) {
            Some(last) => (last + wait - now).clamp(TimeDelta::zero(), wait),
            None => wait,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brake() -> Brake {
        Brake::place(&AccessOptions::default())
    }

    fn failed(count: u32, ago: i64) -> LoginFailures {
        let last_at = Some(Timestamp::default() - TimeDelta::seconds(ago));
        LoginFailures { count, last_at }
    }

    fn held(before: LoginFailures, after: u32) -> i64 {
        brake().hold(before, failed(after, 0), Timestamp::default()).num_seconds()
    }

    #[test]
    fn auth_16_waits_double_after_the_free_failures_up_to_a_short_one() {
        let seconds = |count| brake().wait_after(count).num_seconds();
        let waits: Vec<i64> = (0..=10).map(seconds).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 1, 2, 4, 8, 10, 10]);
        for many in [15, 16, 35, 36, 37, 70, u32::MAX] {
            assert_eq!(seconds(many), 10, "{many}");
        }
        let strict = Brake { free: 0, ..brake() };
        assert_eq!(strict.wait_after(0), TimeDelta::zero());
        assert_eq!(strict.wait_after(1).num_seconds(), 2);
    }

    #[test]
    fn auth_16_the_time_since_the_last_failure_counts() {
        assert_eq!(held(LoginFailures::default(), 1), 0);
        assert_eq!(held(failed(7, 1), 8), 3);
        assert_eq!(held(failed(7, 4), 8), 0);
        assert_eq!(held(failed(7, 4_000), 8), 0);
        assert_eq!(held(failed(99, 90_000), 1), 0, "forgotten");
        assert_eq!(held(failed(u32::MAX, 0), u32::MAX), 10);
        assert_eq!(held(failed(7, -60), 8), 4, "a clock that went back makes nobody wait longer");
    }

    #[test]
    fn auth_16_an_attempt_counts_from_when_it_is_judged() {
        let (now, seconds) = (Timestamp::default(), TimeDelta::seconds);
        let judged_at = |before| brake().judged_at(before, now) - now;
        assert_eq!(judged_at(LoginFailures::default()), seconds(0));
        assert_eq!(judged_at(failed(5, 0)), seconds(1));
        assert_eq!(judged_at(failed(7, 1)), seconds(3));
        assert_eq!(judged_at(failed(99, 90_000)), seconds(0), "forgotten");
    }

    #[test]
    fn auth_4_attempts_at_once_do_not_get_round_the_wait() {
        assert_eq!(held(LoginFailures::default(), 5), 0, "the fifth of five at once is free");
        assert_eq!(held(LoginFailures::default(), 6), 1, "the sixth has to wait");
        assert_eq!(held(failed(5, 60), 6), 0, "alone after its wait");
        assert_eq!(held(failed(5, 60), 7), 2, "another one was faster");
    }
}
