//! The store itself.

use std::sync::Arc;

use async_trait::async_trait;
use erp_core::{
    access::{AccessReads, AuditReads, SessionStore},
    change::{ChangeSet, Receipt},
    chat::ChatReads,
    inventory::InventoryReads,
    port::{Broadcaster, EventLog, Maintenance, Store, StoreResult},
    presence::PresenceStore,
    projects::ProjectReads,
    record::{Kind, RecordReads},
};
use sqlx::{Connection, PgConnection, PgPool};
use tokio_util::sync::DropGuard;

use crate::{
    broadcast::PgBroadcaster,
    commit::{self, Posts, Queue, Stock},
    constraint::store_error,
    db::Db,
    event_log::{Log, identity, partitions::Partitions},
    maintenance::Keeper,
    migrate::{self, MigrateError},
    months::Months,
    options::PgStoreOptions,
    presence::Presence,
    reads::{Memory, Reads},
    records,
    tasks::Tasks,
    wake::Waker,
};

/// The store over PostgreSQL 15 or newer. A clone is the same store.
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use erp_store_postgres::{PgStore, PgStoreOptions};
///
/// let store = PgStore::connect("postgres://localhost/erp", PgStoreOptions::default()).await?;
/// store.migrate().await?;
/// let engine = erp_core::Engine::builder(Arc::new(store)).build()?;
/// # let _ = engine;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct PgStore(Arc<Parts>);

struct Parts {
    schema: Option<String>,
    reads: Reads,
    log: Log,
    presence: Presence,
    keeper: Keeper,
    writer: Writer,
    broadcaster: Arc<dyn Broadcaster>,
    tasks: Tasks,
    _end_on_drop: DropGuard,
}

/// What a commit needs.
#[derive(Clone)]
pub(crate) struct Writer {
    pub db: Db,
    pub log: Log,
    pub waker: Waker,
    pub partitions: Partitions,
    pub months: Months,
    pub posts: Queue<Posts>,
    pub stock: Queue<Stock>,
    pub tasks: Tasks,
}

/// Builds a [`PgStore`] over a pool of the host's.
#[must_use]
pub struct PgStoreBuilder {
    pool: PgPool,
    options: PgStoreOptions,
    broadcaster: Option<Arc<dyn Broadcaster>>,
}

impl PgStoreBuilder {
    /// Sets the options. Those that concern connections are the pool's own here.
    pub fn options(mut self, options: PgStoreOptions) -> Self {
        self.options = options;
        self
    }

    /// Wakes the other nodes with this instead of LISTEN and NOTIFY.
    pub fn broadcaster(mut self, broadcaster: Arc<dyn Broadcaster>) -> Self {
        self.broadcaster = Some(broadcaster);
        self
    }

    /// The store. Nothing is connected yet.
    ///
    /// # Errors
    /// When the schema's name is not usable.
    pub fn build(self) -> StoreResult<PgStore> {
        let schema = self.options.checked_schema()?.map(str::to_owned);
        let db = Db { pool: self.pool, deadline: self.options.deadline };
        let tasks = Tasks::default();
        let broadcaster = self.broadcaster.unwrap_or_else(|| {
            let options = (*db.pool.connect_options()).clone();
            let channel = format!("erp_{}", schema.as_deref().unwrap_or("events"));
            Arc::new(PgBroadcaster::with_tasks(options, channel, tasks.clone()))
        });
        let memory = Memory::default();
        let log = Log::new(db.clone(), memory.clone(), self.options.event_log, tasks.clone());
        let waker = Waker::new(log.clone(), Arc::clone(&broadcaster), tasks.clone());
        let writer = Writer {
            db: db.clone(),
            log: log.clone(),
            waker,
            partitions: Partitions::new(db.clone(), tasks.clone()),
            months: Months::new(db.clone()),
            posts: Queue::default(),
            stock: Queue::default(),
            tasks: tasks.clone(),
        };
        Ok(PgStore(Arc::new(Parts {
            schema,
            reads: Reads::new(db.clone(), memory),
            presence: Presence { writer: writer.clone() },
            keeper: Keeper { writer: writer.clone() },
            log,
            writer,
            broadcaster,
            _end_on_drop: tasks.end_on_drop(),
            tasks,
        })))
    }
}

#[erp_derive::boxed]
impl PgStore {
    /// Connects to the database of this URL.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`](erp_core::port::StoreError::Unavailable) when it does not
    /// answer.
    pub async fn connect(url: &str, options: PgStoreOptions) -> StoreResult<Self> {
        let connect = options.connect_options(url)?;
        let pool = options.pool_options().connect_with(connect).await.map_err(store_error)?;
        Self::builder(pool).options(options).build()
    }

    /// The store over a pool of the host's, with default options, in the first schema of its
    /// connections' search path.
    ///
    /// The pool should be made with `test_before_acquire(false)`, and its connections with a
    /// `statement_timeout`, `plan_cache_mode=force_generic_plan`, `enable_seqscan=off` and `jit=off`. It
    /// must not lead through a pooler that shares connections between transactions.
    ///
    /// # Errors
    /// None with default options.
    pub fn from_pool(pool: PgPool) -> StoreResult<Self> {
        Self::builder(pool).build()
    }

    /// Starts to build a store over a pool of the host's.
    pub fn builder(pool: PgPool) -> PgStoreBuilder {
        PgStoreBuilder { pool, options: PgStoreOptions::default(), broadcaster: None }
    }

