//! The memory of failed logins: who is held back, and for how long.

use std::{fmt::Write as _, net::IpAddr, time::Duration};

use sha2::{Digest, Sha256};

use super::{AccessService, login::RequestOrigin};
use crate::{
    access::{
        TokenHash,
        rules::{login::Brake, reports::Mishap},
    },
    error::{Error, Result},
};

/// What those are told who are too many at once. It is the same for everyone.
pub(super) const COME_AGAIN: Duration = Duration::from_secs(1);

/// The keys under which an attempt is counted, each with its brake.
pub(super) struct Keys(Vec<(String, Brake)>);

impl Keys {
    /// Of an attempt from somewhere: for the address from this household, and from wherever.
    pub(super) fn of_stranger(
        (place, address): (Brake, Brake),
        email_key: &str,
        household: Option<IpAddr>,
    ) -> Self {
        let ip = household.map(|ip| ip.to_string()).unwrap_or_default();
        Self(vec![
            (throttle_key("household", &[email_key, &ip]), place),
            (throttle_key("address", &[email_key]), address),
        ])
    }

    /// Of an attempt from a device that is known: nobody else is counted with it.
    pub(super) fn of_device(place: Brake, token: &TokenHash) -> Self {
        let hex: String = token.0.iter().map(|byte| format!("{byte:02x}")).collect();
        Self(vec![(throttle_key("device", &[&hex]), place)])
    }

    /// Of a session through which someone tells a password again.
    pub(super) fn of_session(place: Brake, session: &str) -> Self {
        Self(vec![(throttle_key("password", &[session]), place)])
    }
}

/// A key that tells nobody whose it is: SHA-256, in hexadecimal.
fn throttle_key(kind: &str, parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    hash.update(kind);
    for part in parts {
        // The length keeps ("ab", "c") and ("a", "bc") apart.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl AccessService<'_> {
    /// Holds an attempt back for as long as its keys say, and no longer than the longest wait: then it is
    /// judged, whatever others try meanwhile. It is counted as a failure already.
    pub(super) async fn hold(&self, origin: &RequestOrigin, keys: &Keys) -> Result<()> {
        let sessions = self.engine.store().sessions();
        let now = self.engine.now();
        // It is judged when the longest of its waits is over: under every key it counts from there.
        let mut at = now;
        let mut known = Vec::with_capacity(keys.0.len());
        for (key, brake) in &keys.0 {
            let before = sessions.failures(key).await?;
            at = at.max(brake.judged_at(before, now));
            known.push(before);
        }
        let mut until = now;
        for ((key, brake), before) in keys.0.iter().zip(known) {
            let after = sessions.record_failure(key, at, now - brake.forget_after).await?;
            until = until.max(now + brake.hold(before, after, now));
        }
        if until <= now {
            return Ok(());
        }
        self.note(origin, Mishap::Slowed).await;
        let Ok(_place) = self.engine.gate().waiting.try_acquire() else {
            self.note(origin, Mishap::Refused).await;
            return Err(Error::RateLimited { retry_after: COME_AGAIN });
        };
        self.engine.clock().sleep_until(until).await;
        Ok(())
    }

    /// Takes the attempt back that was counted beforehand: it did not fail. What others did stays
    /// counted, so that nobody learns from his own waits that someone has logged in.
    pub(super) async fn release(&self, keys: &Keys) -> Result<()> {
        for (key, _) in &keys.0 {
            self.engine.store().sessions().take_back_failure(key).await?;
        }
        Ok(())
    }

    /// Forgets the failures: whoever made them has shown to be the right one.
    pub(super) async fn forgive(&self, keys: &Keys) -> Result<()> {
        for (key, _) in &keys.0 {
            self.engine.store().sessions().clear_failures(key).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::AccessOptions;

    #[test]
    fn keys_hold_no_address_and_keep_their_parts_apart() {
        let options = AccessOptions::default();
        let brakes = (Brake::place(&options), Brake::address(&options));
        let ip = Some("203.0.113.7".parse().unwrap());
        let keys = |ip| {
            let keys = Keys::of_stranger(brakes, "ada@example.org", ip).0;
            let [household, address] = keys.try_into().unwrap();
            (household.0, address.0)
        };
        let (household, address) = keys(ip);
        for key in [&household, &address] {
            assert_eq!(key.len(), 64);
            assert!(key.bytes().all(|byte| byte.is_ascii_hexdigit()), "{key}");
        }
        assert_ne!(throttle_key("k", &["ab", "c"]), throttle_key("k", &["a", "bc"]));
        assert_ne!(household, keys(None).0);
        assert_eq!(address, keys(None).1);
    }
}
