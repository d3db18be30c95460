//! Stores that bring two calls into the one order that matters.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use async_trait::async_trait;
use erp_core::{
    Engine,
    access::{
        AccessReads, AuditReads, KnownDevice, LoginFailures, Session, SessionRow, SessionStore,
        TokenHash,
    },
    change::{ChangeSet, Receipt},
    chat::ChatReads,
    ids::{SessionId, UserId},
    inventory::InventoryReads,
    policy::Action,
    port::{EventLog, Maintenance, Store, StoreResult},
    presence::PresenceStore,
    projects::ProjectReads,
    record::RecordReads,
    system::Argon2Passwords,
    time::Timestamp,
};
use tokio::sync::{Barrier, Notify};

use crate::Harness;

/// Runs a call up to its first commit of this action, then something else to its end, and then the
/// rest of the call, which so has decided on what is no longer so.
pub(super) async fn overtaken<T, Call, Running>(
    h: &Harness,
    action: Action,
    call: Call,
    meanwhile: impl Future<Output = ()>,
) -> T
where
    Call: FnOnce(Engine) -> Running,
    Running: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let held = Arc::new(Held {
        inner: h.store.clone(),
        action,
        passed: AtomicBool::new(false),
        reached: Notify::new(),
        released: Notify::new(),
    });
    let running = tokio::spawn(call(engine(h, held.clone())));
    held.reached.notified().await;
    meanwhile.await;
    held.released.notify_one();
    running.await.expect("no panic")
}

/// An engine whose first reads of failed logins, this many, all come before any failure is noted.
pub(super) fn reading_together(h: &Harness, readers: usize) -> Engine {
    let together = Together {
        inner: h.store.clone(),
        barrier: Barrier::new(readers),
        left: AtomicUsize::new(readers),
    };
    engine(h, Arc::new(together))
}

fn engine(h: &Harness, store: Arc<dyn Store>) -> Engine {
    let passwords = Argon2Passwords::with_params(8, 1, 1).expect("argon2 takes these");
    Engine::builder(store)
        .clock(h.clock.clone())
        .ids(h.ids.clone())
        .passwords(Arc::new(passwords))
        .build()
        .expect("the options make sense")
}

struct Held {
    inner: Arc<dyn Store>,
    action: Action,
    passed: AtomicBool,
    reached: Notify,
    released: Notify,
}

struct Together {
    inner: Arc<dyn Store>,
    barrier: Barrier,
    left: AtomicUsize,
}

/// Hands out what the inner store does.
macro_rules! as_inner {
    ($($port:ident: $trait:ty),* $(,)?) => {$(
        fn $port(&self) -> &$trait {
            self.inner.$port()
        }
    )*};
}

#[async_trait]
impl Store for Held {
    async fn commit(&self, set: ChangeSet) -> StoreResult<Receipt> {
        if set.audit.action == self.action && !self.passed.swap(true, Ordering::SeqCst) {
            self.reached.notify_one();
            self.released.notified().await;
        }
        self.inner.commit(set).await
    }

    as_inner! {
        access: dyn AccessReads, audit: dyn AuditReads, sessions: dyn SessionStore,
        chat: dyn ChatReads, inventory: dyn InventoryReads, presence: dyn PresenceStore,
        events: dyn EventLog, maintenance: dyn Maintenance, projects: dyn ProjectReads,
        records: dyn RecordReads,
    }
}

#[async_trait]
impl Store for Together {
    async fn commit(&self, set: ChangeSet) -> StoreResult<Receipt> {
        self.inner.commit(set).await
    }

    fn sessions(&self) -> &dyn SessionStore {
        self
    }

    as_inner! {
        access: dyn AccessReads, audit: dyn AuditReads, chat: dyn ChatReads,
        inventory: dyn InventoryReads, presence: dyn PresenceStore, events: dyn EventLog,
        maintenance: dyn Maintenance, projects: dyn ProjectReads,
        records: dyn RecordReads,
    }
}

#[async_trait]
impl SessionStore for Together {
    async fn by_token(&self, token: &TokenHash) -> StoreResult<Option<SessionRow>> {
        self.inner.sessions().by_token(token).await
    }

    async fn by_id(&self, id: SessionId) -> StoreResult<Option<SessionRow>> {
        self.inner.sessions().by_id(id).await
    }

    async fn of_user(&self, user: UserId) -> StoreResult<Vec<Session>> {
        self.inner.sessions().of_user(user).await
    }

    async fn touch(&self, id: SessionId, at: Timestamp) -> StoreResult<()> {
        self.inner.sessions().touch(id, at).await
    }

    async fn failures(&self, key: &str) -> StoreResult<LoginFailures> {
        let failures = self.inner.sessions().failures(key).await?;
        let first = |left: usize| left.checked_sub(1);
        if self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, first).is_ok() {
            self.barrier.wait().await;
        }
        Ok(failures)
    }

    async fn record_failure(
        &self,
        key: &str,
        at: Timestamp,
        forget_before: Timestamp,
    ) -> StoreResult<LoginFailures> {
        self.inner.sessions().record_failure(key, at, forget_before).await
    }

    async fn device(&self, token: &TokenHash) -> StoreResult<Option<KnownDevice>> {
        self.inner.sessions().device(token).await
    }

    async fn devices_of(&self, user: UserId) -> StoreResult<Vec<KnownDevice>> {
        self.inner.sessions().devices_of(user).await
    }

    async fn take_back_failure(&self, key: &str) -> StoreResult<()> {
        self.inner.sessions().take_back_failure(key).await
    }

    async fn clear_failures(&self, key: &str) -> StoreResult<()> {
        self.inner.sessions().clear_failures(key).await
    }
}
