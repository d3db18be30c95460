//! What the module keeps.

mod project;

pub use project::{
    Project, ProjectAccess, ProjectDetails, ProjectMember, ProjectRole, ProjectStatus,
    UnknownProjectStatus,
};
