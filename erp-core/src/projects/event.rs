//! What the world learns of the module's changes.

use serde::{Deserialize, Serialize};

use super::model::{Project, ProjectRole};
use crate::{
    change::Version,
    ids::{ProjectId, UserId},
    time::Timestamp,
};

/// A change of projects or their members that has happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum ProjectEvent {
    /// A project was made.
    #[serde(rename = "projects.project_created")]
    ProjectCreated {
        /// The project.
        project: Box<Project>,
        /// Its members.
        members: Vec<(UserId, ProjectRole)>,
    },
    /// A project's details or status changed. Its counts are not counted on.
    #[serde(rename = "projects.project_updated")]
    ProjectUpdated(Box<Project>),
    /// A project was deleted.
    #[serde(rename = "projects.project_deleted")]
    ProjectDeleted {
        /// The project.
        project: ProjectId,
        /// Its version.
        version: Version,
        /// When.
        deleted_at: Timestamp,
    },
    /// A deleted project was restored. Its counts are not counted on.
    #[serde(rename = "projects.project_restored")]
    ProjectRestored(Box<Project>),
    /// Someone came into a project, or his role in it changed. Who comes in learns of the project
    /// by this event, too.
    #[serde(rename = "projects.member_put")]
    MemberPut {
        /// The project as it was before; its counts and its roster are not counted on.
        project: Box<Project>,
        /// The user.
        user: UserId,
        /// What he may do.
        role: ProjectRole,
        /// When he came in.
        joined_at: Timestamp,
    },
    /// Someone left a project, or was taken out.
    #[serde(rename = "projects.member_removed")]
    MemberRemoved {
        /// The project.
        project: ProjectId,
        /// The user.
        user: UserId,
    },
}

impl ProjectEvent {
    /// The type's dotted name.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::ProjectCreated { .. } => "projects.project_created",
            Self::ProjectUpdated(_) => "projects.project_updated",
            Self::ProjectDeleted { .. } => "projects.project_deleted",
            Self::ProjectRestored(_) => "projects.project_restored",
            Self::MemberPut { .. } => "projects.member_put",
            Self::MemberRemoved { .. } => "projects.member_removed",
        }
    }
}
