//! Users, sessions, roles and teams.

use std::{collections::BTreeSet, sync::Arc};

use erp_core::{
    access::{
        BUILT_IN_ROLES, KnownDevice, PasswordHash, Role, Session, Team, TokenHash, User, UserStatus,
    },
    change::Version,
    ctx::Actor,
    ids::{RoleId, SessionId, TeamId, UserId},
    policy::{PermissionSet, Subject},
    time::Timestamp,
};
use imbl::{HashMap, OrdMap, OrdSet};

use super::relation::Relation;

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
    pub users: HashMap<UserId, Arc<UserState>>,
    /// Addresses (normalised) of the users who are not deleted.
    pub emails: HashMap<String, UserId>,
    /// Every user by lower-cased name: the order in which they are listed.
    pub user_names: OrdSet<(Arc<str>, UserId)>,
    pub sessions: HashMap<SessionId, Arc<SessionState>>,
    pub tokens: HashMap<TokenHash, SessionId>,
    /// A user's sessions by creation.
    pub sessions_of: HashMap<UserId, OrdSet<(Timestamp, SessionId)>>,
    pub devices: HashMap<TokenHash, KnownDevice>,
    /// A user's devices by their last use.
    pub devices_of: HashMap<UserId, OrdSet<(Timestamp, TokenHash)>>,
    pub roles: OrdMap<RoleId, Arc<Role>>,
    /// Lower-cased.
    pub role_names: HashMap<String, RoleId>,
    pub teams: OrdMap<TeamId, Arc<Team>>,
    /// Lower-cased.
    pub team_names: HashMap<String, TeamId>,
    pub user_roles: Relation<UserId, RoleId>,
    pub team_roles: Relation<TeamId, RoleId>,
    pub members: Relation<TeamId, UserId>,
    /// Outer team to inner team.
    pub nestings: Relation<TeamId, TeamId>,
}

impl AccessState {
    pub fn new() -> Self {
        let roles = BUILT_IN_ROLES.iter();
        Self {
            version: Version::FIRST,
            users: HashMap::new(),
            emails: HashMap::new(),
            user_names: OrdSet::new(),
            sessions: HashMap::new(),
            tokens: HashMap::new(),
            sessions_of: HashMap::new(),
            devices: HashMap::new(),
            devices_of: HashMap::new(),
            roles: roles.clone().map(|role| (role.id, Arc::new(role.role()))).collect(),
            role_names: roles.map(|role| (role.name.to_lowercase(), role.id)).collect(),
            teams: OrdMap::new(),
            team_names: HashMap::new(),
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
    fn teams_around(&self, teams: impl Iterator<Item = TeamId>) -> BTreeSet<TeamId> {
        closure(teams, |team| self.nestings.to(team))
    }

    /// The teams that are nested in this one.
    pub fn teams_within(&self, team: TeamId) -> BTreeSet<TeamId> {
        closure(self.nestings.of(team), |team| self.nestings.of(team))
    }
}

/// Everything that is reached from the first ones; each once, so a ring would do no harm.
fn closure<I: Iterator<Item = TeamId>>(
    first: impl Iterator<Item = TeamId>,
    next: impl Fn(TeamId) -> I,
) -> BTreeSet<TeamId> {
    let mut open: Vec<TeamId> = first.collect();
    let mut reached = BTreeSet::new();
    while let Some(team) = open.pop() {
        if reached.insert(team) {
            open.extend(next(team));
        }
    }
    reached
}
