//! The memory of failed logins: who has to wait.

use std::{fmt::Write as _, net::IpAddr, time::Duration};

use sha2::{Digest, Sha256};

use super::AccessService;
use crate::{
    access::rules::login::Brake,
    error::{Error, Result},
};

/// The keys of one login attempt.
pub(super) struct LoginKeys {
    /// The address from this network.
    pub(super) network: String,
    /// The address from wherever.
    pub(super) address: String,
}

impl LoginKeys {
    pub(super) fn new(email_key: &str, truncated_ip: Option<IpAddr>) -> Self {
        let ip = truncated_ip.map(|ip| ip.to_string()).unwrap_or_default();
        Self {
            network: throttle_key("network", &[email_key, &ip]),
            address: throttle_key("address", &[email_key]),
        }
    }
}

/// A key that tells nobody whose it is: SHA-256, in hexadecimal.
pub(super) fn throttle_key(kind: &str, parts: &[&str]) -> String {
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
    /// Lets an attempt under this key go on, counted as a failure already, or tells how long to
    /// wait. An attempt that is refused before it could fail does not make the wait longer.
    pub(super) async fn brake(&self, key: &str, brake: Brake) -> Result<Option<Duration>> {
        let sessions = self.engine.store().sessions();
        let now = self.engine.now();
        let before = sessions.failures(key).await?;
        if let Some(wait) = brake.wait(before, now) {
            return Ok(Some(wait));
        }
        let after = sessions.record_failure(key, now, now - brake.forget_after).await?;
        if brake.admits(before, after) {
            return Ok(None);
        }
        Ok(Some(brake.wait(after, now).unwrap_or(Duration::from_secs(1))))
    }

    /// As [`Self::brake`], for keys that shut off.
    pub(super) async fn admit(&self, key: &str, brake: Brake) -> Result<()> {
        match self.brake(key, brake).await? {
            None => Ok(()),
            Some(retry_after) => Err(Error::RateLimited { retry_after }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_hold_no_address_and_keep_their_parts_apart() {
        let ip = Some("203.0.113.0".parse().unwrap());
        let keys = LoginKeys::new("ada@example.org", ip);
        for key in [&keys.network, &keys.address] {
            assert_eq!(key.len(), 64);
            assert!(key.bytes().all(|byte| byte.is_ascii_hexdigit()), "{key}");
        }
        assert_ne!(throttle_key("k", &["ab", "c"]), throttle_key("k", &["a", "bc"]));
        assert_ne!(keys.network, LoginKeys::new("ada@example.org", None).network);
        assert_eq!(keys.address, LoginKeys::new("ada@example.org", None).address);
    }
}
