//! What projects are made from.

use erp_core::{
    Conflict,
    change::Version,
    ids::ProjectCategoryId,
    port::{StoreError, StoreResult},
    projects::{
        CatalogChange as C, HourlyRate, ProjectCategory, ProjectOrigin, ProjectTemplate,
        TemplateHead,
    },
    record::Stored,
};

use super::{Model, follow, missing, same_name};

#[derive(Clone, Debug)]
pub(in crate::walk) struct Catalog {
    /// The version of the tree of categories.
    pub(in crate::walk) tree: Version,
    /// Those of the records.
    pub(in crate::walk) categories: Vec<Stored<ProjectCategory>>,
    pub(in crate::walk) rates: Vec<Stored<HourlyRate>>,
    pub(in crate::walk) templates: Vec<ProjectTemplate>,
    pub(in crate::walk) origins: Vec<ProjectOrigin>,
}

impl Catalog {
    /// Nothing, with a tree of this version.
    pub(super) fn new(tree: Version) -> Self {
        let (categories, rates) = (vec![], vec![]);
        Self { tree, categories, rates, templates: vec![], origins: vec![] }
    }
}

impl Model {
    pub(super) fn change_catalog(&mut self, change: C) -> StoreResult<()> {
        match change {
            C::PutTemplate { template, expected } => self.put_template(*template, expected),
            C::PutOrigin(origin) => self.put_origin(*origin),
        }
    }

    pub(super) fn require_project_category(
        &self,
        id: Option<ProjectCategoryId>,
    ) -> StoreResult<()> {
        let there = |id| self.catalog.categories.iter().any(|one| one.id == id);
        if id.is_none_or(there) { Ok(()) } else { Err(missing("project_category")) }
    }

    fn put_template(&mut self, new: ProjectTemplate, expected: Option<Version>) -> StoreResult<()> {
        let there = &self.catalog.templates;
        let ProjectTemplate { head: new, body } = new;
        let old = there.iter().map(|one| &one.head).find(|head| head.id == new.id);
        let version = follow("project_template", old.map(|head| head.version), expected)?;
        let created_at = old.map_or(new.created_at, |head| head.created_at);
        let others = there.iter().map(|one| &one.head).filter(|head| head.id != new.id);
        let mut live = others.filter(|head| !head.archived && head.category == new.category);
        if !new.archived && live.any(|head| same_name(&head.name, &new.name)) {
            return Err(Conflict::taken("project_template", "name").into());
        }
        self.require_project_category(new.category)?;
        self.catalog.templates.retain(|one| one.head.id != new.id);
        let head = TemplateHead { version, created_at, ..new };
        self.catalog.templates.push(ProjectTemplate { head, body });
        Ok(())
    }

    fn put_origin(&mut self, new: ProjectOrigin) -> StoreResult<()> {
        if self.catalog.origins.iter().any(|one| one.key == new.key) {
            return Err(Conflict::taken("project_origin", "key").into());
        }
        self.project(new.project)?;
        let template = self.catalog.templates.iter().find(|one| one.head.id == new.template);
        let template = template.ok_or_else(|| missing("project_template"))?;
        if template.head.version != new.template_version {
            return Err(StoreError::Stale { entity: "project_template", current: None });
        }
        self.catalog.origins.push(new);
        Ok(())
    }
}
