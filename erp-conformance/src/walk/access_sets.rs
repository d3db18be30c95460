//! Changes of users, sessions, roles and teams.

use chrono::TimeDelta;
use erp_core::{
    access::{
        AccessChange as C, BUILT_IN_ROLES, DeviceInfo, Email, KnownDevice, PasswordHash,
        RevokedSessions, Role, RoleHolder, Session, Team, TeamNesting, TokenHash, User, UserPatch,
        UserStatus,
    },
    change::Version,
    ids::{RoleId, SessionId, TeamId, UserId},
    policy::{Permission, PermissionSet},
    port::IdGenerator as _,
};

use super::{generate::Generator, model::Model};

const NAMES: &[&str] =
    &["Ann", "bob", "Cid", "Äre", "äre", "DAN", "eve", "Zoë", "100% Bob", "under_score"];

impl Generator {
    pub(super) fn access_change(&mut self, model: &Model) -> C {
        match self.random.below(20) {
            _ if model.users.len() < 4 => self.create_user(model),
            0..3 => self.create_user(model),
            3..6 => self.update_user(model),
            6..8 => self.set_status(model),
            8 => {
                let password = PasswordHash(format!("$argon2id${}", self.random.below(1_000)));
                C::SetPassword { id: self.user_id(model), password }
            }
            9 => self.change_device(model),
            10..12 => self.change_session(model),
            12..15 => self.change_role(model),
            _ => self.change_team(model),
        }
    }

    /// Someone who was created, deleted or not; rarely nobody.
    pub(super) fn user_id(&mut self, model: &Model) -> UserId {
        if model.users.is_empty() || self.rarely() {
            return UserId::generate(&self.ids);
        }
        self.random.pick(&model.users).user.id
    }

    fn email(&mut self) -> Email {
        let name = *self.random.pick(&["ann", "Ann", "bob", "cid", "dan", "EVE", "zoë", "ZOË"]);
        let email = Email::new(&format!("{name}{}@example.org", self.random.below(4)));
        email.expect("an address")
    }

    fn name(&mut self) -> String {
        (*self.random.pick(NAMES)).to_owned()
    }

    fn create_user(&mut self, model: &Model) -> C {
        let mut id = UserId::generate(&self.ids);
        if self.rarely() && !model.users.is_empty() {
            id = self.random.pick(&model.users).user.id;
        }
        let user = User {
            id,
            email: self.email(),
            display_name: self.name(),
            status: UserStatus::Active,
            version: Version::FIRST,
            created_at: self.now,
            updated_at: self.now,
        };
        let password = self.random.percent(50).then(|| PasswordHash("$argon2id$new".to_owned()));
        C::CreateUser { user, password }
    }

    fn update_user(&mut self, model: &Model) -> C {
        let id = self.user_id(model);
        let expected = self.expected(model.user(id).map_or(Version::FIRST, |user| user.version));
        let patch = UserPatch {
            email: self.random.percent(40).then(|| self.email()),
            display_name: self.random.percent(60).then(|| self.name()),
        };
        C::UpdateUser { id, expected, patch, at: self.now }
    }

    fn set_status(&mut self, model: &Model) -> C {
        let id = self.user_id(model);
        let expected = self.expected(model.user(id).map_or(Version::FIRST, |user| user.version));
        use UserStatus::{Active, Deactivated, Deleted};
        let status = *self.random.pick(&[Active, Active, Deactivated, Deleted]);
        C::SetUserStatus { id, expected, status, at: self.now }
    }

    fn change_session(&mut self, model: &Model) -> C {
        let user = self.user_id(model);
        if self.random.percent(65) || model.users.iter().all(|row| row.user.id != user) {
            let device = DeviceInfo { name: Some(self.name()), user_agent: None };
            let session = Session {
                id: SessionId::generate(&self.ids),
                user,
                device,
                ip: None,
                created_at: self.now,
                last_used_at: self.now,
                expires_at: self.now + TimeDelta::days(1),
            };
            return C::CreateSession { session, token: TokenHash(self.ids.secret()) };
        }
        let Some(one) = self.session(model) else {
            return C::RevokeSessions { user, which: RevokedSessions::All };
        };
        let which = *self.random.pick(&[
            RevokedSessions::All,
            RevokedSessions::AllBut(one.id),
            RevokedSessions::Only(one.id),
        ]);
        let user = if self.rarely() { user } else { one.user };
        C::RevokeSessions { user, which }
    }

