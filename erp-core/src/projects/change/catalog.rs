//! Changes of what projects are made from.

use crate::{
    change::Version,
    ids::ProjectCategoryId,
    projects::model::{HourlyRate, ProjectCategory},
};

/// A change of the catalogue of projects: of what belongs to none of them, and they refer to.
#[derive(Clone, Debug, PartialEq)]
pub enum CatalogChange {
    /// A category: a new one, or its name and parent from now on. Raises the tree's version.
    /// Conflicts: `Exists`, stale version, `CategoryNameTaken`. `NotFound` when its parent is not
    /// there.
    PutCategory {
        /// The category. Its version is what the store gives it.
        category: ProjectCategory,
        /// The version that the caller has seen; none for a new one.
        expected: Option<Version>,
    },
    /// Removes a category for good. Raises the tree's version. Conflicts: stale version,
    /// `CategoryInUse` when a category is in it or a project, deleted or not, is of it.
    DeleteCategory {
        /// Which.
        id: ProjectCategoryId,
        /// The version that the caller has seen.
        expected: Version,
    },
    /// An hourly rate: a new one, or all of what it is from now on. Conflicts: `Exists`, stale version,
    /// `RateTaken` when another of the user and the project that is not deleted begins on its day and it
    /// is not deleted itself. `NotFound` when there is no such user or project.
    PutRate {
        /// The rate. Its version is what the store gives it.
        rate: HourlyRate,
        /// The version that the caller has seen; none for a new one.
        expected: Option<Version>,
    },
}

impl CatalogChange {
    /// Whether the store raises the version of the tree of categories with this change (by one for
    /// the whole change set).
    pub fn touches_categories(&self) -> bool {
        matches!(self, Self::PutCategory { .. } | Self::DeleteCategory { .. })
    }
}
