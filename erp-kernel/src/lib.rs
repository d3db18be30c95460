//! The ground floor of an ERP engine that other applications embed: values that know no module.
//!
//! Money and decimals, instants and days in zones, texts and the types of fields, trees, ids, versions.
//! `erp-core` has all of it under the same paths.

pub mod cursor;
pub mod fields;
pub mod ids;
pub mod money;
pub mod text;
pub mod time;
pub mod tree;
mod types;
mod value;
mod version;
mod violation;

pub use types::{FieldType, Part, Type};
pub use value::{Unreadable, Value, Values};
pub use version::{Stale, Version};
pub use violation::Violation;
