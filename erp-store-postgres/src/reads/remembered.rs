//! What was read at a version of the access graph, remembered for as long as none newer is seen.
//!
//! Rights that were worked out at the same version are the same rights: each read of a subject asks
//! for the version, and any commit that changes somebody's rights raises it (AUTH-8). What posts were
//! decided on serves the next post without a read: its commit compares the versions. So nothing has
//! to be taken back when something changes elsewhere.

use std::{collections::HashMap, hash::Hash, sync::Arc};

use erp_core::change::Version;
use parking_lot::RwLock;

/// Values of keys, at the newest version of the access graph that was seen.
#[derive(Clone, Debug)]
pub(super) struct Remembered<K, V> {
    most: usize,
    known: Arc<RwLock<Known<K, V>>>,
}

#[derive(Debug)]
struct Known<K, V> {
    graph: Version,
    of: HashMap<K, V>,
}

impl<K: Eq + Hash, V: Clone> Remembered<K, V> {
    /// Nothing, and at most so many values later.
    pub fn at_most(most: usize) -> Self {
        let known = Known { graph: Version::default(), of: HashMap::new() };
        Self { most, known: Arc::new(RwLock::new(known)) }
    }

    /// The value at this version, if it was noted.
    pub fn at(&self, graph: Version, key: &K) -> Option<V> {
        let known = self.known.read();
        if known.graph == graph { known.of.get(key).cloned() } else { None }
    }

    /// The value that was noted last, of whatever version.
    pub fn latest(&self, key: &K) -> Option<V> {
        self.known.read().of.get(key).cloned()
    }

    /// Notes the value at this version; those of older versions are forgotten.
    pub fn note(&self, graph: Version, key: K, value: V) {
        let mut known = self.known.write();
        if graph > known.graph || known.of.len() >= self.most {
            *known = Known { graph, of: HashMap::new() };
        }
        if graph == known.graph {
            known.of.insert(key, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use erp_core::{
        ids::UserId,
        policy::{Permission, PermissionSet},
    };
    use uuid::Uuid;

    use super::*;

    #[test]
    fn auth_8_rights_are_those_of_the_version_that_was_read() {
        let rights = Remembered::at_most(10);
        let user = UserId::from_uuid(Uuid::nil());
        let (before, after) = (PermissionSet::ALL, PermissionSet::of(&[Permission::ChatUse]));
        rights.note(Version(7), user, before);
        assert_eq!(rights.at(Version(7), &user), Some(before));
        assert_eq!(rights.at(Version(8), &user), None);
        rights.note(Version(8), user, after);
        rights.note(Version(7), user, before);
        assert_eq!(
            (rights.at(Version(7), &user), rights.at(Version(8), &user)),
            (None, Some(after))
        );
        assert_eq!(rights.latest(&user), Some(after));
    }
}
