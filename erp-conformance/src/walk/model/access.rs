//! Users, sessions, roles and teams.

use erp_core::{
    Conflict,
    access::{
        AccessChange as C, KnownDevice, RevokedSessions, Role, RoleGrant, RoleHolder, Team, User,
        UserStatus,
    },
    change::Version,
    ids::{RoleId, TeamId, UserId},
    policy::{PermissionSet, Subject},
    port::StoreResult,
};

use super::{Model, UserRow, exists, missing, raise, same_name};

impl Model {
    pub(in crate::walk) fn user(&self, id: UserId) -> StoreResult<&User> {
        let found = self.users.iter().find(|row| row.user.id == id);
        found.map(|row| &row.user).ok_or_else(|| missing("user"))
    }

    fn role(&self, id: RoleId) -> StoreResult<&Role> {
        self.roles.iter().find(|role| role.id == id).ok_or_else(|| missing("role"))
    }

    fn team(&self, id: TeamId) -> StoreResult<&Team> {
        self.teams.iter().find(|team| team.id == id).ok_or_else(|| missing("team"))
    }

    pub(super) fn change_access(&mut self, change: C) -> StoreResult<()> {
        match change {
            C::CreateUser { user, password } => {
                if self.user(user.id).is_ok() {
                    return Err(exists("user"));
                }
                self.check_email(&user)?;
                self.users.push(UserRow { user, password: password.map(|hash| hash.0) });
            }
            C::UpdateUser { id, expected, patch, at } => {
                let mut user = self.user(id)?.clone();
                raise("user", &mut user.version, expected)?;
                user.email = patch.email.unwrap_or(user.email);
                user.display_name = patch.display_name.unwrap_or(user.display_name);
                user.updated_at = at;
                self.replace_user(user)?;
            }
            C::SetUserStatus { id, expected, status, at } => {
                let mut user = self.user(id)?.clone();
                raise("user", &mut user.version, expected)?;
                user.status = status;
                user.updated_at = at;
                self.replace_user(user)?;
            }
            C::SetPassword { id, password } => {
                self.user(id)?;
                let row = self.users.iter_mut().find(|row| row.user.id == id);
                row.expect("just found").password = Some(password.0);
            }
            C::CreateSession { session, token } => {
                self.user(session.user)?;
                self.sessions.push((session, token.0));
            }
            C::RevokeSessions { user, which } => self.sessions.retain(|(session, _)| {
                let ends = match which {
                    RevokedSessions::All => true,
                    RevokedSessions::AllBut(kept) => session.id != kept,
                    RevokedSessions::Only(one) => session.id == one,
                };
                session.user != user || !ends
            }),
            C::RememberDevice(device) => {
                let known = self.devices.iter().find(|known| known.token == device.token);
                if known.is_some_and(|known| known.user != device.user) {
                    return Err(exists("device"));
                }
                self.user(device.user)?;
                let created_at = known.map_or(device.created_at, |known| known.created_at);
                self.devices.retain(|known| known.token != device.token);
                self.devices.push(KnownDevice { created_at, ..device });
            }
            C::ForgetDevice { user, token } => {
                self.devices.retain(|known| known.user != user || known.token != token);
            }
            other => self.change_rights(other)?,
        }
        Ok(())
    }

    fn replace_user(&mut self, user: User) -> StoreResult<()> {
        self.check_email(&user)?;
        let row = self.users.iter_mut().find(|row| row.user.id == user.id);
        row.expect("just found").user = user;
        Ok(())
    }

    /// Of those who are not deleted, no other one has this user's address.
    fn check_email(&self, user: &User) -> StoreResult<()> {
        let counts = |one: &User| one.status != UserStatus::Deleted;
        let taken = self.users.iter().map(|row| &row.user).any(|other| {
            other.id != user.id
                && counts(other)
                && counts(user)
                && other.email.key() == user.email.key()
        });
        if taken { Err(Conflict::taken("user", "email").into()) } else { Ok(()) }
    }

