//! Users: create, see, change, shut out, let in.

mod read;
mod status;
mod write;

use serde::{Deserialize, Serialize};

use super::input::Password;
use crate::{
    access::{Email, Role, User, UserCard, UserStatus},
    change::{Audience, Version},
    ids::{RoleId, UserId},
    policy::{Permission, PermissionSet, Subject},
    time::Timestamp,
};

/// A user to create.
#[derive(Clone, Debug, Deserialize)]
pub struct NewUser {
    /// His e-mail address.
    pub email: String,
    /// The name that others see, 1 to 200 characters.
    pub display_name: String,
    /// His password; without one he cannot log in until one is set.
    #[serde(default)]
    pub password: Option<Password>,
    /// The roles that he gets.
    #[serde(default)]
    pub roles: Vec<RoleId>,
}

/// New values of a user's fields; none leaves the field.
#[derive(Clone, Debug, Deserialize)]
pub struct UserUpdate {
    /// The version that the caller has seen.
    pub expected: Version,
    /// The e-mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// The name that others see, 1 to 200 characters.
    #[serde(default)]
    pub display_name: Option<String>,
    /// The caller's present password: asked of those who change their own address.
    #[serde(default)]
    pub password: Option<Password>,
}

/// Which users to list.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct UserFilter {
    /// Only names that contain this text, without regard to case; addresses too for those who may
    /// see them.
    #[serde(default)]
    pub search: Option<String>,
    /// Only users of this status; without it all but the deleted ones.
    #[serde(default)]
    pub status: Option<UserStatus>,
}

/// A user as the caller may see him.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserView {
    /// His id.
    pub id: UserId,
    /// His address; only for himself and for holders of `users.read_email`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub email: Option<Email>,
    /// The name that others see.
    pub display_name: String,
    /// Whether he is let in.
    pub status: UserStatus,
    /// Rises with every change.
    pub version: Version,
    /// When he was created.
    pub created_at: Timestamp,
    /// When he was last changed.
    pub updated_at: Timestamp,
}

/// The caller himself, with what he may do at this moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// The user.
    pub user: UserView,
    /// The roles that he has directly.
    pub roles: Vec<Role>,
    /// The union of his roles' permissions and those of his teams.
    pub permissions: PermissionSet,
}

impl User {
    /// The user as events and lists of names show him: without his address.
    pub fn card(&self) -> UserCard {
        UserCard {
            id: self.id,
            display_name: self.display_name.clone(),
            status: self.status,
            version: self.version,
        }
    }
}

impl UserView {
    /// The user as this subject may see him.
    pub(super) fn of(user: User, subject: &Subject) -> Self {
        let shows_email = subject.is(user.id) || subject.has(Permission::UsersReadEmail);
        Self {
            id: user.id,
            email: shows_email.then_some(user.email),
            display_name: user.display_name,
            status: user.status,
            version: user.version,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}

/// Who learns of a user's changes: himself, those who share a room with him, and those who may see
/// all users.
pub(super) fn audience(user: UserId) -> [Audience; 1] {
    [Audience::PeersOf(user)]
}
