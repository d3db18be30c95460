//! Faults of the reads of users, sessions and the audit log.

use async_trait::async_trait;
use erp_core::{
    access::{
        AccessGraph, AccessReads, AuditAnchor, AuditQuery, AuditReads, CredentialRow, KnownDevice,
        LoginFailures, PasswordHash, Role, Session, SessionRow, SessionStore, Team, TeamMember,
        TokenHash, User, UserQuery, UserStatus,
    },
    change::{AuditEntry, Version},
    ids::{RoleId, SessionId, TeamId, UserId},
    policy::Subject,
    port::StoreResult,
    text::key as folded,
    time::Timestamp,
};

use super::{Fault, Saboteur};

#[async_trait]
impl AccessReads for Saboteur {
    async fn user(&self, id: UserId) -> StoreResult<Option<User>> {
        self.inner.access().user(id).await
    }

    async fn users_by_id(&self, ids: &[UserId]) -> StoreResult<Vec<User>> {
        self.inner.access().users_by_id(ids).await
    }

    async fn users(&self, query: &UserQuery) -> StoreResult<Vec<User>> {
        let pattern = query.search.as_deref().is_some_and(|text| text == "%");
        if self.is(Fault::SearchTakesPatterns) && pattern {
            let query = UserQuery { search: None, ..query.clone() };
            return self.inner.access().users(&query).await;
        }
        let mut users = self.inner.access().users(query).await?;
        if self.is(Fault::PageSkipsTies)
            && let Some((name, _)) = &query.after
        {
            users.retain(|user| folded(&user.display_name) != *name);
        }
        if self.is(Fault::SearchShowsDeleted) && query.search.is_some() && query.status.is_none() {
            let query = UserQuery { status: Some(UserStatus::Deleted), ..query.clone() };
            users.extend(self.inner.access().users(&query).await?);
        }
        Ok(users)
    }

    async fn credentials(&self, email_key: &str) -> StoreResult<Option<CredentialRow>> {
        self.inner.access().credentials(email_key).await
    }

    async fn password(&self, id: UserId) -> StoreResult<Option<PasswordHash>> {
        self.inner.access().password(id).await
    }

    async fn subject(&self, id: UserId) -> StoreResult<Option<Subject>> {
        self.inner.access().subject(id).await
    }

    async fn roles(&self) -> StoreResult<Vec<Role>> {
        self.inner.access().roles().await
    }

    async fn role(&self, id: RoleId) -> StoreResult<Option<Role>> {
        self.inner.access().role(id).await
    }

    async fn roles_of(&self, user: UserId) -> StoreResult<Vec<RoleId>> {
        self.inner.access().roles_of(user).await
    }

    async fn teams(&self) -> StoreResult<Vec<Team>> {
        self.inner.access().teams().await
    }

    async fn team(&self, id: TeamId) -> StoreResult<Option<Team>> {
        self.inner.access().team(id).await
    }

    async fn team_members(&self, team: TeamId) -> StoreResult<Vec<TeamMember>> {
        let mut members = self.inner.access().team_members(team).await?;
        if self.is(Fault::InheritedMembershipHidesDirect) {
            members.iter_mut().for_each(|member| member.direct &= !member.inherited);
        }
        Ok(members)
    }

    async fn graph_version(&self) -> StoreResult<Version> {
        self.inner.access().graph_version().await
    }

    async fn graph(&self) -> StoreResult<AccessGraph> {
        self.inner.access().graph().await
    }

    async fn is_empty(&self) -> StoreResult<bool> {
        self.inner.access().is_empty().await
    }
}

#[async_trait]
impl AuditReads for Saboteur {
    async fn entries(&self, query: &AuditQuery) -> StoreResult<Vec<AuditEntry>> {
        let mut entries = self.inner.audit().entries(query).await?;
        let notes = self.notes();
        entries.retain(|entry| !notes.hidden_audit.contains(&entry.id));
        Ok(entries)
    }

    async fn anchors(&self) -> StoreResult<Vec<AuditAnchor>> {
        self.inner.audit().anchors().await
    }
}

#[async_trait]
impl SessionStore for Saboteur {
    async fn by_token(&self, token: &TokenHash) -> StoreResult<Option<SessionRow>> {
        self.inner.sessions().by_token(token).await
    }

    async fn by_id(&self, id: SessionId) -> StoreResult<Option<SessionRow>> {
        let mut row = self.inner.sessions().by_id(id).await?;
        if let (Some(row), Some(at)) = (&mut row, self.notes().touched.get(&id)) {
            row.session.last_used_at = *at;
        }
        Ok(row)
    }

    async fn of_user(&self, user: UserId) -> StoreResult<Vec<Session>> {
        self.inner.sessions().of_user(user).await
    }

    async fn touch(&self, id: SessionId, at: Timestamp) -> StoreResult<()> {
        if self.is(Fault::TouchMovesBack) {
            self.notes().touched.insert(id, at);
        }
        self.inner.sessions().touch(id, at).await
    }

    async fn failures(&self, key: &str) -> StoreResult<LoginFailures> {
        self.inner.sessions().failures(key).await
    }

    async fn record_failure(
        &self,
        key: &str,
        at: Timestamp,
        forget_before: Timestamp,
    ) -> StoreResult<LoginFailures> {
        let never = self.is(Fault::FailuresNeverForgotten);
        let forget_before = if never { Timestamp::default() } else { forget_before };
        self.inner.sessions().record_failure(key, at, forget_before).await
    }

    async fn device(&self, token: &TokenHash) -> StoreResult<Option<KnownDevice>> {
        self.inner.sessions().device(token).await
    }

    async fn devices_of(&self, user: UserId) -> StoreResult<Vec<KnownDevice>> {
        self.inner.sessions().devices_of(user).await
    }

    async fn take_back_failure(&self, key: &str) -> StoreResult<()> {
        if self.is(Fault::FailuresStayCounted) {
            return Ok(());
        }
        self.inner.sessions().take_back_failure(key).await
    }

    async fn clear_failures(&self, key: &str) -> StoreResult<()> {
        self.inner.sessions().clear_failures(key).await
    }
}
