//! The audit log.

use async_trait::async_trait;
use erp_core::{
    access::{AuditAnchor, AuditQuery, AuditReads},
    change::AuditEntry,
    ctx::Actor,
    port::StoreResult,
};

use crate::MemoryStore;

#[async_trait]
impl AuditReads for MemoryStore {
    async fn entries(&self, query: &AuditQuery) -> StoreResult<Vec<AuditEntry>> {
        let audit = self.state.read().audit.clone();
        let found = audit.newest_first(query.from, query.until, query.after);
        let found = found.filter(|entry| matches(query, entry)).take(query.limit);
        Ok(found.cloned().collect())
    }

    async fn anchors(&self) -> StoreResult<Vec<AuditAnchor>> {
        Ok(self.state.read().audit.anchors().to_vec())
    }
}

fn matches(query: &AuditQuery, entry: &AuditEntry) -> bool {
    query.entity_kind.as_deref().is_none_or(|kind| entry.entity.kind == kind)
        && query.entity_id.is_none_or(|id| entry.entity.id == id)
        && query.project.is_none_or(|project| entry.entity.project == Some(project))
        && query.actor.is_none_or(|actor| entry.actor == Actor::User(actor))
        && query.action.is_none_or(|action| entry.action == action)
}
