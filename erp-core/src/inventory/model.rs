//! What the module keeps of warehouses and items.

use serde::{Deserialize, Serialize};

use super::lot::Tracking;
use crate::{
    change::{ChangeSet, Version},
    error::Result,
    ids::{ItemCategoryId, ItemId, WarehouseId},
    inventory::InventoryChange,
    money::Decimal,
    record::{Address, Changing, Choice, Code, Name, Record, Rules},
    time::Timestamp,
};

/// Whether stock may be taken that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Choice)]
#[serde(rename_all = "snake_case")]
pub enum NegativeStock {
    /// Never.
    Forbidden,
    /// It may: what is on hand goes below zero until the papers follow.
    Allowed,
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
#[derive(Clone, Debug, PartialEq, Record)]
#[record(kind = "warehouse", table = "warehouses", id = WarehouseId, path = "inventory/warehouses",
    read = StockRead, create = WarehouseCreate, update = WarehouseUpdate,
    audience = super::service::READERS, event(module = "inventory"), rules)]
pub struct Warehouse {
    /// Its short code, unique without regard to case.
    #[field(unique, sort)]
    pub code: Code,
    /// Its name.
    pub name: Name,
    /// Where it is, for a person.
    pub address: Option<Address>,
    /// Whether stock may be taken from here that is not there; an item may say otherwise.
    #[field(default = NegativeStock::Forbidden)]
    pub negative: NegativeStock,
    /// Whether anything comes in or goes out.
    #[field(default = true)]
    pub active: bool,
}

impl Warehouse {
    /// An active warehouse without an address, from which nothing is taken that is not there.
    ///
    /// # Errors
    /// Validation errors on `code` and `name`.
    ///
    /// ```
    /// use erp_core::inventory::Warehouse;
    ///
    /// assert_eq!(&*Warehouse::new("HH", "Hamburg")?.code, "HH");
    /// assert!(Warehouse::new("H H", "Hamburg").is_err());
    /// # Ok::<_, erp_core::Error>(())
    /// ```
    pub fn new(code: &str, name: &str) -> Result<Self> {
        Ok(Self {
            code: Code::of("code", code)?,
            name: Name::of("name", name)?,
            address: None,
            negative: NegativeStock::Forbidden,
            active: true,
        })
    }
}

impl Rules for Warehouse {
    /// What was worked out for stock by other terms is not written any more.
    fn along(changing: &Changing<'_, Self>, set: &mut ChangeSet) {
        if let (Some(was), Some(now)) = (changing.was, changing.now)
            && was.negative != now.negative
        {
            set.change(InventoryChange::TermsChanged { warehouse: now.id });
        }
    }
}

/// A category of items, in a tree.
#[derive(Clone, Debug, PartialEq, Record)]
#[record(kind = "item_category", table = "item_categories", id = ItemCategoryId,
    path = "inventory/categories", read = StockRead, create = ItemCategoryCreate,
    update = ItemCategoryUpdate, remove = ItemCategoryDelete, tree = ITEM_CATEGORIES,
    key(parent, name), audience = super::service::READERS,
    event(module = "inventory", noun = "category", deleted))]
pub struct ItemCategory {
    /// Its name, unique under its parent without regard to case.
    #[field(sort)]
    pub name: Name,
    /// The category that it is in.
    #[field(parent)]
    pub parent: Option<ItemCategoryId>,
}

impl ItemCategory {
    /// A category in another, or at the top.
    ///
    /// # Errors
    /// A validation error on `name`.
    pub fn new(name: &str, parent: Option<ItemCategoryId>) -> Result<Self> {
        Ok(Self { name: Name::of("name", name)?, parent })
    }
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
