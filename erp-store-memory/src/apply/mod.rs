//! What each change writes. A change checks everything before it writes anything; it decides
//! nothing.
//!
//! Errors of one change are told in this order: the thing it changes is not there, its version is
//! stale, a unique value is taken, a thing it refers to is not there. Of several taken values the
//! id comes first; of several missing references the first field.

mod access;
mod chat;
mod inventory;
mod projects;

use erp_core::{
    Conflict,
    change::{Allocated, Change, Version},
    port::{StoreError, StoreResult},
};

use crate::state::Domain;

impl Domain {
    pub fn apply(&mut self, change: Change) -> StoreResult<Allocated> {
        match change {
            Change::Access(change) => self.apply_access(change).map(|()| Allocated::default()),
            Change::Chat(change) => self.apply_chat(change),
            Change::Inventory(change) => {
                self.apply_inventory(change).map(|()| Allocated::default())
            }
            Change::Projects(change) => self.apply_projects(change),
        }
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
fn free<T: PartialEq>(holder: Option<&T>, own: &T, conflict: Conflict) -> StoreResult<()> {
    match holder {
        Some(holder) if holder != own => Err(conflict.into()),
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
