//! What a host may set of the HTTP surface.

use std::{fmt, sync::Arc, time::Duration};

use super::{address::ProxyNetwork, authenticate::Authenticator, cors::CorsOrigin};

/// What a host may set. `Default` is right for a server behind TLS without a proxy.
#[derive(Clone)]
pub struct HttpOptions {
    /// Says who calls; none means the engine's own sessions, by bearer token or cookie.
    pub authenticator: Option<Arc<dyn Authenticator>>,
    /// How the session's cookie is set.
    pub cookies: CookieSecurity,
    /// Origins besides the server's own whose pages may use the cookie, as `https://host[:port]`.
    pub allowed_origins: Vec<String>,
    /// Other origins whose pages are front ends of this server: browsers let them read its answers
    /// (CORS). None unless it is set, and then nothing of CORS is said. Those that may use the cookie
    /// need not stand in `allowed_origins` as well.
    pub cors: Vec<CorsOrigin>,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<ProxyNetwork>,
    /// The longest body that is read.
    pub max_body_bytes: usize,
    /// How long an answer may take. Streams only begin within it; a file that is uploaded may take
    /// longer, as long as 1 KiB of it comes within this time.
    pub request_timeout: Duration,
    /// How many requests are answered.
    pub rate_limits: RateLimits,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            authenticator: None,
            cookies: CookieSecurity::default(),
            allowed_origins: Vec::new(),
            cors: Vec::new(),
            trusted_proxies: Vec::new(),
            max_body_bytes: 256 * 1024,
            request_timeout: Duration::from_secs(30),
            rate_limits: RateLimits::default(),
        }
    }
}

impl fmt::Debug for HttpOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpOptions")
            .field("cookies", &self.cookies)
            .field("allowed_origins", &self.allowed_origins)
            .field("cors", &self.cors)
            .field("trusted_proxies", &self.trusted_proxies)
            .field("max_body_bytes", &self.max_body_bytes)
            .field("request_timeout", &self.request_timeout)
            .field("rate_limits", &self.rate_limits)
            .finish_non_exhaustive()
    }
}

/// How the cookies of a session and of a device are set. They are always `HttpOnly` and `SameSite=Lax`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CookieSecurity {
    /// `__Host-erp_session` and `__Host-erp_device` with `Secure`: only over TLS, only for this very host.
    #[default]
    Host,
    /// `erp_session` and `erp_device` without `Secure`, for plain HTTP on one's own machine.
    InsecureForDevelopment,
}

impl CookieSecurity {
    /// The cookie's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Host => "__Host-erp_session",
            Self::InsecureForDevelopment => "erp_session",
        }
    }

    /// The name of the cookie that a device is known by.
    pub const fn device_name(self) -> &'static str {
        match self {
            Self::Host => "__Host-erp_device",
            Self::InsecureForDevelopment => "erp_device",
        }
    }
}

/// How many requests are answered; more get 429 with `Retry-After`, and come into the audit log as one
/// count for each network and quarter of an hour. Who is refused is not looked up either. Each process counts for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimits {
    /// Of each user.
    pub per_user: Option<Rate>,
    /// Of each address, for requests without a valid login.
    pub per_address: Option<Rate>,
    /// Attempts to log in, of each address; of each device for those that come from one that is known,
    /// which the attempts of others from the same address do not shut out. Refusals of this kind have no
    /// `Retry-After`.
    pub logins_per_address: Option<Rate>,
    /// The most users or addresses that are counted apart; beyond it the rest share one count.
    pub max_keys: usize,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            per_user: Some(Rate { per_second: 50, burst: 200 }),
            per_address: Some(Rate { per_second: 10, burst: 100 }),
            logins_per_address: Some(Rate { per_second: 1, burst: 20 }),
            max_keys: 100_000,
        }
    }
}

impl RateLimits {
    /// No limit at all, for load tests.
    pub const NONE: Self =
        Self { per_user: None, per_address: None, logins_per_address: None, max_keys: 0 };
}

/// A steady rate, and how much may come at once after a quiet time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Requests in a second, in the long run; at least 1.
    pub per_second: u32,
    /// Requests at once; at least 1.
    pub burst: u32,
}
