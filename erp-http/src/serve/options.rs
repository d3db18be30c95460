//! What a host may set of its connections.

use std::time::Duration;

use erp_core::error::{Error, Result};

use crate::address::ProxyNetwork;

/// The most connections, however many descriptors there are.
const MAX_CONNECTIONS: usize = 20_000;
/// The most of one address.
const MAX_PER_ADDRESS: usize = 1_000;

/// Limits on connections (RTS-13). `Default` is right for most.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// How long a connection may take to its first request, and each request from its first byte to
    /// the end of its head.
    pub header_timeout: Duration,
    /// How long a connection is kept between two requests. Longer than a proxy in front keeps it, or
    /// the proxy may use it at the moment when it is closed. Live streams are not idle.
    pub idle_timeout: Duration,
    /// How long a client may be waited for, to send a body or to take an answer, before 1 KiB of it
    /// has moved. Live streams too are cut off when their client takes nothing.
    pub progress_timeout: Duration,
    /// The most connections in all; without it three quarters of the file descriptors that the
    /// process may open, at most 20,000. Never more than seven eighths of them.
    pub max_connections: Option<usize>,
    /// The most connections of one IPv4 address or one IPv6 network (/64); without it a quarter of
    /// those in all, at most 1,000.
    pub max_connections_per_address: Option<usize>,
    /// Proxies in front of the server: many clients come through one, so its connections count in
    /// all, but not by address. The same as [`HttpOptions::trusted_proxies`](crate::HttpOptions).
    pub trusted_proxies: Vec<ProxyNetwork>,
    /// After being told to stop, connections get so long to end.
    pub drain: Duration,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
            progress_timeout: Duration::from_secs(60),
            max_connections: None,
            max_connections_per_address: None,
            trusted_proxies: Vec::new(),
            drain: Duration::from_secs(10),
        }
    }
}

impl ServeOptions {
    /// Checks that the numbers make sense.
    ///
    /// # Errors
    /// A validation error that names the field.
    pub fn validate(&self) -> Result<()> {
        for (field, time) in [
            ("header_timeout", self.header_timeout),
            ("idle_timeout", self.idle_timeout),
            ("progress_timeout", self.progress_timeout),
        ] {
            if time.is_zero() {
                return Err(Error::invalid(field, "must be more than zero"));
            }
        }
        for (field, most) in [
            ("max_connections", self.max_connections),
            ("max_connections_per_address", self.max_connections_per_address),
        ] {
            if most == Some(0) {
                return Err(Error::invalid(field, "must be at least 1"));
            }
        }
        Ok(())
    }

    /// The most connections in all and of one address, when the process may open so many files.
    pub(super) fn caps(&self, descriptors: Option<usize>) -> (usize, usize) {
        let descriptors = descriptors.unwrap_or(usize::MAX);
        let fitting = (descriptors / 4).saturating_mul(3).min(MAX_CONNECTIONS);
        let most = descriptors - descriptors / 8;
        let in_all = self.max_connections.unwrap_or(fitting).min(most).max(1);
        let quarter = (in_all / 4).clamp(1, MAX_PER_ADDRESS);
        (in_all, self.max_connections_per_address.unwrap_or(quarter).min(in_all))
    }
}

/// How many files this process may have open.
pub(super) fn descriptors() -> Option<usize> {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit};
        getrlimit(Resource::Nofile).current.and_then(|most| usize::try_from(most).ok())
    }
    #[cfg(not(unix))]
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rts_13_the_caps_stay_below_the_descriptor_limit() {
        let caps = |in_all, per_address, descriptors| {
            let options = ServeOptions {
                max_connections: in_all,
                max_connections_per_address: per_address,
                ..ServeOptions::default()
            };
            options.caps(descriptors)
        };
        assert_eq!(caps(None, None, Some(1_024)), (768, 192));
        assert_eq!(caps(None, None, Some(1 << 20)), (20_000, 1_000));
        assert_eq!(caps(None, None, None), (20_000, 1_000));
        assert_eq!(caps(Some(5_000), None, Some(1_024)), (896, 224));
        assert_eq!(caps(Some(8), Some(100), Some(1_024)), (8, 8));
        assert_eq!(caps(Some(1), None, None), (1, 1));
        assert!(descriptors().is_none_or(|most| most > 0));
    }

    #[test]
    fn rts_13_a_limit_that_lets_nobody_in_is_refused_by_its_name() {
        let refused = |change: fn(&mut ServeOptions)| {
            let mut options = ServeOptions::default();
            change(&mut options);
            match options.validate() {
                Err(Error::Validation(wrong)) => wrong[0].field.clone(),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(refused(|it| it.header_timeout = Duration::ZERO), "header_timeout");
        assert_eq!(refused(|it| it.max_connections = Some(0)), "max_connections");
        assert_eq!(ServeOptions::default().validate(), Ok(()));
    }
}
