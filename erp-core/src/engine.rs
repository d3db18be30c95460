//! The engine: a store, the other ports, the options, and the services over them.

use std::{future::Future, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use object_store::ObjectStore;

use crate::{
    access::{AccessOptions, AccessService, Gate},
    change::{ChangeSet, EntityRef, Guard, Receipt, Scope},
    chat::{ChatOptions, ChatService},
    ctx::{Actor, Ctx},
    error::{Conflict, Error, Result},
    files::Files,
    ids::AuditId,
    inventory::{Expiry, InventoryOptions, InventoryService, Replays},
    policy::{Action, Subject},
    port::{Clock, IdGenerator, PasswordHasher, Pause, Store},
    presence::{PresenceService, PresenceTiming},
    projects::{ProjectOptions, ProjectService, RememberedLinks},
    realtime::RealtimeService,
    record::{Record, RecordService, Records},
    retention::RetentionService,
    system::{Argon2Passwords, SystemClock, SystemIds, SystemPause},
    time::Timestamp,
};

/// How often a service reads and decides again when others were faster.
const MAX_ATTEMPTS: u32 = 8;
/// The longest wait before the second attempt; it doubles from there.
const FIRST_PAUSE: Duration = Duration::from_millis(2);
/// No wait is longer.
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

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
    pause: Arc<dyn Pause>,
    passwords: Arc<dyn PasswordHasher>,
    files: Option<Files>,
    options: EngineOptions,
    expiry: Expiry,
    gate: Gate,
    replays: Replays,
    links: RememberedLinks,
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
    pause: Option<Arc<dyn Pause>>,
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

    /// Waits by this between attempts instead of the runtime's timer.
    pub fn pause(mut self, pause: Arc<dyn Pause>) -> Self {
        self.pause = Some(pause);
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
        let pause = self.pause.unwrap_or_else(|| Arc::new(SystemPause));
        let passwords: Arc<dyn PasswordHasher> = match self.passwords {
            Some(passwords) => passwords,
            None => Arc::new(
                Argon2Passwords::new().map_err(|error| Error::Internal(error.to_string()))?,
            ),
        };
        let files = self.files.map(Files::new);
        let Self { store, options, .. } = self;
        let gate = Gate::new(&options.access);
        Ok(Engine(Arc::new(Parts {
            store,
            clock,
            ids,
            pause,
            passwords,
            files,
            options,
            expiry: Expiry::default(),
            replays: Replays::default(),
            links: RememberedLinks::default(),
            gate,
        })))
    }
}

impl Engine {
    /// Starts to build an engine over this store.
    pub fn builder(store: Arc<dyn Store>) -> EngineBuilder {
        let options = EngineOptions::default();
        EngineBuilder {
            store,
            clock: None,
            ids: None,
            pause: None,
            passwords: None,
            files: None,
            options,
        }
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

    /// The records of one kind.
    pub fn records<R: Record>(&self) -> Records<'_, R> {
        Records::new(self)
    }

    /// The records of every kind.
    pub fn all_records(&self) -> RecordService<'_> {
        RecordService::new(self)
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

    /// The caller with rights that are remembered, and the guard that they hold under; none where the store
    /// remembers none. As with [`remembered_subject`](crate::access::AccessReads::remembered_subject).
    pub(crate) fn remembered_subject(&self, ctx: &Ctx) -> Option<(Subject, Guard)> {
        let Actor::User(id) = ctx.actor else { return None };
        let (subject, graph) = self.0.store.access().remembered_subject(id)?;
        Some((subject, Guard::Seen(Scope::access_graph(), graph)))
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

    /// What callers have had worked out again lately.
    pub(crate) fn replays(&self) -> &Replays {
        &self.0.replays
    }

    /// How the tasks of the projects that were changed last hang together.
    pub(crate) fn links(&self) -> &RememberedLinks {
        &self.0.links
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

    /// Reads, decides and commits again while a guard does not hold, a bounded number of times. Those who
    /// lost to the same one come back one by one: each waits a little, some longer than others.
    pub(crate) fn retry<T, F, Fut>(&self, attempt: F) -> impl Future<Output = Result<T>>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Result<T>>,
    {
        retry(&*self.0.pause, self.ids(), attempt)
    }
}

async fn retry<T, F, Fut>(pause: &dyn Pause, ids: &dyn IdGenerator, attempt: F) -> Result<T>
where
    F: Fn() -> Fut,
    Fut: Future<Output = Result<T>>,
{
    let mut lost = 0;
    loop {
        let done = attempt().await;
        let contended = matches!(done, Err(Error::Conflict(Conflict::Contention)));
        if !contended || !again(pause, ids, &mut lost).await {
            return done;
        }
    }
}

/// Whether one more attempt is due after one that lost, and waits until it is.
fn again<'a>(
    pause: &'a dyn Pause,
    ids: &'a dyn IdGenerator,
    lost: &'a mut u32,
) -> BoxFuture<'a, bool> {
    Box::pin(async move {
        if *lost + 1 >= MAX_ATTEMPTS {
            return false;
        }
        pause.pause(wait(*lost, ids.secret())).await;
        *lost += 1;
        true
    })
}

/// The wait after so many attempts that lost: between half of the longest and all of it, by chance.
fn wait(lost: u32, chance: [u8; 32]) -> Duration {
    let longest = FIRST_PAUSE.saturating_mul(1 << lost.min(16)).min(LONGEST_PAUSE);
    let [one, other, ..] = chance;
    longest / 2 + longest / 2 * u32::from(u16::from_be_bytes([one, other])) / 65_535
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::port::{ManualPause, SeededIds};

    #[test]
    fn pauses_double_up_to_the_longest_and_differ_by_chance() {
        let (least, most) = ([0; 32], [255; 32]);
        for (lost, longest) in [(0, 2), (1, 4), (5, 64), (6, 100), (40, 100)] {
            let longest = Duration::from_millis(longest);
            assert_eq!((wait(lost, least), wait(lost, most)), (longest / 2, longest), "{lost}");
        }
    }

    #[tokio::test]
    async fn x_18_who_loses_waits_a_little_before_trying_again() {
        let lost = || Err(Error::Conflict(Conflict::Contention));
        for (losses, answer, pauses) in [(0, Ok(()), 0), (3, Ok(()), 3), (9, lost(), 7)] {
            let (pause, ids) = (ManualPause::default(), SeededIds::new(losses));
            let tried = AtomicU64::new(0);
            let attempt = || async {
                if tried.fetch_add(1, Ordering::SeqCst) < losses { lost() } else { Ok(()) }
            };
            assert_eq!(retry(&pause, &ids, attempt).await, answer);
            let paused = pause.paused();
            assert_eq!(paused.len(), pauses);
            let bounds = (0..).map(|lost| (wait(lost, [0; 32]), wait(lost, [255; 32])));
            for (paused, (least, most)) in paused.iter().zip(bounds) {
                assert!((least..=most).contains(paused), "{paused:?}");
            }
        }
    }
}
