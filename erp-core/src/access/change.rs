//! What the module asks a store to write.

use serde::{Deserialize, Serialize};

use super::model::{
    Email, KnownDevice, PasswordHash, Role, Session, Team, TeamNesting, TokenHash, User, UserStatus,
};
use crate::{
    change::{Lock, Locks, Scope, Scopes, Version},
    ids::{RoleId, SessionId, TeamId, UserId},
    policy::PermissionSet,
    time::Timestamp,
};

/// Who has a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleHolder {
    /// A user.
    User(UserId),
    /// A team: every effective member has the role.
    Team(TeamId),
}

/// The new values of a user's fields; none leaves the field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserPatch {
    /// The address.
    pub email: Option<Email>,
    /// The name.
    pub display_name: Option<String>,
}

/// Which of a user's sessions end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevokedSessions {
    /// All.
    All,
    /// All but this one.
    AllBut(SessionId),
    /// This one.
    Only(SessionId),
}

impl RevokedSessions {
    /// Whether this session is among them.
    pub fn includes(self, session: SessionId) -> bool {
        match self {
            Self::All => true,
            Self::AllBut(kept) => session != kept,
            Self::Only(ended) => session == ended,
        }
    }
}

/// A change of users, sessions, roles or teams. Setting a value that is set already, or removing
/// what is not there, is no error: a store writes the same state.
#[derive(Clone, Debug, PartialEq)]
pub enum AccessChange {
    /// A new user. Conflicts: `Taken` (email), `Exists`.
    CreateUser {
        /// The user.
        user: User,
        /// His password's hash; without one he cannot log in.
        password: Option<PasswordHash>,
    },
    /// New values of a user's fields. Conflicts: `Taken` (email), stale version.
    UpdateUser {
        /// Whose.
        id: UserId,
        /// The version that the caller has seen.
        expected: Version,
        /// The values.
        patch: UserPatch,
        /// When.
        at: Timestamp,
    },
    /// A user's status. Bumps the access graph. Conflicts: `Taken` (email) (restoring), stale version.
    SetUserStatus {
        /// Whose.
        id: UserId,
        /// The version that the caller has seen.
        expected: Version,
        /// The status.
        status: UserStatus,
        /// When.
        at: Timestamp,
    },
    /// A user's password. Bumps the access graph, so that a login under the old one fails its guard.
    SetPassword {
        /// Whose.
        id: UserId,
        /// The hash.
        password: PasswordHash,
    },
    /// A new session.
    CreateSession {
        /// The session.
        session: Session,
        /// The hash of its token.
        token: TokenHash,
    },
    /// Ends sessions: they are gone from lists and from authentication.
    RevokeSessions {
        /// Whose.
        user: UserId,
        /// Which.
        which: RevokedSessions,
    },
    /// A device that its user has logged in from; of a known token the session and the times are set
    /// anew. Conflicts: `Exists` when the token is another user's.
    RememberDevice(KnownDevice),
    /// Forgets a device.
    ForgetDevice {
        /// Whose.
        user: UserId,
        /// The hash of its token.
        token: TokenHash,
    },
    /// A new role. Bumps the access graph. Conflicts: `Taken` (name), `Exists`.
    CreateRole(Role),
    /// A role's name and permissions. Bumps the access graph. Conflicts: `Taken` (name), stale.
    UpdateRole {
        /// Which.
        id: RoleId,
        /// The version that the caller has seen.
        expected: Version,
        /// The name.
        name: String,
        /// The permissions.
        permissions: PermissionSet,
    },
    /// Deletes a role, and takes it from all who have it. Bumps the access graph.
    DeleteRole {
        /// Which.
        id: RoleId,
        /// The version that the caller has seen.
        expected: Version,
    },
    /// Gives a role. Bumps the access graph.
    GrantRole {
        /// To whom.
        holder: RoleHolder,
        /// Which.
        role: RoleId,
    },
    /// Takes a role. Bumps the access graph.
    RevokeRole {
        /// From whom.
        holder: RoleHolder,
        /// Which.
        role: RoleId,
    },
    /// A new team. Bumps the access graph. Conflicts: `Taken` (name), `Exists`.
    CreateTeam(Team),
    /// A team's name. Conflicts: `Taken` (name), stale.
    RenameTeam {
        /// Which.
        id: TeamId,
        /// The version that the caller has seen.
        expected: Version,
        /// The name.
        name: String,
    },
    /// Deletes a team with its grants, members and nestings. Bumps the access graph.
    DeleteTeam {
        /// Which.
        id: TeamId,
        /// The version that the caller has seen.
        expected: Version,
    },
    /// Puts a user into a team. Bumps the access graph.
    AddTeamMember {
        /// The team.
        team: TeamId,
        /// The user.
        user: UserId,
    },
    /// Takes a user out of a team. Bumps the access graph.
    RemoveTeamMember {
        /// The team.
        team: TeamId,
        /// The user.
        user: UserId,
    },
    /// Puts a team into a team. Bumps the access graph.
    NestTeam(TeamNesting),
    /// Takes a team out of a team. Bumps the access graph.
    UnnestTeam(TeamNesting),
}

impl AccessChange {
    /// The scopes that the store raises: the access graph, or nothing.
    pub fn touches(&self) -> Scopes {
        match self {
            Self::CreateUser { .. }
            | Self::UpdateUser { .. }
            | Self::CreateSession { .. }
            | Self::RevokeSessions { .. }
            | Self::RememberDevice(_)
            | Self::ForgetDevice { .. }
            | Self::RenameTeam { .. } => Scopes::new(),
            Self::SetUserStatus { .. }
            | Self::SetPassword { .. }
            | Self::CreateRole(_)
            | Self::UpdateRole { .. }
            | Self::DeleteRole { .. }
            | Self::GrantRole { .. }
            | Self::RevokeRole { .. }
            | Self::CreateTeam(_)
            | Self::DeleteTeam { .. }
            | Self::AddTeamMember { .. }
            | Self::RemoveTeamMember { .. }
            | Self::NestTeam(_)
            | Self::UnnestTeam(_) => Scopes::from([Scope::access_graph()]),
        }
    }

    /// What the change needs to itself: the user whose row or sessions it changes. Roles and teams
    /// change under the access graph.
    pub fn locks(&self) -> Locks {
        let user = match self {
            Self::UpdateUser { id, .. }
            | Self::SetUserStatus { id, .. }
            | Self::SetPassword { id, .. } => *id,
            Self::CreateSession { session, .. } => session.user,
            Self::RememberDevice(device) => device.user,
            Self::RevokeSessions { user, .. } | Self::ForgetDevice { user, .. } => *user,
            _ => return Locks::new(),
        };
        Locks::from([Lock::User(user)])
    }
}
