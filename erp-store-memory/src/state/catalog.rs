//! What projects are made from.

use erp_core::{
    change::Version,
    ids::{ProjectTemplateId, RateId},
    projects::{HourlyRate, ProjectOrigin, ProjectTemplate},
};

use crate::map::{Table, Texts};

#[derive(Clone)]
pub(crate) struct CatalogState {
    /// The version of the tree of categories.
    pub tree: Version,
    pub rates: Table<RateId, HourlyRate>,
    pub templates: Table<ProjectTemplateId, ProjectTemplate>,
    /// By key.
    pub origins: Texts<ProjectOrigin>,
}

impl Default for CatalogState {
    fn default() -> Self {
        Self {
            tree: Version::FIRST,
            rates: Table::new(),
            templates: Table::new(),
            origins: Texts::new(),
        }
    }
}
