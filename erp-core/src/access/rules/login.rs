//! How failed logins slow down the next ones.

use std::time::Duration;

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
    /// For one address from one network.
    pub fn network(options: &AccessOptions) -> Self {
        Self {
            free: options.login_free_failures,
            first_wait: options.login_first_wait,
            max_wait: options.login_max_wait,
            forget_after: options.login_forget_after,
        }
    }

    /// For one address, from wherever: milder, as a stranger's failures must not shut its user out.
    pub fn address(options: &AccessOptions) -> Self {
        Self {
            free: options.login_address_free_failures,
            max_wait: options.login_address_max_wait,
            ..Self::network(options)
        }
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

    /// How long the next attempt has to wait, with these failures before it; none when it need not.
    pub fn wait(&self, failures: LoginFailures, now: Timestamp) -> Option<Duration> {
        let last = failures.last_at.filter(|last| *last >= now - self.forget_after)?;
        let left = last + self.wait_after(failures.count) - now;
        left.to_std().ok().filter(|left| !left.is_zero())
    }

    /// Whether an attempt may go on. It counted itself as a failure beforehand, which `after` holds
    /// and success takes back: so of many attempts at once no more are let through than of as many
    /// one after another.
    pub fn admits(&self, before: LoginFailures, after: LoginFailures) -> bool {
        after.count <= self.free.max(1) || after.count <= before.count.saturating_add(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brake() -> Brake {
        Brake::network(&AccessOptions::default())
    }

    #[test]
    fn auth_4_waits_double_after_the_free_failures_up_to_the_longest() {
        let seconds = |count| brake().wait_after(count).num_seconds();
        let waits: Vec<i64> = (0..=10).map(seconds).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32]);
        assert_eq!(seconds(14), 512);
        for many in [15, 16, 35, 36, 37, 70, u32::MAX] {
            assert_eq!(seconds(many), 900, "{many}");
        }
        let strict = Brake { free: 0, ..brake() };
        assert_eq!(strict.wait_after(0), TimeDelta::zero());
        assert_eq!(strict.wait_after(1).num_seconds(), 2);
    }

    #[test]
    fn auth_4_a_wait_ends_and_old_failures_are_forgotten() {
        let now = Timestamp::default();
        let failed = |count, ago| LoginFailures { count, last_at: Some(now - ago) };
        assert_eq!(brake().wait(LoginFailures::default(), now), None);
        assert_eq!(
            brake().wait(failed(7, TimeDelta::seconds(1)), now),
            Some(Duration::from_secs(3))
        );
        assert_eq!(brake().wait(failed(7, TimeDelta::seconds(4)), now), None);
        assert_eq!(brake().wait(failed(99, TimeDelta::hours(25)), now), None);
    }

    #[test]
    fn auth_4_attempts_at_once_do_not_get_round_the_wait() {
        let failures = |count| LoginFailures { count, last_at: None };
        assert!(brake().admits(failures(0), failures(5)), "the fifth of five at once is free");
        assert!(!brake().admits(failures(0), failures(6)), "the sixth has to wait");
        assert!(brake().admits(failures(5), failures(6)), "alone after its wait");
        assert!(!brake().admits(failures(5), failures(7)), "another one was faster");
    }
}
