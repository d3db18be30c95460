//! The engine: a store, the other ports, the options, and the services over them.

use std::{future::Future, sync::Arc};

use object_store::ObjectStore;

use crate::{
    access::{AccessOptions, AccessService, Gate},
    change::{ChangeSet, EntityRef, Receipt},
    chat::{ChatOptions, ChatService},
    ctx::{Actor, Ctx},
    error::{Conflict, Error, Result},
    files::Files,
    ids::AuditId,
    inventory::{Expiry, InventoryOptions, InventoryService},
    policy::{Action, Subject},
    port::{Clock, IdGenerator, PasswordHasher, Store},
    presence::{PresenceService, PresenceTiming},
    projects::{ProjectOptions, ProjectService},
    realtime::RealtimeService,
    retention::RetentionService,
    system::{Argon2Passwords, SystemClock, SystemIds},
    time::Timestamp,
};

/// How often a service reads and decides again when others were faster.
const MAX_ATTEMPTS: usize = 8;

/// What a host may set. `Default` is what most want.
#[derive(Clone, Debug, Default)]
pub struct EngineOptions {
    /// Sessions, devices, passwords, the slowing of failed logins.
    pub access: AccessOptions,
    /// Messages and badges.
    pub chat: ChatOptions,
    /// Stock and its value.
    pub inventory: InventoryOptions,
    /// Leases of live connections.
    pub presence: PresenceTiming,
    /// Projects and their tasks.
    pub projects: ProjectOptions,
}

/// The engine of one organisation. A clone is the same engine.
///
/// ```
/// # use std::sync::Arc;
/// # fn embed(store: Arc<dyn erp_core::port::Store>) -> erp_core::Result<()> {
/// let engine = erp_core::Engine::builder(store).build()?;
/// let chat = engine.chat();
/// # let _ = chat;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Engine(Arc<Parts>);

struct Parts {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
    passwords: Arc<dyn PasswordHasher>,
    files: Option<Files>,
    options: EngineOptions,
    expiry: Expiry,
    gate: Gate,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("options", &self.0.options).finish_non_exhaustive()
    }
}

/// Builds an [`Engine`].
#[must_use]
pub struct EngineBuilder {
    store: Arc<dyn Store>,
    clock: Option<Arc<dyn Clock>>,
    ids: Option<Arc<dyn IdGenerator>>,
    passwords: Option<Arc<dyn PasswordHasher>>,
    files: Option<Arc<dyn ObjectStore>>,
    options: EngineOptions,
}

impl EngineBuilder {
    /// Tells the time by this clock instead of the system's.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Takes ids and secrets from here instead of the operating system's randomness.
    pub fn ids(mut self, ids: Arc<dyn IdGenerator>) -> Self {
        self.ids = Some(ids);
        self
    }

    /// Hashes passwords with this instead of argon2id.
    pub fn passwords(mut self, passwords: Arc<dyn PasswordHasher>) -> Self {
        self.passwords = Some(passwords);
        self
    }

    /// Keeps the bytes of files here: in a directory, in S3, in memory. Without it the engine takes no
    /// files.
    pub fn files(mut self, files: Arc<dyn ObjectStore>) -> Self {
        self.files = Some(files);
        self
    }

    /// Sets the options.
    pub fn options(mut self, options: EngineOptions) -> Self {
        self.options = options;
        self
    }

    /// The engine.
    ///
    /// # Errors
    /// A validation error when an option makes no sense, or when argon2id cannot be set up.
    pub fn build(self) -> Result<Engine> {
        self.options.presence.validate()?;
        self.options.access.validate()?;
        let clock = self.clock.unwrap_or_else(|| Arc::new(SystemClock));
        let ids = self.ids.unwrap_or_else(|| Arc::new(SystemIds));
        let passwords: Arc<dyn PasswordHasher> = match self.passwords {
            Some(passwords) => passwords,
            None => Arc::new(
                Argon2Passwords::new().map_err(|error| Error::Internal(error.to_string()))?,
            ),
        };
        let files = self.files.map(Files::new);
        let Self { store, options, .. } = self;
        let expiry = Expiry::default();
        let gate = Gate::new(&options.access);
        Ok(Engine(Arc::new(Parts { store, clock, ids, passwords, files, options, expiry, gate })))
    }
}

