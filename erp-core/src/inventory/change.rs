//! What the module asks a store to write.

use super::model::{Item, ItemCategory, Warehouse};
use crate::{change::Version, ids::ItemId};

/// A change of warehouses, items or stock. Where a change has the whole new value of a thing, its
/// `version` is the one that follows the expected one.
#[derive(Clone, Debug, PartialEq)]
pub enum InventoryChange {
    /// A new warehouse. Conflicts: `Exists`, `WarehouseCodeTaken`.
    CreateWarehouse(Warehouse),
    /// A warehouse's fields, all but `id` and `created_at`. Conflicts: stale version,
    /// `WarehouseCodeTaken`.
    UpdateWarehouse {
        /// The version that the caller has seen.
        expected: Version,
        /// The new value.
        warehouse: Warehouse,
    },
    /// A new category. Raises the tree's version. Conflicts: `Exists`, `CategoryNameTaken`.
    /// `NotFound` when its parent is not there.
    CreateCategory(ItemCategory),
    /// A category's name and parent. Raises the tree's version. Conflicts: stale version,
    /// `CategoryNameTaken`. `NotFound` when its parent is not there.
    UpdateCategory {
        /// The version that the caller has seen.
        expected: Version,
        /// The new value.
        category: ItemCategory,
    },
    /// A new item. Conflicts: `Exists`, `SkuTaken`. `NotFound` when its category is not there.
    CreateItem(Item),
    /// An item's fields, all but `id` and `created_at`. Conflicts: stale version, `SkuTaken`,
    /// `ItemInUse` when the unit or the valuation is another and a balance of the item exists.
    /// `NotFound` when its category is not there.
    UpdateItem {
        /// The version that the caller has seen.
        expected: Version,
        /// The new value.
        item: Item,
    },
    /// Removes an item for good. Conflicts: stale version, `ItemInUse` when a balance of it exists.
    DeleteItem {
        /// Which.
        id: ItemId,
        /// The version that the caller has seen.
        expected: Version,
    },
}

impl InventoryChange {
    /// Whether the store raises the version of the category tree with this change (by one for the
    /// whole change set).
    pub fn touches_categories(&self) -> bool {
        matches!(self, Self::CreateCategory(_) | Self::UpdateCategory { .. })
    }
}
