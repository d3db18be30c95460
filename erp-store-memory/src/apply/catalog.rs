//! Changes of what projects are made from.

use std::sync::Arc;

use erp_core::{
    Conflict,
    change::Version,
    ids::{PhaseDefinitionId, ProjectCategoryId},
    port::StoreResult,
    projects::{CatalogChange as C, PhaseDefinition, ProjectCategory},
};

use super::{free, fresh, missing, next_version, require};
use crate::state::{CatalogState, Domain};

impl Domain {
    pub(super) fn apply_catalog(&mut self, change: C) -> StoreResult<()> {
        match change {
            C::PutCategory { category, expected } => self.catalog.put_category(category, expected),
            C::DeleteCategory { id, expected } => self.delete_category(id, expected),
            C::PutRate { rate, expected } => self.put_rate(rate, expected),
            C::PutPhaseDefinition { definition, expected } => {
                self.catalog.put_phase(definition, expected)
            }
            C::DeletePhaseDefinition { id, expected } => self.delete_phase_definition(id, expected),
            C::PutTemplate { template, expected } => self.catalog.put_template(*template, expected),
            C::PutOrigin(origin) => self.put_origin(*origin),
        }
    }

    fn delete_phase_definition(
        &mut self,
        id: PhaseDefinitionId,
        expected: Version,
    ) -> StoreResult<()> {
        let old = self.catalog.phases.get(&id).ok_or_else(|| missing("phase_definition"))?;
        fresh("phase_definition", expected, old.version)?;
        if self.projects.phases.values().any(|phase| phase.definition == id) {
            return Err(Conflict::PhaseDefinitionInUse.into());
        }
        let name = old.name.to_lowercase();
        self.catalog.phase_names.remove(&name);
        self.catalog.phases.remove(&id);
        Ok(())
    }
}

impl Domain {
    fn delete_category(&mut self, id: ProjectCategoryId, expected: Version) -> StoreResult<()> {
        let categories = &self.catalog.categories;
        let old = categories.get(&id).ok_or_else(|| missing("project_category"))?;
        fresh("project_category", expected, old.version)?;
        let of_it =
            self.projects.projects.values().any(|one| one.project.details.category == Some(id));
        let has_template = self.catalog.templates.values().any(|one| one.head.category == Some(id));
        if of_it || has_template || categories.values().any(|one| one.parent == Some(id)) {
            return Err(Conflict::CategoryInUse.into());
        }
        let name = name_key(old);
        self.catalog.category_names.remove(&name);
        self.catalog.categories.remove(&id);
        Ok(())
    }
}

impl CatalogState {
    fn put_phase(&mut self, new: PhaseDefinition, expected: Option<Version>) -> StoreResult<()> {
        let old = self.phases.shared(&new.id);
        let present = old.as_ref().map(|old| old.version);
        let version = next_version("phase_definition", present, expected)?;
        let name = new.name.to_lowercase();
        free(self.phase_names.get(&name), &new.id, Conflict::PhaseNameTaken)?;
        if let Some(old) = old {
            self.phase_names.remove(&old.name.to_lowercase());
        }
        self.phase_names.insert(&name, new.id);
        self.phases.insert(new.id, Arc::new(PhaseDefinition { version, ..new }));
        Ok(())
    }

    fn put_category(&mut self, new: ProjectCategory, expected: Option<Version>) -> StoreResult<()> {
        let old = self.categories.shared(&new.id);
        let present = old.as_ref().map(|old| old.version);
        let version = next_version("project_category", present, expected)?;
        let holder = self.category_names.get(&name_key(&new));
        free(holder, &new.id, Conflict::CategoryNameTaken)?;
        let there = new.parent.is_none_or(|parent| self.categories.contains_key(&parent));
        require(there, "project_category")?;
        let mut created_at = new.created_at;
        if let Some(old) = old {
            self.category_names.remove(&name_key(&old));
            created_at = old.created_at;
        }
        self.category_names.insert(&name_key(&new), new.id);
        let category = ProjectCategory { version, created_at, ..new };
        self.categories.insert(category.id, Arc::new(category));
        Ok(())
    }
}

fn name_key(category: &ProjectCategory) -> (Option<ProjectCategoryId>, String) {
    (category.parent, category.name.to_lowercase())
}