    /// Creates the tables, or brings them up to date. Any number of processes may do so at once,
    /// while others serve.
    ///
    /// # Errors
    /// [`MigrateError::KeysCollide`] when rows must be renamed first: nothing was written then.
    /// [`MigrateError::Store`] when the database does not answer, or a migration fails.
    pub async fn migrate(&self) -> Result<(), MigrateError> {
        // On a connection of its own: an index may take longer than any statement of a request, and
        // the lock is the session's.
        let options = self.pool().connect_options().as_ref().clone();
        let options = options.options([("statement_timeout", "0")]);
        let connecting = PgConnection::connect_with(&options);
        let mut conn = self.0.reads.db().run(Box::pin(connecting)).await?;
        let migrated = migrate::run(&mut conn, self.0.schema.as_deref()).await;
        // The migration is what counts; a connection that does not close cleanly ends anyway.
        let _ = conn.close().await;
        migrated
    }

    /// Creates the tables of these kinds of records that are not there yet, as their descriptions say, and
    /// compares those that are with them. For kinds of a host, whose tables are in no migration of the
    /// engine. Nothing that is there is changed.
    ///
    /// # Errors
    /// As [`Self::migrate`]; an internal error that names what a table lacks, with the statement that adds
    /// it.
    pub async fn migrate_kinds(&self, kinds: &'static [&'static Kind]) -> StoreResult<()> {
        let db = self.0.reads.db();
        db.on_connection(async |conn| records::create(conn, kinds).await).await
    }

    /// Writes a change set in the host's own transaction, in a savepoint of it: when it is refused,
    /// nothing of it stays. Once the host has committed, it calls [`Self::committed`].
    ///
    /// Until the host's transaction ends, events that others write after these are held back from
    /// every reader, so it should end soon. The connection must lead to the store's database; its
    /// search path is set to the store's schema meanwhile.
    ///
    /// # Errors
    /// As [`Store::commit`]. A deadlock is not tried again: it has cost the host's transaction.
    pub async fn commit_in(&self, conn: &mut PgConnection, set: ChangeSet) -> StoreResult<Receipt> {
        self.0.writer.make_room_later(&set);
        commit::in_transaction(conn, self.0.schema.as_deref(), &set).await
    }

    /// The host's transaction with this receipt is committed: readers are woken, and whoever reads
    /// through this store sees its events.
    pub fn committed(&self, receipt: &Receipt) {
        self.0.writer.announce(receipt);
    }

    /// Wakes the readers on all nodes, for whoever does not have the receipt.
    pub fn wake(&self) {
        self.0.writer.waker.wake();
    }

    /// Gives the event log a new identity: every client that connects again loads anew. For whoever
    /// has restored a copy of the database's files in place, which the store cannot notice.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn renew_epoch(&self) -> StoreResult<()> {
        let db = self.0.reads.db();
        db.on_connection(async |conn| identity::renew(conn).await.map_err(store_error)).await
    }

    /// The pool.
    pub fn pool(&self) -> &PgPool {
        &self.0.reads.db().pool
    }

    /// What carries the wake-ups between nodes.
    pub fn broadcaster(&self) -> &Arc<dyn Broadcaster> {
        &self.0.broadcaster
    }

    /// Ends the store's tasks and closes the pool, once its connections are back.
    pub async fn close(&self) {
        self.0.tasks.end().await;
        self.pool().close().await;
    }
}

impl Writer {
    /// Sees to the partitions that the change set's rows go to.
    pub async fn make_room(&self, set: &ChangeSet) {
        self.months.make(set.at()).await;
        self.partitions.begin_day_of(set.at(), !set.events.is_empty()).await;
    }

    /// The same in a task: whoever holds a connection of the pool must not wait for another.
    pub fn make_room_later(&self, set: &ChangeSet) {
        if self.months.has(set.at()) && self.partitions.has_day_of(set) {
            return;
        }
        let (writer, at, has_events) = (self.clone(), set.at(), !set.events.is_empty());
        self.tasks.spawn(async move {
            writer.months.make(at).await;
            writer.partitions.begin_day_of(at, has_events).await;
        });
    }

    /// The transaction of this receipt is committed.
    pub fn announce(&self, receipt: &Receipt) {
        if let Some(position) = receipt.position {
            self.log.committed(position);
            self.partitions.used(position);
            self.waker.wake();
        }
    }
}

impl std::fmt::Debug for PgStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PgStore").field("schema", &self.0.schema).finish_non_exhaustive()
    }
}

#[async_trait]
impl Store for PgStore {
    async fn commit(&self, set: ChangeSet) -> StoreResult<Receipt> {
        commit::on_pool(self.0.writer.clone(), set).await
    }

    async fn commit_each(&self, sets: Vec<ChangeSet>) -> Vec<StoreResult<Receipt>> {
        commit::each_on_pool(self.0.writer.clone(), sets).await
    }

    fn access(&self) -> &dyn AccessReads {
        &self.0.reads
    }

    fn audit(&self) -> &dyn AuditReads {
        &self.0.reads
    }

    fn sessions(&self) -> &dyn SessionStore {
        &self.0.reads
    }

    fn chat(&self) -> &dyn ChatReads {
        &self.0.reads
    }

    fn inventory(&self) -> &dyn InventoryReads {
        &self.0.reads
    }

    fn projects(&self) -> &dyn ProjectReads {
        &self.0.reads
    }

    fn records(&self) -> &dyn RecordReads {
        &self.0.reads
    }

    fn presence(&self) -> &dyn PresenceStore {
        &self.0.presence
    }

    fn events(&self) -> &dyn EventLog {
        self.0.writer.waker.listen();
        &self.0.log
    }

    fn maintenance(&self) -> &dyn Maintenance {
        &self.0.keeper
    }
}
