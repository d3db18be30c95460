//! Retention and self-checks.

use async_trait::async_trait;

use super::StoreResult;
use crate::{access::AuditAnchor, change::Position, time::Timestamp};

/// A kept counter that is not what the rows it counts say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discrepancy {
    /// The counter, such as `room.member_count`.
    pub counter: &'static str,
    /// The thing that it belongs to.
    pub id: uuid::Uuid,
    /// What is kept; of a decimal, in millionths.
    pub stored: i64,
    /// What the rows say.
    pub actual: i64,
}

/// What a host runs from time to time. None of it changes what users see of the domain.
#[async_trait]
pub trait Maintenance: Send + Sync {
    /// Drops whole periods of the event log that lie entirely before this instant, and returns the
    /// new horizon. Whoever resumes from before it must reload.
    async fn drop_events_before(&self, before: Timestamp) -> StoreResult<Position>;

    /// Drops whole months (UTC) of the audit log that lie entirely before this instant, the oldest
    /// first, and leaves an anchor for each that had entries. Returns the new anchors.
    async fn drop_audit_before(&self, before: Timestamp) -> StoreResult<Vec<AuditAnchor>>;

    /// Forgets idempotency records older than this; returns how many.
    async fn purge_idempotency(&self, before: Timestamp) -> StoreResult<u64>;

    /// Forgets sessions and devices that ended (by `expires_at`) before this, and failed logins whose
    /// last was before it; returns how many rows.
    async fn purge_sessions(&self, before: Timestamp) -> StoreResult<u64>;

    /// Recomputes every kept counter from base rows and reports differences: none, always.
    async fn verify(&self) -> StoreResult<Vec<Discrepancy>>;
}
