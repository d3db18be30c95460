//! The event log as its readers see it.

use std::sync::Arc;

use async_trait::async_trait;

use super::StoreResult;
use crate::change::{Epoch, Event, Position};

/// A part of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct EventBatch {
    /// The events, in order of position.
    pub events: Vec<Arc<Event>>,
    /// Everything up to here has been read: the last event's position when the batch is full, else
    /// the settled mark.
    pub reached: Position,
}

/// The event log.
///
/// **Contract** Every committed event is read exactly once by whoever reads on from `reached`; the
/// positions rise strictly; every reader sees the same order; of one room or user it is the commit
/// order. There may be holes between positions. The conformance suite's cases under `log` and
/// `log_readers` hold it, above all `rts_6_every_reader_sees_every_event_once_in_one_order`.
#[async_trait]
pub trait EventLog: Send + Sync {
    /// The log's identity.
    async fn epoch(&self) -> StoreResult<Epoch>;

    /// The settled mark: the highest position below which nothing can appear any more. It covers
    /// every event whose commit was answered before the call.
    async fn settled(&self) -> StoreResult<Position>;

    /// The lowest position to read after: events up to it may have been dropped by retention.
    async fn horizon(&self) -> StoreResult<Position>;

    /// The events after this position, up to the settled mark, at most `limit` of them.
    async fn read(&self, after: Position, limit: usize) -> StoreResult<EventBatch>;

    /// Returns as soon as the settled mark is beyond this position. It may return earlier, with the
    /// mark as it is, so that a reader is never stuck for more than about a second.
    async fn wait(&self, after: Position) -> StoreResult<Position>;
}
