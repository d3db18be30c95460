//! Users, sessions, roles and teams.

use std::sync::Arc;

use super::relation::Relation;
use crate::map::{Index, Names, Set, Table};
use erp_core::{
    access::{
        BUILT_IN_ROLES, KnownDevice, PasswordHash, Role, Session, Team, TokenHash, User, UserStatus,
    },
    change::Version,
    ctx::Actor,
    ids::{RoleId, SessionId, TeamId, UserId},
    policy::{PermissionSet, Subject},
    text,
    time::Timestamp,
};

/// A user with what a login checks.
#[derive(Clone)]
pub(crate) struct UserState {
    pub user: User,
    pub password: Option<PasswordHash>,
}

/// A session with the hash of its token.
#[derive(Clone)]
pub(crate) struct SessionState {
    pub session: Session,
    pub token: TokenHash,
}

#[derive(Clone)]
pub(crate) struct AccessState {
    /// The version of the access graph.
    pub version: Version,
    pub users: Table<UserId, UserState>,
    /// Addresses (normalised) of the users who are not deleted.
    pub emails: Names<str, UserId>,
    /// Every user by lower-cased name: the order in which they are listed.
    pub user_names: Names<(String, UserId), UserId>,
    pub sessions: Table<SessionId, SessionState>,
    pub tokens: Index<TokenHash, SessionId>,
    /// A user's sessions by creation.
    pub sessions_of: Set<(UserId, Timestamp, SessionId)>,
    pub devices: Table<TokenHash, KnownDevice>,
    /// A user's devices by their last use; they are few.
    pub devices_of: Table<UserId, Vec<(Timestamp, TokenHash)>>,
    pub roles: Table<RoleId, Role>,
    /// Lower-cased.
    pub role_names: Names<str, RoleId>,
    pub teams: Table<TeamId, Team>,
    /// Lower-cased.
    pub team_names: Names<str, TeamId>,
    pub user_roles: Relation<UserId, RoleId>,
    pub team_roles: Relation<TeamId, RoleId>,
    pub members: Relation<TeamId, UserId>,
    /// Outer team to inner team.
    pub nestings: Relation<TeamId, TeamId>,
}

impl AccessState {
    pub fn new() -> Self {
        let mut role_names = Names::<str, RoleId>::new();
        for role in BUILT_IN_ROLES {
            role_names.insert(&text::key(role.name), role.id);
        }
        Self {
            version: Version::FIRST,
            users: Table::new(),
            emails: Names::new(),
            user_names: Names::new(),
            sessions: Table::new(),
            tokens: Index::new(),
            sessions_of: Set::new(),
            devices: Table::new(),
            devices_of: Table::new(),
            roles: BUILT_IN_ROLES.iter().map(|role| (role.id, Arc::new(role.role()))).collect(),
            role_names,
            teams: Table::new(),
            team_names: Names::new(),
            user_roles: Relation::default(),
            team_roles: Relation::default(),
            members: Relation::default(),
            nestings: Relation::default(),
        }
    }

    pub fn user(&self, id: UserId) -> Option<&User> {
        self.users.get(&id).map(|row| &row.user)
    }

    pub fn is_active(&self, id: UserId) -> bool {
        self.user(id).is_some_and(|user| user.status == UserStatus::Active)
    }

    pub fn subject(&self, id: UserId) -> Option<Subject> {
        let user = self.user(id)?;
        Some(Subject {
            actor: Actor::User(id),
            active: user.status == UserStatus::Active,
            permissions: self.permissions(id),
        })
    }

    /// The union of the user's roles and those of the teams he is in, however deep.
    fn permissions(&self, user: UserId) -> PermissionSet {
        let of_teams = self
            .teams_around(self.members.to(user))
            .into_iter()
            .flat_map(|team| self.team_roles.of(team));
        self.user_roles
            .of(user)
            .chain(of_teams)
            .filter_map(|role| self.roles.get(&role))
            .fold(PermissionSet::EMPTY, |all, role| all.union(role.permissions))
    }

    /// These teams and all that they are nested in.
    fn teams_around(&self, teams: impl Iterator<Item = TeamId>) -> Vec<TeamId> {
        closure(teams, |team| self.nestings.to(team))
    }

    /// The teams that are nested in this one.
    pub fn teams_within(&self, team: TeamId) -> Vec<TeamId> {
        closure(self.nestings.of(team), |team| self.nestings.of(team))
    }
}

/// Everything that is reached from the first ones, in order; each once, so a ring would do no harm.
fn closure<I: Iterator<Item = TeamId>>(
    first: impl Iterator<Item = TeamId>,
    next: impl Fn(TeamId) -> I,
) -> Vec<TeamId> {
    let mut open: Vec<TeamId> = first.collect();
    let mut reached: Vec<TeamId> = Vec::new();
    while let Some(team) = open.pop() {
        if let Err(place) = reached.binary_search(&team) {
            reached.insert(place, team);
            open.extend(next(team));
        }
    }
    reached
}
