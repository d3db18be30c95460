//! What the module asks a store to write.

use super::model::{Project, ProjectDetails, ProjectRole, ProjectStatus};
use crate::{
    change::Version,
    ids::{ProjectId, UserId},
    time::Timestamp,
};

/// A change of projects or their members. A store locks the project for each of them but the first.
#[derive(Clone, Debug, PartialEq)]
pub enum ProjectChange {
    /// A new project with its first members. Counts and versions of the value are those of a new
    /// one. Conflicts: `Exists`, `ProjectCodeTaken`.
    CreateProject {
        /// The project.
        project: Box<Project>,
        /// Its members, each once.
        members: Vec<(UserId, ProjectRole)>,
    },
    /// A project's details and status. Conflicts: stale version.
    UpdateProject {
        /// Which.
        id: ProjectId,
        /// The version that the caller has seen.
        expected: Version,
        /// What it says of itself now.
        details: Box<ProjectDetails>,
        /// How far it is.
        status: ProjectStatus,
        /// When.
        at: Timestamp,
    },
    /// Deletes a project softly, or restores it (`deleted_at` none). Conflicts: stale version.
    SetProjectDeleted {
        /// Which.
        id: ProjectId,
        /// The version that the caller has seen.
        expected: Version,
        /// When it was deleted; none restores it.
        deleted_at: Option<Timestamp>,
    },
    /// Puts a user into a project, or changes the role of one who is in it. Bumps the roster.
    PutMember {
        /// The project.
        project: ProjectId,
        /// The user.
        user: UserId,
        /// What he may do.
        role: ProjectRole,
        /// When he came in, if he was not in it.
        at: Timestamp,
    },
    /// Takes a user out of a project; no error when he is not in it. Bumps the roster.
    RemoveMember {
        /// The project.
        project: ProjectId,
        /// The user.
        user: UserId,
    },
}

impl ProjectChange {
    /// The project that the change belongs to.
    pub fn project(&self) -> ProjectId {
        match self {
            Self::CreateProject { project, .. } => project.id,
            Self::UpdateProject { id, .. } | Self::SetProjectDeleted { id, .. } => *id,
            Self::PutMember { project, .. } | Self::RemoveMember { project, .. } => *project,
        }
    }

    /// Whether the store raises the project's roster with this change (by one for the whole change
    /// set, however many of its changes touch it).
    pub fn touches_roster(&self) -> bool {
        matches!(self, Self::PutMember { .. } | Self::RemoveMember { .. })
    }
}
