//! Users, roles, teams and sessions of a case.

use chrono::TimeDelta;
use erp_core::{
    access::{
        AccessChange, BuiltInRole, DeviceInfo, Email, Role, RoleHolder, Session, SessionToken,
        Team, User, UserStatus,
    },
    change::Version,
    ids::{RoleId, SessionId, TeamId, UserId},
    policy::{Permission, PermissionSet},
    port::IdGenerator as _,
};

use super::Harness;

impl Harness {
    /// A new user's value: active, with the address `name@example.org`. Nothing is written.
    ///
    /// # Panics
    /// When the name is not the local part of an address.
    pub fn new_user(&self, name: &str) -> User {
        let local = name.replace(' ', ".");
        User {
            id: UserId::generate(&*self.ids),
            email: Email::new(&format!("{local}@example.org")).expect("an address"),
            display_name: name.to_owned(),
            status: UserStatus::Active,
            version: Version::FIRST,
            created_at: self.now(),
            updated_at: self.now(),
        }
    }

    /// Writes a new user without password and roles.
    ///
    /// # Panics
    /// As [`Harness::commit`].
    pub async fn user(&self, name: &str) -> User {
        let user = self.new_user(name);
        self.commit(AccessChange::CreateUser { user: user.clone(), password: None }).await;
        user
    }

    /// Writes a new user with a built-in role.
    ///
    /// # Panics
    /// As [`Harness::commit`].
    pub async fn user_with_role(&self, name: &str, role: BuiltInRole) -> User {
        let user = self.user(name).await;
        self.grant(RoleHolder::User(user.id), role.id).await;
        user
    }

    /// Gives a role.
    ///
    /// # Panics
    /// As [`Harness::commit`].
    pub async fn grant(&self, holder: RoleHolder, role: RoleId) {
        self.commit(AccessChange::GrantRole { holder, role }).await;
    }

    /// Takes a role away.
    ///
    /// # Panics
    /// When the store refuses it.
    pub async fn revoke(&self, holder: RoleHolder, role: RoleId) {
        self.commit(AccessChange::RevokeRole { holder, role }).await;
    }

    /// Sets a user's status, whatever his version is.
    ///
    /// # Panics
    /// When there is no such user, and as [`Harness::commit`].
    pub async fn set_status(&self, id: UserId, status: UserStatus) {
        let expected = self.read_user(id).await.version;
        self.commit(AccessChange::SetUserStatus { id, expected, status, at: self.now() }).await;
    }

    /// The user as the store has him.
    ///
    /// # Panics
    /// When there is no such user.
    pub async fn read_user(&self, id: UserId) -> User {
        self.store.access().user(id).await.expect("a read").expect("the user exists")
    }

    /// Writes a new role.
    ///
    /// # Panics
    /// As [`Harness::commit`].
    pub async fn role(&self, name: &str, permissions: &[Permission]) -> Role {
        let role = self.new_role(name, permissions);
        self.commit(AccessChange::CreateRole(role.clone())).await;
        role
    }

    /// A new role's value. Nothing is written.
    pub fn new_role(&self, name: &str, permissions: &[Permission]) -> Role {
        Role {
            id: RoleId::generate(&*self.ids),
            name: name.to_owned(),
            permissions: PermissionSet::of(permissions),
            built_in: false,
            version: Version::FIRST,
        }
    }

    /// Writes a new team.
    ///
    /// # Panics
    /// As [`Harness::commit`].
    pub async fn team(&self, name: &str) -> Team {
        let team = self.new_team(name);
        self.commit(AccessChange::CreateTeam(team.clone())).await;
        team
    }

    /// A new team's value. Nothing is written.
    pub fn new_team(&self, name: &str) -> Team {
        Team {
            id: TeamId::generate(&*self.ids),
            name: name.to_owned(),
            version: Version::FIRST,
            created_at: self.now(),
        }
    }

    /// Writes a session of a user that lasts a day.
    ///
    /// # Panics
    /// As [`Harness::commit`].
    pub async fn session(&self, user: UserId) -> (Session, SessionToken) {
        let (session, token) = self.new_session(user);
        let change = AccessChange::CreateSession { session: session.clone(), token: token.hash() };
        self.commit(change).await;
        (session, token)
    }

    /// The value of a new session that lasts a day. Nothing is written.
    pub fn new_session(&self, user: UserId) -> (Session, SessionToken) {
        let session = Session {
            id: SessionId::generate(&*self.ids),
            user,
            device: DeviceInfo { name: Some("a phone".to_owned()), user_agent: None },
            ip: Some([203, 0, 113, 0].into()),
            created_at: self.now(),
            last_used_at: self.now(),
            expires_at: self.now() + TimeDelta::days(1),
        };
        (session, SessionToken::from_random(self.ids.secret()))
    }
}
