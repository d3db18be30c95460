//! Who is in a team: users, and other teams.

use serde_json::Value;

use super::{READERS, entity};
use crate::{
    access::{
        AccessChange, AccessEvent, AccessService, TeamNesting,
        service::authority::{Authority, not_deleted},
    },
    change::{Audience, NewEvent, Recorder},
    ctx::Ctx,
    error::Result,
    ids::{TeamId, UserId},
    policy::Action,
};

#[erp_derive::boxed]
impl AccessService<'_> {
    /// Puts a user into a team. Doing it again changes nothing.
    ///
    /// # Errors
    /// Not found; forbidden when the team carries rights that the caller lacks (AUTH-9); a
    /// precondition error for a deleted user.
    pub async fn add_team_member(&self, ctx: &Ctx, team: TeamId, user: UserId) -> Result<()> {
        self.engine.retry(|| self.try_add_team_member(ctx, team, user)).await
    }

    async fn try_add_team_member(&self, ctx: &Ctx, team: TeamId, user: UserId) -> Result<()> {
        let authority = self.member_authority(ctx, Action::TeamAddMember, team, user).await?;
        if authority.graph().members.contains(&(team, user)) {
            return Ok(());
        }
        not_deleted(&self.existing_user(user).await?)?;
        let mut set = self.engine.change(ctx, Action::TeamAddMember, entity(team));
        authority.decide(&mut set, [AccessChange::AddTeamMember { team, user }])?;
        set.record(Recorder::new().created("member", user));
        let added = AccessEvent::TeamMemberAdded { team, user };
        set.event(NewEvent::new(added, audience(user)));
        self.engine.commit(set).await?;
        Ok(())
    }

    /// Takes a user out of a team. Doing it again changes nothing.
    ///
    /// # Errors
    /// As [`Self::add_team_member`]; conflict when no owner would remain (AUTH-7).
    pub async fn remove_team_member(&self, ctx: &Ctx, team: TeamId, user: UserId) -> Result<()> {
        self.engine.retry(|| self.try_remove_team_member(ctx, team, user)).await
    }

    async fn try_remove_team_member(&self, ctx: &Ctx, team: TeamId, user: UserId) -> Result<()> {
        let authority = self.member_authority(ctx, Action::TeamRemoveMember, team, user).await?;
        if !authority.graph().members.contains(&(team, user)) {
            return Ok(());
        }
        let mut set = self.engine.change(ctx, Action::TeamRemoveMember, entity(team));
        authority.decide(&mut set, [AccessChange::RemoveTeamMember { team, user }])?;
        set.record(Recorder::new().field("member", user, Value::Null));
        let removed = AccessEvent::TeamMemberRemoved { team, user };
        set.event(NewEvent::new(removed, audience(user)));
        self.engine.commit(set).await?;
        Ok(())
    }

    /// The caller, when he may change who gets this team's rights and may see the user.
    async fn member_authority(
        &self,
        ctx: &Ctx,
        action: Action,
        team: TeamId,
        user: UserId,
    ) -> Result<Authority> {
        let authority = self.authority(ctx).await?;
        self.existing_team(team).await?;
        authority.authorize_team(action, team)?;
        let user = self.existing_user(user).await?;
        authority.authorize_account(Action::UserRead, &user)?;
        Ok(authority)
    }

    /// Puts a team into a team: the child's members become the parent's. Doing it again changes
    /// nothing.
    ///
    /// # Errors
    /// Not found; forbidden when the parent carries rights that the caller lacks; conflict, with
    /// the teams along it, when a ring would close (AUTH-10).
    pub async fn nest_team(&self, ctx: &Ctx, nesting: TeamNesting) -> Result<()> {
        self.engine.retry(|| self.try_nest_team(ctx, nesting)).await
    }

    async fn try_nest_team(&self, ctx: &Ctx, nesting: TeamNesting) -> Result<()> {
        let authority = self.nesting_authority(ctx, Action::TeamNest, nesting).await?;
        if authority.graph().nestings.contains(&nesting) {
            return Ok(());
        }
        let mut set = self.engine.change(ctx, Action::TeamNest, entity(nesting.parent));
        authority.decide(&mut set, [AccessChange::NestTeam(nesting)])?;
        set.record(Recorder::new().created("child", nesting.child));
        set.event(NewEvent::new(AccessEvent::TeamNested(nesting), READERS));
        self.engine.commit(set).await?;
        Ok(())
    }

    /// Takes a team out of a team. Doing it again changes nothing.
    ///
    /// # Errors
    /// Not found; forbidden when the parent carries rights that the caller lacks; conflict when no
    /// owner would remain (AUTH-7).
    pub async fn unnest_team(&self, ctx: &Ctx, nesting: TeamNesting) -> Result<()> {
        self.engine.retry(|| self.try_unnest_team(ctx, nesting)).await
    }

    async fn try_unnest_team(&self, ctx: &Ctx, nesting: TeamNesting) -> Result<()> {
        let authority = self.nesting_authority(ctx, Action::TeamUnnest, nesting).await?;
        if !authority.graph().nestings.contains(&nesting) {
            return Ok(());
        }
        let mut set = self.engine.change(ctx, Action::TeamUnnest, entity(nesting.parent));
        authority.decide(&mut set, [AccessChange::UnnestTeam(nesting)])?;
        set.record(Recorder::new().field("child", nesting.child, Value::Null));
        set.event(NewEvent::new(AccessEvent::TeamUnnested(nesting), READERS));
        self.engine.commit(set).await?;
        Ok(())
    }

    /// The caller, when he may change who gets the parent's rights: the child's members do.
    async fn nesting_authority(
        &self,
        ctx: &Ctx,
        action: Action,
        nesting: TeamNesting,
    ) -> Result<Authority> {
        let authority = self.authority(ctx).await?;
        self.existing_team(nesting.parent).await?;
        self.existing_team(nesting.child).await?;
        authority.authorize_team(action, nesting.parent)?;
        Ok(authority)
    }
}

fn audience(user: UserId) -> impl Iterator<Item = Audience> {
    READERS.into_iter().chain([Audience::User(user)])
}
