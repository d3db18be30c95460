//! Item categories.

use serde::{Deserialize, Serialize};

use super::{InventoryService, READERS};
use crate::{
    change::{EntityRef, Guard, Idempotency, NewEvent, Recorder, Scope, Version},
    ctx::Ctx,
    error::{Conflict, Error, Result},
    forms,
    ids::ItemCategoryId,
    inventory::{CategoryTree, InventoryChange, InventoryEvent, ItemCategory},
    policy::{self, Action, Resource},
    tree::{self, Misplaced},
};

/// A category to create.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCategory {
    /// Its name, 1 to 200 characters, unique under its parent without regard to case.
    pub name: String,
    /// The category that it is in.
    pub parent: Option<ItemCategoryId>,
}

/// A category's new name and place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryUpdate {
    /// The version that the caller has seen.
    pub expected: Version,
    /// Its name.
    pub name: String,
    /// The category that it is in.
    pub parent: Option<ItemCategoryId>,
}

#[erp_derive::boxed]
impl InventoryService<'_> {
    /// Creates a category. Repeated with the same idempotency key it gives the first answer.
    ///
    /// # Errors
    /// Forbidden; validation errors on `name` and `parent`; a conflict when the name is taken.
    pub async fn create_category(&self, ctx: &Ctx, new: NewCategory) -> Result<ItemCategory> {
        let action = Action::ItemCategoryCreate;
        self.allowed(ctx, action).await?;
        let id = ItemCategoryId::generate(self.engine.ids());
        let mut set = self.engine.change(ctx, action, entity(id));
        let category = ItemCategory {
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
        set.change(InventoryChange::CreateCategory(category.clone()));
        set.event(NewEvent::new(InventoryEvent::CategoryCreated(category.clone()), READERS));
        match self.engine.commit(set).await {
            Err(Error::NotFound { .. }) => Err(Error::invalid("parent", "no such category")),
            receipt => receipt?.answer(category),
        }
    }

    /// Renames a category, or moves it with all that is in it. When nothing changes, nothing is
    /// written.
    ///
    /// # Errors
    /// As [`Self::create_category`]; not found; a conflict when the version is not the present one,
    /// or the category would lie inside itself.
    pub async fn update_category(
        &self,
        ctx: &Ctx,
        id: ItemCategoryId,
        update: CategoryUpdate,
    ) -> Result<ItemCategory> {
        self.engine.retry(|| self.try_update_category(ctx, id, &update)).await
    }

    async fn try_update_category(
        &self,
        ctx: &Ctx,
        id: ItemCategoryId,
        update: &CategoryUpdate,
    ) -> Result<ItemCategory> {
        let action = Action::ItemCategoryUpdate;
        let subject = self.engine.subject(ctx).await?;
        policy::authorize(&subject, action, &Resource::Stock("item_category"))?;
        let tree = self.engine.store().inventory().categories().await?;
        let old = category_of(&tree, id)?;
        old.version.must_be(update.expected, "item_category")?;
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
        let category = ItemCategory { name, parent: update.parent, version, ..old.clone() };
        let mut set = self.engine.change(ctx, action, entity(id));
        set.guard(Guard::Held(Scope::item_categories(), tree.version));
        set.record(changed);
        let expected = update.expected;
        set.change(InventoryChange::UpdateCategory { expected, category: category.clone() });
        set.event(NewEvent::new(InventoryEvent::CategoryChanged(category.clone()), READERS));
        self.engine.commit(set).await?;
        Ok(category)
    }

    /// Deletes a category that nothing is in. Its name is free again.
    ///
    /// # Errors
    /// Not found; forbidden; a conflict when the version is not the present one, or a category or an
    /// item is in it.
    pub async fn delete_category(
        &self,
        ctx: &Ctx,
        id: ItemCategoryId,
        expected: Version,
    ) -> Result<()> {
        let action = Action::ItemCategoryDelete;
        let subject = self.engine.subject(ctx).await?;
        policy::authorize(&subject, action, &Resource::Stock("item_category"))?;
        let tree = self.engine.store().inventory().categories().await?;
        let old = category_of(&tree, id)?;
        old.version.must_be(expected, "item_category")?;
        let mut set = self.engine.change(ctx, action, entity(id));
        set.record(Recorder::new().field("name", &old.name, serde_json::Value::Null));
        set.change(InventoryChange::DeleteCategory { id, expected });
        set.event(NewEvent::new(InventoryEvent::CategoryDeleted { category: id }, READERS));
        self.engine.commit(set).await?;
        Ok(())
    }

    /// Every category, by name.
    ///
    /// # Errors
    /// Forbidden.
    pub async fn categories(&self, ctx: &Ctx) -> Result<Vec<ItemCategory>> {
        self.allowed(ctx, Action::StockRead).await?;
        Ok(self.engine.store().inventory().categories().await?.categories)
    }
}

fn category_of(tree: &CategoryTree, id: ItemCategoryId) -> Result<&ItemCategory> {
    let found = tree.categories.iter().find(|category| category.id == id);
    found.ok_or(Error::NotFound { entity: "item_category" })
}

fn check_place(
    tree: &CategoryTree,
    id: ItemCategoryId,
    parent: Option<ItemCategoryId>,
) -> Result<()> {
    match tree::check_place(&tree.categories, id, parent) {
        Ok(()) => Ok(()),
        Err(Misplaced::NoParent) => Err(Error::invalid("parent", "no such category")),
        Err(Misplaced::Ring(path)) => Err(Conflict::ring("item_category", &path).into()),
    }
}

fn entity(id: ItemCategoryId) -> EntityRef {
    EntityRef::new("item_category", id.uuid())
}
