//! Changes of items.

use std::sync::Arc;

use erp_core::{
    Conflict,
    change::Version,
    ids::{ItemCategoryId, ItemId},
    inventory::{Item, ItemCategory},
    port::StoreResult,
    record::Record as _,
    text,
};

use crate::{
    apply::{exists, free, fresh, missing, require},
    state::{InventoryState, Records},
};

impl InventoryState {
    pub(super) fn create_item(&mut self, records: &Records, item: Item) -> StoreResult<()> {
        if self.items.contains_key(&item.id) {
            return Err(exists("item"));
        }
        self.check_item(records, &item)?;
        self.put_item(item);
        Ok(())
    }

    pub(super) fn update_item(
        &mut self,
        records: &Records,
        expected: Version,
        new: Item,
        unused: bool,
    ) -> StoreResult<()> {
        let old = self.items.shared(&new.id).ok_or_else(|| missing("item"))?;
        fresh("item", expected, old.version)?;
        self.check_item(records, &new)?;
        if unused {
            self.check_unused(new.id)?;
        }
        self.take_item(&old);
        self.put_item(Item { version: expected.next(), created_at: old.created_at, ..new });
        Ok(())
    }

    pub(super) fn delete_item(&mut self, id: ItemId, expected: Version) -> StoreResult<()> {
        let old = self.items.shared(&id).ok_or_else(|| missing("item"))?;
        fresh("item", expected, old.version)?;
        self.check_unused(id)?;
        self.take_item(&old);
        Ok(())
    }

    fn check_item(&self, records: &Records, item: &Item) -> StoreResult<()> {
        free(self.skus.get(&text::key(&item.sku)), &item.id, Conflict::taken("item", "sku"))?;
        let category_there =
            |category: ItemCategoryId| records.get(ItemCategory::KIND, category.uuid()).is_some();
        require(item.category.is_none_or(category_there), "item_category")
    }

    /// Nothing of the item ever moved (INV-14).
    fn check_unused(&self, id: ItemId) -> StoreResult<()> {
        match self.stock.of_item(id).next() {
            Some(_) => Err(Conflict::in_use("item", "stock").into()),
            None => Ok(()),
        }
    }

    fn put_item(&mut self, item: Item) {
        let sku = text::key(&item.sku);
        self.skus.insert(&sku, item.id);
        if let Some(category) = item.category {
            self.items_in.insert(&(category, sku), item.id);
        }
        self.items.insert(item.id, Arc::new(item));
    }

    fn take_item(&mut self, item: &Item) {
        let sku = text::key(&item.sku);
        self.skus.remove(&sku);
        if let Some(category) = item.category {
            self.items_in.remove(&(category, sku));
        }
        self.items.remove(&item.id);
    }
}
