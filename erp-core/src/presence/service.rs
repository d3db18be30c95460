//! Who is online, for those who may know; and the leases, for the hub.

use std::collections::BTreeSet;

use super::model::{Lease, OnlineUser};
use crate::{
    ctx::Ctx,
    engine::Engine,
    error::Result,
    ids::{ConnectionId, NodeId, UserId},
    policy::{self, Action, Permission, Resource},
};

/// Users whose presence one sweep ends at most.
const SWEEP_LIMIT: usize = 500;

/// Who is online.
pub struct PresenceService<'a> {
    engine: &'a Engine,
}

#[erp_derive::boxed]
impl<'a> PresenceService<'a> {
    pub(crate) fn new(engine: &'a Engine) -> Self {
        Self { engine }
    }

    /// The users who are online, of those whom the caller may see: all with `users.read`, else
    /// himself and those who share a room with him.
    ///
    /// # Errors
    /// Unauthenticated; store errors.
    pub async fn online(&self, ctx: &Ctx) -> Result<Vec<OnlineUser>> {
        let subject = self.engine.subject(ctx).await?;
        let store = self.engine.store();
        let now = self.engine.now();
        if subject.has(Permission::UsersRead) {
            policy::authorize(&subject, Action::PresenceRead, &Resource::Global)?;
            return Ok(store.presence().online(None, now).await?);
        }
        let user = ctx.user_id()?;
        let own = Resource::Account { user, permissions: subject.permissions };
        policy::authorize(&subject, Action::PresenceRead, &own)?;
        let mut visible: BTreeSet<UserId> = store.chat().peers(user).await?.into_iter().collect();
        visible.insert(user);
        let visible: Vec<UserId> = visible.into_iter().collect();
        Ok(store.presence().online(Some(&visible), now).await?)
    }

    /// A connection of this user opened on this node.
    ///
    /// # Errors
    /// Store errors.
    pub async fn connected(
        &self,
        node: NodeId,
        connection: ConnectionId,
        user: UserId,
    ) -> Result<()> {
        let opened_at = self.engine.now();
        let expires_at = opened_at + self.engine.options().presence.ttl;
        let lease = Lease { connection, user, node, opened_at, expires_at };
        self.engine.store().presence().open(lease).await?;
        Ok(())
    }

    /// These connections are alive. Returns those whose lease had lapsed: open them anew.
    ///
    /// # Errors
    /// Store errors.
    pub async fn renew(&self, connections: &[ConnectionId]) -> Result<Vec<ConnectionId>> {
        let expires_at = self.engine.now() + self.engine.options().presence.ttl;
        Ok(self.engine.store().presence().renew(connections, expires_at).await?)
    }

    /// A connection closed; its lease runs on for the grace.
    ///
    /// # Errors
    /// Store errors.
    pub async fn disconnected(&self, connection: ConnectionId) -> Result<()> {
        let expires_at = self.engine.now() + self.engine.options().presence.grace;
        Ok(self.engine.store().presence().close(connection, expires_at).await?)
    }

    /// Ends the presence of those whose last lease is over. Every node calls it now and then.
    ///
    /// # Errors
    /// Store errors.
    pub async fn sweep(&self) -> Result<Vec<UserId>> {
        Ok(self.engine.store().presence().sweep(self.engine.now(), SWEEP_LIMIT).await?)
    }
}
