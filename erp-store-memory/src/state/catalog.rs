//! What projects are made from.

use std::sync::Arc;

use erp_core::{
    change::Version,
    ids::{PhaseDefinitionId, ProjectCategoryId, ProjectTemplateId, RateId},
    projects::{HourlyRate, PhaseDefinition, ProjectCategory, ProjectOrigin, ProjectTemplate},
};
use imbl::{HashMap, OrdMap};

#[derive(Clone)]
pub(crate) struct CatalogState {
    /// The version of the tree of categories.
    pub tree: Version,
    pub categories: OrdMap<ProjectCategoryId, Arc<ProjectCategory>>,
    pub rates: OrdMap<RateId, Arc<HourlyRate>>,
    pub templates: OrdMap<ProjectTemplateId, Arc<ProjectTemplate>>,
    /// By key.
    pub origins: HashMap<String, Arc<ProjectOrigin>>,
    /// By parent and lower-cased name.
    pub category_names: HashMap<(Option<ProjectCategoryId>, String), ProjectCategoryId>,
    pub phases: HashMap<PhaseDefinitionId, Arc<PhaseDefinition>>,
    /// By lower-cased name.
    pub phase_names: OrdMap<String, PhaseDefinitionId>,
}

impl Default for CatalogState {
    fn default() -> Self {
        Self {
            tree: Version::FIRST,
            categories: OrdMap::new(),
            rates: OrdMap::new(),
            templates: OrdMap::new(),
            origins: HashMap::new(),
            category_names: HashMap::new(),
            phases: HashMap::new(),
            phase_names: OrdMap::new(),
        }
    }
}
