//! Warehouses, item categories and items.

use erp_core::{
    Conflict,
    change::Version,
    ids::{ItemCategoryId, ItemId, WarehouseId},
    inventory::{Item, ItemCategory, Warehouse},
    port::StoreResult,
};

use super::{Stock, exists, missing, raise, same_name};

impl Stock {
    pub(super) fn create_warehouse(&mut self, new: Warehouse) -> StoreResult<()> {
        if self.warehouses.iter().any(|one| one.id == new.id) {
            return Err(exists("warehouse"));
        }
        self.check_code(&new)?;
        self.warehouses.push(new);
        Ok(())
    }

    pub(super) fn update_warehouse(
        &mut self,
        expected: Version,
        new: Warehouse,
    ) -> StoreResult<()> {
        let old = self.warehouses.iter_mut().find(|one| one.id == new.id);
        let old = old.ok_or_else(|| missing("warehouse"))?;
        raise("warehouse", &mut old.version, expected)?;
        let (version, created_at) = (old.version, old.created_at);
        self.check_code(&new)?;
        self.warehouses.retain(|one| one.id != new.id);
        self.warehouses.push(Warehouse { version, created_at, ..new });
        Ok(())
    }

    fn check_code(&self, new: &Warehouse) -> StoreResult<()> {
        let taken = |one: &Warehouse| one.id != new.id && same_name(&one.code, &new.code);
        let taken = self.warehouses.iter().any(taken);
        if taken { Err(Conflict::taken("warehouse", "code").into()) } else { Ok(()) }
    }

    pub(super) fn create_category(&mut self, new: ItemCategory) -> StoreResult<()> {
        if self.categories.iter().any(|one| one.id == new.id) {
            return Err(exists("item_category"));
        }
        self.check_category(&new)?;
        self.categories.push(new);
        Ok(())
    }

    pub(super) fn update_category(
        &mut self,
        expected: Version,
        new: ItemCategory,
    ) -> StoreResult<()> {
        let old = self.category_mut(new.id)?;
        raise("item_category", &mut old.version, expected)?;
        let (version, created_at) = (old.version, old.created_at);
        self.check_category(&new)?;
        *self.category_mut(new.id)? = ItemCategory { version, created_at, ..new };
        Ok(())
    }

    pub(super) fn delete_category(
        &mut self,
        id: ItemCategoryId,
        expected: Version,
    ) -> StoreResult<()> {
        raise("item_category", &mut self.category_mut(id)?.version, expected)?;
        let is_parent = self.categories.iter().any(|one| one.parent == Some(id));
        if is_parent || self.items.iter().any(|item| item.category == Some(id)) {
            return Err(Conflict::in_use("item_category", "content").into());
        }
        self.categories.retain(|one| one.id != id);
        Ok(())
    }

    fn category_mut(&mut self, id: ItemCategoryId) -> StoreResult<&mut ItemCategory> {
        let found = self.categories.iter_mut().find(|one| one.id == id);
        found.ok_or_else(|| missing("item_category"))
    }

    fn check_category(&self, new: &ItemCategory) -> StoreResult<()> {
        let taken = |one: &ItemCategory| {
            one.id != new.id && one.parent == new.parent && same_name(&one.name, &new.name)
        };
        if self.categories.iter().any(taken) {
            return Err(Conflict::taken("item_category", "name").into());
        }
        self.require_category(new.parent)
    }

    fn require_category(&self, id: Option<ItemCategoryId>) -> StoreResult<()> {
        let there = |id| self.categories.iter().any(|one| one.id == id);
        if id.is_none_or(there) { Ok(()) } else { Err(missing("item_category")) }
    }

    fn item_mut(&mut self, id: ItemId) -> StoreResult<&mut Item> {
        self.items.iter_mut().find(|item| item.id == id).ok_or_else(|| missing("item"))
    }

    pub(super) fn create_item(&mut self, new: Item) -> StoreResult<()> {
        if self.items.iter().any(|item| item.id == new.id) {
            return Err(exists("item"));
        }
        self.check_item(&new)?;
        self.items.push(new);
        Ok(())
    }

    pub(super) fn update_item(
        &mut self,
        expected: Version,
        new: Item,
        unused: bool,
    ) -> StoreResult<()> {
        let old = self.item_mut(new.id)?;
        raise("item", &mut old.version, expected)?;
        let (version, created_at) = (old.version, old.created_at);
        self.check_item(&new)?;
        if unused {
            self.check_unused(new.id)?;
        }
        *self.item_mut(new.id)? = Item { version, created_at, ..new };
        Ok(())
    }

    pub(super) fn delete_item(&mut self, id: ItemId, expected: Version) -> StoreResult<()> {
        raise("item", &mut self.item_mut(id)?.version, expected)?;
        self.check_unused(id)?;
        self.items.retain(|item| item.id != id);
        Ok(())
    }

    fn check_item(&self, new: &Item) -> StoreResult<()> {
        let taken = |item: &Item| item.id != new.id && same_name(&item.sku, &new.sku);
        if self.items.iter().any(taken) {
            return Err(Conflict::taken("item", "sku").into());
        }
        self.require_category(new.category)
    }

    fn check_unused(&self, id: ItemId) -> StoreResult<()> {
        let used = self.balances.keys().any(|(item, _)| *item == id);
        if used { Err(Conflict::in_use("item", "stock").into()) } else { Ok(()) }
    }

    pub(in crate::walk) fn item(&self, id: ItemId) -> StoreResult<&Item> {
        self.items.iter().find(|item| item.id == id).ok_or_else(|| missing("item"))
    }

    pub(in crate::walk) fn warehouse(&self, id: WarehouseId) -> StoreResult<&Warehouse> {
        self.warehouses.iter().find(|one| one.id == id).ok_or_else(|| missing("warehouse"))
    }
}
