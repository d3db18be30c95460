//! What the module asks a store to write.

use serde::{Deserialize, Serialize};

use super::model::{
    Email, KnownDevice, PasswordHash, Role, Session, Team, TeamNesting, TokenHash, User, UserStatus,
};
use crate::{
    change::Version,
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
    /// A new user. Conflicts: `EmailTaken`, `Exists`.
    CreateUser {
        /// The user.
        user: User,
        /// His password's hash; without one he cannot log in.
        password: Option<PasswordHash>,
    },
    /// New values of a user's fields. Conflicts: `EmailTaken`, stale version.
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
    /// A user's status. Bumps the access graph. Conflicts: `EmailTaken` (restoring), stale version.
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
    /// A new role. Bumps the access graph. Conflicts: `RoleNameTaken`, `Exists`.
    CreateRole(Role),
    /// A role's name and permissions. Bumps the access graph. Conflicts: `RoleNameTaken`, stale.
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
    /// A new team. Bumps the access graph. Conflicts: `TeamNameTaken`, `Exists`.
    CreateTeam(Team),
    /// A team's name. Conflicts: `TeamNameTaken`, stale.
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
    /// Whether the store raises the version of the access graph with this change (by one for the
    /// whole change set, however many of its changes touch the graph).
    pub fn touches_graph(&self) -> bool {
        !matches!(
            self,
            Self::CreateUser { .. }
                | Self::UpdateUser { .. }
                | Self::CreateSession { .. }
                | Self::RevokeSessions { .. }
                | Self::RememberDevice(_)
                | Self::ForgetDevice { .. }
                | Self::RenameTeam { .. }
        )
    }
}
