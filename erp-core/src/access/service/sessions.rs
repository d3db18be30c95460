//! Sessions: authenticate, list, end.

use serde::{Deserialize, Serialize};

use super::{AccessService, login::RequestOrigin};
use crate::{
    access::{
        AccessChange, AccessEvent, RevokedSessions, Session, SessionRow, SessionToken,
        rules::sessions::{touch_due, valid_until},
    },
    change::{Audience, EntityRef, NewEvent, Recorder},
    ctx::Ctx,
    error::{Error, Result},
    ids::{SessionId, UserId},
    policy::Action,
    time::Timestamp,
};

/// A request whose sender is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Authenticated {
    /// The context for the services.
    pub ctx: Ctx,
    /// The session.
    pub session: Session,
    /// When the session ends unless it is used before: the earlier of both expiries.
    pub valid_until: Timestamp,
}

/// A session in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    /// The session.
    #[serde(flatten)]
    pub session: Session,
    /// Whether the list was asked for from this very session.
    pub current: bool,
}

#[erp_derive::boxed]
impl AccessService<'_> {
    /// Who sends this token.
    ///
    /// # Errors
    /// Unauthenticated when there is no such session, it has expired (by either rule) or its user
    /// is shut out.
    pub async fn authenticate(
        &self,
        origin: &RequestOrigin,
        token: &SessionToken,
    ) -> Result<Authenticated> {
        let row = self.engine.store().sessions().by_token(&token.hash()).await?;
        let SessionRow { mut session, status } = row.ok_or(Error::Unauthenticated)?;
        let options = &self.engine.options().access;
        let now = self.engine.now();
        if valid_until(&session, status, now, options).is_none() {
            return Err(Error::Unauthenticated);
        }
        if touch_due(&session, now, options) {
            self.engine.store().sessions().touch(session.id, now).await?;
            session.last_used_at = now;
        }
        let valid_until =
            valid_until(&session, status, now, options).ok_or(Error::Unauthenticated)?;
        Ok(Authenticated { ctx: origin.ctx(session.user, session.id), session, valid_until })
    }

    /// Until when a session is good as things stand; none when it is not, or not any more. A live
    /// connection asks when it opens and again when this instant comes.
    ///
    /// # Errors
    /// Store errors.
    pub async fn session_valid_until(&self, id: SessionId) -> Result<Option<Timestamp>> {
        let row = self.engine.store().sessions().by_id(id).await?;
        let (now, options) = (self.engine.now(), &self.engine.options().access);
        Ok(row.and_then(|row| valid_until(&row.session, row.status, now, options)))
    }

    /// A user's live sessions, the newest first.
    ///
    /// # Errors
    /// Not found or forbidden for another's without `sessions.manage`, or with more rights than the
    /// caller's.
    pub async fn sessions(&self, ctx: &Ctx, user: UserId) -> Result<Vec<SessionView>> {
        let (user, _) = self.readable_account(ctx, Action::SessionList, user).await?;
        let (now, options) = (self.engine.now(), &self.engine.options().access);
        let sessions = self.engine.store().sessions().of_user(user.id).await?;
        let live = |session: &Session| valid_until(session, user.status, now, options).is_some();
        let view = |session: Session| {
            let current = ctx.session == Some(session.id);
            SessionView { session, current }
        };
        Ok(sessions.into_iter().filter(live).map(view).collect())
    }

    /// Ends a session; its live connections close.
    ///
    /// # Errors
    /// Not found when there is none, or the caller may not end it.
    pub async fn revoke_session(&self, ctx: &Ctx, id: SessionId) -> Result<()> {
        let row = self.engine.store().sessions().by_id(id).await?;
        // Of a session that is not there nobody is asked, as of one that is hidden.
        let user = row.map_or(UserId::from_uuid(uuid::Uuid::nil()), |row| row.session.user);
        let ended = self.revoke(ctx, user, RevokedSessions::Only(id)).await;
        ended.map_err(|error| match error {
            // Whoever may not end it does not learn that there is one.
            Error::Forbidden { .. } | Error::NotFound { .. } => {
                Error::NotFound { entity: "session" }
            }
            other => other,
        })
    }

    /// Ends all sessions of a user.
    ///
    /// # Errors
    /// As [`Self::sessions`].
    pub async fn revoke_sessions(&self, ctx: &Ctx, user: UserId) -> Result<()> {
        self.revoke(ctx, user, RevokedSessions::All).await
    }

    /// Ends all sessions of the caller but the one that he calls from.
    ///
    /// # Errors
    /// A precondition error when the host itself calls.
    pub async fn revoke_other_sessions(&self, ctx: &Ctx) -> Result<()> {
        let which = ctx.session.map_or(RevokedSessions::All, RevokedSessions::AllBut);
        self.revoke(ctx, ctx.user_id()?, which).await
    }

    /// Ends the session that the call comes from.
    ///
    /// # Errors
    /// A precondition error when it comes from none.
    pub async fn logout(&self, ctx: &Ctx) -> Result<()> {
        let session = ctx.session.ok_or(Error::Precondition("there is no session".into()))?;
        self.revoke(ctx, ctx.user_id()?, RevokedSessions::Only(session)).await
    }

    pub(super) async fn revoke(
        &self,
        ctx: &Ctx,
        user: UserId,
        which: RevokedSessions,
    ) -> Result<()> {
        self.engine.retry(|| self.try_revoke(ctx, user, which)).await
    }

    async fn try_revoke(&self, ctx: &Ctx, user: UserId, which: RevokedSessions) -> Result<()> {
        let account = self.account(ctx, Action::SessionRevoke, user).await?;
        let sessions = self.engine.store().sessions().of_user(user).await?;
        if !sessions.iter().any(|session| which.includes(session.id)) {
            return Ok(());
        }
        let entity = match which {
            RevokedSessions::Only(session) => EntityRef::new("session", session.uuid()),
            RevokedSessions::All | RevokedSessions::AllBut(_) => {
                EntityRef::new("user", user.uuid())
            }
        };
        let mut set = self.engine.change(ctx, Action::SessionRevoke, entity);
        set.guards.extend(account.guard);
        set.change(AccessChange::RevokeSessions { user, which });
        set.record(Recorder::new().created("revoked", which));
        let ended = AccessEvent::SessionsRevoked { user, which };
        set.event(NewEvent::new(ended, [Audience::User(user)]));
        self.engine.commit(set).await?;
        Ok(())
    }
}
