//! Faults of the event log and of retention.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;
use erp_core::{
    access::AuditAnchor,
    change::{Epoch, Event, Position},
    port::{Discrepancy, EventBatch, EventLog, Maintenance, StoreResult},
    time::Timestamp,
};

use super::{Fault, Saboteur};

#[async_trait]
impl EventLog for Saboteur {
    async fn epoch(&self) -> StoreResult<Epoch> {
        self.inner.events().epoch().await
    }

    async fn settled(&self) -> StoreResult<Position> {
        let settled = self.inner.events().settled().await?;
        let early = i64::from(self.is(Fault::SettledTooEarly));
        Ok(Position(settled.0 + early))
    }

    async fn horizon(&self) -> StoreResult<Position> {
        self.inner.events().horizon().await
    }

    async fn read(&self, after: Position, limit: usize) -> StoreResult<EventBatch> {
        let mut batch = self.inner.events().read(after, limit).await?;
        match self.fault {
            // As a cursor over positions does while a lower one is not committed yet.
            Fault::SettledTooEarly if batch.events.len() < limit => batch.reached.0 += 1,
            // It takes every fifth position for a hole when it reads on from just before it.
            Fault::ReaderSkipsAnEvent => {
                let hole = |event: &Arc<Event>| {
                    event.position.0 == after.0 + 1 && event.position.0 % 5 == 0
                };
                batch.events.retain(|event| !hole(event));
            }
            Fault::ReadersDisagree => {
                self.notes().reads += 1;
                if self.notes().reads.is_multiple_of(2) {
                    batch.events.reverse();
                }
            }
            _ => {}
        }
        Ok(batch)
    }

    async fn wait(&self, after: Position) -> StoreResult<Position> {
        self.inner.events().wait(after).await
    }
}

#[async_trait]
impl Maintenance for Saboteur {
    async fn drop_events_before(&self, before: Timestamp) -> StoreResult<Position> {
        let more = self.is(Fault::RetentionDropsFreshEvents);
        let before = if more { before + TimeDelta::days(150) } else { before };
        self.inner.maintenance().drop_events_before(before).await
    }

    async fn drop_audit_before(&self, before: Timestamp) -> StoreResult<Vec<AuditAnchor>> {
        let more = self.is(Fault::RetentionDropsAPartOfAMonth);
        let before = if more { before + TimeDelta::days(31) } else { before };
        let mut anchors = self.inner.maintenance().drop_audit_before(before).await?;
        if self.is(Fault::AnchorsNotChained) {
            for anchor in &mut anchors {
                anchor.digest = AuditAnchor::digest_of(None, []);
            }
        }
        Ok(anchors)
    }

    async fn purge_idempotency(&self, before: Timestamp) -> StoreResult<u64> {
        self.inner.maintenance().purge_idempotency(before).await
    }

    async fn purge_sessions(&self, before: Timestamp) -> StoreResult<u64> {
        self.inner.maintenance().purge_sessions(before).await
    }

    async fn verify(&self) -> StoreResult<Vec<Discrepancy>> {
        self.inner.maintenance().verify().await
    }
}
