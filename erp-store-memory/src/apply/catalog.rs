//! Changes of what projects are made from.

use std::sync::Arc;

use erp_core::{
    Conflict,
    change::Version,
    ids::ProjectCategoryId,
    port::StoreResult,
    projects::{CatalogChange as C, ProjectCategory},
    text,
};

use super::{free, fresh, missing, next_version, require};
use crate::state::{CatalogState, Domain};

impl Domain {
    pub(super) fn apply_catalog(&mut self, change: C) -> StoreResult<()> {
        match change {
            C::PutCategory { category, expected } => self.catalog.put_category(category, expected),
            C::DeleteCategory { id, expected } => self.delete_category(id, expected),
            C::PutRate { rate, expected } => self.put_rate(rate, expected),
            C::PutTemplate { template, expected } => self.catalog.put_template(*template, expected),
            C::PutOrigin(origin) => self.put_origin(*origin),
        }
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
            return Err(Conflict::in_use("project_category", "content").into());
        }
        let name = name_key(old);
        self.catalog.category_names.remove(&name);
        self.catalog.categories.remove(&id);
        Ok(())
    }
}

impl CatalogState {
    fn put_category(&mut self, new: ProjectCategory, expected: Option<Version>) -> StoreResult<()> {
        let old = self.categories.shared(&new.id);
        let present = old.as_ref().map(|old| old.version);
        let version = next_version("project_category", present, expected)?;
        let holder = self.category_names.get(&name_key(&new));
        free(holder, &new.id, Conflict::taken("project_category", "name"))?;
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
    (category.parent, text::key(&category.name))
}
