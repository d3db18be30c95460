//! Setting passwords.

use std::time::Duration;

use serde::Deserialize;

use super::{
    AccessService,
    authority::not_deleted,
    input::{MAX_PASSWORD_BYTES, Password},
    throttle::throttle_key,
};
use crate::{
    access::{AccessChange, AccessEvent, PasswordHash, RevokedSessions, rules::login::Brake},
    change::{Audience, ChangeSet, EntityRef, Guard, NewEvent},
    ctx::Ctx,
    error::{Error, Result},
    ids::UserId,
    policy::{self, Action, Resource},
    port::PasswordError,
};

/// A change of one's own password.
#[derive(Clone, Debug, Deserialize)]
pub struct PasswordChange {
    /// The present password.
    pub current: Password,
    /// The new one.
    pub new: Password,
}

#[erp_derive::boxed]
impl AccessService<'_> {
    /// Changes the caller's own password. All his other sessions end (AUTH-1).
    ///
    /// # Errors
    /// Validation errors on `current` and `new`; rate limited after repeated wrong guesses.
    pub async fn change_password(&self, ctx: &Ctx, change: PasswordChange) -> Result<()> {
        let user = ctx.user_id()?;
        let subject = self.engine.subject(ctx).await?;
        let own = Resource::Account { user, permissions: subject.permissions };
        policy::authorize(&subject, Action::UserSetPassword, &own)?;
        self.check_password("new", &change.new)?;
        // Whoever has only got hold of a session must not guess the password through it.
        let key = throttle_key("password", &[&user.to_string()]);
        self.admit(&key, Brake::network(&self.engine.options().access)).await?;
        let hash = self.hash(&change.new).await?;
        self.engine.retry(|| self.try_change_password(ctx, user, &change.current, &hash)).await?;
        self.engine.store().sessions().clear_failures(&key).await?;
        Ok(())
    }

    /// Sets a user's password without knowing the present one. All his sessions end (AUTH-1).
    ///
    /// # Errors
    /// Not found; forbidden for an account with more rights than the caller's; a validation error on
    /// `new`; a precondition error for a deleted user, and for the caller's own account, which
    /// [`Self::change_password`] is for.
    pub async fn set_password(&self, ctx: &Ctx, user: UserId, new: Password) -> Result<()> {
        if ctx.actor.user() == Some(user) {
            let text = "change your own password by telling the present one";
            return Err(Error::Precondition(text.into()));
        }
        not_deleted(&self.account(ctx, Action::UserSetPassword, user).await?.user)?;
        self.check_password("new", &new)?;
        let hash = self.hash(&new).await?;
        self.engine.retry(|| self.try_set_password(ctx, user, &hash)).await
    }

    async fn try_set_password(&self, ctx: &Ctx, user: UserId, new: &PasswordHash) -> Result<()> {
        let account = self.account(ctx, Action::UserSetPassword, user).await?;
        not_deleted(&account.user)?;
        let mut set = self.password_change(ctx, user, new, RevokedSessions::All);
        set.guards.extend(account.guard);
        self.engine.commit(set).await?;
        Ok(())
    }

    async fn try_change_password(
        &self,
        ctx: &Ctx,
        user: UserId,
        current: &Password,
        new: &PasswordHash,
    ) -> Result<()> {
        let store = self.engine.store().access();
        // The version first: another change of the password in between raises it.
        let version = store.graph_version().await?;
        self.engine.subject(ctx).await?;
        let hash = store.password(user).await?;
        if !self.verify(current, hash.as_ref()).await? {
            return Err(Error::invalid("current", "is not the password"));
        }
        let which = ctx.session.map_or(RevokedSessions::All, RevokedSessions::AllBut);
        let mut set = self.password_change(ctx, user, new, which);
        set.guard(Guard::AccessGraph(version));
        self.engine.commit(set).await?;
        Ok(())
    }

    /// The new password and the end of sessions, in one. The audit log learns that, not what.
    fn password_change(
        &self,
        ctx: &Ctx,
        user: UserId,
        new: &PasswordHash,
        which: RevokedSessions,
    ) -> ChangeSet {
        let entity = EntityRef::new("user", user.uuid());
        let mut set = self.engine.change(ctx, Action::UserSetPassword, entity);
        set.change(AccessChange::SetPassword { id: user, password: new.clone() });
        set.change(AccessChange::RevokeSessions { user, which });
        let ended = AccessEvent::SessionsRevoked { user, which };
        set.event(NewEvent::new(ended, [Audience::User(user)]));
        set
    }

    /// Checks that this may become someone's password.
    pub(super) fn check_password(&self, field: &'static str, password: &Password) -> Result<()> {
        password.validate(field, self.engine.options().access.password_min_chars)
    }

    pub(super) async fn hash(&self, password: &Password) -> Result<PasswordHash> {
        self.engine.passwords().hash(password.expose()).await.map_err(fault)
    }

    /// Whether the password is the hash's; without a hash the same work and no. So is a text that
    /// is too long to be anyone's password.
    pub(super) async fn verify(
        &self,
        password: &Password,
        hash: Option<&PasswordHash>,
    ) -> Result<bool> {
        let (text, hash) = match password.expose() {
            text if text.len() > MAX_PASSWORD_BYTES => ("", None),
            text => (text, hash),
        };
        self.engine.passwords().verify(text, hash).await.map_err(fault)
    }
}

fn fault(error: PasswordError) -> Error {
    match error {
        PasswordError::Busy => Error::RateLimited { retry_after: Duration::from_secs(1) },
        PasswordError::Failed(text) => Error::Internal(text),
    }
}
