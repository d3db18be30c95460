//! Setting passwords.

use serde::Deserialize;

use super::{
    AccessService,
    authority::not_deleted,
    input::Password,
    login::RequestOrigin,
    throttle::{COME_AGAIN, Keys},
};
use crate::{
    access::{
        AccessChange, AccessEvent, PasswordHash, RevokedSessions, User,
        rules::{
            login::Brake,
            passwords::{self as rules, Holder},
            reports::Mishap,
        },
    },
    change::{Audience, ChangeSet, EntityRef, Guard, NewEvent, Scope},
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

/// Who tells a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// Someone with a session or a known device.
    Known,
    /// Someone.
    Stranger,
}

/// Whether a password is the right one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Checked {
    Right,
    /// It is, but its hash is not as a new one would be.
    RightButOld,
    Wrong,
}

impl Checked {
    pub(super) fn is_right(self) -> bool {
        self != Self::Wrong
    }
}

#[erp_derive::boxed]
impl AccessService<'_> {
    /// Changes the caller's own password. All his other sessions end (AUTH-1).
    ///
    /// # Errors
    /// Validation errors on `current` and `new`; rate limited when too many passwords are being checked.
    /// After repeated wrong guesses it takes longer.
    pub async fn change_password(&self, ctx: &Ctx, change: PasswordChange) -> Result<()> {
        let user = ctx.user_id()?;
        let subject = self.engine.subject(ctx).await?;
        let own = Resource::Account { user, permissions: subject.permissions };
        policy::authorize(&subject, Action::UserSetPassword, &own)?;
        self.check_password("new", &change.new, &self.existing_user(user).await?)?;
        let changed = async {
            let hash = self.hash(&change.new).await?;
            self.engine.retry(|| self.try_change_password(ctx, user, &change.current, &hash)).await
        };
        self.telling_password(ctx, "current", changed).await
    }

    /// Does what takes the caller's own password, which tells by a validation error on this field that it
    /// was wrong. Whoever has only got hold of a session must not guess the password through it: it counts
    /// as a failed login, and slows down what comes through the same session.
    pub(super) async fn telling_password<T>(
        &self,
        ctx: &Ctx,
        field: &'static str,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let keys = self.keys_of(ctx)?;
        let origin = RequestOrigin { ip: ctx.ip, ..RequestOrigin::default() };
        self.hold(&origin, &keys).await?;
        let done = work.await;
        match &done {
            Err(error) if *error == wrong_password(field) => {
                self.note(&origin, Mishap::Failed).await;
            }
            // The password was right, or was not looked at.
            Ok(_) | Err(_) => self.release(&keys).await?,
        }
        done
    }

    /// Checks that this is the caller's present password. One that is right forgives the guesses before.
    pub(super) async fn confirm_password(
        &self,
        ctx: &Ctx,
        field: &'static str,
        password: &Password,
    ) -> Result<()> {
        let hash = self.engine.store().access().password(ctx.user_id()?).await?;
        let checked = self.verify(password, hash.as_ref(), Caller::Known).await?;
        if !checked.is_right() {
            return Err(wrong_password(field));
        }
        self.forgive(&self.keys_of(ctx)?).await
    }

    /// Under which key the passwords are counted that are told through the caller's session.
    fn keys_of(&self, ctx: &Ctx) -> Result<Keys> {
        let session = ctx.session.map(|id| id.to_string());
        let session = session.map_or_else(|| ctx.user_id().map(|id| id.to_string()), Ok)?;
        Ok(Keys::of_session(Brake::place(&self.engine.options().access), &session))
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
        let account = self.account(ctx, Action::UserSetPassword, user).await?;
        not_deleted(&account.user)?;
        self.check_password("new", &new, &account.user)?;
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
        self.confirm_password(ctx, "current", current).await?;
        let which = ctx.session.map_or(RevokedSessions::All, RevokedSessions::AllBut);
        let mut set = self.password_change(ctx, user, new, which);
        set.guard(Guard::Held(Scope::access_graph(), version));
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

    /// Checks that this may become the user's password.
    pub(super) fn check_password(
        &self,
        field: &'static str,
        password: &Password,
        user: &User,
    ) -> Result<()> {
        let holder = Holder { email: user.email.as_str(), name: &user.display_name };
        self.check_password_of(field, password, holder)
    }

    /// The same of someone who is not there yet.
    pub(super) fn check_password_of(
        &self,
        field: &'static str,
        password: &Password,
        holder: Holder<'_>,
    ) -> Result<()> {
        let min_bytes = self.engine.options().access.password_min_bytes;
        rules::check(field, password.expose(), min_bytes, holder)
    }

    /// The hash of the password's normal form.
    pub(super) async fn hash(&self, password: &Password) -> Result<PasswordHash> {
        let normal = rules::normal_form(password.expose());
        self.engine.passwords().hash(&normal).await.map_err(fault)
    }

    /// Whether the password is the hash's; without a hash the same work and no. So is a text that is too
    /// long to be anyone's password. How much work a wrong one takes depends on its text alone.
    pub(super) async fn verify(
        &self,
        password: &Password,
        hash: Option<&PasswordHash>,
        caller: Caller,
    ) -> Result<Checked> {
        let passwords = self.engine.passwords();
        for (number, form) in rules::forms(password.expose()).iter().enumerate() {
            let right = match caller {
                Caller::Known => passwords.verify_known(form, hash).await,
                Caller::Stranger => passwords.verify(form, hash).await,
            };
            if right.map_err(fault)? {
                let current = hash.is_some_and(|hash| passwords.is_current(hash));
                // The normal form comes first, unless there is none that fits.
                let normal = number == 0 && **form == *rules::normal_form(password.expose());
                let as_new = current && normal;
                return Ok(if as_new { Checked::Right } else { Checked::RightButOld });
            }
        }
        Ok(Checked::Wrong)
    }
}

fn wrong_password(field: &'static str) -> Error {
    Error::invalid(field, "is not the password")
}

fn fault(error: PasswordError) -> Error {
    match error {
        PasswordError::Busy => Error::RateLimited { retry_after: COME_AGAIN },
        PasswordError::Failed(text) => Error::Internal(text),
    }
}
