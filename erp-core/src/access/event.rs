//! What the world learns of the module's changes.

use serde::{Deserialize, Serialize};

use super::{
    change::{RevokedSessions, RoleHolder},
    model::{Role, Team, TeamNesting, UserStatus},
};
use crate::{
    change::Version,
    ids::{RoleId, TeamId, UserId},
};

/// A user as events show him: without his address, which not every viewer may see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserCard {
    /// His id.
    pub id: UserId,
    /// The name that others see.
    pub display_name: String,
    /// Whether he is let in.
    pub status: UserStatus,
    /// The user's version.
    pub version: Version,
}

/// A change of users, sessions, roles or teams that has happened.
#[derive(Clone, Debug, PartialEq, Serialize, erp_derive::Event)]
#[serde(tag = "type", content = "data")]
pub enum AccessEvent {
    /// A user was created.
    #[serde(rename = "access.user_created")]
    UserCreated(UserCard),
    /// A user's fields or status changed.
    #[serde(rename = "access.user_changed")]
    UserChanged(UserCard),
    /// Sessions ended: their live connections close.
    #[serde(rename = "access.sessions_revoked")]
    SessionsRevoked {
        /// Whose.
        user: UserId,
        /// Which.
        which: RevokedSessions,
    },
    /// A role was created.
    #[serde(rename = "access.role_created")]
    RoleCreated(Role),
    /// A role changed.
    #[serde(rename = "access.role_changed")]
    RoleChanged(Role),
    /// A role was deleted.
    #[serde(rename = "access.role_deleted")]
    RoleDeleted {
        /// Which.
        role: RoleId,
    },
    /// A role was given.
    #[serde(rename = "access.role_granted")]
    RoleGranted {
        /// To whom.
        holder: RoleHolder,
        /// Which.
        role: RoleId,
    },
    /// A role was taken.
    #[serde(rename = "access.role_revoked")]
    RoleRevoked {
        /// From whom.
        holder: RoleHolder,
        /// Which.
        role: RoleId,
    },
    /// A team was created.
    #[serde(rename = "access.team_created")]
    TeamCreated(Team),
    /// A team was renamed.
    #[serde(rename = "access.team_changed")]
    TeamChanged(Team),
    /// A team was deleted.
    #[serde(rename = "access.team_deleted")]
    TeamDeleted {
        /// Which.
        team: TeamId,
    },
    /// A user was put into a team.
    #[serde(rename = "access.team_member_added")]
    TeamMemberAdded {
        /// The team.
        team: TeamId,
        /// The user.
        user: UserId,
    },
    /// A user was taken out of a team.
    #[serde(rename = "access.team_member_removed")]
    TeamMemberRemoved {
        /// The team.
        team: TeamId,
        /// The user.
        user: UserId,
    },
    /// A team was put into a team.
    #[serde(rename = "access.team_nested")]
    TeamNested(TeamNesting),
    /// A team was taken out of a team.
    #[serde(rename = "access.team_unnested")]
    TeamUnnested(TeamNesting),
}

impl AccessEvent {
    /// Whether someone's permissions may differ after this event: live delivery asks for them anew.
    pub const fn changes_rights(&self) -> bool {
        !matches!(
            self,
            Self::UserCreated(_)
                | Self::SessionsRevoked { .. }
                | Self::RoleCreated(_)
                | Self::TeamCreated(_)
                | Self::TeamChanged(_)
        )
    }
}
