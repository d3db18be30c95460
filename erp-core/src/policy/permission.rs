//! Permissions: the engine's, which are a closed set, and those that a host registers.

use std::{
    fmt,
    str::FromStr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The place of the host's first permission in a set; the engine's come before.
pub(super) const HOST_FIRST: usize = 256;
/// How many permissions a host may register.
const MAX_HOST: usize = 256;

/// The host's permissions. One process has one list, since an index stands in sets.
static HOST: Registry = Registry::new(MAX_HOST);

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident $text:literal;)*) => {
        /// A right that roles grant. A text that is none of the engine's, and that the host has not
        /// registered, is an error.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Permission {
            $($(#[$doc])* $name,)*
            /// A right of the host's own, made by [`Permission::register`].
            Host(HostPermission),
        }

        /// The places of the engine's permissions in a set.
        enum Place {
            $($name,)*
        }

        impl Permission {
            /// Every permission of the engine, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The dotted name.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                    Self::Host(host) => host.name,
                }
            }

            /// Its place in a set.
            pub(super) const fn place(self) -> usize {
                match self {
                    $(Self::$name => Place::$name as usize,)*
                    Self::Host(host) => HOST_FIRST + host.index as usize,
                }
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

const _: () = assert!(Permission::ALL.len() <= HOST_FIRST, "the engine's half of a set is full");

/// A right of the host's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostPermission {
    index: u8,
    name: &'static str,
}

/// Why a permission of the host is not registered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegisterPermissionError {
    /// The name is no dotted name of small letters, digits and underscores.
    #[error("`{0}` is no dotted name of small letters, digits and underscores")]
    Name(&'static str),
    /// The engine has a permission of this name.
    #[error("the engine has a permission `{0}`")]
    Engine(&'static str),
    /// There are as many as may be.
    #[error("a host may register {MAX_HOST} permissions")]
    Full,
}

impl Permission {
    /// The permission of the host that has this name, registered from now on: it can be given to roles
    /// and asked for like the engine's. Stores keep names, so a host registers its permissions before it
    /// opens a store, in any order; one that is not registered is as unknown as one of a newer engine.
    ///
    /// # Errors
    /// The name is no dotted name or the engine's, or there are 256 of them.
    ///
    /// ```
    /// use erp_core::policy::{Permission, PermissionSet};
    ///
    /// let plough = Permission::register("farm.plough")?;
    /// assert_eq!("farm.plough".parse(), Ok(plough));
    /// assert!(PermissionSet::of(&[plough, Permission::ChatUse]).contains(plough));
    /// # Ok::<(), erp_core::policy::RegisterPermissionError>(())
    /// ```
    pub fn register(name: &'static str) -> Result<Self, RegisterPermissionError> {
        if Self::own(name).is_some() {
            return Err(RegisterPermissionError::Engine(name));
        }
        HOST.register(name).map(Self::Host)
    }

    fn own(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|permission| permission.as_str() == name)
    }
}

/// The host's permissions, in the order of their registration.
pub(super) fn host_permissions() -> Vec<Permission> {
    HOST.all().map(Permission::Host).collect()
}

/// Names with the index at which they stand.
struct Registry {
    names: Mutex<Vec<&'static str>>,
    most: usize,
}

impl Registry {
    const fn new(most: usize) -> Self {
        Self { names: Mutex::new(Vec::new()), most }
    }

    fn register(&self, name: &'static str) -> Result<HostPermission, RegisterPermissionError> {
        if !is_dotted(name) {
            return Err(RegisterPermissionError::Name(name));
        }
        let mut names = self.lock();
        let index = match names.iter().position(|one| *one == name) {
            Some(index) => index,
            None if names.len() < self.most => {
                names.push(name);
                names.len() - 1
            }
            None => return Err(RegisterPermissionError::Full),
        };
        let index = u8::try_from(index).map_err(|_| RegisterPermissionError::Full)?;
        Ok(HostPermission { index, name })
    }

    fn find(&self, text: &str) -> Option<HostPermission> {
        let names = self.lock();
        let index = names.iter().position(|one| *one == text)?;
        Some(HostPermission { index: u8::try_from(index).ok()?, name: names.get(index)? })
    }

    fn all(&self) -> impl Iterator<Item = HostPermission> + use<> {
        let names = self.lock().clone();
        (0..=u8::MAX).zip(names).map(|(index, name)| HostPermission { index, name })
    }

    fn lock(&self) -> MutexGuard<'_, Vec<&'static str>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Names stand in texts between spaces and colons.
fn is_dotted(name: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty() && part.bytes().all(|one| matches!(one, b'a'..=b'z' | b'0'..=b'9' | b'_'))
    };
    name.len() <= 100 && name.contains('.') && name.split('.').all(part)
}

/// A text that names no permission.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown permission `{0}`")]
pub struct UnknownPermission(pub String);

impl FromStr for Permission {
    type Err = UnknownPermission;
    fn from_str(text: &str) -> Result<Self, UnknownPermission> {
        Self::own(text)
            .or_else(|| HOST.find(text).map(Self::Host))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x_12_the_set_of_permissions_is_closed() {
        for permission in Permission::ALL {
            assert_eq!(permission.as_str().parse(), Ok(*permission));
        }
        assert!("users.fly".parse::<Permission>().is_err());
    }

    #[test]
    fn x_12_a_host_registers_a_name_once_and_none_of_the_engines() {
        let dance = Permission::register("robot.dance").unwrap();
        assert_eq!(Permission::register("robot.dance"), Ok(dance));
        assert_eq!((dance.as_str(), "robot.dance".parse()), ("robot.dance", Ok(dance)));
        assert_ne!(Permission::register("robot.sing"), Ok(dance));
        let engines = RegisterPermissionError::Engine("chat.use");
        assert_eq!(Permission::register("chat.use"), Err(engines));
        for name in ["", "robot", ".dance", "robot.", "robot dance.x", "Robot.dance", "robot:x.y"] {
            let refused = RegisterPermissionError::Name(name);
            assert_eq!(Permission::register(name), Err(refused));
        }
    }

    #[test]
    fn a_registry_has_an_end() {
        let registry = Registry::new(2);
        let one = registry.register("a.one").unwrap();
        registry.register("a.two").unwrap();
        assert_eq!(registry.register("a.three"), Err(RegisterPermissionError::Full));
        assert_eq!(registry.register("a.one"), Ok(one), "what is there stays");
        assert_eq!(registry.find("a.three"), None);
    }

    #[test]
    fn every_permission_has_a_place_of_its_own() {
        let mut places: Vec<usize> = Permission::ALL.iter().map(|one| one.place()).collect();
        places.dedup();
        assert_eq!(places, (0..Permission::ALL.len()).collect::<Vec<_>>());
        let host = Permission::register("robot.place").unwrap();
        assert!(host.place() >= HOST_FIRST);
    }
}
