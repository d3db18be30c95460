//! What a case works with: a fresh store, an engine over it, a clock that it sets itself, ids from
//! a seed, and short ways to the things that most cases need.
//!
//! The helpers write through [`Store::commit`], below the services: they check no rights.

mod catalog;
mod log;
mod people;
mod projects;
mod records;
mod rooms;

pub use records::{put, remove};
pub use rooms::Deleted;

use std::{any::Any, fmt, sync::Arc};

use chrono::{TimeDelta, TimeZone as _, Utc};
use erp_core::{
    Ctx, Engine, EngineBuilder, EngineOptions,
    change::{Change, ChangeSet, EntityRef, Receipt},
    ids::AuditId,
    object_store::memory::InMemory,
    policy::Action,
    port::{Clock as _, IdGenerator as _, ManualClock, ManualPause, SeededIds, Store, StoreResult},
    system::Argon2Passwords,
    time::Timestamp,
};

/// A store to test, with whatever must live as long as it does.
pub struct TestStore {
    /// The store. Nothing was written to it yet.
    pub store: Arc<dyn Store>,
    keep: Vec<Box<dyn Any + Send + Sync>>,
}

impl TestStore {
    /// This store.
    pub fn new(store: impl Store) -> Self {
        Self::shared(Arc::new(store))
    }

    /// This store, which others may hold too.
    pub fn shared(store: Arc<dyn Store>) -> Self {
        Self { store, keep: Vec::new() }
    }

    /// Keeps this (a database, a temporary directory) until the case is over.
    #[must_use]
    pub fn keeping(mut self, guard: impl Any + Send + Sync) -> Self {
        self.keep.push(Box::new(guard));
        self
    }
}

impl fmt::Debug for TestStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestStore").finish_non_exhaustive()
    }
}

/// A fresh store with an engine over it.
pub struct Harness {
    /// The store under test.
    pub store: Arc<dyn Store>,
    /// An engine over it, with this harness's clock and ids, and passwords that hash quickly.
    pub engine: Engine,
    /// The clock. It shows [`Harness::start`] and stands still until it is set.
    pub clock: Arc<ManualClock>,
    /// The source of ids: the same in every run.
    pub ids: Arc<SeededIds>,
    /// Where the engine keeps the bytes of files.
    pub files: Arc<InMemory>,
    // The last field, since fields are dropped in order: the store goes first.
    #[expect(dead_code, reason = "held, not read")]
    keep: Vec<Box<dyn Any + Send + Sync>>,
}

impl fmt::Debug for Harness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Harness").field("clock", &self.clock).finish_non_exhaustive()
    }
}

impl Harness {
    /// Over this store, with default options.
    ///
    /// # Panics
    /// Never: the default options make sense.
    pub fn new(test: TestStore) -> Self {
        let clock = Arc::new(ManualClock::at(Self::start()));
        let ids = Arc::new(SeededIds::new(1));
        let files = Arc::new(InMemory::new());
        let builder = Engine::builder(test.store.clone()).files(files.clone());
        let engine = engine(builder, &clock, &ids, EngineOptions::default());
        Self { store: test.store, engine, clock, ids, files, keep: test.keep }
    }

    /// The same store, clock and ids under an engine with these options.
    ///
    /// # Panics
    /// When the options make no sense.
    #[must_use]
    pub fn with_options(mut self, options: EngineOptions) -> Self {
        let builder = Engine::builder(self.store.clone()).files(self.files.clone());
        self.engine = engine(builder, &self.clock, &self.ids, options);
        self
    }

    /// When every case begins: a Monday morning, 2024-03-04T09:00:00Z.
    ///
    /// # Panics
    /// Never: the instant exists.
    pub fn start() -> Timestamp {
        Utc.with_ymd_and_hms(2024, 3, 4, 9, 0, 0).single().expect("the instant exists")
    }

    /// What the clock shows.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Moves the clock on by so many seconds, and returns what it shows then.
    pub fn pass(&self, seconds: i64) -> Timestamp {
        self.clock.advance(TimeDelta::seconds(seconds));
        self.now()
    }

    /// An empty change set of the host itself, made now.
    pub fn set(&self, action: Action, entity: EntityRef) -> ChangeSet {
        self.set_by(&Ctx::system(), action, entity)
    }

    /// An empty change set of this caller, made now.
    pub fn set_by(&self, ctx: &Ctx, action: Action, entity: EntityRef) -> ChangeSet {
        ChangeSet::new(ctx, action, entity, self.now(), AuditId::generate(&*self.ids))
    }

    /// A change set of the host with these changes and no events, about an entity of its own.
    pub fn changes<C: Into<Change>>(&self, changes: impl IntoIterator<Item = C>) -> ChangeSet {
        let entity = EntityRef::new("organisation", self.ids.uuid());
        let mut set = self.set(Action::OrganisationSetUp, entity);
        for change in changes {
            set.change(change);
        }
        set
    }

    /// Commits one change of the host, without events.
    ///
    /// # Errors
    /// As [`Store::commit`].
    pub async fn try_commit(&self, change: impl Into<Change>) -> StoreResult<Receipt> {
        self.store.commit(self.changes([change.into()])).await
    }

    /// Commits one change of the host, without events.
    ///
    /// # Panics
    /// When the store refuses it.
    pub async fn commit(&self, change: impl Into<Change>) -> Receipt {
        self.try_commit(change).await.expect("the change is valid")
    }
}

fn engine(
    builder: EngineBuilder,
    clock: &Arc<ManualClock>,
    ids: &Arc<SeededIds>,
    options: EngineOptions,
) -> Engine {
    let passwords = Argon2Passwords::with_params(8, 1, 1).expect("argon2 takes these");
    builder
        .clock(clock.clone())
        .ids(ids.clone())
        .pause(Arc::new(ManualPause::default()))
        .passwords(Arc::new(passwords))
        .options(options)
        .build()
        .expect("the options make sense")
}
