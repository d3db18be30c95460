//! Changes of warehouses and of item categories.

use std::sync::Arc;

use erp_core::{
    Conflict,
    change::Version,
    ids::ItemCategoryId,
    inventory::{ItemCategory, Warehouse},
    port::StoreResult,
    text,
};

use crate::{
    apply::{exists, free, fresh, missing, require},
    state::InventoryState,
};

impl InventoryState {
    pub(super) fn create_warehouse(&mut self, warehouse: Warehouse) -> StoreResult<()> {
        if self.warehouses.contains_key(&warehouse.id) {
            return Err(exists("warehouse"));
        }
        let code = text::key(&warehouse.code);
        free(self.warehouse_codes.get(&code), &warehouse.id, Conflict::taken("warehouse", "code"))?;
        self.warehouse_codes.insert(&code, warehouse.id);
        self.warehouses.insert(warehouse.id, Arc::new(warehouse));
        Ok(())
    }

    pub(super) fn update_warehouse(
        &mut self,
        expected: Version,
        new: Warehouse,
    ) -> StoreResult<()> {
        let old = self.warehouses.get(&new.id).ok_or_else(|| missing("warehouse"))?;
        fresh("warehouse", expected, old.version)?;
        let (old_code, code) = (text::key(&old.code), text::key(&new.code));
        free(self.warehouse_codes.get(&code), &new.id, Conflict::taken("warehouse", "code"))?;
        let new = Warehouse { version: expected.next(), created_at: old.created_at, ..new };
        self.warehouse_codes.remove(&old_code);
        self.warehouse_codes.insert(&code, new.id);
        self.warehouses.insert(new.id, Arc::new(new));
        Ok(())
    }

    pub(super) fn create_category(&mut self, category: ItemCategory) -> StoreResult<()> {
        if self.categories.contains_key(&category.id) {
            return Err(exists("item_category"));
        }
        self.check_category(&category)?;
        self.put_category(category);
        Ok(())
    }

    pub(super) fn update_category(
        &mut self,
        expected: Version,
        new: ItemCategory,
    ) -> StoreResult<()> {
        let old = self.categories.get(&new.id).ok_or_else(|| missing("item_category"))?;
        fresh("item_category", expected, old.version)?;
        self.check_category(&new)?;
        let new = ItemCategory { version: expected.next(), created_at: old.created_at, ..new };
        let old_name = name_key(old);
        self.category_names.remove(&old_name);
        self.put_category(new);
        Ok(())
    }

    pub(super) fn delete_category(
        &mut self,
        id: ItemCategoryId,
        expected: Version,
    ) -> StoreResult<()> {
        let old = self.categories.get(&id).ok_or_else(|| missing("item_category"))?;
        fresh("item_category", expected, old.version)?;
        let has_items = self.items_in.of(id, None).next().is_some();
        if has_items || self.categories.values().any(|one| one.parent == Some(id)) {
            return Err(Conflict::in_use("item_category", "content").into());
        }
        let name = name_key(old);
        self.category_names.remove(&name);
        self.categories.remove(&id);
        Ok(())
    }

    fn check_category(&self, category: &ItemCategory) -> StoreResult<()> {
        let holder = self.category_names.get(&name_key(category));
        free(holder, &category.id, Conflict::taken("item_category", "name"))?;
        let parent_there = |parent| self.categories.contains_key(&parent);
        require(category.parent.is_none_or(parent_there), "item_category")
    }

    fn put_category(&mut self, category: ItemCategory) {
        self.category_names.insert(&name_key(&category), category.id);
        self.categories.insert(category.id, Arc::new(category));
    }
}

fn name_key(category: &ItemCategory) -> (Option<ItemCategoryId>, String) {
    (category.parent, text::key(&category.name))
}
