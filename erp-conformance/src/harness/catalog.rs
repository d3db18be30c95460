//! What the projects of a case are made from.

use erp_core::{
    change::Version,
    ids::ProjectCategoryId,
    projects::{CatalogChange, ProjectCategory},
};

use super::Harness;

impl Harness {
    /// The value of a new category of projects. Nothing is written.
    pub fn new_project_category(
        &self,
        name: &str,
        parent: Option<ProjectCategoryId>,
    ) -> ProjectCategory {
        ProjectCategory {
            id: ProjectCategoryId::generate(&*self.ids),
            name: name.to_owned(),
            parent,
            version: Version::FIRST,
            created_at: self.now(),
        }
    }

    /// Writes a category of projects.
    ///
    /// # Panics
    /// As [`Harness::commit`].
    pub async fn project_category(
        &self,
        name: &str,
        parent: Option<ProjectCategoryId>,
    ) -> ProjectCategory {
        let category = self.new_project_category(name, parent);
        let new = category.clone();
        self.commit(CatalogChange::PutCategory { category: new, expected: None }).await;
        category
    }
}
