//! What projects are made from.

use erp_core::{
    change::Version,
    ids::{ProjectCategoryId, ProjectTemplateId, RateId},
    projects::{HourlyRate, ProjectCategory, ProjectOrigin, ProjectTemplate},
};

use crate::map::{Names, Table, Texts};

#[derive(Clone)]
pub(crate) struct CatalogState {
    /// The version of the tree of categories.
    pub tree: Version,
    pub categories: Table<ProjectCategoryId, ProjectCategory>,
    pub rates: Table<RateId, HourlyRate>,
    pub templates: Table<ProjectTemplateId, ProjectTemplate>,
    /// By key.
    pub origins: Texts<ProjectOrigin>,
    /// By parent and lower-cased name.
    pub category_names: Names<(Option<ProjectCategoryId>, String), ProjectCategoryId>,
}

impl Default for CatalogState {
    fn default() -> Self {
        Self {
            tree: Version::FIRST,
            categories: Table::new(),
            rates: Table::new(),
            templates: Table::new(),
            origins: Texts::new(),
            category_names: Names::new(),
        }
    }
}
