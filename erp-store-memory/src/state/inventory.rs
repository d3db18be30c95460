//! Warehouses, items and stock.

use erp_core::{
    change::Version,
    ids::{ItemCategoryId, ItemId, WarehouseId},
    inventory::{Item, ItemCategory, Warehouse},
};

use super::stock::StockState;
use crate::map::{Names, Table};

#[derive(Clone)]
pub(crate) struct InventoryState {
    pub warehouses: Table<WarehouseId, Warehouse>,
    /// Lower-cased.
    pub warehouse_codes: Names<str, WarehouseId>,
    /// The version of the tree of categories.
    pub tree: Version,
    pub categories: Table<ItemCategoryId, ItemCategory>,
    /// By parent and lower-cased name.
    pub category_names: Names<(Option<ItemCategoryId>, String), ItemCategoryId>,
    pub items: Table<ItemId, Item>,
    /// Lower-cased.
    pub skus: Names<str, ItemId>,
    /// By category and lower-cased SKU.
    pub items_in: Names<(ItemCategoryId, String), ItemId>,
    pub stock: StockState,
}

impl Default for InventoryState {
    fn default() -> Self {
        Self {
            warehouses: Table::new(),
            warehouse_codes: Names::new(),
            tree: Version::FIRST,
            categories: Table::new(),
            category_names: Names::new(),
            items: Table::new(),
            skus: Names::new(),
            items_in: Names::new(),
            stock: StockState::default(),
        }
    }
}

impl InventoryState {
    /// The item of this lower-cased SKU.
    pub fn by_sku(&self, key: &str) -> Option<&Item> {
        self.items.get(&self.skus.get(key)?)
    }
}
