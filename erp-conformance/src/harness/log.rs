//! What a case reads of the event log and of the audit log.

use std::sync::Arc;

use erp_core::{
    access::AuditQuery,
    change::{AuditEntry, Event, Position},
    ids::AuditId,
};

use super::Harness;

impl Harness {
    /// Every event after this position.
    ///
    /// # Panics
    /// When the store cannot read.
    pub async fn events_after(&self, mut after: Position) -> Vec<Arc<Event>> {
        let mut events = Vec::new();
        loop {
            let batch = self.store.events().read(after, 500).await.expect("a read");
            let full = batch.events.len() == 500;
            events.extend(batch.events);
            after = batch.reached;
            if !full {
                return events;
            }
        }
    }

    /// Every event.
    ///
    /// # Panics
    /// When the store cannot read.
    pub async fn events(&self) -> Vec<Arc<Event>> {
        self.events_after(Position::START).await
    }

    /// The kinds of the events after this position, such as `chat.message_posted`.
    ///
    /// # Panics
    /// When the store cannot read.
    pub async fn kinds_after(&self, after: Position) -> Vec<String> {
        let events = self.events_after(after).await;
        events.iter().map(|event| event.body.kind().into_owned()).collect()
    }

    /// The end of the log as it is now.
    ///
    /// # Panics
    /// When the store cannot read.
    pub async fn settled(&self) -> Position {
        self.store.events().settled().await.expect("a read")
    }

    /// Every audit entry, the newest first.
    ///
    /// # Panics
    /// When the store cannot read.
    pub async fn audit(&self) -> Vec<AuditEntry> {
        let query = AuditQuery { limit: 100_000, ..AuditQuery::default() };
        self.store.audit().entries(&query).await.expect("a read")
    }

    /// Whether the audit log has this entry.
    ///
    /// # Panics
    /// When the store cannot read.
    pub async fn has_audit(&self, id: AuditId) -> bool {
        self.audit().await.iter().any(|entry| entry.id == id)
    }
}
