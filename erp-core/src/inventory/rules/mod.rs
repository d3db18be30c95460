//! The module's decisions: pure functions.

mod book;
#[cfg(test)]
mod book_tests;
mod fefo;
#[cfg(test)]
mod layers_tests;
mod lots;
#[cfg(test)]
mod lots_tests;
mod masters;
mod replay;
#[cfg(test)]
mod replay_tests;
mod shelf;
mod together;
mod valuation;

pub use book::StockBook;
pub use lots::{Lots, LotsWanted};
pub use masters::{must_be_unused, quantity_fits, reorder_level, tracking, unit};
pub use shelf::Shelf;
pub(crate) use valuation::RATE_SCALE;
