//! What each change writes. A change checks everything before it writes anything; it decides
//! nothing.
//!
//! Errors of one change are told in this order: the thing it changes is not there, its version is
//! stale, a unique value is taken, a thing it refers to is not there. Of several taken values the
//! id comes first; of several missing references the first field.

mod access;
mod catalog;
mod chat;
mod inventory;
mod projects;
mod records;
mod templates;

use erp_core::{
    Conflict,
    change::{Allocated, Change, Version},
    inventory::StockOutcome,
    port::{StoreError, StoreResult},
    time::Timestamp,
};

use crate::state::Domain;

impl Domain {
    /// Writes the change, made at this instant.
    pub fn apply(&mut self, change: Change, at: Timestamp) -> StoreResult<Applied> {
        match change {
            Change::Access(change) => self.apply_access(change).map(|()| Applied::default()),
            Change::Chat(change) => self.apply_chat(change).map(Applied::from),
            Change::Inventory(change) => {
                let stock = self.apply_inventory(change, at)?;
                Ok(Applied { allocated: Allocated::default(), stock })
            }
            Change::Projects(change) => self.apply_projects(change).map(Applied::from),
            Change::Catalog(change) => self.apply_catalog(change).map(|()| Applied::default()),
            Change::Record(change) => self.apply_record(change).map(|()| Applied::default()),
        }
    }
}

/// What the store has to tell of a change.
#[derive(Default)]
pub(crate) struct Applied {
    pub allocated: Allocated,
    /// What a change of stock came to.
    pub stock: Option<StockOutcome>,
}

impl From<Allocated> for Applied {
    fn from(allocated: Allocated) -> Self {
        Self { allocated, stock: None }
    }
}

/// The thing is not there.
fn missing(entity: &'static str) -> StoreError {
    StoreError::NotFound { entity }
}

/// The id is in use.
fn exists(entity: &'static str) -> StoreError {
    Conflict::Exists { entity: entity.into() }.into()
}

/// What a change refers to must be there.
fn require(there: bool, entity: &'static str) -> StoreResult<()> {
    if there { Ok(()) } else { Err(missing(entity)) }
}

/// A unique value must be free, or be the thing's own.
fn free<T: PartialEq>(holder: Option<T>, own: &T, conflict: Conflict) -> StoreResult<()> {
    match holder {
        Some(holder) if holder != *own => Err(conflict.into()),
        _ => Ok(()),
    }
}

/// The caller must have seen the present version.
fn fresh(entity: &'static str, expected: Version, current: Version) -> StoreResult<()> {
    if expected == current {
        Ok(())
    } else {
        Err(StoreError::Stale { entity, current: Some(current) })
    }
}

/// The version that a thing gets which is put: a new one, or one of which the caller has seen the
/// present version.
fn next_version(
    entity: &'static str,
    present: Option<Version>,
    expected: Option<Version>,
) -> StoreResult<Version> {
    match (present, expected) {
        (Some(_), None) => Err(exists(entity)),
        (None, Some(_)) => Err(missing(entity)),
        (None, None) => Ok(Version::FIRST),
        (Some(present), Some(expected)) => {
            fresh(entity, expected, present)?;
            Ok(present.next())
        }
    }
}
