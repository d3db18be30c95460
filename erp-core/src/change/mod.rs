//! A change as plain data: what to write, under which guards, with its audit entry and its events.
//!
//! A service decides; a [`ChangeSet`] says what was decided; a store writes all of it or nothing.

mod answers;
mod audit;
mod event;
mod idempotency;
mod scope;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub use answers::{Lock, Locks};
pub use audit::{AuditEntry, EntityRef, FieldChange, Recorder};
pub use erp_kernel::Version;
pub use event::{
    Audience, BroadcastEvent, Epoch, Event, EventBody, NewEvent, OtherEvent, ParseAudienceError,
    Position,
};
pub use idempotency::Idempotency;
pub(crate) use idempotency::fingerprint;
pub use scope::{Guard, Scope, ScopeKind, Scopes};

use crate::{
    access::AccessChange,
    chat::ChatChange,
    ctx::Ctx,
    error::{Error, Result},
    ids::{AuditId, UserId},
    inventory::{InventoryChange, StockOutcome},
    policy::Action,
    projects::{CatalogChange, ProjectChange},
    record::RecordChange,
    time::Timestamp,
};

/// One thing to write. A change is an intent: where rows are hot it commutes, otherwise it carries
/// the version that it expects.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Users, sessions, roles and teams.
    Access(AccessChange),
    /// Rooms, members and messages.
    Chat(ChatChange),
    /// Warehouses, items and stock.
    Inventory(InventoryChange),
    /// Projects, their members and their tasks.
    Projects(ProjectChange),
    /// What projects are made from.
    Catalog(CatalogChange),
    /// Records.
    Record(RecordChange),
}

impl From<RecordChange> for Change {
    fn from(change: RecordChange) -> Self {
        Self::Record(change)
    }
}

impl From<AccessChange> for Change {
    fn from(change: AccessChange) -> Self {
        Self::Access(change)
    }
}

impl From<ChatChange> for Change {
    fn from(change: ChatChange) -> Self {
        Self::Chat(change)
    }
}

impl From<InventoryChange> for Change {
    fn from(change: InventoryChange) -> Self {
        Self::Inventory(change)
    }
}

impl From<ProjectChange> for Change {
    fn from(change: ProjectChange) -> Self {
        Self::Projects(change)
    }
}

impl From<CatalogChange> for Change {
    fn from(change: CatalogChange) -> Self {
        Self::Catalog(change)
    }
}

/// A change with all that belongs to it. It commits as one, or not at all.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangeSet {
    /// What to write, in order.
    pub changes: Vec<Change>,
    /// What must still hold.
    pub guards: Vec<Guard>,
    /// Who did what, and what it changed.
    pub audit: AuditEntry,
    /// What was done to single things along with it, as if it had been done to each alone. Of
    /// the same instant and the same actor.
    pub along: Vec<AuditEntry>,
    /// What the world learns, in order.
    pub events: Vec<NewEvent>,
    /// The client's name for the request, if it may come again.
    pub idempotency: Option<Idempotency>,
}

/// What no two sets of a run may share.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    Posting(uuid::Uuid),
    Key(Option<UserId>, String),
}

impl ChangeSet {
    /// An empty change with its audit entry: a change without one cannot be built.
    pub fn new(ctx: &Ctx, action: Action, entity: EntityRef, at: Timestamp, id: AuditId) -> Self {
        Self {
            changes: Vec::with_capacity(1),
            guards: Vec::new(),
            audit: AuditEntry::new(ctx, action, entity, at, id),
            along: Vec::new(),
            events: Vec::with_capacity(1),
            idempotency: None,
        }
    }

    /// The posting that says when it had effect, if the set is nothing but that: such sets may be written
    /// together.
    pub fn dated_posting(&self) -> Option<&InventoryChange> {
        let plain = self.guards.is_empty() && self.along.is_empty();
        match self.changes.as_slice() {
            [Change::Inventory(change)] if plain && change.is_dated() => Some(change),
            _ => None,
        }
    }

