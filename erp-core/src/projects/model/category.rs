//! Categories of projects.

use serde::{Deserialize, Serialize};

use crate::{change::Version, ids::ProjectCategoryId, time::Timestamp, tree::TreeNode};

/// A category of projects, such as Solar or Wind, in a tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectCategory {
    /// Its id.
    pub id: ProjectCategoryId,
    /// Its name, unique under its parent without regard to case.
    pub name: String,
    /// The category that it is in.
    pub parent: Option<ProjectCategoryId>,
    /// Rises with every change of it.
    pub version: Version,
    /// When it was created.
    pub created_at: Timestamp,
}

impl TreeNode for ProjectCategory {
    type Id = ProjectCategoryId;

    fn id(&self) -> ProjectCategoryId {
        self.id
    }

    fn parent(&self) -> Option<ProjectCategoryId> {
        self.parent
    }
}

/// All categories of projects, with the version that a decision on them is guarded by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectCategoryTree {
    /// Rises with every new or changed category.
    pub version: Version,
    /// The categories, by name without regard to case, then by id.
    pub categories: Vec<ProjectCategory>,
}
