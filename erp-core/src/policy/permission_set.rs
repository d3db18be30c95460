//! Sets of permissions.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeSeq};

use super::permission::{HOST_FIRST, Permission, host_permissions};

/// How many words a set has: half of their bits are the engine's, half the host's.
const WORDS: usize = 8;
/// The bits of a word.
const BITS: usize = 64;

/// A set of permissions: the engine's, and those that the host has registered. In JSON it is a list of
/// their names.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct PermissionSet([u64; WORDS]);

impl PermissionSet {
    /// No permission.
    pub const EMPTY: Self = Self([0; WORDS]);
    /// Every permission of the engine.
    pub const ALL: Self = Self::of(Permission::ALL);
    /// Every permission of the engine and of the host, registered or not: what the host itself has.
    pub(super) const EVERY: Self = Self([u64::MAX; WORDS]);

    /// The set of these.
    pub const fn of(permissions: &[Permission]) -> Self {
        let mut words = [0; WORDS];
        let mut index = 0;
        while index < permissions.len() {
            let place = permissions[index].place();
            words[place / BITS] |= 1 << (place % BITS);
            index += 1;
        }
        Self(words)
    }

    /// Whether the permission is in the set.
    pub const fn contains(self, permission: Permission) -> bool {
        let place = permission.place();
        self.0[place / BITS] & (1 << (place % BITS)) != 0
    }

    /// Whether every permission of the other set is in this one.
    pub const fn covers(self, other: Self) -> bool {
        other.without(self).is_empty()
    }

    /// The permissions in either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        let mut words = self.0;
        let mut index = 0;
        while index < WORDS {
            words[index] |= other.0[index];
            index += 1;
        }
        Self(words)
    }

    /// The permissions of this set that are not in the other.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        let mut words = self.0;
        let mut index = 0;
        while index < WORDS {
            words[index] &= !other.0[index];
            index += 1;
        }
        Self(words)
    }

    const fn is_empty(self) -> bool {
        let mut index = 0;
        while index < WORDS {
            if self.0[index] != 0 {
                return false;
            }
            index += 1;
        }
        true
    }

    /// The permissions: the engine's in the order of their declaration, then the host's in the order of
    /// their registration.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        let has_hosts = self.0[HOST_FIRST / BITS..].iter().any(|word| *word != 0);
        let hosts = if has_hosts { host_permissions() } else { Vec::new() };
        let all = Permission::ALL.iter().copied().chain(hosts);
        all.filter(move |permission| self.contains(*permission))
    }
}

impl FromIterator<Permission> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        permissions.into_iter().fold(Self::EMPTY, |set, one| set.union(Self::of(&[one])))
    }
}

impl fmt::Debug for PermissionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Permission::as_str)).finish()
    }
}

impl Serialize for PermissionSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for permission in self.iter() {
            list.serialize_element(&permission)?;
        }
        list.end()
    }
}

impl<'de> Deserialize<'de> for PermissionSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<Permission>::deserialize(deserializer)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x_12_a_set_has_each_permission_and_no_unknown_one() {
        assert_eq!(PermissionSet::ALL.iter().collect::<Vec<_>>(), Permission::ALL);
        assert!(serde_json::from_str::<PermissionSet>("[\"users.fly\"]").is_err());
    }

    #[test]
    fn a_set_is_written_as_names_and_reads_back() {
        let set = PermissionSet::of(&[Permission::ChatUse, Permission::UsersRead]);
        let json = serde_json::to_string(&set).unwrap();
        assert_eq!(json, r#"["users.read","chat.use"]"#);
        assert_eq!(serde_json::from_str::<PermissionSet>(&json).unwrap(), set);
        assert!(PermissionSet::ALL.covers(set) && !set.covers(PermissionSet::ALL));
    }

    #[test]
    fn sets_hold_more_permissions_than_a_machine_word_has_bits() {
        let hosts: Vec<Permission> = (0..150)
            .map(|n| Permission::register(format!("sets.hold_{n}").leak()).unwrap())
            .collect();
        for (n, one) in hosts.iter().enumerate() {
            let set = PermissionSet::of(&[Permission::ChatUse, *one]);
            assert_eq!(set.iter().collect::<Vec<_>>(), [Permission::ChatUse, *one]);
            let json = serde_json::to_string(&set).unwrap();
            assert_eq!(json, format!(r#"["chat.use","sets.hold_{n}"]"#));
            assert_eq!(serde_json::from_str::<PermissionSet>(&json).unwrap(), set);
            assert!(!PermissionSet::ALL.contains(*one) && PermissionSet::EVERY.contains(*one));
            let rest = hosts.iter().filter(|other| *other != one).copied();
            let rest: PermissionSet = rest.collect();
            assert!(!rest.covers(set) && !rest.contains(*one));
            let both = rest.union(set);
            assert!(both.covers(set) && both.covers(rest));
            assert_eq!(both.without(rest), set);
        }
        let all: PermissionSet = hosts.iter().copied().collect();
        assert_eq!(all.iter().collect::<Vec<_>>(), hosts, "in the order of their registration");
    }
}
