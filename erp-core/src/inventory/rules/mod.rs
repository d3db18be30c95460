//! The module's decisions: pure functions.

mod masters;
mod tree;

pub use masters::{address, code, name, quantity_fits, reorder_level, unit};
pub use tree::ring;
