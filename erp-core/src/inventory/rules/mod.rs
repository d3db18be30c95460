//! The module's decisions: pure functions.

mod book;
#[cfg(test)]
mod book_tests;
mod masters;
mod valuation;

pub use book::{Shelf, StockBook};
pub use masters::{
    address, code, must_be_unused, name, quantity_fits, reference, reorder_level, unit,
};
