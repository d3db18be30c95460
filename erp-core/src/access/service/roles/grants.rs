//! Who has which role.

use std::collections::BTreeSet;

use serde_json::Value;

use super::READERS;
use crate::{
    access::{
        AccessChange, AccessEvent, AccessService, Role, RoleHolder,
        rules::graph::GraphView,
        service::authority::{Authority, not_deleted},
    },
    change::{Audience, EntityRef, NewEvent, Recorder},
    ctx::Ctx,
    error::Result,
    ids::RoleId,
    policy::{self, Action, Resource},
};

#[erp_derive::boxed]
impl AccessService<'_> {
    /// The roles that a user or a team has directly, by name.
    ///
    /// # Errors
    /// Not found; forbidden without `roles.read`, unless they are the caller's own.
    pub async fn roles_of(&self, ctx: &Ctx, holder: RoleHolder) -> Result<Vec<Role>> {
        let subject = self.engine.subject(ctx).await?;
        let store = self.engine.store().access();
        let own = match holder {
            RoleHolder::User(user) => {
                self.readable_account(ctx, Action::UserRead, user).await?;
                subject.is(user)
            }
            RoleHolder::Team(team) => {
                self.readable_team(&subject, team).await?;
                false
            }
        };
        if !own {
            policy::authorize(&subject, Action::RoleRead, &Resource::Global)?;
        }
        let held: BTreeSet<RoleId> = match holder {
            RoleHolder::User(user) => store.roles_of(user).await?.into_iter().collect(),
            RoleHolder::Team(_) => {
                let graph = store.graph().await?;
                GraphView::new(&graph).roles_of(holder).iter().copied().collect()
            }
        };
        let mut roles = store.roles().await?;
        roles.retain(|role| held.contains(&role.id));
        Ok(roles)
    }

    /// Gives a role to a user or a team. Giving it again changes nothing.
    ///
    /// # Errors
    /// Not found; forbidden when the role, the account or the team has rights that the caller lacks
    /// (AUTH-9); a precondition error for a deleted user.
    pub async fn grant_role(&self, ctx: &Ctx, holder: RoleHolder, role: RoleId) -> Result<()> {
        self.engine.retry(|| self.try_grant_role(ctx, holder, role)).await
    }

    async fn try_grant_role(&self, ctx: &Ctx, holder: RoleHolder, role: RoleId) -> Result<()> {
        let authority = self.authority(ctx).await?;
        self.authorize_grant(&authority, Action::RoleGrant, holder, role).await?;
        if authority.view().roles_of(holder).contains(&role) {
            return Ok(());
        }
        let mut set = self.engine.change(ctx, Action::RoleGrant, entity(holder));
        authority.decide(&mut set, [AccessChange::GrantRole { holder, role }])?;
        set.record(Recorder::new().created("role", role));
        set.event(NewEvent::new(AccessEvent::RoleGranted { holder, role }, audience(holder)));
        self.engine.commit(set).await?;
        Ok(())
    }

    /// Takes a role from a user or a team. Taking what is not there changes nothing.
    ///
    /// # Errors
    /// As [`Self::grant_role`]; conflict when no owner would remain (AUTH-7).
    pub async fn revoke_role(&self, ctx: &Ctx, holder: RoleHolder, role: RoleId) -> Result<()> {
        self.engine.retry(|| self.try_revoke_role(ctx, holder, role)).await
    }

    async fn try_revoke_role(&self, ctx: &Ctx, holder: RoleHolder, role: RoleId) -> Result<()> {
        let authority = self.authority(ctx).await?;
        self.authorize_grant(&authority, Action::RoleRevoke, holder, role).await?;
        if !authority.view().roles_of(holder).contains(&role) {
            return Ok(());
        }
        let mut set = self.engine.change(ctx, Action::RoleRevoke, entity(holder));
        authority.decide(&mut set, [AccessChange::RevokeRole { holder, role }])?;
        set.record(Recorder::new().field("role", role, Value::Null));
        set.event(NewEvent::new(AccessEvent::RoleRevoked { holder, role }, audience(holder)));
        self.engine.commit(set).await?;
        Ok(())
    }

    /// Both the role and its holder must be within the caller's own rights: nobody gives what he
    /// lacks, nor takes from one who may do more.
    async fn authorize_grant(
        &self,
        authority: &Authority,
        action: Action,
        holder: RoleHolder,
        role: RoleId,
    ) -> Result<()> {
        let permissions = authority.role(role)?.permissions;
        policy::authorize(&authority.subject, action, &Resource::Role(permissions))?;
        match holder {
            RoleHolder::User(user) => {
                let user = self.existing_user(user).await?;
                authority.authorize_account(action, &user)?;
                if action == Action::RoleGrant { not_deleted(&user) } else { Ok(()) }
            }
            RoleHolder::Team(team) => {
                self.existing_team(team).await?;
                authority.authorize_team(action, team)
            }
        }
    }
}

fn entity(holder: RoleHolder) -> EntityRef {
    match holder {
        RoleHolder::User(user) => EntityRef::new("user", user.uuid()),
        RoleHolder::Team(team) => EntityRef::new("team", team.uuid()),
    }
}

fn audience(holder: RoleHolder) -> Vec<Audience> {
    let holder = match holder {
        RoleHolder::User(user) => Some(Audience::User(user)),
        RoleHolder::Team(_) => None,
    };
    READERS.into_iter().chain(holder).collect()
}
