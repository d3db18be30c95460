//! What the module asks a store to read.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::model::{
    AuditAnchor, KnownDevice, LoginFailures, PasswordHash, Role, RoleGrant, Session, Team,
    TeamMember, TeamNesting, TokenHash, User, UserStatus,
};
use crate::{
    change::{AuditEntry, Version},
    ids::{AuditId, ProjectId, RoleId, SessionId, TeamId, UserId},
    policy::{Action, Subject},
    port::StoreResult,
    time::Timestamp,
};

/// Which users to list. Order: name without regard to case (by the bytes of its
/// `text::key`), then id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserQuery {
    /// Only names or addresses that contain this text, without regard to case. Names only, unless
    /// `search_email` is set.
    pub search: Option<String>,
    /// Whether `search` looks into addresses too.
    pub search_email: bool,
    /// Only users of this status; without it all but the deleted ones.
    pub status: Option<UserStatus>,
    /// Start after this (folded name, id).
    #[serde(skip)]
    pub after: Option<(String, UserId)>,
    /// The most rows to return.
    #[serde(skip)]
    pub limit: usize,
}

/// The graph that decisions on rights are made on, at one version. It is read whole: changes of it
/// are rare, and a rule such as "an owner remains" needs all of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccessGraph {
    /// The graph's version.
    pub version: Version,
    /// Every role.
    pub roles: Vec<Role>,
    /// Every grant.
    pub grants: Vec<RoleGrant>,
    /// Every nesting of teams.
    pub nestings: Vec<TeamNesting>,
    /// Every direct membership.
    pub members: Vec<(TeamId, UserId)>,
    /// The users who are let in.
    pub active_users: std::collections::BTreeSet<UserId>,
}

/// A user with what a login checks.
#[derive(Clone, Debug, PartialEq)]
pub struct CredentialRow {
    /// The user.
    pub user: User,
    /// His password's hash.
    pub password: Option<PasswordHash>,
}

/// A session with what authentication checks.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionRow {
    /// The session.
    pub session: Session,
    /// Its user's status.
    pub status: UserStatus,
}

/// Reads of users, roles and teams. Every read sees all commits that were answered before it.
#[async_trait]
pub trait AccessReads: Send + Sync {
    /// The user, deleted or not.
    async fn user(&self, id: UserId) -> StoreResult<Option<User>>;

    /// These users, in any order; unknown ids are left out.
    async fn users_by_id(&self, ids: &[UserId]) -> StoreResult<Vec<User>>;

    /// The users that match, in the query's order.
    async fn users(&self, query: &UserQuery) -> StoreResult<Vec<User>>;

    /// The user of this normalised address who is not deleted, with his password's hash.
    async fn credentials(&self, email_key: &str) -> StoreResult<Option<CredentialRow>>;

    /// The password hash of this user.
    async fn password(&self, id: UserId) -> StoreResult<Option<PasswordHash>>;

    /// The user with his effective permissions: the union of the roles he has and those of the
    /// teams he is in, directly or through nesting. `active` is whether his status is active.
    async fn subject(&self, id: UserId) -> StoreResult<Option<Subject>>;

    /// What [`Self::subject`] answered some time ago of a user who was let in, and the version of the access
    /// graph that it is of, if the store remembers it, which saves the read. It may be outdated: whoever
    /// decides on it refuses nobody, commits under [`Guard::Seen`](crate::change::Guard::Seen) of the access
    /// graph, and reads anew when that does not hold. A store need not remember.
    fn remembered_subject(&self, id: UserId) -> Option<(Subject, Version)> {
        let _ = id;
        None
    }

    /// Every role, by folded name, then id.
    async fn roles(&self) -> StoreResult<Vec<Role>>;

    /// The role.
    async fn role(&self, id: RoleId) -> StoreResult<Option<Role>>;

    /// The roles that this user has directly, by role id.
    async fn roles_of(&self, user: UserId) -> StoreResult<Vec<RoleId>>;

    /// Every team, by folded name, then id.
    async fn teams(&self) -> StoreResult<Vec<Team>>;

    /// The team.
    async fn team(&self, id: TeamId) -> StoreResult<Option<Team>>;

    /// The effective members of a team, each once, by user id.
    async fn team_members(&self, team: TeamId) -> StoreResult<Vec<TeamMember>>;

    /// The version of the graph, without the graph.
    async fn graph_version(&self) -> StoreResult<Version>;

    /// The whole graph at one version.
    async fn graph(&self) -> StoreResult<AccessGraph>;

    /// Whether no user was ever created.
    async fn is_empty(&self) -> StoreResult<bool>;
}

/// Sessions, known devices and the memory of failed logins. Touches and failures are no audited changes.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// The session of this token.
    async fn by_token(&self, token: &TokenHash) -> StoreResult<Option<SessionRow>>;

    /// The session of this id.
    async fn by_id(&self, id: SessionId) -> StoreResult<Option<SessionRow>>;

    /// A user's sessions, the newest first (by creation, then id, both descending).
    async fn of_user(&self, user: UserId) -> StoreResult<Vec<Session>>;

    /// Notes that the session was used; never moves `last_used_at` back.
    async fn touch(&self, id: SessionId, at: Timestamp) -> StoreResult<()>;

    /// The failed logins under this key.
    async fn failures(&self, key: &str) -> StoreResult<LoginFailures>;

    /// Notes a failed login under this key, and returns the failures with it. A key whose last
    /// failure is before `forget_before` starts again at one.
    async fn record_failure(
        &self,
        key: &str,
        at: Timestamp,
        forget_before: Timestamp,
    ) -> StoreResult<LoginFailures>;

    /// The device of this token, whether or not it has expired.
    async fn device(&self, token: &TokenHash) -> StoreResult<Option<KnownDevice>>;

    /// A user's devices, the one that was used last first (then by token, descending).
    async fn devices_of(&self, user: UserId) -> StoreResult<Vec<KnownDevice>>;

    /// Counts one failure less under this key, if there is one: the attempt that was counted beforehand
    /// did not fail. `last_at` stays.
    async fn take_back_failure(&self, key: &str) -> StoreResult<()>;

    /// Forgets the failures under this key.
    async fn clear_failures(&self, key: &str) -> StoreResult<()>;
}

/// Which audit entries to list, the newest first (by time, then id, both descending).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditQuery {
    /// Only of this kind of entity.
    pub entity_kind: Option<String>,
    /// Only of the entity of this id.
    pub entity_id: Option<uuid::Uuid>,
    /// Only of things that belong to this project.
    pub project: Option<ProjectId>,
    /// Only by this user.
    pub actor: Option<UserId>,
    /// Only this action.
    pub action: Option<Action>,
    /// Only at or after this instant.
    pub from: Option<Timestamp>,
    /// Only before this instant.
    pub until: Option<Timestamp>,
    /// Start after this (time, id).
    #[serde(skip)]
    pub after: Option<(Timestamp, AuditId)>,
    /// The most rows to return.
    #[serde(skip)]
    pub limit: usize,
}

/// Reads of the audit log. There is no write but the commit, and no change at all.
#[async_trait]
pub trait AuditReads: Send + Sync {
    /// The entries that match, in the query's order.
    async fn entries(&self, query: &AuditQuery) -> StoreResult<Vec<AuditEntry>>;

    /// What stayed of the periods that retention dropped, the oldest first.
    async fn anchors(&self) -> StoreResult<Vec<AuditAnchor>>;
}
