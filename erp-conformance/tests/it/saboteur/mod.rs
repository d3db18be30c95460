//! A store that breaks one promise, and keeps all others: a store of its own behind it does the
//! work, and the fault is put in between.

mod access;
mod chat;
mod commit;
mod inventory;
mod log;
mod presence;
mod projects;
mod records;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
};

use async_trait::async_trait;
use erp_core::{
    access::{AccessReads, AuditReads, SessionStore},
    change::{ChangeSet, Receipt},
    chat::ChatReads,
    ctx::{Actor, IdempotencyKey},
    ids::{AuditId, ConnectionId, MessageId, SessionId},
    inventory::InventoryReads,
    port::{EventLog, Maintenance, Store, StoreResult},
    presence::{Lease, PresenceStore},
    projects::ProjectReads,
    record::RecordReads,
    time::Timestamp,
};

/// The one promise that is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// None: whatever fails then is the wrapper's doing.
    None,
    AuditEntryLost,
    LastEventLost,
    EventTwice,
    SlotNotFilled,
    AudienceWidened,
    GuardsIgnored,
    GuardsCheckedBeforeTheLock,
    VersionIgnored,
    IdempotencyIgnored,
    OtherBodyReplayed,
    KeyOfFailedSetKept,
    KeySharedByActors,
    GuardsBeforeIdempotency,
    SetHalfApplied,
    DroppedCommitHalfDone,
    SequenceGap,
    SequenceGuessed,
    PointerMovesBack,
    UnreadCountsOwn,
    UnreadCountsDeleted,
    RosterNotRaised,
    HistoryShownBeforeTheJoining,
    ChannelNameByCase,
    DeletedAddressStaysTaken,
    SearchShowsDeleted,
    SearchTakesPatterns,
    PageSkipsTies,
    InheritedMembershipHidesDirect,
    RevokingAllButOneRevokesAll,
    TouchMovesBack,
    FailuresNeverForgotten,
    FailuresStayCounted,
    OnlineTwice,
    ClosedLeaseRevived,
    LapsedUsersListed,
    SettledTooEarly,
    ReaderSkipsAnEvent,
    ReadersDisagree,
    RetentionDropsAPartOfAMonth,
    RetentionDropsFreshEvents,
    AnchorsNotChained,
    ProjectRosterUnguarded,
    TaskGraphUnguarded,
    PhasesUnguarded,
    PhaseCancellationLost,
    PredecessorUnguarded,
    TimesheetUnguarded,
    ProjectCategoriesUnguarded,
    OriginKeyIgnored,
    OriginOfAnotherVersion,
    PartsStayLive,
    CompletionLost,
    TaskVersionIgnored,
    StockValueLost,
    TransferLosesGoods,
    PastWorkedOutSingly,
    FloorIgnored,
    ReversedTwice,
    ReservationKept,
    PostingsNumberedAlike,
    AlertLeftOut,
    CategoriesUnguarded,
    ExpiryLost,
    ArchiveForgotten,
    LastFieldLost,
    KeyNotFound,
    ShelfIgnored,
    FilterIgnored,
    EmptyKeysLeftOut,
}

/// What the saboteur keeps besides the store behind it.
#[derive(Default)]
struct Notes {
    hidden_audit: BTreeSet<AuditId>,
    hidden_messages: BTreeSet<MessageId>,
    failed_keys: Vec<(Actor, IdempotencyKey, serde_json::Value)>,
    touched: BTreeMap<SessionId, Timestamp>,
    leases: BTreeMap<ConnectionId, Lease>,
    appended: usize,
    reads: usize,
}

/// A store with one fault.
pub(crate) struct Saboteur {
    inner: Arc<dyn Store>,
    fault: Fault,
    notes: Mutex<Notes>,
}

impl Saboteur {
    /// The store behind it must be a sound one.
    pub(crate) fn new(inner: Arc<dyn Store>, fault: Fault) -> Self {
        Self { inner, fault, notes: Mutex::default() }
    }

    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap()
    }
}

#[async_trait]
impl Store for Saboteur {
    async fn commit(&self, set: ChangeSet) -> StoreResult<Receipt> {
        self.sabotaged_commit(set).await
    }

    async fn commit_each(&self, sets: Vec<ChangeSet>) -> Vec<StoreResult<Receipt>> {
        if self.is(Fault::None) {
            return self.inner.commit_each(sets).await;
        }
        let mut answers = Vec::with_capacity(sets.len());
        for set in sets {
            answers.push(self.sabotaged_commit(set).await);
        }
        answers
    }

    fn access(&self) -> &dyn AccessReads {
        self
    }

    fn audit(&self) -> &dyn AuditReads {
        self
    }

    fn sessions(&self) -> &dyn SessionStore {
        self
    }

    fn chat(&self) -> &dyn ChatReads {
        self
    }

    fn inventory(&self) -> &dyn InventoryReads {
        self
    }

    fn projects(&self) -> &dyn ProjectReads {
        self.inner.projects()
    }

    fn records(&self) -> &dyn RecordReads {
        self
    }

    fn presence(&self) -> &dyn PresenceStore {
        self
    }

    fn events(&self) -> &dyn EventLog {
        self
    }

    fn maintenance(&self) -> &dyn Maintenance {
        self
    }
}
