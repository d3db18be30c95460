//! Warehouses, items and stock.
//!
//! Invariants: a category never lies inside itself; a SKU and a warehouse's code are unique without
//! regard to case; an item that has or had stock keeps its unit and its valuation (INV-14).

mod change;
mod event;
mod model;
mod reads;
pub mod rules;
mod service;

pub use change::InventoryChange;
pub use event::InventoryEvent;
pub use model::{
    CategoryTree, Item, ItemCategory, NegativeStock, Unit, ValuationMethod, Warehouse,
};
pub use reads::{InventoryReads, ItemQuery, WarehouseQuery};
pub use service::*;
