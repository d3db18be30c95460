//! Changes of what projects are made from.

use crate::{
    change::Version,
    projects::model::{ProjectOrigin, ProjectTemplate},
};

/// A change of the catalogue of projects: of what belongs to none of them, and they refer to.
#[derive(Clone, Debug, PartialEq)]
pub enum CatalogChange {
    /// A template: a new one, or all of what it is from now on. Conflicts: `Exists`, stale version,
    /// `Taken` (name) when another of its category that is not archived has its name and it is not
    /// archived itself. `NotFound` when its category is not there.
    PutTemplate {
        /// The template. Its version is what the store gives it.
        template: Box<ProjectTemplate>,
        /// The version that the caller has seen; none for a new one.
        expected: Option<Version>,
    },
    /// From what a project was made. Conflicts: `Taken` (key). `NotFound` when there is no such
    /// project or template; a stale guard (none current) when the template is at another version.
    PutOrigin(Box<ProjectOrigin>),
}
