//! Warehouses, items and stock.
//!
//! Invariants: a category never lies inside itself; a SKU and a warehouse's code are unique without
//! regard to case; an item that has or had stock keeps its unit and its valuation (INV-14). What is on
//! hand is the sum of its movements, and never below what is reserved unless that is allowed (INV-1);
//! movements are never changed (INV-5); of nothing the value is nothing (INV-9); in whatever order
//! postings are written, balances are those of the order in which they had effect (INV-11). Of a lot there
//! is never less than nothing, of a serial number one or none (INV-15). A layer of FIFO keeps its name, its
//! price and its place in the queue wherever its goods go (INV-17).

use crate::record::{Kind, Record as _};

mod change;
mod event;
mod lot;
mod model;
mod outcome;
mod reads;
pub mod rules;
mod service;
mod stock;

pub use change::{InventoryChange, NewStockPosting};
pub use event::InventoryEvent;
pub use lot::{Lot, LotLevel, LotPlace, Tracking};
pub use model::{Item, ItemCategory, NegativeStock, Unit, ValuationMethod, Warehouse};
pub use outcome::StockOutcome;
pub use reads::{
    AlertQuery, InventoryReads, ItemQuery, LevelQuery, LotQuery, MovementKey, MovementQuery,
    PostedStock, PostingQuery, ReservationQuery, StockAt, StockProjection, Turnover, TurnoverQuery,
    Worth,
};
pub use service::*;
pub use stock::{
    Balance, Consumed, Dated, Layer, LineMove, Movement, MovementKind, MovementRef, PostingKind,
    PostingLine, Reservation, ReservationState, StockAlert, StockKey, StockLevel, StockPosting,
    StockTerms, ValueRounding,
};

/// The records of the module.
pub const RECORDS: &[&Kind] = &[Warehouse::KIND, ItemCategory::KIND];
