//! The ground floor of an ERP engine that other applications embed: values that know no module.
//!
//! Money and decimals, instants and days in zones, trees, ids, versions. `erp-core` has all of it under
//! the same paths.

pub mod cursor;
pub mod ids;
pub mod money;
pub mod time;
pub mod tree;
mod version;
mod violation;

pub use version::{Stale, Version};
pub use violation::Violation;
