//! What the module keeps of warehouses and items.

use serde::{Deserialize, Serialize};

use super::lot::Tracking;
use crate::{
    change::Version,
    ids::{ItemCategoryId, ItemId, WarehouseId},
    money::Decimal,
    time::Timestamp,
    tree::TreeNode,
};

/// Whether stock may be taken that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NegativeStock {
    /// Never.
    Forbidden,
    /// It may: what is on hand goes below zero until the papers follow.
    Allowed,
}

impl NegativeStock {
    /// The name that stores and lists use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Forbidden => "forbidden",
            Self::Allowed => "allowed",
        }
    }
}

/// How what leaves is valued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValuationMethod {
    /// At the average of what is there.
    MovingAverage,
    /// At the price of what came in first.
    Fifo,
}

impl ValuationMethod {
    /// The name that stores and lists use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MovingAverage => "moving_average",
            Self::Fifo => "fifo",
        }
    }
}

/// A place where stock lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warehouse {
    /// Its id.
    pub id: WarehouseId,
    /// Its short code, unique without regard to case.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Where it is, for a person.
    pub address: Option<String>,
    /// Whether stock may be taken from here that is not there; an item may say otherwise.
    pub negative: NegativeStock,
    /// Whether anything comes in or goes out.
    pub active: bool,
    /// Rises with every change.
    pub version: Version,
    /// When it was created.
    pub created_at: Timestamp,
}

/// A category of items, in a tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemCategory {
    /// Its id.
    pub id: ItemCategoryId,
    /// Its name, unique under its parent without regard to case.
    pub name: String,
    /// The category that it is in.
    pub parent: Option<ItemCategoryId>,
    /// Rises with every change.
    pub version: Version,
    /// When it was created.
    pub created_at: Timestamp,
}

impl TreeNode for ItemCategory {
    type Id = ItemCategoryId;

    fn id(&self) -> ItemCategoryId {
        self.id
    }

    fn parent(&self) -> Option<ItemCategoryId> {
        self.parent
    }
}

/// All categories, with the version that a decision on them is guarded by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryTree {
    /// Rises with every new or changed category.
    pub version: Version,
    /// The categories, by name without regard to case, then by id.
    pub categories: Vec<ItemCategory>,
}

/// What an item is counted in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Its name, such as `pcs` or `kg`.
    pub name: String,
    /// Digits after the point of a quantity, 0 to 6: 0 for whole pieces (INV-6).
    pub scale: u8,
}

impl Unit {
    /// Whole pieces.
    pub fn pieces() -> Self {
        Self { name: "pcs".to_owned(), scale: 0 }
    }
}

/// What stock is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its id.
    pub id: ItemId,
    /// Its number, unique without regard to case.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// The category that it is in.
    pub category: Option<ItemCategoryId>,
    /// What it is counted in.
    pub unit: Unit,
    /// Stock is low when what is available in a warehouse is not above this; none never warns.
    pub reorder_level: Option<Decimal>,
    /// How what leaves is valued.
    pub valuation: ValuationMethod,
    /// Whether it may be taken where it is not; none leaves it to the warehouse.
    pub negative: Option<NegativeStock>,
    /// What of its stock is kept apart.
    #[serde(default)]
    pub tracking: Tracking,
    /// Whether anything of it comes in or goes out.
    pub active: bool,
    /// Rises with every change.
    pub version: Version,
    /// When it was created.
    pub created_at: Timestamp,
}

impl Item {
    /// Whether stock of the item may be taken from this warehouse that is not there.
    pub fn may_go_negative(&self, warehouse: &Warehouse) -> bool {
        self.negative.unwrap_or(warehouse.negative) == NegativeStock::Allowed
    }
}
