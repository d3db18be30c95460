//! Rate limits, in bounded memory.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
    net::IpAddr,
    num::NonZeroU32,
    time::{Duration, Instant},
};

use erp_core::{
    access::DeviceToken,
    ctx::household,
    error::{Error, Result},
    ids::UserId,
};
use governor::{
    DefaultDirectRateLimiter, DefaultKeyedRateLimiter, NotUntil, Quota, RateLimiter,
    clock::{Clock, DefaultClock, QuantaInstant},
};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};

use super::options::{Rate, RateLimits};

/// How often a full table is looked through for keys that are at rest.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// The limits of one server.
pub(super) struct Limits {
    users: Option<Bounded<UserId>>,
    addresses: Option<Bounded<IpAddr>>,
    logins: Option<Bounded<IpAddr>>,
    devices: Option<Bounded<Fingerprint>>,
    unknown_devices: Option<Bounded<IpAddr>>,
    /// Who was refused, until when: nothing is looked up for them before.
    shut: Shut,
    /// Credentials and devices that were good when they were looked up last. They are looked up whatever
    /// others from the same address do.
    good: Known,
}

/// What stands for a secret in these tables: its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub(super) fn of(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            // The length keeps ("ab", "c") and ("a", "bc") apart.
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    pub(super) fn of_device(device: &DeviceToken) -> Self {
        Self(device.hash().0)
    }
}

impl Limits {
    pub(super) fn new(limits: &RateLimits) -> Self {
        let keys = limits.max_keys;
        let logins = limits.logins_per_address;
        Self {
            users: limits.per_user.map(|rate| Bounded::new(rate, keys)),
            addresses: limits.per_address.map(|rate| Bounded::new(rate, keys)),
            logins: logins.map(|rate| Bounded::new(rate, keys)),
            devices: logins.map(|rate| Bounded::new(rate, keys)),
            unknown_devices: logins.map(|rate| Bounded::new(rate, keys)),
            shut: Shut::new(keys),
            good: Known::new(keys),
        }
    }

    /// A request of this user, with these credentials.
    pub(super) fn user(&self, user: UserId, credentials: Option<&Fingerprint>) -> Result<()> {
        if let Some(credentials) = credentials {
            self.good.insert(*credentials);
        }
        let admitted = check(self.users.as_ref(), Some(user));
        if let (Err(Error::RateLimited { retry_after }), Some(credentials)) =
            (&admitted, credentials)
        {
            self.shut.insert(Shutter::Credentials(*credentials), *retry_after);
        }
        admitted
    }

    /// A login has just made these credentials.
    pub(super) fn opened(&self, credentials: Fingerprint) {
        self.good.insert(credentials);
    }

    /// A request without a valid login, from this address.
    pub(super) fn stranger(&self, address: Option<IpAddr>) -> Result<()> {
        let household = address.map(household);
        let admitted = check(self.addresses.as_ref(), household);
        if let (Err(Error::RateLimited { retry_after }), Some(household)) = (&admitted, household) {
            self.shut.insert(Shutter::Strangers(household), *retry_after);
        }
        admitted
    }

    /// Refuses what would be refused once its credentials were looked up: those of a user who has asked
    /// too often, and any that were not good before from an address that sends too many bad ones.
    pub(super) fn before_look_up(
        &self,
        address: Option<IpAddr>,
        credentials: &Fingerprint,
    ) -> Result<()> {
        self.shut.check(Shutter::Credentials(*credentials))?;
        match address.map(household) {
            Some(address) if !self.good.holds(credentials) => {
                self.shut.check(Shutter::Strangers(address))
            }
            _ => Ok(()),
        }
    }

    /// An attempt to log in from this address.
    pub(super) fn login(&self, address: Option<IpAddr>) -> Result<()> {
        check(self.logins.as_ref(), address.map(household))
    }

    /// An attempt to log in from this device, which is known.
    pub(super) fn known_device(&self, device: &DeviceToken) -> Result<()> {
        let device = Fingerprint::of_device(device);
        self.good.insert(device);
        check(self.devices.as_ref(), Some(device))
    }

    /// Whether to look up if this device is known.
    pub(super) fn may_look_up_device(&self, address: Option<IpAddr>, device: &DeviceToken) -> bool {
        let shut = |address: IpAddr| self.shut.check(Shutter::Devices(household(address))).is_err();
        self.good.holds(&Fingerprint::of_device(device)) || !address.is_some_and(shut)
    }

