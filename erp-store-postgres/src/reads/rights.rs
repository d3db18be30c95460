//! What users may do, remembered for one version of the access graph.
//!
//! Each read of a subject asks for the graph's version and the user's status in one statement. Rights
//! that were worked out at the same version are the same rights; any commit that changes somebody's
//! raises the version, and is seen by the next read (AUTH-8).

use std::{collections::HashMap, sync::Arc};

use erp_core::{ids::UserId, policy::PermissionSet};
use parking_lot::RwLock;

/// Users whose rights are remembered at most.
const MAX_USERS: usize = 100_000;

/// The rights of users at one version of the graph.
#[derive(Clone, Debug, Default)]
pub(super) struct Rights(Arc<RwLock<Known>>);

#[derive(Debug, Default)]
struct Known {
    version: i64,
    of: HashMap<UserId, PermissionSet>,
}

impl Rights {
    /// The user's rights at this version, if they were noted.
    pub fn at(&self, version: i64, user: UserId) -> Option<PermissionSet> {
        let known = self.0.read();
        if known.version == version { known.of.get(&user).copied() } else { None }
    }

    /// Notes the user's rights at this version; those of older versions are forgotten.
    pub fn note(&self, version: i64, user: UserId, rights: PermissionSet) {
        let mut known = self.0.write();
        if version > known.version || known.of.len() >= MAX_USERS {
            *known = Known { version, of: HashMap::new() };
        }
        if version == known.version {
            known.of.insert(user, rights);
        }
    }
}

#[cfg(test)]
mod tests {
    use erp_core::policy::Permission;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn auth_8_rights_are_those_of_the_version_that_was_read() {
        let (rights, user) = (Rights::default(), UserId::from_uuid(Uuid::nil()));
        let (before, after) = (PermissionSet::ALL, PermissionSet::of(&[Permission::ChatUse]));
        rights.note(7, user, before);
        assert_eq!(rights.at(7, user), Some(before));
        assert_eq!(rights.at(8, user), None);
        rights.note(8, user, after);
        rights.note(7, user, before);
        assert_eq!((rights.at(7, user), rights.at(8, user)), (None, Some(after)));
    }
}
