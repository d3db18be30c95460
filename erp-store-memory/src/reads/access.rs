//! Users, roles and teams.

use async_trait::async_trait;
use erp_core::{
    access::{
        AccessGraph, AccessReads, CredentialRow, PasswordHash, Role, RoleGrant, RoleHolder, Team,
        TeamMember, TeamNesting, User, UserQuery, UserStatus,
    },
    change::Version,
    ids::{RoleId, TeamId, UserId},
    policy::Subject,
    port::StoreResult,
    text,
};

use crate::{
    MemoryStore,
    order::{by_name, distinct},
    state::AccessState,
};

impl MemoryStore {
    fn with_access<T>(&self, read: impl FnOnce(&AccessState) -> T) -> T {
        read(&self.state.read().domain.access)
    }

    /// The present state, to be read outside the lock.
    fn access_state(&self) -> AccessState {
        self.with_access(AccessState::clone)
    }
}

#[async_trait]
impl AccessReads for MemoryStore {
    async fn user(&self, id: UserId) -> StoreResult<Option<User>> {
        Ok(self.with_access(|state| state.user(id).cloned()))
    }

    async fn users_by_id(&self, ids: &[UserId]) -> StoreResult<Vec<User>> {
        let state = self.access_state();
        Ok(distinct(ids.iter().copied()).filter_map(|id| state.user(id).cloned()).collect())
    }

    async fn users(&self, query: &UserQuery) -> StoreResult<Vec<User>> {
        let state = self.access_state();
        let needle = query.search.as_deref().map(text::key);
        let found = state.user_names.after(query.after.as_ref()).filter_map(|(name, id)| {
            let user = state.user(id)?;
            let wanted = match query.status {
                Some(status) => user.status == status,
                None => user.status != UserStatus::Deleted,
            };
            let found = needle.as_deref().is_none_or(|needle| {
                name.contains(needle) || query.search_email && user.email.key().contains(needle)
            });
            (wanted && found).then(|| user.clone())
        });
        Ok(found.take(query.limit).collect())
    }

    async fn credentials(&self, email_key: &str) -> StoreResult<Option<CredentialRow>> {
        Ok(self.with_access(|state| {
            let row = state.users.get(&state.emails.get(email_key)?)?;
            Some(CredentialRow { user: row.user.clone(), password: row.password.clone() })
        }))
    }

    async fn password(&self, id: UserId) -> StoreResult<Option<PasswordHash>> {
        Ok(self.with_access(|state| state.users.get(&id)?.password.clone()))
    }

    async fn subject(&self, id: UserId) -> StoreResult<Option<Subject>> {
        Ok(self.with_access(|state| state.subject(id)))
    }

    async fn roles(&self) -> StoreResult<Vec<Role>> {
        let roles = self.access_state().roles.values().cloned().collect();
        Ok(by_name(roles, |role| (&role.name, role.id)))
    }

    async fn role(&self, id: RoleId) -> StoreResult<Option<Role>> {
        Ok(self.with_access(|state| state.roles.get(&id).cloned()))
    }

    async fn roles_of(&self, user: UserId) -> StoreResult<Vec<RoleId>> {
        Ok(self.with_access(|state| state.user_roles.of(user).collect()))
    }

    async fn teams(&self) -> StoreResult<Vec<Team>> {
        let teams = self.access_state().teams.values().cloned().collect();
        Ok(by_name(teams, |team| (&team.name, team.id)))
    }

    async fn team(&self, id: TeamId) -> StoreResult<Option<Team>> {
        Ok(self.with_access(|state| state.teams.get(&id).cloned()))
    }

    async fn team_members(&self, team: TeamId) -> StoreResult<Vec<TeamMember>> {
        let state = self.access_state();
        let direct: Vec<UserId> = state.members.of(team).collect();
        let within = state.teams_within(team);
        let inherited = within.into_iter().flat_map(|inner| state.members.of(inner));
        let inherited: Vec<UserId> = distinct(inherited).collect();
        let all = distinct(direct.iter().chain(&inherited).copied());
        let member = |user| TeamMember {
            team,
            user,
            direct: direct.binary_search(&user).is_ok(),
            inherited: inherited.binary_search(&user).is_ok(),
        };
        Ok(all.map(member).collect())
    }

    async fn graph(&self) -> StoreResult<AccessGraph> {
        let state = self.access_state();
        let grant = |(holder, role)| RoleGrant { holder, role };
        let of_users = state.user_roles.pairs().map(|(id, role)| (RoleHolder::User(id), role));
        let of_teams = state.team_roles.pairs().map(|(id, role)| (RoleHolder::Team(id), role));
        let nestings = state.nestings.pairs();
        Ok(AccessGraph {
            version: state.version,
            roles: state.roles.values().cloned().collect(),
            grants: of_users.chain(of_teams).map(grant).collect(),
            nestings: nestings.map(|(parent, child)| TeamNesting { parent, child }).collect(),
            members: state.members.pairs().collect(),
            active_users: state.users.keys().filter(|id| state.is_active(*id)).collect(),
        })
    }

    async fn graph_version(&self) -> StoreResult<Version> {
        Ok(self.with_access(|state| state.version))
    }

    async fn is_empty(&self) -> StoreResult<bool> {
        Ok(self.with_access(|state| state.users.is_empty()))
    }
}
