//! The in-memory store of the ERP engine: for tests, demonstrations and small installations that
//! keep nothing across a restart. It promises what every store promises, and the conformance suite
//! holds it to that.
//!
//! Everything stands in persistent maps behind one lock. A commit checks and writes in place; a
//! long read copies the root in O(1) and works outside the lock, so neither waits for the other.
//!
//! ```
//! use std::sync::Arc;
//! use erp_store_memory::MemoryStore;
//!
//! let engine = erp_core::Engine::builder(Arc::new(MemoryStore::new())).build()?;
//! # let _ = engine;
//! # Ok::<(), erp_core::Error>(())
//! ```

mod apply;
mod broadcast;
mod commit;
mod event_log;
mod maintenance;
mod map;
mod order;
mod presence;
mod reads;
mod scopes;
mod state;

use async_trait::async_trait;
use erp_core::{
    access::{AccessReads, AuditReads, SessionStore},
    change::{ChangeSet, Receipt},
    chat::ChatReads,
    inventory::InventoryReads,
    port::{EventLog, Maintenance, Store, StoreResult},
    presence::PresenceStore,
    projects::ProjectReads,
    record::RecordReads,
};
use parking_lot::{Mutex, RwLock};
use tokio::sync::Notify;

pub use crate::broadcast::LocalBroadcaster;
use crate::{presence::Leases, state::State};

/// A store in memory. It starts empty but for the built-in roles, and ends with its value.
///
/// It must be used inside a tokio runtime with time enabled: [`EventLog::wait`] has a bound.
#[derive(Debug)]
pub struct MemoryStore {
    state: RwLock<State>,
    /// Locked before `state` by whoever needs both.
    leases: Mutex<Leases>,
    /// Rung after events were written.
    written: Notify,
}

impl MemoryStore {
    /// An empty store, with a log of an epoch of its own.
    pub fn new() -> Self {
        Self {
            state: RwLock::new(State::new()),
            leases: Mutex::new(Leases::default()),
            written: Notify::new(),
        }
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn commit(&self, set: ChangeSet) -> StoreResult<Receipt> {
        let receipt = self.state.write().commit(set)?;
        if receipt.position.is_some() {
            self.written.notify_waiters();
        }
        Ok(receipt)
    }

    async fn commit_each(&self, sets: Vec<ChangeSet>) -> Vec<StoreResult<Receipt>> {
        let mut answers = Vec::with_capacity(sets.len());
        for run in ChangeSet::in_runs(sets, |set| set) {
            answers.extend(self.state.write().commit_run(run));
        }
        if answers.iter().flatten().any(|receipt| receipt.position.is_some()) {
            self.written.notify_waiters();
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
        self
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
