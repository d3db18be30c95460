//! Users, sessions, roles and teams.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use utoipa::ToSchema;

use super::{Permission, RoleId, SessionId, TeamId, UserId, UserStatus};

/// A user as the caller may see him.
#[derive(ToSchema)]
pub(crate) struct User {
    /// His id.
    id: UserId,
    /// His address; only for himself and for those who may see addresses.
    email: Option<String>,
    /// The name that others see.
    display_name: String,
    /// Whether he is let in.
    status: UserStatus,
    /// Rises with every change.
    version: i64,
    /// When he was created.
    created_at: DateTime<Utc>,
    /// When he was last changed.
    updated_at: DateTime<Utc>,
}

/// What it takes to show who did something.
#[derive(ToSchema)]
pub(crate) struct UserCard {
    /// His id.
    id: UserId,
    /// The name that others see.
    display_name: String,
    /// Whether he is let in.
    status: UserStatus,
    /// The user's version.
    version: i64,
}

/// The caller himself, with what he may do at this moment.
#[derive(ToSchema)]
pub(crate) struct Me {
    /// The user.
    user: User,
    /// The roles that he has directly.
    roles: Vec<Role>,
    /// The union of his roles' permissions and those of his teams.
    permissions: Vec<Permission>,
}

/// The device that a session belongs to.
#[derive(ToSchema)]
pub(crate) struct DeviceInfo {
    /// Its name, as the login gave it.
    name: Option<String>,
    /// The client's user agent.
    user_agent: Option<String>,
}

/// A login of a user.
#[derive(ToSchema)]
pub(crate) struct Session {
    /// Its id.
    id: SessionId,
    /// Whose.
    user: UserId,
    /// The device.
    device: DeviceInfo,
    /// The address it came from, truncated.
    #[schema(value_type = Option<String>)]
    ip: Option<IpAddr>,
    /// When it began.
    created_at: DateTime<Utc>,
    /// When it was last used, within a minute.
    last_used_at: DateTime<Utc>,
    /// When it ends, however much it is used.
    expires_at: DateTime<Utc>,
}

/// A session in a list.
#[derive(ToSchema)]
pub(crate) struct SessionView {
    /// Its id.
    id: SessionId,
    /// Whose.
    user: UserId,
    /// The device.
    device: DeviceInfo,
    /// The address it came from, truncated.
    #[schema(value_type = Option<String>)]
    ip: Option<IpAddr>,
    /// When it began.
    created_at: DateTime<Utc>,
    /// When it was last used, within a minute.
    last_used_at: DateTime<Utc>,
    /// When it ends, however much it is used.
    expires_at: DateTime<Utc>,
    /// Whether the request came from this very session.
    current: bool,
}

/// A named set of permissions.
#[derive(ToSchema)]
pub(crate) struct Role {
    /// Its id.
    id: RoleId,
    /// Its name, unique without regard to case.
    name: String,
    /// What it permits.
    permissions: Vec<Permission>,
    /// Whether it came with the engine: such a role cannot be changed or deleted.
    built_in: bool,
    /// Rises with every change.
    version: i64,
}

/// A group of users, and of other teams.
#[derive(ToSchema)]
pub(crate) struct Team {
    /// Its id.
    id: TeamId,
    /// Its name, unique without regard to case.
    name: String,
    /// Rises with every change of its name.
    version: i64,
    /// When it was created.
    created_at: DateTime<Utc>,
}

/// A team with its place among the others.
#[derive(ToSchema)]
pub(crate) struct TeamDetails {
    /// Its id.
    id: TeamId,
    /// Its name, unique without regard to case.
    name: String,
    /// Rises with every change of its name.
    version: i64,
    /// When it was created.
    created_at: DateTime<Utc>,
    /// The teams that it is directly in.
    parents: Vec<TeamId>,
    /// The teams that are directly in it.
    children: Vec<TeamId>,
}

/// That a user is in a team.
#[derive(ToSchema)]
pub(crate) struct TeamMember {
    /// The team.
    team: TeamId,
    /// The user.
    user: UserId,
    /// Whether he was put into this very team.
    direct: bool,
    /// Whether he is in a team nested in this one.
    inherited: bool,
}
