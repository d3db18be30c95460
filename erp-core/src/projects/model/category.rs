//! Categories of projects.

use crate::{
    error::Result,
    ids::ProjectCategoryId,
    record::{Name, Record},
};

/// A category of projects, such as Solar or Wind, in a tree.
#[derive(Clone, Debug, PartialEq, Record)]
#[record(kind = "project_category", table = "project_categories", id = ProjectCategoryId,
    path = "project-categories", read = ProjectCatalogRead, create = ProjectCategoryCreate,
    update = ProjectCategoryUpdate, remove = ProjectCategoryDelete, tree = PROJECT_CATEGORIES,
    key(parent, name), audience = crate::projects::CATALOG_READERS,
    event(module = "projects", noun = "category", put, deleted))]
pub struct ProjectCategory {
    /// Its name, unique under its parent without regard to case.
    #[field(sort)]
    pub name: Name,
    /// The category that it is in.
    #[field(parent)]
    pub parent: Option<ProjectCategoryId>,
}

impl ProjectCategory {
    /// A category in another, or at the top.
    ///
    /// # Errors
    /// A validation error on `name`.
    pub fn new(name: &str, parent: Option<ProjectCategoryId>) -> Result<Self> {
        Ok(Self { name: Name::of("name", name)?, parent })
    }
}
