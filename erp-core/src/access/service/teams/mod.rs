//! Teams.

mod members;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{AccessService, authority::Authority};
use crate::{
    access::{AccessChange, AccessEvent, Team, TeamMember, rules::graph::GraphView},
    change::{Audience, EntityRef, Idempotency, NewEvent, Recorder, Version},
    ctx::Ctx,
    error::{Error, Result},
    forms,
    ids::{TeamId, UserId},
    policy::{self, Action, Permission, PermissionSet, Resource, Subject},
};

/// Who learns of teams' changes.
const READERS: [Audience; 1] = [Audience::Holders(Permission::TeamsRead)];

/// A team to create.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewTeam {
    /// Its name, 1 to 100 characters, unique without regard to case.
    pub name: String,
}

/// A team's new name.
#[derive(Clone, Debug, Deserialize)]
pub struct TeamUpdate {
    /// The version that the caller has seen.
    pub expected: Version,
    /// Its name, 1 to 100 characters, unique without regard to case.
    pub name: String,
}

/// A team with its place among the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamDetails {
    /// The team.
    #[serde(flatten)]
    pub team: Team,
    /// The teams that it is directly in.
    pub parents: Vec<TeamId>,
    /// The teams that are directly in it.
    pub children: Vec<TeamId>,
}

#[erp_derive::boxed]
impl AccessService<'_> {
    /// Every team, by name.
    ///
    /// # Errors
    /// Forbidden without `teams.read`.
    pub async fn teams(&self, ctx: &Ctx) -> Result<Vec<Team>> {
        let subject = self.engine.subject(ctx).await?;
        policy::authorize(&subject, Action::TeamRead, &Resource::Global)?;
        Ok(self.engine.store().access().teams().await?)
    }

    /// The team, with the teams around it.
    ///
    /// # Errors
    /// Not found when there is none, or the caller may not see teams.
    pub async fn team(&self, ctx: &Ctx, id: TeamId) -> Result<TeamDetails> {
        let subject = self.engine.subject(ctx).await?;
        let team = self.readable_team(&subject, id).await?;
        let graph = self.engine.store().access().graph().await?;
        let view = GraphView::new(&graph);
        let (parents, children) = (view.parents(id).to_vec(), view.children(id).to_vec());
        Ok(TeamDetails { team, parents, children })
    }

    /// The effective members of a team, each once, direct and inherited told apart (AUTH-11).
    ///
    /// # Errors
    /// As [`Self::team`].
    pub async fn team_members(&self, ctx: &Ctx, id: TeamId) -> Result<Vec<TeamMember>> {
        let subject = self.engine.subject(ctx).await?;
        self.readable_team(&subject, id).await?;
        Ok(self.engine.store().access().team_members(id).await?)
    }

    /// Creates a team. Repeated with the same idempotency key it gives the first answer.
    ///
    /// # Errors
    /// Forbidden without `teams.manage`; a validation error on `name`; conflict when it is taken.
    pub async fn create_team(&self, ctx: &Ctx, new: NewTeam) -> Result<Team> {
        let subject = self.engine.subject(ctx).await?;
        policy::authorize(&subject, Action::TeamCreate, &Resource::Global)?;
        let name = forms::SHORT_NAME.check("name", &new.name)?;
        let team = Team {
            id: TeamId::generate(self.engine.ids()),
            name,
            version: Version::FIRST,
            created_at: self.engine.now(),
        };
        let mut set = self.engine.change(ctx, Action::TeamCreate, entity(team.id));
        set.change(AccessChange::CreateTeam(team.clone()));
        set.record(Recorder::new().created("name", &team.name));
        set.idempotency = Idempotency::of(ctx, Action::TeamCreate, &team.name, &team)?;
        set.event(NewEvent::new(AccessEvent::TeamCreated(team.clone()), READERS));
        self.engine.commit(set).await?.answer(team)
    }

    /// Renames a team. When nothing changes, nothing is written.
    ///
    /// # Errors
    /// As [`Self::create_team`]; not found; conflict for a stale version.
    pub async fn rename_team(&self, ctx: &Ctx, id: TeamId, update: TeamUpdate) -> Result<Team> {
        let subject = self.engine.subject(ctx).await?;
        let old = self.existing_team(id).await?;
        policy::authorize(&subject, Action::TeamUpdate, &Resource::Team(PermissionSet::EMPTY))?;
        old.version.must_be(update.expected, "team")?;
        let name = forms::SHORT_NAME.check("name", &update.name)?;
        if name == old.name {
            return Ok(old);
        }
        let mut set = self.engine.change(ctx, Action::TeamUpdate, entity(id));
        let expected = update.expected;
        set.change(AccessChange::RenameTeam { id, expected, name: name.clone() });
        set.record(Recorder::new().field("name", &old.name, &name));
        let team = Team { name, version: old.version.next(), ..old };
        set.event(NewEvent::new(AccessEvent::TeamChanged(team.clone()), READERS));
        self.engine.commit(set).await?;
        Ok(team)
    }

    /// Deletes a team with its roles, members and nestings.
    ///
    /// # Errors
    /// Not found; forbidden when the team carries rights that the caller lacks; conflict for a
    /// stale version, and when no owner would remain (AUTH-7).
    pub async fn delete_team(&self, ctx: &Ctx, id: TeamId, expected: Version) -> Result<()> {
        self.engine.retry(|| self.try_delete_team(ctx, id, expected)).await
    }

    async fn try_delete_team(&self, ctx: &Ctx, id: TeamId, expected: Version) -> Result<()> {
        let authority = self.authority(ctx).await?;
        let old = self.existing_team(id).await?;
        authority.authorize_team(Action::TeamDelete, id)?;
        old.version.must_be(expected, "team")?;
        let mut set = self.engine.change(ctx, Action::TeamDelete, entity(id));
        authority.decide(&mut set, [AccessChange::DeleteTeam { id, expected }])?;
        let members: Vec<UserId> = authority.members_of(id).collect();
        set.record(Recorder::new().field("name", &old.name, Value::Null).field(
            "members",
            (!members.is_empty()).then_some(&members),
            Value::Null,
        ));
        let audience = READERS.into_iter().chain(members.into_iter().map(Audience::User));
        set.event(NewEvent::new(AccessEvent::TeamDeleted { team: id }, audience));
        self.engine.commit(set).await?;
        Ok(())
    }

    /// The team, when the subject may see teams.
    pub(super) async fn readable_team(&self, subject: &Subject, id: TeamId) -> Result<Team> {
        let team = self.existing_team(id).await?;
        policy::authorize(subject, Action::TeamRead, &Resource::Team(PermissionSet::EMPTY))?;
        Ok(team)
    }

    pub(super) async fn existing_team(&self, id: TeamId) -> Result<Team> {
        let team = self.engine.store().access().team(id).await?;
        team.ok_or(Error::NotFound { entity: "team" })
    }
}

impl Authority {
    /// The direct members of a team.
    fn members_of(&self, team: TeamId) -> impl Iterator<Item = UserId> {
        let members = self.graph().members.iter();
        members.filter(move |(other, _)| *other == team).map(|(_, user)| *user)
    }
}

fn entity(team: TeamId) -> EntityRef {
    EntityRef::new("team", team.uuid())
}
