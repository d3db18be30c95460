//! Warehouses, items and stock.

use std::sync::Arc;

use erp_core::{
    change::Version,
    ids::{ItemCategoryId, ItemId, WarehouseId},
    inventory::{Item, ItemCategory, Warehouse},
};
use imbl::{HashMap, OrdMap, OrdSet};

use super::stock::StockState;

#[derive(Clone)]
pub(crate) struct InventoryState {
    pub warehouses: HashMap<WarehouseId, Arc<Warehouse>>,
    /// Lower-cased.
    pub warehouse_codes: OrdMap<String, WarehouseId>,
    /// The version of the tree of categories.
    pub tree: Version,
    pub categories: OrdMap<ItemCategoryId, Arc<ItemCategory>>,
    /// By parent and lower-cased name.
    pub category_names: HashMap<(Option<ItemCategoryId>, String), ItemCategoryId>,
    pub items: HashMap<ItemId, Arc<Item>>,
    /// Lower-cased.
    pub skus: OrdMap<String, ItemId>,
    /// By category and lower-cased SKU.
    pub items_in: OrdSet<(ItemCategoryId, String)>,
    pub stock: StockState,
}

impl Default for InventoryState {
    fn default() -> Self {
        Self {
            warehouses: HashMap::new(),
            warehouse_codes: OrdMap::new(),
            tree: Version::FIRST,
            categories: OrdMap::new(),
            category_names: HashMap::new(),
            items: HashMap::new(),
            skus: OrdMap::new(),
            items_in: OrdSet::new(),
            stock: StockState::default(),
        }
    }
}

impl InventoryState {
    /// The item of this lower-cased SKU.
    pub fn by_sku(&self, key: &str) -> Option<&Arc<Item>> {
        self.items.get(self.skus.get(key)?)
    }
}
