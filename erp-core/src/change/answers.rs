//! What changes answer for themselves, so that no store keeps a list of them: the scopes that they
//! raise, what they allocate, and what they need to themselves.

use std::collections::BTreeSet;

use super::{Change, ChangeSet, Scopes};
use crate::{
    ids::{MessageId, ProjectId, RoomId, UserId},
    port::{StoreError, StoreResult},
};

/// A thing that a change needs to itself while it is written. A store with locks takes them in this
/// order; so the positions of the events of one user, room or project rise in the order of commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lock {
    /// A user.
    User(UserId),
    /// A room.
    Room(RoomId),
    /// The room of a message, which never moves to another.
    RoomOf(MessageId),
    /// A project, with all that is in it.
    Project(ProjectId),
}

/// Several locks, each once, in their order.
pub type Locks = BTreeSet<Lock>;

impl Change {
    /// The scopes whose versions the store raises with this change: by one for the whole change set,
    /// however many of its changes touch them.
    pub fn touches(&self) -> Scopes {
        match self {
            Self::Access(change) => change.touches(),
            Self::Chat(change) => change.touches(),
            Self::Projects(change) => change.touches(),
            Self::Record(change) => change.touches(),
            Self::Inventory(_) | Self::Catalog(_) => Scopes::new(),
        }
    }

    /// Whether the receipt has something for this change: a number, or what came of it.
    pub fn allocates(&self) -> bool {
        match self {
            Self::Chat(change) => change.allocates(),
            Self::Inventory(change) => change.moves_stock(),
            Self::Projects(change) => change.allocates(),
            Self::Access(_) | Self::Catalog(_) | Self::Record(_) => false,
        }
    }

    /// What the change needs to itself. Of stock it is the balances, by
    /// [`InventoryChange::stock_keys`](crate::inventory::InventoryChange::stock_keys).
    pub fn locks(&self) -> Locks {
        match self {
            Self::Access(change) => change.locks(),
            Self::Chat(change) => change.locks(),
            Self::Projects(change) => change.locks(),
            Self::Inventory(_) | Self::Catalog(_) | Self::Record(_) => Locks::new(),
        }
    }
}

impl ChangeSet {
    /// The scopes that the changes raise, each once.
    pub fn touches(&self) -> Scopes {
        self.changes.iter().flat_map(Change::touches).collect()
    }

    /// What the changes need to themselves, each once.
    pub fn locks(&self) -> Locks {
        self.changes.iter().flat_map(Change::locks).collect()
    }

    /// Every event's slot must name a change that allocates something.
    ///
    /// # Errors
    /// An internal error: the service that made the set is wrong.
    pub fn check_slots(&self) -> StoreResult<()> {
        let mut slots = self.events.iter().filter_map(|event| event.slot);
        if slots.all(|slot| self.changes.get(slot).is_some_and(Change::allocates)) {
            return Ok(());
        }
        let fault = "an event's slot names a change that fills none";
        Err(StoreError::Internal(fault.to_owned()))
    }
}

#[cfg(test)]
#[path = "answers_tests.rs"]
mod tests;
