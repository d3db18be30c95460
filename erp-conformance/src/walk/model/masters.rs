//! Items, and what of the records they need.

use erp_core::{
    Conflict,
    change::Version,
    ids::{ItemCategoryId, ItemId, WarehouseId},
    inventory::{Item, Warehouse},
    port::StoreResult,
    record::Stored,
};

use super::{Stock, exists, missing, raise, same_name};

impl Stock {
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

    pub(in crate::walk) fn warehouse(&self, id: WarehouseId) -> StoreResult<&Stored<Warehouse>> {
        self.warehouses.iter().find(|one| one.id == id).ok_or_else(|| missing("warehouse"))
    }
}
