//! Changes of roles and of who has them.

use std::sync::Arc;

use erp_core::{
    Conflict,
    access::{Role, RoleHolder},
    change::Version,
    ids::RoleId,
    port::StoreResult,
    text,
};

use crate::{
    apply::{exists, free, fresh, missing, require},
    state::AccessState,
};

impl AccessState {
    pub(super) fn create_role(&mut self, role: Role) -> StoreResult<()> {
        if self.roles.contains_key(&role.id) {
            return Err(exists("role"));
        }
        let key = text::key(&role.name);
        free(self.role_names.get(&key), &role.id, Conflict::taken("role", "name"))?;
        self.role_names.insert(&key, role.id);
        self.roles.insert(role.id, Arc::new(role));
        Ok(())
    }

    pub(super) fn update_role(
        &mut self,
        id: RoleId,
        expected: Version,
        change: impl FnOnce(Role) -> Role,
    ) -> StoreResult<()> {
        let old = self.roles.shared(&id).ok_or_else(|| missing("role"))?;
        fresh("role", expected, old.version)?;
        let new = change(Role { version: old.version.next(), ..Role::clone(&old) });
        let key = text::key(&new.name);
        free(self.role_names.get(&key), &id, Conflict::taken("role", "name"))?;
        self.role_names.remove(&text::key(&old.name));
        self.role_names.insert(&key, id);
        self.roles.insert(id, Arc::new(new));
        Ok(())
    }

    pub(super) fn delete_role(&mut self, id: RoleId, expected: Version) -> StoreResult<()> {
        let role = self.roles.get(&id).ok_or_else(|| missing("role"))?;
        fresh("role", expected, role.version)?;
        self.role_names.remove(&text::key(&role.name));
        self.roles.remove(&id);
        self.user_roles.drop_right(id);
        self.team_roles.drop_right(id);
        Ok(())
    }

    pub(super) fn grant_role(&mut self, holder: RoleHolder, role: RoleId) -> StoreResult<()> {
        match holder {
            RoleHolder::User(user) => require(self.users.contains_key(&user), "user")?,
            RoleHolder::Team(team) => require(self.teams.contains_key(&team), "team")?,
        }
        require(self.roles.contains_key(&role), "role")?;
        match holder {
            RoleHolder::User(user) => self.user_roles.insert(user, role),
            RoleHolder::Team(team) => self.team_roles.insert(team, role),
        }
        Ok(())
    }

    pub(super) fn revoke_role(&mut self, holder: RoleHolder, role: RoleId) -> StoreResult<()> {
        match holder {
            RoleHolder::User(user) => self.user_roles.remove(user, role),
            RoleHolder::Team(team) => self.team_roles.remove(team, role),
        }
        Ok(())
    }
}
