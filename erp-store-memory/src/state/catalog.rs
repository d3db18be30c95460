//! What projects are made from.

use erp_core::{
    change::Version,
    ids::ProjectTemplateId,
    projects::{ProjectOrigin, ProjectTemplate},
};

use crate::map::{Table, Texts};

#[derive(Clone)]
pub(crate) struct CatalogState {
    /// The version of the tree of categories.
    pub tree: Version,
    pub templates: Table<ProjectTemplateId, ProjectTemplate>,
    /// By key.
    pub origins: Texts<ProjectOrigin>,
}

impl Default for CatalogState {
    fn default() -> Self {
        Self { tree: Version::FIRST, templates: Table::new(), origins: Texts::new() }
    }
}
