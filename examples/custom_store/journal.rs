//! The store.

use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use erp_core::{
    access::{AccessReads, AuditReads, SessionStore},
    change::{AuditEntry, ChangeSet, Position, Receipt},
    chat::ChatReads,
    inventory::InventoryReads,
    port::{EventLog, Maintenance, Store, StoreError, StoreResult},
    presence::PresenceStore,
    projects::ProjectReads,
    record::RecordReads,
};
use serde::Serialize;

/// A store that writes a line of JSON for every commit into a file, after another store has
/// written it. A commit that the other store refuses, or knows already by its idempotency key,
/// leaves no line.
pub struct JournalStore {
    inner: Arc<dyn Store>,
    journal: Arc<Mutex<File>>,
}

#[derive(Serialize)]
struct Line<'a> {
    position: Option<Position>,
    #[serde(flatten)]
    audit: &'a AuditEntry,
}

impl JournalStore {
    /// The journal in this file, over this store. Lines are added to a file that is there.
    pub fn open(inner: Arc<dyn Store>, path: &Path) -> std::io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self { inner, journal: Arc::new(Mutex::new(file)) })
    }
}

/// Adds a line in one write, so that two lines never mix.
fn note(journal: &Mutex<File>, receipt: &Receipt, audit: &AuditEntry) -> std::io::Result<()> {
    let mut line = serde_json::to_vec(&Line { position: receipt.position, audit })?;
    line.push(b'\n');
    journal.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line)
}

#[async_trait]
impl Store for JournalStore {
    async fn commit(&self, set: ChangeSet) -> StoreResult<Receipt> {
        let nothing = || Err(StoreError::Internal("no answer to a commit".to_owned()));
        self.commit_each(vec![set]).await.pop().unwrap_or_else(nothing)
    }

    // What is handed on together stays together: the other store may know how to write it at once.
    async fn commit_each(&self, sets: Vec<ChangeSet>) -> Vec<StoreResult<Receipt>> {
        let (inner, journal) = (Arc::clone(&self.inner), Arc::clone(&self.journal));
        let count = sets.len();
        // A caller may go away at any moment. In a task of its own the commit comes to its end with
        // its line, or neither is written.
        let commit = tokio::spawn(async move {
            let audits: Vec<AuditEntry> = sets.iter().map(|set| set.audit.clone()).collect();
            let answers = inner.commit_each(sets).await;
            for (answer, audit) in answers.iter().zip(&audits) {
                let Some(receipt) = answer.as_ref().ok().filter(|it| it.replayed.is_none()) else {
                    continue;
                };
                // The commit has happened; a full disk must not make it look refused.
                if let Err(error) = note(&journal, receipt, audit) {
                    tracing::error!(%error, "the journal lacks a line");
                }
            }
            answers
        });
        commit.await.unwrap_or_else(|error| {
            (0..count).map(|_| Err(StoreError::Internal(error.to_string()))).collect()
        })
    }

    fn access(&self) -> &dyn AccessReads {
        self.inner.access()
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
        self.inner.projects()
    }

    fn records(&self) -> &dyn RecordReads {
        self.inner.records()
    }

    fn presence(&self) -> &dyn PresenceStore {
        self.inner.presence()
    }

    fn events(&self) -> &dyn EventLog {
        self.inner.events()
    }

    fn maintenance(&self) -> &dyn Maintenance {
        self.inner.maintenance()
    }
}
