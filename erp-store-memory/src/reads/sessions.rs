//! Sessions and the memory of failed logins.

use std::sync::Arc;

use async_trait::async_trait;
use erp_core::{
    access::{KnownDevice, LoginFailures, Session, SessionRow, SessionStore, TokenHash},
    ids::{SessionId, UserId},
    port::StoreResult,
    time::Timestamp,
};

use crate::{MemoryStore, state::AccessState};

#[async_trait]
impl SessionStore for MemoryStore {
    async fn by_token(&self, token: &TokenHash) -> StoreResult<Option<SessionRow>> {
        let state = self.state.read();
        let access = &state.domain.access;
        Ok(access.tokens.get(token).and_then(|id| row(access, id)))
    }

    async fn by_id(&self, id: SessionId) -> StoreResult<Option<SessionRow>> {
        Ok(row(&self.state.read().domain.access, id))
    }

    async fn of_user(&self, user: UserId) -> StoreResult<Vec<Session>> {
        let state = self.state.read();
        let access = &state.domain.access;
        let ids = access.sessions_of.before(user, None).map(|(_, id)| id);
        Ok(ids.filter_map(|id| Some(access.sessions.get(&id)?.session.clone())).collect())
    }

    async fn touch(&self, id: SessionId, at: Timestamp) -> StoreResult<()> {
        if let Some(row) = self.state.write().domain.access.sessions.get_mut(&id) {
            let session = &mut row.session;
            session.last_used_at = session.last_used_at.max(at);
        }
        Ok(())
    }

    async fn failures(&self, key: &str) -> StoreResult<LoginFailures> {
        Ok(self.state.read().failures.get(key).copied().unwrap_or_default())
    }

    async fn record_failure(
        &self,
        key: &str,
        at: Timestamp,
        forget_before: Timestamp,
    ) -> StoreResult<LoginFailures> {
        let mut state = self.state.write();
        let mut failures = state.failures.get(key).copied().unwrap_or_default();
        if failures.last_at.is_some_and(|last| last < forget_before) {
            failures.count = 0;
        }
        failures.count = failures.count.saturating_add(1);
        failures.last_at = Some(at);
        state.failures.insert(key, Arc::new(failures));
        Ok(failures)
    }

    async fn device(&self, token: &TokenHash) -> StoreResult<Option<KnownDevice>> {
        Ok(self.state.read().domain.access.devices.get(token).cloned())
    }

    async fn devices_of(&self, user: UserId) -> StoreResult<Vec<KnownDevice>> {
        let state = self.state.read();
        let access = &state.domain.access;
        let tokens = access.devices_of.get(&user).into_iter().flat_map(|of| of.iter().rev());
        Ok(tokens.filter_map(|(_, token)| access.devices.get(token).cloned()).collect())
    }

    async fn take_back_failure(&self, key: &str) -> StoreResult<()> {
        let mut state = self.state.write();
        if let Some(mut failures) = state.failures.get(key).copied() {
            failures.count = failures.count.saturating_sub(1);
            state.failures.insert(key, Arc::new(failures));
        }
        Ok(())
    }

    async fn clear_failures(&self, key: &str) -> StoreResult<()> {
        self.state.write().failures.remove(key);
        Ok(())
    }
}

fn row(access: &AccessState, id: SessionId) -> Option<SessionRow> {
    let session = access.sessions.get(&id)?.session.clone();
    let status = access.user(session.user)?.status;
    Some(SessionRow { session, status })
}
