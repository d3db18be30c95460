//! The event log as its readers see it.

use std::time::Duration;

use async_trait::async_trait;
use erp_core::{
    change::{Epoch, Position},
    port::{EventBatch, EventLog, StoreResult},
};

use crate::MemoryStore;

/// The longest that a reader waits without a new event.
const WAIT: Duration = Duration::from_secs(1);

#[async_trait]
impl EventLog for MemoryStore {
    async fn epoch(&self) -> StoreResult<Epoch> {
        Ok(self.state.read().log.epoch.clone())
    }

    async fn settled(&self) -> StoreResult<Position> {
        Ok(self.state.read().log.settled())
    }

    async fn horizon(&self) -> StoreResult<Position> {
        Ok(self.state.read().log.horizon())
    }

    async fn read(&self, after: Position, limit: usize) -> StoreResult<EventBatch> {
        let log = self.state.read().log.clone();
        Ok(log.read(after, limit))
    }

    async fn wait(&self, after: Position) -> StoreResult<Position> {
        // Made before the mark is read: what is written in between rings it.
        let written = self.written.notified();
        let settled = self.settled().await?;
        if settled > after {
            return Ok(settled);
        }
        // Ringing or not, the mark is what it is.
        let _ = tokio::time::timeout(WAIT, written).await;
        self.settled().await
    }
}
