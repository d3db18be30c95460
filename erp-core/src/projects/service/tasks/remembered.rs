//! The links of the projects that were changed last, so that one link after the other does not read the
//! whole graph again.

use std::{collections::BTreeMap, sync::Mutex};

use crate::{change::Version, ids::ProjectId, projects::rules::Links};

/// Projects that are remembered at most.
const MAX_PROJECTS: usize = 16;
/// A project with more tasks is not remembered.
const MAX_TASKS: usize = 50_000;

/// What a node remembers. It holds only for the version of the graph that it was read or written with:
/// whoever finds another reads again.
#[derive(Debug, Default)]
pub(crate) struct RememberedLinks(Mutex<BTreeMap<ProjectId, Links>>);

impl RememberedLinks {
    /// The links of the project, if they are of this version. Whoever has taken them puts them back.
    pub fn take(&self, project: ProjectId, version: Version) -> Option<Links> {
        let links = self.0.lock().ok()?.remove(&project)?;
        (links.version() == version).then_some(links)
    }

    /// Remembers the links of the project, perhaps instead of those of another.
    pub fn put(&self, project: ProjectId, links: Links) {
        let Ok(mut there) = self.0.lock() else { return };
        if links.len() > MAX_TASKS {
            return;
        }
        if there.len() >= MAX_PROJECTS {
            there.pop_first();
        }
        there.insert(project, links);
    }
}
