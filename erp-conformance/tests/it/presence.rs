//! The presence suite alone, on the presence store of a memory store.

use std::sync::Arc;

use async_trait::async_trait;
use erp_conformance::TestPresence;
use erp_core::{
    change::{Epoch, Position},
    ids::{ConnectionId, UserId},
    port::{EventBatch, EventLog, SeededIds, Store as _, StoreResult},
    presence::{Lease, OnlineUser, PresenceStore},
    time::Timestamp,
};
use erp_store_memory::MemoryStore;

/// A presence store of its own, as a host would write one.
struct Presence(MemoryStore);

#[async_trait]
impl PresenceStore for Presence {
    async fn open(&self, lease: Lease) -> StoreResult<bool> {
        self.0.presence().open(lease).await
    }

    async fn renew(
        &self,
        connections: &[ConnectionId],
        expires_at: Timestamp,
    ) -> StoreResult<Vec<ConnectionId>> {
        self.0.presence().renew(connections, expires_at).await
    }

    async fn close(&self, connection: ConnectionId, expires_at: Timestamp) -> StoreResult<()> {
        self.0.presence().close(connection, expires_at).await
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> StoreResult<Vec<UserId>> {
        self.0.presence().sweep(now, limit).await
    }

    async fn online(
        &self,
        users: Option<&[UserId]>,
        now: Timestamp,
    ) -> StoreResult<Vec<OnlineUser>> {
        self.0.presence().online(users, now).await
    }
}

#[async_trait]
impl EventLog for Presence {
    async fn epoch(&self) -> StoreResult<Epoch> {
        self.0.events().epoch().await
    }

    async fn settled(&self) -> StoreResult<Position> {
        self.0.events().settled().await
    }

    async fn horizon(&self) -> StoreResult<Position> {
        self.0.events().horizon().await
    }

    async fn read(&self, after: Position, limit: usize) -> StoreResult<EventBatch> {
        self.0.events().read(after, limit).await
    }

    async fn wait(&self, after: Position) -> StoreResult<Position> {
        self.0.events().wait(after).await
    }
}

/// Users need not exist for the memory store's presence.
async fn fresh() -> TestPresence {
    let presence = Arc::new(Presence(MemoryStore::new()));
    let ids = SeededIds::new(3);
    let users = (0..4).map(|_| UserId::generate(&ids)).collect();
    TestPresence::new(presence.clone(), presence, users)
}

erp_conformance::presence_conformance!(fresh);
