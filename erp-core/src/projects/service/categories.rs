//! Categories of projects.

use serde::{Deserialize, Serialize};

use super::{super::CATALOG_READERS, ProjectService};
use crate::{
    change::{EntityRef, Guard, Idempotency, NewEvent, Recorder, Scope, Version},
    ctx::Ctx,
    error::{Conflict, Error, Result},
    forms,
    ids::ProjectCategoryId,
    policy::{self, Action, Resource},
    projects::{CatalogChange, ProjectCategory, ProjectCategoryTree, ProjectEvent},
    tree::{self, Misplaced},
};

/// A category of projects to create.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewProjectCategory {
    /// Its name, 1 to 200 characters, unique under its parent without regard to case.
    pub name: String,
    /// The category that it is in.
    #[serde(default)]
    pub parent: Option<ProjectCategoryId>,
}

/// The new name and place of a category of projects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectCategoryUpdate {
    /// The version that the caller has seen.
    pub expected: Version,
    /// Its name.
    pub name: String,
    /// The category that it is in.
    pub parent: Option<ProjectCategoryId>,
}

#[erp_derive::boxed]
impl ProjectService<'_> {
    /// Every category of projects, by name.
    ///
    /// # Errors
    /// Forbidden.
    pub async fn categories(&self, ctx: &Ctx) -> Result<Vec<ProjectCategory>> {
        self.allowed(ctx, Action::ProjectCatalogRead).await?;
        Ok(self.engine.store().projects().project_categories().await?.categories)
    }

    /// Creates a category of projects. Repeated with the same idempotency key it gives the first
    /// answer.
    ///
    /// # Errors
    /// Forbidden; validation errors on `name` and `parent`; a conflict when the name is taken.
    pub async fn create_category(
        &self,
        ctx: &Ctx,
        new: NewProjectCategory,
    ) -> Result<ProjectCategory> {
        let action = Action::ProjectCategoryCreate;
        self.allowed(ctx, action).await?;
        let id = ProjectCategoryId::generate(self.engine.ids());
        let mut set = self.engine.change(ctx, action, entity(id));
        let category = ProjectCategory {
            id,
            name: forms::NAME.check("name", &new.name)?,
            parent: new.parent,
            version: Version::FIRST,
            created_at: set.at(),
        };
        set.idempotency = Idempotency::of(ctx, action, &new, &category)?;
        set.record(
            Recorder::new().created("name", &category.name).created("parent", category.parent),
        );
        let created = category.clone();
        set.change(CatalogChange::PutCategory { category: created, expected: None });
        let event = ProjectEvent::CategoryPut(Box::new(category.clone()));
        set.event(NewEvent::new(event, CATALOG_READERS));
        match self.engine.commit(set).await {
            Err(Error::NotFound { .. }) => Err(Error::invalid("parent", "no such category")),
            receipt => receipt?.answer(category),
        }
    }

    /// Renames a category of projects, or moves it with all that is in it. When nothing changes,
    /// nothing is written.
    ///
    /// # Errors
    /// As [`Self::create_category`]; not found; a conflict when the version is not the present one,
    /// or the category would lie inside itself.
    pub async fn update_category(
        &self,
        ctx: &Ctx,
        id: ProjectCategoryId,
        update: ProjectCategoryUpdate,
    ) -> Result<ProjectCategory> {
        self.engine.retry(|| self.try_update_category(ctx, id, &update)).await
    }

    async fn try_update_category(
        &self,
        ctx: &Ctx,
        id: ProjectCategoryId,
        update: &ProjectCategoryUpdate,
    ) -> Result<ProjectCategory> {
        let action = Action::ProjectCategoryUpdate;
        self.allowed_on(ctx, action, "project_category").await?;
        let tree = self.engine.store().projects().project_categories().await?;
        let old = category_of(&tree, id)?;
        old.version.must_be(update.expected, "project_category")?;
        let name = forms::NAME.check("name", &update.name)?;
        let changed = Recorder::new().field("name", &old.name, &name).field(
            "parent",
            old.parent,
            update.parent,
        );
        if changed.is_empty() {
            return Ok(old.clone());
        }
        check_place(&tree, id, update.parent)?;
        let version = old.version.next();
        let category = ProjectCategory { name, parent: update.parent, version, ..old.clone() };
        let mut set = self.engine.change(ctx, action, entity(id));
        set.guard(Guard::Held(Scope::project_categories(), tree.version));
        set.record(changed);
        let expected = Some(update.expected);
        set.change(CatalogChange::PutCategory { category: category.clone(), expected });
        let event = ProjectEvent::CategoryPut(Box::new(category.clone()));
        set.event(NewEvent::new(event, CATALOG_READERS));
        self.engine.commit(set).await?;
        Ok(category)
    }

    /// Deletes a category of projects that no category is in and no project is of, deleted ones
    /// included. Its name is free again.
    ///
    /// # Errors
    /// Not found; forbidden; a conflict when the version is not the present one, or the category is in
    /// use. By what is not told: the caller may be a member of none of these projects.
    pub async fn delete_category(
        &self,
        ctx: &Ctx,
        id: ProjectCategoryId,
        expected: Version,
    ) -> Result<()> {
        let action = Action::ProjectCategoryDelete;
        self.allowed_on(ctx, action, "project_category").await?;
        let tree = self.engine.store().projects().project_categories().await?;
        let old = category_of(&tree, id)?;
        old.version.must_be(expected, "project_category")?;
        let mut set = self.engine.change(ctx, action, entity(id));
        set.record(Recorder::new().field("name", &old.name, serde_json::Value::Null));
        set.change(CatalogChange::DeleteCategory { id, expected });
        let event = ProjectEvent::CategoryDeleted { category: id };
        set.event(NewEvent::new(event, CATALOG_READERS));
        self.engine.commit(set).await?;
        Ok(())
    }

    /// The caller may do this to the catalogue as a whole.
    pub(super) async fn allowed(&self, ctx: &Ctx, action: Action) -> Result<()> {
        let subject = self.engine.subject(ctx).await?;
        policy::authorize(&subject, action, &Resource::Global)
    }

    /// The caller may do this to a thing of the catalogue; whoever may not read the catalogue does
    /// not learn that it is there.
    pub(super) async fn allowed_on(
        &self,
        ctx: &Ctx,
        action: Action,
        kind: &'static str,
    ) -> Result<()> {
        let subject = self.engine.subject(ctx).await?;
        policy::authorize(&subject, action, &Resource::Catalog(kind))
    }
}

/// The category, if there is such a one.
pub(super) fn category_of(
    tree: &ProjectCategoryTree,
    id: ProjectCategoryId,
) -> Result<&ProjectCategory> {
    let found = tree.categories.iter().find(|category| category.id == id);
    found.ok_or(Error::NotFound { entity: "project_category" })
}

fn check_place(
    tree: &ProjectCategoryTree,
    id: ProjectCategoryId,
    parent: Option<ProjectCategoryId>,
) -> Result<()> {
    match tree::check_place(&tree.categories, id, parent) {
        Ok(()) => Ok(()),
        Err(Misplaced::NoParent) => Err(Error::invalid("parent", "no such category")),
        Err(Misplaced::Ring(path)) => Err(Conflict::ring("project_category", &path).into()),
    }
}

fn entity(id: ProjectCategoryId) -> EntityRef {
    EntityRef::new("project_category", id.uuid())
}
