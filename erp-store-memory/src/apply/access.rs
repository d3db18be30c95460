//! Changes of users, sessions, roles and teams.

mod devices;
mod roles;
mod teams;
mod users;

use erp_core::{
    access::{AccessChange as C, Role, TeamNesting},
    port::StoreResult,
};

use crate::state::Domain;

impl Domain {
    pub(super) fn apply_access(&mut self, change: C) -> StoreResult<()> {
        let state = &mut self.access;
        match change {
            C::CreateUser { user, password } => state.create_user(user, password),
            C::UpdateUser { id, expected, patch, at } => state.update_user(id, expected, patch, at),
            C::SetUserStatus { id, expected, status, at } => {
                state.set_user_status(id, expected, status, at)
            }
            C::SetPassword { id, password } => state.set_password(id, password),
            C::CreateSession { session, token } => state.create_session(session, token),
            C::RevokeSessions { user, which } => state.revoke_sessions(user, which),
            C::RememberDevice(device) => state.remember_device(device),
            C::ForgetDevice { user, token } => {
                state.forget_device(user, token);
                Ok(())
            }
            C::CreateRole(role) => state.create_role(role),
            C::UpdateRole { id, expected, name, permissions } => {
                state.update_role(id, expected, |role| Role { name, permissions, ..role })
            }
            C::DeleteRole { id, expected } => state.delete_role(id, expected),
            C::GrantRole { holder, role } => state.grant_role(holder, role),
            C::RevokeRole { holder, role } => state.revoke_role(holder, role),
            C::CreateTeam(team) => state.create_team(team),
            C::RenameTeam { id, expected, name } => state.rename_team(id, expected, name),
            C::DeleteTeam { id, expected } => state.delete_team(id, expected),
            C::AddTeamMember { team, user } => state.add_team_member(team, user),
            C::RemoveTeamMember { team, user } => {
                state.members.remove(team, user);
                Ok(())
            }
            C::NestTeam(nesting) => state.nest_team(nesting),
            C::UnnestTeam(TeamNesting { parent, child }) => {
                state.nestings.remove(parent, child);
                Ok(())
            }
        }
    }
}
