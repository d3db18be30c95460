//! Who belongs to a project.

use super::{ProjectService, project_audience, project_entity};
use crate::{
    access::UserStatus,
    change::{Audience, NewEvent, Recorder},
    ctx::Ctx,
    error::{Error, Result},
    ids::{ProjectId, UserId},
    page::{Page, PageRequest},
    policy::Action,
    projects::{ProjectAccess, ProjectChange, ProjectEvent, ProjectMember, ProjectRole, rules},
};

/// Members that a project may begin with.
const MAX_FIRST_MEMBERS: usize = 1_000;

#[erp_derive::boxed]
impl ProjectService<'_> {
    /// The members of a project, by user id.
    ///
    /// # Errors
    /// Not found; a validation error on `cursor`.
    pub async fn members(
        &self,
        ctx: &Ctx,
        project: ProjectId,
        page: &PageRequest,
    ) -> Result<Page<ProjectMember>> {
        self.project_for(ctx, Action::ProjectRead, project).await?;
        let filter = ("project_members", project);
        let after = page.after(&filter)?;
        let projects = self.engine.store().projects();
        let rows = projects.members(project, after, page.limit.get() + 1).await?;
        Page::from_rows(rows, page.limit, &filter, |member| member.user)
    }

    /// Puts a user into a project, or changes the role of one who is in it.
    ///
    /// # Errors
    /// Not found, forbidden, a validation error on `user` when there is no such active user, a
    /// precondition error when the project would lose its last owner.
    pub async fn put_member(
        &self,
        ctx: &Ctx,
        project: ProjectId,
        user: UserId,
        role: ProjectRole,
    ) -> Result<()> {
        let action = Action::ProjectPutMember;
        let attempt = || async {
            let access = self.project_for(ctx, action, project).await?;
            let own = own_role(ctx, &access);
            rules::may_set_role(own, role, action.as_str())?;
            let old = self.member(project, user).await?;
            match &old {
                Some(member) if member.role == role => return Ok(()),
                Some(member) => {
                    rules::may_set_role(own, member.role, action.as_str())?;
                    self.check_owners(project, member).await?;
                }
                None => self.check_active("user", user).await?,
            }
            let mut set = self.change_in(ctx, action, &access, project_entity(project));
            let at = set.at();
            let was = old.as_ref().map(|member| member.role);
            set.record(Recorder::new().created("user", user).field("role", was, role));
            set.change(ProjectChange::PutMember { project, user, role, at });
            let joined_at = old.map_or(at, |member| member.joined_at);
            let before = Box::new(access.project.clone());
            let event = ProjectEvent::MemberPut { project: before, user, role, joined_at };
            set.event(NewEvent::new(event, project_audience(project)));
            self.engine.commit(set).await?;
            Ok(())
        };
        self.engine.retry(attempt).await
    }

    /// Takes a user out of a project; one who is not in it stays out. His assignments stay.
    ///
    /// # Errors
    /// Not found, forbidden, a precondition error for the last owner.
    pub async fn remove_member(&self, ctx: &Ctx, project: ProjectId, user: UserId) -> Result<()> {
        let action = Action::ProjectRemoveMember;
        let attempt = || async {
            let access = self.project_for(ctx, action, project).await?;
            let Some(member) = self.member(project, user).await? else { return Ok(()) };
            rules::may_set_role(own_role(ctx, &access), member.role, action.as_str())?;
            self.take_out(ctx, action, &access, &member).await
        };
        self.engine.retry(attempt).await
    }

    /// The caller leaves a project; it is gone for him from this commit on.
    ///
    /// # Errors
    /// Not found, a precondition error for the last owner.
    pub async fn leave(&self, ctx: &Ctx, project: ProjectId) -> Result<()> {
        let action = Action::ProjectLeave;
        ctx.user_id()?;
        let attempt = || async {
            let access = self.project_for(ctx, action, project).await?;
            let member = access.member.clone().ok_or(Error::NotFound { entity: "project" })?;
            self.take_out(ctx, action, &access, &member).await
        };
        self.engine.retry(attempt).await
    }

    async fn take_out(
        &self,
        ctx: &Ctx,
        action: Action,
        access: &ProjectAccess,
        member: &ProjectMember,
    ) -> Result<()> {
        let ProjectMember { project, user, .. } = *member;
        self.check_owners(project, member).await?;
        let mut set = self.change_in(ctx, action, access, project_entity(project));
        set.record(Recorder::new().field("user", user, serde_json::Value::Null));
        set.change(ProjectChange::RemoveMember { project, user });
        let event = ProjectEvent::MemberRemoved { project, user };
        set.event(NewEvent::new(event, [Audience::Project(project), Audience::User(user)]));
        self.engine.commit(set).await?;
        Ok(())
    }

    /// This member may cease to own the project, if he does. The roster's guard makes it hold.
    async fn check_owners(&self, project: ProjectId, member: &ProjectMember) -> Result<()> {
        if member.role != ProjectRole::Owner {
            return Ok(());
        }
        let owners = self.engine.store().projects().owners(project).await?;
        rules::keeps_an_owner(&owners, member.user)
    }

    async fn member(&self, project: ProjectId, user: UserId) -> Result<Option<ProjectMember>> {
        let access = self.engine.store().projects().access(project, user).await?;
        Ok(access.and_then(|access| access.member))
    }

    /// Whether the user belongs to the project and is let in.
    pub(super) async fn is_active_member(&self, project: ProjectId, user: UserId) -> Result<bool> {
        if self.member(project, user).await?.is_none() {
            return Ok(false);
        }
        let user = self.engine.store().access().user(user).await?;
        Ok(user.is_some_and(|user| user.status == UserStatus::Active))
    }

    async fn check_active(&self, field: &str, user: UserId) -> Result<()> {
        match self.engine.store().access().user(user).await? {
            Some(user) if user.status == UserStatus::Active => Ok(()),
            _ => Err(Error::invalid(field, "no such active user")),
        }
    }

    /// The members that a project begins with: the caller owns it.
    pub(super) async fn first_members(
        &self,
        ctx: &Ctx,
        wanted: &[(UserId, ProjectRole)],
    ) -> Result<Vec<(UserId, ProjectRole)>> {
        if wanted.len() > MAX_FIRST_MEMBERS {
            return Err(Error::invalid("members", "too many"));
        }
        let creator = ctx.actor.user().map(|user| (user, ProjectRole::Owner));
        let mut members: Vec<_> = creator.into_iter().collect();
        for (index, (user, role)) in wanted.iter().enumerate() {
            self.check_active(&format!("members[{index}]"), *user).await?;
            if !members.iter().any(|(known, _)| known == user) {
                members.push((*user, *role));
            }
        }
        if members.iter().any(|(_, role)| *role == ProjectRole::Owner) {
            Ok(members)
        } else {
            Err(Error::invalid("members", "a project needs an owner"))
        }
    }
}

/// The caller's role in the project; none when the host acts, or an administrator of all projects
/// who is no member.
fn own_role(ctx: &Ctx, access: &ProjectAccess) -> Option<ProjectRole> {
    ctx.actor.user()?;
    access.role()
}