    /// A device of this address is not known.
    pub(super) fn unknown_device(&self, address: Option<IpAddr>) {
        let Some(household) = address.map(household) else { return };
        let admitted = check(self.unknown_devices.as_ref(), Some(household));
        if let Err(Error::RateLimited { retry_after }) = admitted {
            self.shut.insert(Shutter::Devices(household), retry_after);
        }
    }
}

/// Who is shut out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Shutter {
    /// Those from this address whose credentials are not known to be good.
    Strangers(IpAddr),
    /// Those from this address whose device is not known to be one.
    Devices(IpAddr),
    /// Those with these credentials.
    Credentials(Fingerprint),
}

/// Who is shut out until when, in bounded memory: who finds no place is looked up again.
struct Shut {
    until: Mutex<HashMap<Shutter, Instant>>,
    max_keys: usize,
}

impl Shut {
    fn new(max_keys: usize) -> Self {
        Self { until: Mutex::default(), max_keys }
    }

    fn insert(&self, who: Shutter, time: Duration) {
        let now = Instant::now();
        let mut until = self.until.lock();
        if until.len() >= self.max_keys {
            until.retain(|_, until| *until > now);
        }
        if until.len() < self.max_keys {
            until.insert(who, now + time);
        }
    }

    fn check(&self, who: Shutter) -> Result<()> {
        let now = Instant::now();
        let mut until = self.until.lock();
        match until.get(&who).map(|until| until.saturating_duration_since(now)) {
            Some(retry_after) if !retry_after.is_zero() => Err(Error::RateLimited { retry_after }),
            Some(_) => {
                until.remove(&who);
                Ok(())
            }
            None => Ok(()),
        }
    }
}

/// What was good when it was looked up, in bounded memory: of the older half that was not used again
/// nothing is known when there are too many.
struct Known {
    halves: Mutex<[HashSet<Fingerprint>; 2]>,
    max_keys: usize,
}

impl Known {
    fn new(max_keys: usize) -> Self {
        Self { halves: Mutex::default(), max_keys }
    }

    fn insert(&self, one: Fingerprint) {
        let mut halves = self.halves.lock();
        let [new, old] = &mut *halves;
        if new.len() >= self.max_keys.div_ceil(2).max(1) {
            *old = std::mem::take(new);
        }
        new.insert(one);
    }

    fn holds(&self, one: &Fingerprint) -> bool {
        self.halves.lock().iter().any(|half| half.contains(one))
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
    fn who_was_refused_is_not_looked_up_unless_the_credentials_were_good() {
        let rates = RateLimits { max_keys: 10, per_address: Some(SLOW), ..RateLimits::NONE };
        let limits = Limits::new(&rates);
        let ip = Some(IpAddr::from([203, 0, 113, 7]));
        let (good, other) = (Fingerprint::of(&[b"good"]), Fingerprint::of(&[b"other"]));
        let user = UserId::from_uuid(uuid::Uuid::from_u128(1));
        assert_eq!(limits.user(user, Some(&good)), Ok(()));
        let looked_up = (0..20).filter(|_| {
            let open = limits.before_look_up(ip, &other).is_ok();
            if open {
                let _ = limits.stranger(ip);
            }
            open
        });
        assert!(looked_up.count() <= 5, "the burst, and the one that was refused");
        assert_eq!(limits.before_look_up(ip, &good), Ok(()), "others do not shut it out");
        let elsewhere = Some(IpAddr::from([203, 0, 114, 7]));
        assert_eq!(limits.before_look_up(elsewhere, &other), Ok(()));
    }

    #[test]
    fn the_tables_of_those_shut_out_and_of_good_credentials_are_bounded() {
        let (shut, good) = (Shut::new(10), Known::new(10));
        for number in 0..10_000_u32 {
            let one = Fingerprint::of(&[&number.to_be_bytes()]);
            shut.insert(Shutter::Credentials(one), Duration::from_secs(60));
            good.insert(one);
            assert!(good.holds(&one));
        }
        assert!(shut.until.lock().len() <= 10);
        assert!(good.halves.lock().iter().map(HashSet::len).sum::<usize>() <= 10);
    }
}
