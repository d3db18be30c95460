//! Rate limits, in bounded memory.

use std::{
    hash::Hash,
    net::IpAddr,
    num::NonZeroU32,
    time::{Duration, Instant},
};

use erp_core::{
    error::{Error, Result},
    ids::UserId,
};
use governor::{
    DefaultDirectRateLimiter, DefaultKeyedRateLimiter, NotUntil, Quota, RateLimiter,
    clock::{Clock, DefaultClock, QuantaInstant},
};
use parking_lot::Mutex;

use super::{
    address::household,
    options::{Rate, RateLimits},
};

/// How often a full table is looked through for keys that are at rest.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// The limits of one server.
pub(super) struct Limits {
    users: Option<Bounded<UserId>>,
    addresses: Option<Bounded<IpAddr>>,
    logins: Option<Bounded<IpAddr>>,
}

impl Limits {
    pub(super) fn new(limits: &RateLimits) -> Self {
        let keys = limits.max_keys;
        Self {
            users: limits.per_user.map(|rate| Bounded::new(rate, keys)),
            addresses: limits.per_address.map(|rate| Bounded::new(rate, keys)),
            logins: limits.logins_per_address.map(|rate| Bounded::new(rate, keys)),
        }
    }

    /// A request of this user.
    pub(super) fn user(&self, user: UserId) -> Result<()> {
        check(self.users.as_ref(), Some(user))
    }

    /// A request without a valid login, from this address.
    pub(super) fn stranger(&self, address: Option<IpAddr>) -> Result<()> {
        check(self.addresses.as_ref(), address.map(household))
    }

    /// An attempt to log in from this address.
    pub(super) fn login(&self, address: Option<IpAddr>) -> Result<()> {
        check(self.logins.as_ref(), address.map(household))
    }
}

fn check<K: Hash + Eq + Clone>(limit: Option<&Bounded<K>>, key: Option<K>) -> Result<()> {
    match (limit, key) {
        (Some(limit), Some(key)) => limit.check(&key),
        _ => Ok(()),
    }
}

/// A limit for each key. When the table is full of busy keys, new ones share one limit, so that
/// whoever comes from ever new addresses gains nothing and takes no memory.
struct Bounded<K: Hash + Eq + Clone> {
    apart: DefaultKeyedRateLimiter<K>,
    shared: DefaultDirectRateLimiter,
    max_keys: usize,
    swept: Mutex<Option<Instant>>,
}

impl<K: Hash + Eq + Clone> Bounded<K> {
    fn new(rate: Rate, max_keys: usize) -> Self {
        let at_least_one = |n: u32| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        let quota =
            Quota::per_second(at_least_one(rate.per_second)).allow_burst(at_least_one(rate.burst));
        Self {
            apart: RateLimiter::keyed(quota),
            shared: RateLimiter::direct(quota),
            max_keys,
            swept: Mutex::new(None),
        }
    }

    fn check(&self, key: &K) -> Result<()> {
        let room = self.apart.len() < self.max_keys || self.sweep();
        let verdict = if room {
            self.apart.check_key(key).map_err(|not| wait(&not))
        } else {
            self.shared.check().map_err(|not| wait(&not))
        };
        verdict.map_err(|retry_after| Error::RateLimited { retry_after })
    }

    /// Forgets the keys that are at rest, now and then; whether there is room afterwards.
    fn sweep(&self) -> bool {
        let mut swept = self.swept.lock();
        if swept.is_none_or(|at| at.elapsed() >= SWEEP_EVERY) {
            self.apart.retain_recent();
            self.apart.shrink_to_fit();
            *swept = Some(Instant::now());
        }
        self.apart.len() < self.max_keys
    }
}

fn wait(not: &NotUntil<QuantaInstant>) -> Duration {
    not.wait_time_from(DefaultClock::default().now())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLOW: Rate = Rate { per_second: 1, burst: 3 };

    #[test]
    fn a_key_that_asks_too_often_is_told_when_to_come_again() {
        let limit = Bounded::new(SLOW, 10);
        for _ in 0..3 {
            assert_eq!(limit.check(&"a"), Ok(()));
        }
        let refused = (0..3).find_map(|_| limit.check(&"a").err());
        assert!(matches!(refused, Some(Error::RateLimited { .. })), "{refused:?}");
        assert_eq!(limit.check(&"b"), Ok(()), "others are not affected");
    }

    #[test]
    fn the_table_of_keys_is_bounded() {
        let limit = Bounded::new(SLOW, 10);
        for key in 0..10_000 {
            let _ = limit.check(&key);
        }
        assert!(limit.apart.len() <= 11, "{}", limit.apart.len());
    }

    #[test]
    fn addresses_of_one_ipv6_network_count_as_one() {
        let [one, other, far] = ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1"]
            .map(|text| household(text.parse().unwrap()));
        assert_eq!(one, other);
        assert_ne!(one, far);
        assert_eq!(household("::ffff:1.2.3.4".parse().unwrap()), IpAddr::from([1, 2, 3, 4]));
    }
}
