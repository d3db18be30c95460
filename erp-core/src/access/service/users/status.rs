//! Shutting users out and letting them in.

use super::{UserView, audience};
use crate::{
    access::{
        AccessChange, AccessEvent, AccessService, RevokedSessions, User, UserStatus,
        rules::users::Transition,
    },
    change::{Audience, EntityRef, NewEvent, Recorder, Version},
    ctx::Ctx,
    error::Result,
    ids::UserId,
    policy::Action,
};

#[erp_derive::boxed]
impl AccessService<'_> {
    /// Shuts a user out: his sessions end, his live connections close, history keeps his name.
    ///
    /// # Errors
    /// As [`Self::update_user`]; conflict for the last owner.
    pub async fn deactivate_user(
        &self,
        ctx: &Ctx,
        id: UserId,
        expected: Version,
    ) -> Result<UserView> {
        self.set_status(ctx, id, expected, Transition::Deactivate).await
    }

    /// Lets a deactivated user in again.
    ///
    /// # Errors
    /// As [`Self::update_user`].
    pub async fn reactivate_user(
        &self,
        ctx: &Ctx,
        id: UserId,
        expected: Version,
    ) -> Result<UserView> {
        self.set_status(ctx, id, expected, Transition::Reactivate).await
    }

    /// Deletes a user softly: he is shut out and hidden, and his address is free for another.
    ///
    /// # Errors
    /// As [`Self::deactivate_user`].
    pub async fn delete_user(&self, ctx: &Ctx, id: UserId, expected: Version) -> Result<UserView> {
        self.set_status(ctx, id, expected, Transition::Delete).await
    }

    /// Restores a deleted user: he is let in again, with the roles and teams that he had.
    ///
    /// # Errors
    /// As [`Self::update_user`]; conflict when his address was taken in the meantime.
    pub async fn restore_user(&self, ctx: &Ctx, id: UserId, expected: Version) -> Result<UserView> {
        self.set_status(ctx, id, expected, Transition::Restore).await
    }

    async fn set_status(
        &self,
        ctx: &Ctx,
        id: UserId,
        expected: Version,
        transition: Transition,
    ) -> Result<UserView> {
        self.engine.retry(|| self.try_set_status(ctx, id, expected, transition)).await
    }

    async fn try_set_status(
        &self,
        ctx: &Ctx,
        id: UserId,
        expected: Version,
        transition: Transition,
    ) -> Result<UserView> {
        let action = action(transition);
        let authority = self.authority(ctx).await?;
        let old = self.existing_user(id).await?;
        authority.authorize_account(action, &old)?;
        old.version.must_be(expected, "user")?;
        let Some(status) = transition.applied_to(old.status)? else {
            return Ok(UserView::of(old, &authority.subject));
        };
        let at = self.engine.now();
        let mut set = self.engine.change(ctx, action, EntityRef::new("user", id.uuid()));
        let change = AccessChange::SetUserStatus { id, expected, status, at };
        let which = RevokedSessions::All;
        let shut_out = status != UserStatus::Active;
        let revoked = shut_out.then_some(AccessChange::RevokeSessions { user: id, which });
        authority.decide(&mut set, std::iter::once(change).chain(revoked))?;
        set.record(Recorder::new().field("status", old.status, status));
        let user = User { status, version: old.version.next(), updated_at: at, ..old };
        set.event(NewEvent::new(AccessEvent::UserChanged(user.card()), audience(id)));
        if shut_out {
            let ended = AccessEvent::SessionsRevoked { user: id, which };
            set.event(NewEvent::new(ended, [Audience::User(id)]));
        }
        self.engine.commit(set).await?;
        Ok(UserView::of(user, &authority.subject))
    }
}

fn action(transition: Transition) -> Action {
    match transition {
        Transition::Deactivate => Action::UserDeactivate,
        Transition::Reactivate => Action::UserReactivate,
        Transition::Delete => Action::UserDelete,
        Transition::Restore => Action::UserRestore,
    }
}
