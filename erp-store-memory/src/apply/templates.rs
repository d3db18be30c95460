//! Changes of templates of projects, and of what was made from them.

use std::sync::Arc;

use erp_core::{
    Conflict,
    change::Version,
    ids::ProjectCategoryId,
    port::{StoreError, StoreResult},
    projects::{ProjectCategory, ProjectOrigin, ProjectTemplate, TemplateHead},
    record::Record as _,
    text,
};

use super::{missing, next_version, require};
use crate::state::Domain;

impl Domain {
    pub(super) fn put_template(
        &mut self,
        new: ProjectTemplate,
        expected: Option<Version>,
    ) -> StoreResult<()> {
        let old = self.catalog.templates.get(&new.head.id).map(|old| &old.head);
        let version = next_version("project_template", old.map(|old| old.version), expected)?;
        let created_at = old.map_or(new.head.created_at, |old| old.created_at);
        let is_taken = |other: &ProjectTemplate| {
            other.head.id != new.head.id && same_name(&other.head, &new.head)
        };
        if !new.head.archived && self.catalog.templates.values().any(is_taken) {
            return Err(Conflict::taken("project_template", "name").into());
        }
        self.require_category(new.head.category)?;
        let head = TemplateHead { version, created_at, ..new.head };
        self.catalog.templates.insert(head.id, Arc::new(ProjectTemplate { head, body: new.body }));
        Ok(())
    }

    /// That the category of a project or of a template is there.
    pub(super) fn require_category(&self, id: Option<ProjectCategoryId>) -> StoreResult<()> {
        let there =
            |id: ProjectCategoryId| self.records.get(ProjectCategory::KIND, id.uuid()).is_some();
        require(id.is_none_or(there), "project_category")
    }

    pub(super) fn put_origin(&mut self, new: ProjectOrigin) -> StoreResult<()> {
        if self.catalog.origins.contains_key(&new.key) {
            return Err(Conflict::taken("project_origin", "key").into());
        }
        require(self.projects.projects.contains_key(&new.project), "project")?;
        let template = self.catalog.templates.get(&new.template);
        let present = template.ok_or_else(|| missing("project_template"))?.head.version;
        if present != new.template_version {
            return Err(StoreError::Stale { entity: "project_template", current: None });
        }
        self.catalog.origins.insert(&new.key.clone(), Arc::new(new));
        Ok(())
    }
}

/// Whether the other one holds the name: it is not archived.
fn same_name(other: &TemplateHead, new: &TemplateHead) -> bool {
    !other.archived
        && other.category == new.category
        && text::key(&other.name) == text::key(&new.name)
}
