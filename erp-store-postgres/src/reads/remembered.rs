//! What was read at a version, remembered for as long as none newer is seen.
//!
//! Rights that were worked out at the same version of the access graph are the same rights: each read
//! of a subject asks for the version, and any commit that changes somebody's rights raises it (AUTH-8).
//! What posts were decided on serves the next post without a read: its commit compares the versions.
//! Dependencies of a project are those of the version of its graph. So nothing has to be taken back
//! when something changes elsewhere. Versions are those of one history: when the log gets a new epoch,
//! as after a backup was restored, all is forgotten.

use std::{collections::HashMap, hash::Hash, sync::Arc};

use erp_core::{
    change::Version,
    chat::Posting,
    ids::{ProjectId, RoomId, UserId},
    policy::PermissionSet,
    projects::Dependency,
};
use parking_lot::RwLock;

/// Users whose rights are remembered at most.
const MAX_RIGHTS: usize = 100_000;
/// Posts whose facts are remembered at most; each has a few hundred bytes.
const MAX_POSTINGS: usize = 50_000;
/// Projects and dependencies that are remembered at most; each has some fifty bytes.
const MAX_DEPENDENCIES: usize = 500_000;

/// All that is remembered of a database. A clone is the same.
#[derive(Clone, Debug)]
pub(crate) struct Memory {
    pub(super) rights: Remembered<UserId, PermissionSet>,
    pub(super) postings: Remembered<(RoomId, UserId), Posting>,
    pub(super) dependencies: Dependencies,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            rights: Remembered::at_most(MAX_RIGHTS),
            postings: Remembered::at_most(MAX_POSTINGS),
            dependencies: Dependencies::default(),
        }
    }
}

impl Memory {
    /// The versions are those of another history from now on.
    pub fn forget(&self) {
        self.rights.forget();
        self.postings.forget();
        self.dependencies.forget();
    }
}

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

    /// The value that was noted last, and its version.
    pub fn latest(&self, key: &K) -> Option<(Version, V)> {
        let known = self.known.read();
        Some((known.graph, known.of.get(key)?.clone()))
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

    fn forget(&self) {
        *self.known.write() = Known { graph: Version::default(), of: HashMap::new() };
    }
}

/// The dependencies of projects, each at the newest version of its graph that was seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Dependencies(Arc<RwLock<Projects>>);

#[derive(Debug, Default)]
struct Projects {
    of: HashMap<ProjectId, (Version, Arc<[Dependency]>)>,
    /// The projects and their dependencies.
    count: usize,
}

impl Dependencies {
    /// Those that were noted last, with the version of the graph that they belong to.
    pub fn latest(&self, project: ProjectId) -> Option<(Version, Arc<[Dependency]>)> {
        self.0.read().of.get(&project).cloned()
    }

    /// Notes those of this version, if none of a newer one are known.
    pub fn note(&self, project: ProjectId, graph: Version, dependencies: &[Dependency]) {
        let mut known = self.0.write();
        if known.of.get(&project).is_some_and(|(version, _)| *version >= graph) {
            return;
        }
        if let Some((_, older)) = known.of.remove(&project) {
            known.count -= 1 + older.len();
        }
        let more = 1 + dependencies.len();
        if known.count + more > MAX_DEPENDENCIES {
            *known = Projects::default();
        }
        if more <= MAX_DEPENDENCIES {
            known.of.insert(project, (graph, dependencies.into()));
            known.count += more;
        }
    }

    fn forget(&self) {
        *self.0.write() = Projects::default();
    }
}

#[cfg(test)]
mod tests {
    use erp_core::{ids::TaskId, policy::Permission, projects::DependencyKind};
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
        assert_eq!(rights.latest(&user), Some((Version(8), after)));
    }

    fn dependencies(count: u128) -> Vec<Dependency> {
        let task = |number| TaskId::from_uuid(Uuid::from_u128(number));
        let one = |number| Dependency {
            predecessor: task(number),
            successor: task(number + 1),
            kind: DependencyKind::FinishStart,
            lag_min: 0,
        };
        (0..count).map(one).collect()
    }

    #[test]
    fn dependencies_are_those_of_the_newest_version_and_bounded() {
        let memory = Memory::default();
        let project = |number| ProjectId::from_uuid(Uuid::from_u128(number));
        let known = |number| {
            let latest = memory.dependencies.latest(project(number));
            latest.map(|(version, all)| (version.0, all.len()))
        };
        memory.dependencies.note(project(1), Version(5), &dependencies(3));
        memory.dependencies.note(project(1), Version(4), &dependencies(2));
        assert_eq!(known(1), Some((5, 3)));
        memory.dependencies.note(project(1), Version(6), &dependencies(1));
        memory.dependencies.note(project(2), Version(1), &[]);
        assert_eq!((known(1), known(2)), (Some((6, 1)), Some((1, 0))));
        assert_eq!(memory.dependencies.0.read().count, 3);

        let most = dependencies(MAX_DEPENDENCIES as u128);
        memory.dependencies.note(project(2), Version(2), &most);
        assert_eq!((known(1), known(2)), (None, None), "more than all there is room for");
        memory.dependencies.note(project(2), Version(2), &most[1..]);
        assert_eq!(known(2), Some((2, MAX_DEPENDENCIES - 1)));
        memory.dependencies.note(project(1), Version(6), &[]);
        assert_eq!((known(1), known(2)), (Some((6, 0)), None));
    }

    #[test]
    fn another_history_is_not_taken_for_the_one_before() {
        let memory = Memory::default();
        let (user, project) = (UserId::from_uuid(Uuid::nil()), ProjectId::from_uuid(Uuid::nil()));
        memory.rights.note(Version(7), user, PermissionSet::ALL);
        memory.dependencies.note(project, Version(7), &dependencies(2));
        memory.forget();
        assert_eq!(memory.rights.latest(&user), None);
        assert!(memory.dependencies.latest(project).is_none());
        // Its versions may be lower.
        memory.rights.note(Version(3), user, PermissionSet::ALL);
        memory.dependencies.note(project, Version(3), &dependencies(1));
        assert_eq!(memory.rights.at(Version(3), &user), Some(PermissionSet::ALL));
        assert_eq!(
            memory.dependencies.latest(project).map(|(version, _)| version),
            Some(Version(3))
        );
    }
}
