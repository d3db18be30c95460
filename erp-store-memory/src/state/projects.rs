//! Projects, their members and their tasks.

use std::sync::Arc;

use erp_core::{
    ids::{ProjectId, UserId},
    projects::{Project, ProjectAccess, ProjectMember},
};
use imbl::{HashMap, OrdMap, OrdSet};

#[derive(Clone, Default)]
pub(crate) struct ProjectsState {
    pub projects: HashMap<ProjectId, Arc<ProjectState>>,
    /// Codes are never given again, so none is ever taken out.
    pub codes: OrdMap<String, ProjectId>,
    /// The projects that a user belongs to.
    pub projects_of: HashMap<UserId, OrdSet<ProjectId>>,
}

/// A project with all that belongs to it.
#[derive(Clone)]
pub(crate) struct ProjectState {
    pub project: Project,
    pub members: OrdMap<UserId, ProjectMember>,
}

impl ProjectState {
    pub fn new(project: Project) -> Self {
        Self { project, members: OrdMap::new() }
    }

    /// The project as this user stands to it.
    pub fn access(&self, user: UserId) -> ProjectAccess {
        ProjectAccess { project: self.project.clone(), member: self.members.get(&user).cloned() }
    }
}
