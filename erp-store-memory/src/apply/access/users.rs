//! Changes of users and their sessions.

use std::sync::Arc;

use erp_core::{
    Conflict,
    access::{PasswordHash, RevokedSessions, Session, TokenHash, User, UserPatch, UserStatus},
    change::Version,
    ids::{SessionId, UserId},
    port::StoreResult,
    text,
    time::Timestamp,
};

use crate::{
    apply::{exists, free, fresh, missing, require},
    state::{AccessState, SessionState, UserState},
};

impl AccessState {
    pub(super) fn create_user(
        &mut self,
        user: User,
        password: Option<PasswordHash>,
    ) -> StoreResult<()> {
        if self.users.contains_key(&user.id) {
            return Err(exists("user"));
        }
        self.check_email(&user)?;
        self.put_user(UserState { user, password });
        Ok(())
    }

    pub(super) fn update_user(
        &mut self,
        id: UserId,
        expected: Version,
        patch: UserPatch,
        at: Timestamp,
    ) -> StoreResult<()> {
        self.change_user(id, expected, at, |user| {
            let UserPatch { email, display_name } = patch;
            user.email = email.unwrap_or_else(|| user.email.clone());
            user.display_name = display_name.unwrap_or_else(|| user.display_name.clone());
        })
    }

    pub(super) fn set_user_status(
        &mut self,
        id: UserId,
        expected: Version,
        status: UserStatus,
        at: Timestamp,
    ) -> StoreResult<()> {
        self.change_user(id, expected, at, |user| user.status = status)
    }

    fn change_user(
        &mut self,
        id: UserId,
        expected: Version,
        at: Timestamp,
        change: impl FnOnce(&mut User),
    ) -> StoreResult<()> {
        let old = self.users.shared(&id).ok_or_else(|| missing("user"))?;
        fresh("user", expected, old.user.version)?;
        let mut new = UserState::clone(&old);
        change(&mut new.user);
        new.user.version = old.user.version.next();
        new.user.updated_at = at;
        self.check_email(&new.user)?;
        self.user_names.remove(&name_key(&old.user));
        if old.user.status != UserStatus::Deleted {
            self.emails.remove(old.user.email.key());
        }
        self.put_user(new);
        Ok(())
    }

    /// An address belongs to one user at most of those who are not deleted (AUTH-6).
    fn check_email(&self, user: &User) -> StoreResult<()> {
        if user.status == UserStatus::Deleted {
            return Ok(());
        }
        free(self.emails.get(user.email.key()), &user.id, Conflict::taken("user", "email"))
    }

    fn put_user(&mut self, row: UserState) {
        let user = &row.user;
        self.user_names.insert(&name_key(user), user.id);
        if user.status != UserStatus::Deleted {
            self.emails.insert(user.email.key(), user.id);
        }
        self.users.insert(user.id, Arc::new(row));
    }

    pub(super) fn set_password(&mut self, id: UserId, password: PasswordHash) -> StoreResult<()> {
        let user = self.users.get_mut(&id).ok_or_else(|| missing("user"))?;
        user.password = Some(password);
        Ok(())
    }

    pub(super) fn create_session(&mut self, session: Session, token: TokenHash) -> StoreResult<()> {
        if self.sessions.contains_key(&session.id) || self.tokens.contains_key(&token) {
            return Err(exists("session"));
        }
        require(self.users.contains_key(&session.user), "user")?;
        self.sessions_of.insert((session.user, session.created_at, session.id));
        self.tokens.insert(token, session.id);
        self.sessions.insert(session.id, Arc::new(SessionState { session, token }));
        Ok(())
    }

    pub(super) fn revoke_sessions(
        &mut self,
        user: UserId,
        which: RevokedSessions,
    ) -> StoreResult<()> {
        let sessions: Vec<_> = self.sessions_of.of(user).map(|(_, id)| id).collect();
        for id in sessions {
            let ends = match which {
                RevokedSessions::All => true,
                RevokedSessions::AllBut(kept) => id != kept,
                RevokedSessions::Only(one) => id == one,
            };
            if ends {
                self.drop_session(id);
            }
        }
        Ok(())
    }

    pub fn drop_session(&mut self, id: SessionId) {
        let Some(row) = self.sessions.remove(&id) else {
            return;
        };
        self.tokens.remove(&row.token);
        self.sessions_of.remove(&(row.session.user, row.session.created_at, id));
    }
}

/// The place of a user in the list of users.
fn name_key(user: &User) -> (String, UserId) {
    (text::key(&user.display_name), user.id)
}
