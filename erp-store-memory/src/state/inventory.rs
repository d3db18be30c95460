//! Items and stock.

use erp_core::{
    change::Version,
    ids::{ItemCategoryId, ItemId},
    inventory::Item,
};

use super::stock::StockState;
use crate::map::{Names, Table};

#[derive(Clone)]
pub(crate) struct InventoryState {
    /// The version of the tree of categories.
    pub tree: Version,
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
            tree: Version::FIRST,
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
