//! Who acts, and in which request.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

use crate::{
    error::{Error, Result},
    ids::{ConnectionId, SessionId, UserId},
};

/// The one who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A user.
    User(UserId),
    /// The host itself: set-up, imports, clean-up. The host vouches for what it does as such;
    /// policy lets it pass, the audit log names it.
    System,
}

impl Actor {
    /// The user, unless the host itself acts.
    pub fn user(self) -> Option<UserId> {
        match self {
            Self::User(id) => Some(id),
            Self::System => None,
        }
    }
}

/// A client's name for one request: the same key with the same request gives the first answer again.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The longest key, in bytes.
    pub const MAX_BYTES: usize = 128;

    /// This key.
    ///
    /// # Errors
    /// A validation error unless it is 1 to 128 visible ASCII characters.
    pub fn new(key: impl Into<String>) -> Result<Self> {
        let key = key.into();
        let fits = (1..=Self::MAX_BYTES).contains(&key.len());
        if fits && key.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(key))
        } else {
            Err(Error::invalid("idempotency_key", "must be 1 to 128 visible ASCII characters"))
        }
    }

    /// The key's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The context of a call: first argument of every service method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ctx {
    /// Who acts.
    pub actor: Actor,
    /// For whom, when a person with the right to do so acts in another's name.
    pub on_behalf_of: Option<UserId>,
    /// The login that the call came with.
    pub session: Option<SessionId>,
    /// The live connection that sent the call; its own broadcasts may leave it out.
    pub connection: Option<ConnectionId>,
    /// The caller's address, already truncated (see [`truncate_ip`]).
    pub ip: Option<IpAddr>,
    /// Joins everything that one request caused, in the audit log and in traces.
    pub correlation_id: Option<String>,
    /// Set when the client may send the same request again.
    pub idempotency_key: Option<IdempotencyKey>,
}

impl Ctx {
    /// A call by this user.
    pub fn user(id: UserId) -> Self {
        Self::new(Actor::User(id))
    }

    /// A call by the host itself.
    pub fn system() -> Self {
        Self::new(Actor::System)
    }

    fn new(actor: Actor) -> Self {
        Self {
            actor,
            on_behalf_of: None,
            session: None,
            connection: None,
            ip: None,
            correlation_id: None,
            idempotency_key: None,
        }
    }

    /// The same call, as the one of this number among several that came together: its idempotency key,
    /// if it has one, is its own.
    ///
    /// # Errors
    /// A validation error when the key is too long for that.
    pub(crate) fn numbered(&self, number: usize) -> Result<Self> {
        let key = self.idempotency_key.as_ref();
        let key = key.map(|key| IdempotencyKey::new(format!("{}/{number}", key.as_str())));
        Ok(Self { idempotency_key: key.transpose()?, ..self.clone() })
    }

    /// The same call, with this idempotency key.
    #[must_use]
    pub fn with_idempotency_key(mut self, key: IdempotencyKey) -> Self {
        self.idempotency_key = Some(key);
        self
    }

    /// The same call, from this session.
    #[must_use]
    pub fn with_session(mut self, session: SessionId) -> Self {
        self.session = Some(session);
        self
    }

    /// The acting user.
    ///
    /// # Errors
    /// A precondition error when the host itself acts, where only a person can.
    pub fn user_id(&self) -> Result<UserId> {
        self.actor.user().ok_or(Error::Precondition("only a user can do this".into()))
    }
}

/// The address without its last part (a /24 for IPv4, a /48 for IPv6), so that what is stored does
/// not name a household. An IPv4 address inside IPv6 counts as IPv4.
pub fn truncate_ip(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            Ipv4Addr::new(a, b, c, 0).into()
        }
        IpAddr::V6(v6) => {
            let [a, b, c, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0).into()
        }
    }
}

/// The address of a household, or of whatever stands for one: a single IPv4 address, or a /64 of IPv6
/// addresses. For counting, not for keeping: [`truncate_ip`] is what is stored.
pub fn household(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(v4) => v4.into(),
        IpAddr::V6(v6) => Ipv6Addr::from(u128::from(v6) & (u128::MAX << 64)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vis_9_addresses_lose_their_last_part() {
        for (full, cut) in [
            ("203.0.113.195", "203.0.113.0"),
            ("2001:db8:85a3:8d3:1319:8a2e:370:7348", "2001:db8:85a3::"),
            ("::ffff:203.0.113.195", "203.0.113.0"),
        ] {
            assert_eq!(truncate_ip(full.parse().unwrap()), cut.parse::<IpAddr>().unwrap());
        }
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_one_household() {
        let [one, other, far] = ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1"]
            .map(|text| household(text.parse().unwrap()));
        assert_eq!(one, other);
        assert_ne!(one, far);
        assert_eq!(household("::ffff:1.2.3.4".parse().unwrap()), IpAddr::from([1, 2, 3, 4]));
    }

    #[test]
    fn x_6_a_key_is_short_visible_ascii() {
        assert!(IdempotencyKey::new("a-1").is_ok());
        for bad in ["", "a b", "ü", &"x".repeat(129)] {
            assert!(IdempotencyKey::new(bad).is_err());
        }
    }
}
