//! The reads. What is short is read under the lock; what may be long, from a copy of the root.

mod access;
mod audit;
mod catalog;
mod chat;
mod inventory;
mod lots;
mod phases;
mod projects;
mod rates;
mod records;
mod reports;
mod sessions;
mod stock;
mod task_parts;
mod templates;

use std::ops::Bound;

/// The part of an ordered list after this key, or all of it.
fn after<T>(id: Option<T>) -> (Bound<T>, Bound<T>) {
    (id.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded)
}
