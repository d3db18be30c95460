//! The closed set of permissions, and sets of them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeSeq};

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident $text:literal;)*) => {
        /// A right that roles grant. The set is closed: an unknown text is an error.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Permission {
            $($(#[$doc])* $name,)*
        }

        impl Permission {
            /// Every permission, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The dotted name.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

permissions! {
    /// Own the organisation: only an owner can make another one.
    OrganisationOwn "organisation.own";
    /// See other users.
    UsersRead "users.read";
    /// See other users' e-mail addresses.
    UsersReadEmail "users.read_email";
    /// Create, change, deactivate, delete and restore users.
    UsersManage "users.manage";
    /// See and end other users' sessions.
    SessionsManage "sessions.manage";
    /// See roles.
    RolesRead "roles.read";
    /// Create, change and grant roles, up to one's own rights.
    RolesManage "roles.manage";
    /// See teams and their members.
    TeamsRead "teams.read";
    /// Create and change teams and their members.
    TeamsManage "teams.manage";
    /// Read the audit log.
    AuditRead "audit.read";
    /// Read and write in the rooms one belongs to.
    ChatUse "chat.use";
    /// Open group and direct rooms.
    ChatCreateRooms "chat.create_rooms";
    /// Open channels, and see and join those that exist.
    ChatChannels "chat.channels";
    /// Answer in support rooms.
    ChatSupport "chat.support";
    /// Delete and restore others' messages and change rooms one belongs to.
    ChatModerate "chat.moderate";
    /// Send a broadcast to everyone, to users or to rooms.
    RealtimeBroadcast "realtime.broadcast";
    /// See items, warehouses and stock.
    InventoryRead "inventory.read";
    /// Move and reserve stock.
    InventoryPost "inventory.post";
    /// Create and change items and warehouses, and close periods.
    InventoryManage "inventory.manage";
    /// See and work in the projects one belongs to.
    ProjectsUse "projects.use";
    /// Make projects.
    ProjectsCreate "projects.create";
    /// See every project.
    ProjectsReadAll "projects.read_all";
    /// Change and delete every project that one sees.
    ProjectsManage "projects.manage";
    /// Keep the categories of projects, their phases and templates.
    ProjectsCatalog "projects.catalog";
    /// See what an hour of someone's work costs, and what projects cost.
    RatesRead "rates.read";
    /// Say what an hour of someone's work costs.
    RatesManage "rates.manage";
}

/// A text that names no permission.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown permission `{0}`")]
pub struct UnknownPermission(pub String);

impl FromStr for Permission {
    type Err = UnknownPermission;
    fn from_str(text: &str) -> Result<Self, UnknownPermission> {
        Self::ALL
            .iter()
            .copied()
            .find(|permission| permission.as_str() == text)
            .ok_or_else(|| UnknownPermission(text.to_owned()))
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Permission {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Permission {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// A set of permissions. In JSON it is a list of their names.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct PermissionSet(u128);

impl PermissionSet {
    /// No permission.
    pub const EMPTY: Self = Self(0);
    /// Every permission.
    pub const ALL: Self = Self((1 << Permission::ALL.len()) - 1);

    /// The set of these.
    pub const fn of(permissions: &[Permission]) -> Self {
        let mut bits = 0;
        let mut index = 0;
        while index < permissions.len() {
            bits |= 1 << permissions[index] as u32;
            index += 1;
        }
        Self(bits)
    }

    /// Whether the permission is in the set.
    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u32) != 0
    }

    /// Whether every permission of the other set is in this one.
    pub const fn covers(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    /// The permissions in either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The permissions of this set that are not in the other.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The permissions, in the order of their declaration.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |permission| self.contains(*permission))
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
    fn x_12_the_set_of_permissions_is_closed() {
        for permission in Permission::ALL {
            assert_eq!(permission.as_str().parse(), Ok(*permission));
        }
        assert!("users.fly".parse::<Permission>().is_err());
        assert!(serde_json::from_str::<PermissionSet>("[\"users.fly\"]").is_err());
        assert_eq!(PermissionSet::ALL.iter().count(), Permission::ALL.len());
    }

    #[test]
    fn a_set_is_written_as_names_and_reads_back() {
        let set = PermissionSet::of(&[Permission::ChatUse, Permission::UsersRead]);
        let json = serde_json::to_string(&set).unwrap();
        assert_eq!(json, r#"["users.read","chat.use"]"#);
        assert_eq!(serde_json::from_str::<PermissionSet>(&json).unwrap(), set);
        assert!(PermissionSet::ALL.covers(set) && !set.covers(PermissionSet::ALL));
    }
}