    fn change_rights(&mut self, change: C) -> StoreResult<()> {
        match change {
            C::CreateRole(role) => {
                if self.role(role.id).is_ok() {
                    return Err(exists("role"));
                }
                self.check_role_name(role.id, &role.name)?;
                self.roles.push(role);
            }
            C::UpdateRole { id, expected, name, permissions } => {
                let mut version = self.role(id)?.version;
                raise("role", &mut version, expected)?;
                self.check_role_name(id, &name)?;
                self.roles.retain(|role| role.id != id);
                self.roles.push(Role { id, name, permissions, built_in: false, version });
            }
            C::DeleteRole { id, expected } => {
                raise("role", &mut self.role(id)?.version.clone(), expected)?;
                self.roles.retain(|role| role.id != id);
                self.grants.retain(|grant| grant.role != id);
            }
            C::GrantRole { holder, role } => {
                match holder {
                    RoleHolder::User(user) => drop(self.user(user)?),
                    RoleHolder::Team(team) => drop(self.team(team)?),
                }
                self.role(role)?;
                let grant = RoleGrant { holder, role };
                if !self.grants.contains(&grant) {
                    self.grants.push(grant);
                }
            }
            C::RevokeRole { holder, role } => {
                self.grants.retain(|grant| *grant != RoleGrant { holder, role });
            }
            other => self.change_teams(other)?,
        }
        Ok(())
    }

    fn check_role_name(&self, id: RoleId, name: &str) -> StoreResult<()> {
        let taken = self.roles.iter().any(|role| role.id != id && same_name(&role.name, name));
        if taken { Err(Conflict::taken("role", "name").into()) } else { Ok(()) }
    }

    fn change_teams(&mut self, change: C) -> StoreResult<()> {
        match change {
            C::CreateTeam(team) => {
                if self.team(team.id).is_ok() {
                    return Err(exists("team"));
                }
                self.check_team_name(team.id, &team.name)?;
                self.teams.push(team);
            }
            C::RenameTeam { id, expected, name } => {
                let mut team = self.team(id)?.clone();
                raise("team", &mut team.version, expected)?;
                self.check_team_name(id, &name)?;
                self.teams.retain(|team| team.id != id);
                self.teams.push(Team { name, ..team });
            }
            C::DeleteTeam { id, expected } => {
                raise("team", &mut self.team(id)?.version.clone(), expected)?;
                self.teams.retain(|team| team.id != id);
                self.grants.retain(|grant| grant.holder != RoleHolder::Team(id));
                self.team_members.retain(|(team, _)| *team != id);
                self.nestings.retain(|nesting| nesting.parent != id && nesting.child != id);
            }
            C::AddTeamMember { team, user } => {
                self.team(team)?;
                self.user(user)?;
                if !self.team_members.contains(&(team, user)) {
                    self.team_members.push((team, user));
                }
            }
            C::RemoveTeamMember { team, user } => {
                self.team_members.retain(|member| *member != (team, user));
            }
            C::NestTeam(nesting) => {
                self.team(nesting.parent)?;
                self.team(nesting.child)?;
                if !self.nestings.contains(&nesting) {
                    self.nestings.push(nesting);
                }
            }
            C::UnnestTeam(nesting) => self.nestings.retain(|one| *one != nesting),
            other => panic!("a change of another part: {other:?}"),
        }
        Ok(())
    }

    fn check_team_name(&self, id: TeamId, name: &str) -> StoreResult<()> {
        let taken = self.teams.iter().any(|team| team.id != id && same_name(&team.name, name));
        if taken { Err(Conflict::taken("team", "name").into()) } else { Ok(()) }
    }

    /// Whether the user is in a team that is nested in this one, at whatever depth.
    pub(in crate::walk) fn inherits(&self, team: TeamId, user: UserId) -> bool {
        let inner = self.nestings.iter().filter(|nesting| nesting.parent == team);
        let mut inner = inner.map(|nesting| nesting.child);
        inner.any(|child| self.team_members.contains(&(child, user)) || self.inherits(child, user))
    }

    /// The user with the union of his roles and those of his teams.
    pub(in crate::walk) fn subject(&self, id: UserId) -> Option<Subject> {
        let user = self.user(id).ok()?;
        let holds = |grant: &&RoleGrant| match grant.holder {
            RoleHolder::User(user) => user == id,
            RoleHolder::Team(team) => {
                self.team_members.contains(&(team, id)) || self.inherits(team, id)
            }
        };
        let mut permissions = PermissionSet::EMPTY;
        for grant in self.grants.iter().filter(holds) {
            permissions = permissions.union(self.role(grant.role).ok()?.permissions);
        }
        let active = user.status == UserStatus::Active;
        Some(Subject { active, ..Subject::user(id, permissions) })
    }

    /// The present version of a versioned thing, for a change that expects it.
    pub(in crate::walk) fn role_version(&self, id: RoleId) -> Version {
        self.role(id).map_or(Version::FIRST, |role| role.version)
    }
}
