//! What the module asks a store to read.

use async_trait::async_trait;

use super::model::{CategoryTree, Item, Warehouse};
use crate::{
    ids::{ItemCategoryId, ItemId, WarehouseId},
    port::StoreResult,
};

/// Which warehouses to list, by lower-cased code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WarehouseQuery {
    /// Start after this lower-cased code.
    pub after: Option<String>,
    /// The most warehouses to return.
    pub limit: usize,
}

/// Which items to list, by lower-cased SKU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemQuery {
    /// Only items directly in this category.
    pub category: Option<ItemCategoryId>,
    /// Start after this lower-cased SKU.
    pub after: Option<String>,
    /// The most items to return.
    pub limit: usize,
}

/// Reads of warehouses, items and stock. Every read sees all commits that were answered before it.
#[async_trait]
pub trait InventoryReads: Send + Sync {
    /// The warehouse.
    async fn warehouse(&self, id: WarehouseId) -> StoreResult<Option<Warehouse>>;

    /// The warehouses, active or not.
    async fn warehouses(&self, query: &WarehouseQuery) -> StoreResult<Vec<Warehouse>>;

    /// Every category, with the tree's version.
    async fn categories(&self) -> StoreResult<CategoryTree>;

    /// The item.
    async fn item(&self, id: ItemId) -> StoreResult<Option<Item>>;

    /// The item of this SKU, without regard to case.
    async fn item_by_sku(&self, sku: &str) -> StoreResult<Option<Item>>;

    /// The items, active or not.
    async fn items(&self, query: &ItemQuery) -> StoreResult<Vec<Item>>;
}
