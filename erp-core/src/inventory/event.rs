//! What the world learns of the module's changes.

use serde::{Deserialize, Serialize};

use super::model::{Item, ItemCategory, Warehouse};
use crate::ids::ItemId;

/// A change of warehouses, items or stock that has happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum InventoryEvent {
    /// A warehouse was created.
    #[serde(rename = "inventory.warehouse_created")]
    WarehouseCreated(Warehouse),
    /// A warehouse was changed.
    #[serde(rename = "inventory.warehouse_changed")]
    WarehouseChanged(Warehouse),
    /// A category was created.
    #[serde(rename = "inventory.category_created")]
    CategoryCreated(ItemCategory),
    /// A category was renamed or moved.
    #[serde(rename = "inventory.category_changed")]
    CategoryChanged(ItemCategory),
    /// An item was created.
    #[serde(rename = "inventory.item_created")]
    ItemCreated(Item),
    /// An item was changed.
    #[serde(rename = "inventory.item_changed")]
    ItemChanged(Item),
    /// An item was deleted.
    #[serde(rename = "inventory.item_deleted")]
    ItemDeleted {
        /// Which.
        item: ItemId,
    },
}

impl InventoryEvent {
    /// The type's dotted name.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::WarehouseCreated(_) => "inventory.warehouse_created",
            Self::WarehouseChanged(_) => "inventory.warehouse_changed",
            Self::CategoryCreated(_) => "inventory.category_created",
            Self::CategoryChanged(_) => "inventory.category_changed",
            Self::ItemCreated(_) => "inventory.item_created",
            Self::ItemChanged(_) => "inventory.item_changed",
            Self::ItemDeleted { .. } => "inventory.item_deleted",
        }
    }
}
