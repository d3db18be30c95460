//! The caller's rights and those of what he acts on, taken from one state of the access graph. A
//! change that was decided on it commits under a guard on its version.

use super::AccessService;
use crate::{
    access::{
        AccessChange, AccessGraph, Role, User, UserStatus,
        rules::{graph::GraphView, invariants},
    },
    change::{ChangeSet, Guard, Scope},
    ctx::{Actor, Ctx},
    error::{Error, Result},
    ids::{RoleId, TeamId, UserId},
    policy::{self, Action, PermissionSet, Resource, Subject},
};

/// The caller and the graph, read together.
pub(super) struct Authority {
    graph: AccessGraph,
    pub(super) subject: Subject,
}

impl Authority {
    pub(super) fn graph(&self) -> &AccessGraph {
        &self.graph
    }

    pub(super) fn view(&self) -> GraphView<'_> {
        GraphView::new(&self.graph)
    }

    /// The role of this id.
    pub(super) fn role(&self, id: RoleId) -> Result<&Role> {
        let role = self.graph.roles.iter().find(|role| role.id == id);
        role.ok_or(Error::NotFound { entity: "role" })
    }

    /// Asks the policy about a team, by the rights that its members get.
    pub(super) fn authorize_team(&self, action: Action, team: TeamId) -> Result<()> {
        policy::authorize(&self.subject, action, &Resource::Team(self.view().carried_by(team)))
    }

    /// Asks the policy about an account.
    pub(super) fn authorize_account(&self, action: Action, user: &User) -> Result<()> {
        authorize_account(&self.subject, action, user, self.view().rights_of(user.id))
    }

    /// Adds the changes to the set, under the guard, when they leave the graph sound.
    pub(super) fn decide(
        &self,
        set: &mut ChangeSet,
        changes: impl IntoIterator<Item = AccessChange>,
    ) -> Result<()> {
        let changes: Vec<_> = changes.into_iter().collect();
        invariants::check(&self.graph, &changes)?;
        for change in changes {
            set.change(change);
        }
        set.guard(self.guard());
        Ok(())
    }

    fn guard(&self) -> Guard {
        Guard::Held(Scope::access_graph(), self.graph.version)
    }
}

/// A user on whom the caller may do what he asked for.
pub(super) struct Account {
    pub(super) user: User,
    pub(super) subject: Subject,
    /// What the permission rests on; none for one's own account and for the host.
    pub(super) guard: Option<Guard>,
}

impl AccessService<'_> {
    /// The caller with the graph.
    pub(super) async fn authority(&self, ctx: &Ctx) -> Result<Authority> {
        let graph = self.engine.store().access().graph().await?;
        let subject = GraphView::new(&graph).subject(ctx.actor).ok_or(Error::Unauthenticated)?;
        Ok(Authority { graph, subject })
    }

    /// The user, when the caller may do this to his account: a decision to commit under the guard.
    pub(super) async fn account(&self, ctx: &Ctx, action: Action, id: UserId) -> Result<Account> {
        if ctx.actor == Actor::System || ctx.actor == Actor::User(id) {
            let (user, subject) = self.readable_account(ctx, action, id).await?;
            return Ok(Account { user, subject, guard: None });
        }
        let authority = self.authority(ctx).await?;
        let user = self.existing_user(id).await?;
        authority.authorize_account(action, &user)?;
        Ok(Account { user, subject: authority.subject, guard: Some(authority.guard()) })
    }

    /// The same without a guard, for reads.
    pub(super) async fn readable_account(
        &self,
        ctx: &Ctx,
        action: Action,
        id: UserId,
    ) -> Result<(User, Subject)> {
        let subject = self.engine.subject(ctx).await?;
        let user = self.engine.store().access().user(id).await?;
        let rights = if subject.is(id) {
            subject.permissions
        } else {
            // Asked for also when there is no such user: it is as when he is hidden.
            let target = self.engine.store().access().subject(id).await?;
            target.map_or(PermissionSet::EMPTY, |target| target.permissions)
        };
        let user = user.ok_or(Error::NotFound { entity: "user" })?;
        authorize_account(&subject, action, &user, rights)?;
        Ok((user, subject))
    }

    pub(super) async fn existing_user(&self, id: UserId) -> Result<User> {
        let user = self.engine.store().access().user(id).await?;
        user.ok_or(Error::NotFound { entity: "user" })
    }
}

/// Asks the policy about an account. A deleted one is not there for those who could not restore it.
fn authorize_account(
    subject: &Subject,
    action: Action,
    user: &User,
    permissions: PermissionSet,
) -> Result<()> {
    if user.status == UserStatus::Deleted {
        policy::authorize(subject, Action::UserRestore, &Resource::Global)
            .map_err(|_| Error::NotFound { entity: "user" })?;
    }
    policy::authorize(subject, action, &Resource::Account { user: user.id, permissions })
}

/// Refuses what makes no sense for a deleted user.
pub(super) fn not_deleted(user: &User) -> Result<()> {
    match user.status {
        UserStatus::Deleted => Err(Error::Precondition("the user is deleted".into())),
        UserStatus::Active | UserStatus::Deactivated => Ok(()),
    }
}