    /// A new one, one that is known (rarely as another user's), or one less.
    fn change_device(&mut self, model: &Model) -> C {
        let mut user = self.user_id(model);
        let known = (!model.devices.is_empty()).then(|| self.random.pick(&model.devices).clone());
        let known = known.filter(|_| self.random.percent(60));
        if let Some(known) = known.as_ref().filter(|_| !self.rarely()) {
            user = known.user;
        }
        let token = known.map_or_else(|| TokenHash(self.ids.secret()), |known| known.token);
        if self.random.percent(25) {
            return C::ForgetDevice { user, token };
        }
        let session = SessionId::generate(&self.ids);
        let (created_at, last_used_at) = (self.now, self.now);
        let expires_at = self.now + TimeDelta::days(1);
        C::RememberDevice(KnownDevice {
            token,
            user,
            session,
            created_at,
            last_used_at,
            expires_at,
        })
    }

    fn session(&mut self, model: &Model) -> Option<Session> {
        let sessions = &model.sessions;
        (!sessions.is_empty()).then(|| self.random.pick(sessions).0.clone())
    }

    /// A role that is there, built in or not; rarely none.
    fn role_id(&mut self, model: &Model) -> RoleId {
        if self.rarely() { RoleId::generate(&self.ids) } else { self.random.pick(&model.roles).id }
    }

    /// A role that can be changed, or none.
    fn own_role_id(&mut self, model: &Model) -> RoleId {
        let own: Vec<_> = model.roles.iter().filter(|role| !role.built_in).collect();
        if own.is_empty() || self.rarely() {
            return RoleId::generate(&self.ids);
        }
        self.random.pick(&own).id
    }

    fn permissions(&mut self) -> PermissionSet {
        Permission::ALL.iter().copied().filter(|_| self.random.percent(30)).collect()
    }

    fn role_name(&mut self) -> String {
        let names = ["Ärzte", "ärzte", "staff", "Staff", "OWNER", "x", "y", "z", "q"];
        (*self.random.pick(&names)).to_owned()
    }

    fn change_role(&mut self, model: &Model) -> C {
        match self.random.below(10) {
            0 | 1 => {
                let (id, name) = (RoleId::generate(&self.ids), self.role_name());
                let permissions = self.permissions();
                let version = Version::FIRST;
                C::CreateRole(Role { id, name, permissions, built_in: false, version })
            }
            2..5 => {
                let id = self.own_role_id(model);
                let expected = self.expected(model.role_version(id));
                let (name, permissions) = (self.role_name(), self.permissions());
                C::UpdateRole { id, expected, name, permissions }
            }
            5 => {
                let id = self.own_role_id(model);
                C::DeleteRole { id, expected: self.expected(model.role_version(id)) }
            }
            6..9 => {
                let holder = self.holder(model);
                C::GrantRole { holder, role: self.role_id(model) }
            }
            _ => match model.grants.as_slice() {
                [] => {
                    let holder = RoleHolder::User(self.user_id(model));
                    C::GrantRole { holder, role: BUILT_IN_ROLES[0].id }
                }
                grants => {
                    let grant = *self.random.pick(grants);
                    C::RevokeRole { holder: grant.holder, role: grant.role }
                }
            },
        }
    }

    fn holder(&mut self, model: &Model) -> RoleHolder {
        if self.random.percent(60) {
            return RoleHolder::User(self.user_id(model));
        }
        RoleHolder::Team(self.team_id(model))
    }

    fn team_id(&mut self, model: &Model) -> TeamId {
        if model.teams.is_empty() || self.rarely() {
            return TeamId::generate(&self.ids);
        }
        self.random.pick(&model.teams).id
    }

    fn change_team(&mut self, model: &Model) -> C {
        let team = self.team_id(model);
        let present = model.teams.iter().find(|one| one.id == team);
        let version = present.map_or(Version::FIRST, |team| team.version);
        match self.random.below(12) {
            0..3 => {
                let (id, name) = (TeamId::generate(&self.ids), self.role_name());
                let (version, created_at) = (Version::FIRST, self.now);
                C::CreateTeam(Team { id, name, version, created_at })
            }
            3 | 4 => {
                let name = self.role_name();
                C::RenameTeam { id: team, expected: self.expected(version), name }
            }
            5 => C::DeleteTeam { id: team, expected: self.expected(version) },
            6..8 => C::AddTeamMember { team, user: self.user_id(model) },
            8 => match model.team_members.as_slice() {
                [] => C::AddTeamMember { team, user: self.user_id(model) },
                members => {
                    let (team, user) = *self.random.pick(members);
                    C::RemoveTeamMember { team, user }
                }
            },
            9 if !model.nestings.is_empty() => C::UnnestTeam(*self.random.pick(&model.nestings)),
            _ => {
                // The lesser id outside: the walk makes no ring, which the services refuse.
                let other = self.team_id(model);
                let (parent, child) = if team < other { (team, other) } else { (other, team) };
                if parent == child {
                    return C::AddTeamMember { team, user: self.user_id(model) };
                }
                C::NestTeam(TeamNesting { parent, child })
            }
        }
    }
}
