//! Faults of presence.

use async_trait::async_trait;
use erp_core::{
    Ctx,
    change::{Audience, ChangeSet, EntityRef, NewEvent},
    ids::{AuditId, ConnectionId, UserId},
    policy::Action,
    port::StoreResult,
    presence::{Lease, OnlineUser, PresenceEvent, PresenceStore},
    time::Timestamp,
};

use super::{Fault, Saboteur};

#[async_trait]
impl PresenceStore for Saboteur {
    async fn open(&self, lease: Lease) -> StoreResult<bool> {
        let first = self.inner.presence().open(lease).await?;
        self.notes().leases.insert(lease.connection, lease);
        if first && self.is(Fault::OnlineTwice) {
            let entity = EntityRef::new("user", lease.user.uuid());
            let id = AuditId::from_uuid(lease.connection.uuid());
            let action = Action::RealtimeConnect;
            let mut set = ChangeSet::new(&Ctx::system(), action, entity, lease.opened_at, id);
            let online = PresenceEvent::Online { user: lease.user, since: lease.opened_at };
            set.event(NewEvent::new(online, [Audience::PeersOf(lease.user)]));
            self.inner.commit(set).await?;
        }
        Ok(first)
    }

    async fn renew(
        &self,
        connections: &[ConnectionId],
        expires_at: Timestamp,
    ) -> StoreResult<Vec<ConnectionId>> {
        let mut gone = self.inner.presence().renew(connections, expires_at).await?;
        if self.is(Fault::ClosedLeaseRevived) {
            let known: Vec<Lease> = {
                let notes = self.notes();
                gone.iter().filter_map(|one| notes.leases.get(one).copied()).collect()
            };
            for mut lease in known {
                gone.retain(|connection| *connection != lease.connection);
                // Under another id, as the store behind refuses the closed one.
                let revived = uuid::Uuid::from_u128(lease.connection.uuid().as_u128() ^ 0xff);
                lease.connection = ConnectionId::from_uuid(revived);
                lease.expires_at = expires_at;
                self.inner.presence().open(lease).await?;
            }
        }
        Ok(gone)
    }

    async fn close(&self, connection: ConnectionId, expires_at: Timestamp) -> StoreResult<()> {
        self.inner.presence().close(connection, expires_at).await
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> StoreResult<Vec<UserId>> {
        self.inner.presence().sweep(now, limit).await
    }

    async fn online(
        &self,
        users: Option<&[UserId]>,
        now: Timestamp,
    ) -> StoreResult<Vec<OnlineUser>> {
        let listed = self.is(Fault::LapsedUsersListed);
        let now = if listed { now - chrono::TimeDelta::seconds(10) } else { now };
        self.inner.presence().online(users, now).await
    }
}