impl Engine {
    /// Starts to build an engine over this store.
    pub fn builder(store: Arc<dyn Store>) -> EngineBuilder {
        let options = EngineOptions::default();
        EngineBuilder { store, clock: None, ids: None, passwords: None, files: None, options }
    }

    /// Users, sessions, roles, teams and the audit log.
    pub fn access(&self) -> AccessService<'_> {
        AccessService::new(self)
    }

    /// Rooms, members and messages.
    pub fn chat(&self) -> ChatService<'_> {
        ChatService::new(self)
    }

    /// Warehouses, items and stock.
    pub fn inventory(&self) -> InventoryService<'_> {
        InventoryService::new(self)
    }

    /// Who is online.
    pub fn presence(&self) -> PresenceService<'_> {
        PresenceService::new(self)
    }

    /// Projects, their members and their tasks.
    pub fn projects(&self) -> ProjectService<'_> {
        ProjectService::new(self)
    }

    /// Broadcasts.
    pub fn realtime(&self) -> RealtimeService<'_> {
        RealtimeService::new(self)
    }

    /// Drops what is old.
    pub fn retention(&self) -> RetentionService<'_> {
        RetentionService::new(self)
    }

    /// The store.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.0.store
    }

    /// The source of ids and secrets.
    pub fn ids(&self) -> &dyn IdGenerator {
        &*self.0.ids
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// The options.
    pub fn options(&self) -> &EngineOptions {
        &self.0.options
    }

    /// The caller with the rights that he has at this moment.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when there is no such user, or he is shut out.
    pub async fn subject(&self, ctx: &Ctx) -> Result<Subject> {
        let Actor::User(id) = ctx.actor else {
            return Ok(Subject::SYSTEM);
        };
        match self.0.store.access().subject(id).await? {
            Some(subject) if subject.active => Ok(subject),
            _ => Err(Error::Unauthenticated),
        }
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }

    /// What logins share.
    pub(crate) fn gate(&self) -> &Gate {
        &self.0.gate
    }

    pub(crate) fn passwords(&self) -> &dyn PasswordHasher {
        &*self.0.passwords
    }

    /// Where the bytes of files are.
    pub(crate) fn files(&self) -> Result<Files> {
        let lacking = || Error::Precondition("no object store was set up for files".into());
        self.0.files.clone().ok_or_else(lacking)
    }

    /// What those share who find too little stock.
    pub(crate) fn expiry(&self) -> &Expiry {
        &self.0.expiry
    }

    /// An empty change set for this action, made now.
    pub(crate) fn change(&self, ctx: &Ctx, action: Action, entity: EntityRef) -> ChangeSet {
        ChangeSet::new(ctx, action, entity, self.now(), AuditId::generate(self.ids()))
    }

    pub(crate) async fn commit(&self, set: ChangeSet) -> Result<Receipt> {
        Ok(self.0.store.commit(set).await?)
    }

    pub(crate) async fn commit_each(&self, sets: Vec<ChangeSet>) -> Vec<Result<Receipt>> {
        let answers = self.0.store.commit_each(sets).await;
        answers.into_iter().map(|answer| answer.map_err(Error::from)).collect()
    }

    /// Reads, decides and commits anew while a guard does not hold, a bounded number of times.
    pub(crate) async fn retry<T, F, Fut>(&self, attempt: F) -> Result<T>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Result<T>>,
    {
        for _ in 1..MAX_ATTEMPTS {
            match attempt().await {
                Err(Error::Conflict(Conflict::Contention)) => {}
                done => return done,
            }
        }
        attempt().await
    }
}
