//! A store that does not answer for a while.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
};

use async_trait::async_trait;
use erp_core::{
    access::{AccessReads, AuditReads, SessionStore},
    change::{ChangeSet, Epoch, Position, Receipt},
    chat::ChatReads,
    inventory::InventoryReads,
    port::{EventBatch, EventLog, Maintenance, Store, StoreError, StoreResult},
    presence::PresenceStore,
    projects::ProjectReads,
    record::RecordReads,
    system::SystemClock,
};
use erp_realtime::frame::{ByeCode, Recovered};
use erp_store_memory::MemoryStore;
use parking_lot::Mutex;

use super::{
    on_both,
    peer::{Carrier, Who},
    world::{World, until},
};

on_both!(
    bc_4_an_outage_delays_and_loses_nothing,
    nobody_is_let_in_on_a_state_that_cannot_be_read,
    another_log_makes_every_client_begin_anew,
);

/// The memory store, whose log can fail and can become another one.
pub struct Moody {
    inner: MemoryStore,
    log_is_down: AtomicBool,
    failures: AtomicUsize,
    epoch: Mutex<Option<Epoch>>,
}

impl Moody {
    fn new() -> Arc<Self> {
        let (log_is_down, failures) = (AtomicBool::new(false), AtomicUsize::new(0));
        Arc::new(Self { inner: MemoryStore::new(), log_is_down, failures, epoch: Mutex::new(None) })
    }

    fn set_down(&self, down: bool) {
        self.log_is_down.store(down, SeqCst);
    }

    fn check(&self) -> StoreResult<()> {
        if self.log_is_down.load(SeqCst) {
            self.failures.fetch_add(1, SeqCst);
            return Err(StoreError::Unavailable("down".to_owned()));
        }
        Ok(())
    }
}

#[async_trait]
impl Store for Moody {
    async fn commit(&self, set: ChangeSet) -> StoreResult<Receipt> {
        self.inner.commit(set).await
    }
    fn access(&self) -> &dyn AccessReads {
        Store::access(&self.inner)
    }
    fn audit(&self) -> &dyn AuditReads {
        self.inner.audit()
    }
    fn sessions(&self) -> &dyn SessionStore {
        self.inner.sessions()
    }
    fn chat(&self) -> &dyn ChatReads {
        self.inner.chat()
    }
    fn inventory(&self) -> &dyn InventoryReads {
        self.inner.inventory()
    }

    fn projects(&self) -> &dyn ProjectReads {
        Store::projects(&self.inner)
    }
    fn records(&self) -> &dyn RecordReads {
        Store::records(&self.inner)
    }
    fn presence(&self) -> &dyn PresenceStore {
        self.inner.presence()
    }
    fn events(&self) -> &dyn EventLog {
        self
    }
    fn maintenance(&self) -> &dyn Maintenance {
        self.inner.maintenance()
    }
}

#[async_trait]
impl EventLog for Moody {
    async fn epoch(&self) -> StoreResult<Epoch> {
        self.check()?;
        let other = self.epoch.lock().clone();
        match other {
            Some(epoch) => Ok(epoch),
            None => self.inner.events().epoch().await,
        }
    }
    async fn settled(&self) -> StoreResult<Position> {
        self.check()?;
        self.inner.events().settled().await
    }
    async fn horizon(&self) -> StoreResult<Position> {
        self.check()?;
        self.inner.events().horizon().await
    }
    async fn read(&self, after: Position, limit: usize) -> StoreResult<EventBatch> {
        self.check()?;
        self.inner.events().read(after, limit).await
    }
    async fn wait(&self, after: Position) -> StoreResult<Position> {
        self.check()?;
        let mark = self.inner.events().wait(after).await?;
        self.check()?;
        Ok(mark)
    }
}

async fn bc_4_an_outage_delays_and_loses_nothing(carrier: Carrier) {
    let store = Moody::new();
    let world = World::over(store.clone(), Arc::new(SystemClock)).await;
    let node = world.node().await;
    let mut peer = Who::user(carrier, world.bob).connect(&node).await;
    peer.event_of("presence.online").await;
    world.post(world.ann, world.room, "one").await;
    assert_eq!(peer.text().await, "one");
    store.set_down(true);
    world.post(world.ann, world.room, "two").await;
    world.post(world.ann, world.room, "three").await;
    assert!(peer.is_quiet().await, "the connection stays, and waits");
    store.set_down(false);
    assert_eq!(peer.texts_until("three").await, ["two", "three"]);
}

async fn nobody_is_let_in_on_a_state_that_cannot_be_read(carrier: Carrier) {
    let store = Moody::new();
    let world = World::over(store.clone(), Arc::new(SystemClock)).await;
    let node = world.node().await;
    // The hub knows where it is before the outage begins.
    drop(Who::user(carrier, world.ann).connect(&node).await);
    store.set_down(true);
    let error = Who::user(carrier, world.bob).try_connect(&node, None).await.err().unwrap();
    let text = error.to_string();
    assert!(text.contains("503") || text.contains("Shutdown"), "{text}");
    assert!(!error.is_terminal());
    store.set_down(false);
    Who::user(carrier, world.bob).connect(&node).await;
}

async fn another_log_makes_every_client_begin_anew(carrier: Carrier) {
    let store = Moody::new();
    let world = World::over(store.clone(), Arc::new(SystemClock)).await;
    let node = world.node().await;
    let who = Who::user(carrier, world.bob);
    let mut peer = who.connect(&node).await;
    let at = peer.hello().position.clone();
    store.set_down(true);
    world.post(world.ann, world.room, "unseen").await;
    until("the hub notices", || store.failures.load(SeqCst) > 0).await;
    *store.epoch.lock() = Some(Epoch("restored".to_owned()));
    store.set_down(false);
    let bye = peer.bye().await;
    assert_eq!((bye.code, bye.terminal), (ByeCode::Shutdown, false));
    let peer = who.resume(&node, &at).await;
    assert_eq!(peer.hello().recovered, Recovered::No);
    assert_eq!(peer.hello().epoch, "restored");
}
