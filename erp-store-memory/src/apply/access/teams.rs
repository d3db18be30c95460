//! Changes of teams and of who is in them.

use std::sync::Arc;

use erp_core::{
    Conflict,
    access::{Team, TeamNesting},
    change::Version,
    ids::{TeamId, UserId},
    port::StoreResult,
    text,
};

use crate::{
    apply::{exists, free, fresh, missing, require},
    state::AccessState,
};

impl AccessState {
    pub(super) fn create_team(&mut self, team: Team) -> StoreResult<()> {
        if self.teams.contains_key(&team.id) {
            return Err(exists("team"));
        }
        let key = text::key(&team.name);
        free(self.team_names.get(&key), &team.id, Conflict::taken("team", "name"))?;
        self.team_names.insert(&key, team.id);
        self.teams.insert(team.id, Arc::new(team));
        Ok(())
    }

    pub(super) fn rename_team(
        &mut self,
        id: TeamId,
        expected: Version,
        name: String,
    ) -> StoreResult<()> {
        let old = self.teams.shared(&id).ok_or_else(|| missing("team"))?;
        fresh("team", expected, old.version)?;
        let key = text::key(&name);
        free(self.team_names.get(&key), &id, Conflict::taken("team", "name"))?;
        self.team_names.remove(&text::key(&old.name));
        self.team_names.insert(&key, id);
        let new = Team { name, version: old.version.next(), ..Team::clone(&old) };
        self.teams.insert(id, Arc::new(new));
        Ok(())
    }

    pub(super) fn delete_team(&mut self, id: TeamId, expected: Version) -> StoreResult<()> {
        let team = self.teams.get(&id).ok_or_else(|| missing("team"))?;
        fresh("team", expected, team.version)?;
        self.team_names.remove(&text::key(&team.name));
        self.teams.remove(&id);
        self.team_roles.drop_left(id);
        self.members.drop_left(id);
        self.nestings.drop_left(id);
        self.nestings.drop_right(id);
        Ok(())
    }

    pub(super) fn add_team_member(&mut self, team: TeamId, user: UserId) -> StoreResult<()> {
        require(self.teams.contains_key(&team), "team")?;
        require(self.users.contains_key(&user), "user")?;
        self.members.insert(team, user);
        Ok(())
    }

    pub(super) fn nest_team(
        &mut self,
        TeamNesting { parent, child }: TeamNesting,
    ) -> StoreResult<()> {
        require(self.teams.contains_key(&parent), "team")?;
        require(self.teams.contains_key(&child), "team")?;
        self.nestings.insert(parent, child);
        Ok(())
    }
}