    /// Parts what holds change sets, in its order, into what goes together: dated postings that follow each
    /// other and have different names, or one other set.
    pub fn in_runs<T>(all: Vec<T>, set_of: impl Fn(&T) -> &Self) -> Vec<Vec<T>> {
        let mut runs: Vec<Vec<T>> = Vec::with_capacity(all.len());
        let mut names = BTreeSet::new();
        for one in all {
            let set = set_of(&one);
            let name = set.dated_posting().and_then(|change| match change {
                InventoryChange::Post(new) => Some(new.posting.id.uuid()),
                _ => None,
            });
            let key = set.idempotency.as_ref();
            let key = key.map(|key| Name::Key(key.actor.user(), key.key.as_str().to_owned()));
            let name = name.map(Name::Posting);
            let alone = name.is_none();
            let taken = name.iter().chain(&key).any(|name| names.contains(name));
            match runs.last_mut() {
                Some(run) if !alone && !taken && !names.is_empty() => run.push(one),
                _ => {
                    names.clear();
                    runs.push(vec![one]);
                }
            }
            if !alone {
                names.extend(name.into_iter().chain(key));
            }
        }
        runs
    }

    /// When the change is made.
    pub fn at(&self) -> Timestamp {
        self.audit.at
    }

    /// Adds a change; its index names it in the receipt and in the slots of events.
    pub fn change(&mut self, change: impl Into<Change>) -> usize {
        self.changes.push(change.into());
        self.changes.len() - 1
    }

    /// Adds the audit entry of what is done along with it to one thing.
    pub fn along(
        &mut self,
        ids: &dyn crate::port::IdGenerator,
        (action, entity): (Action, EntityRef),
        recorder: Recorder,
    ) -> &mut Self {
        let changes = recorder.into_changes();
        let id = AuditId::generate(ids);
        let action = action.note();
        let entry = AuditEntry { id, action, entity, changes, ..self.audit.clone() };
        self.along.push(entry);
        self
    }

    /// Adds a guard.
    pub fn guard(&mut self, guard: Guard) -> &mut Self {
        self.guards.push(guard);
        self
    }

    /// Adds an event.
    pub fn event(&mut self, event: NewEvent) -> &mut Self {
        self.events.push(event);
        self
    }

    /// Notes the fields that the change changes.
    pub fn record(&mut self, recorder: Recorder) -> &mut Self {
        self.audit.changes.extend(recorder.into_changes());
        self
    }
}

/// What the store allocated for one change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocated {
    /// A message's number in its room, the number that a read pointer arrived at, or a task's. In
    /// JSON it has its older name.
    #[serde(rename = "seq", skip_serializing_if = "Option::is_none", default)]
    pub number: Option<i64>,
}

impl Allocated {
    /// This number.
    pub const fn number(number: i64) -> Self {
        Self { number: Some(number) }
    }
}

/// The store's answer to a commit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Receipt {
    /// The position of the last event; none when the change had no events, or was replayed.
    pub position: Option<Position>,
    /// What was allocated, one for each change, in order.
    pub allocated: Vec<Allocated>,
    /// The stored first answer, when the idempotency key had been used before; nothing was written.
    pub replayed: Option<serde_json::Value>,
    /// What changes of stock came to, each with the change's index; none when it was replayed.
    pub stock: Vec<(usize, StockOutcome)>,
}

impl Receipt {
    /// The fresh answer, or the first answer when this request came before.
    ///
    /// # Errors
    /// An internal error when the stored answer is not of this type.
    pub fn answer<T: serde::de::DeserializeOwned>(&mut self, fresh: T) -> Result<T> {
        match self.replayed.take() {
            None => Ok(fresh),
            Some(value) => {
                serde_json::from_value(value).map_err(|error| Error::Internal(error.to_string()))
            }
        }
    }

    /// What the change of stock of this index came to.
    ///
    /// # Errors
    /// An internal error when the store does not say: it breaks the store's contract.
    pub fn take_stock(&mut self, change: usize) -> Result<StockOutcome> {
        let place = self.stock.iter().position(|(index, _)| *index == change);
        place
            .map(|place| self.stock.swap_remove(place).1)
            .ok_or_else(|| Error::Internal("the store tells no outcome".to_owned()))
    }

    /// The number allocated for the change of this index.
    ///
    /// # Errors
    /// An internal error when the store allocated none: it breaks the store's contract.
    pub fn number(&self, change: usize) -> Result<i64> {
        self.allocated
            .get(change)
            .and_then(|allocated| allocated.number)
            .ok_or_else(|| Error::Internal("the store allocated no number".to_owned()))
    }
}
