//! Teams.

use erp_core::{
    Ctx, Error,
    access::{BuiltInRole, NewTeam, RoleHolder, Team, TeamMember, TeamNesting, TeamUpdate},
    error::Conflict,
    ids::TeamId,
    policy::Permission,
};
use futures::future::join_all;

use super::{forbidden, id, invalid, member, missing, owner, person};
use crate::Harness;

async fn teams(h: &Harness, names: &[&str]) -> Vec<Team> {
    let mut teams = Vec::new();
    for name in names {
        teams.push(h.team(name).await);
    }
    teams
}

fn nesting(parent: &Team, child: &Team) -> TeamNesting {
    TeamNesting { parent: parent.id, child: child.id }
}

fn ring(teams: &[&Team]) -> Error {
    let path: Vec<TeamId> = teams.iter().map(|team| team.id).collect();
    Conflict::ring("team", &path).into()
}

/// In itself, in its child, in its grandchild: refused, and the answer names the teams along it.
pub async fn auth_10_rings_are_refused_with_their_path(h: Harness) {
    let owner = owner(&h).await;
    let list = teams(&h, &["a", "b", "c", "d"]).await;
    let [a, b, c, d] = &list[..] else { panic!("four teams") };
    let access = h.engine.access();
    assert_eq!(access.nest_team(&owner, nesting(a, a)).await, Err(ring(&[a, a])));
    access.nest_team(&owner, nesting(a, b)).await.unwrap();
    assert_eq!(access.nest_team(&owner, nesting(b, a)).await, Err(ring(&[b, a, b])));
    access.nest_team(&owner, nesting(b, c)).await.unwrap();
    assert_eq!(access.nest_team(&owner, nesting(c, a)).await, Err(ring(&[c, a, b, c])));
    // A second way down is no ring, and neither is the same nesting again.
    access.nest_team(&owner, nesting(a, d)).await.unwrap();
    access.nest_team(&owner, nesting(d, c)).await.unwrap();
    let before = h.audit().await.len();
    access.nest_team(&owner, nesting(d, c)).await.unwrap();
    assert_eq!(h.audit().await.len(), before);
    let details = access.team(&owner, c.id).await.unwrap();
    let mut parents = details.parents;
    parents.sort();
    assert_eq!((parents, details.children), (vec![b.id, d.id], vec![]));
    access.unnest_team(&owner, nesting(a, b)).await.unwrap();
    access.nest_team(&owner, nesting(b, a)).await.unwrap();
}

/// Edges that together would close a ring, at once: one is always left out.
pub async fn auth_10_nestings_at_once_close_no_ring(h: Harness) {
    let owner = owner(&h).await;
    for length in [2, 3, 5] {
        for round in 0..5 {
            let names: Vec<_> = (0..length).map(|n| format!("t{length}.{round}.{n}")).collect();
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            let list = teams(&h, &names).await;
            let tries = (0..length).map(|n| {
                let edge = nesting(&list[n], &list[(n + 1) % length]);
                let (engine, owner) = (h.engine.clone(), owner.clone());
                tokio::spawn(async move { engine.access().nest_team(&owner, edge).await })
            });
            let results: Vec<_> = join_all(tries).await.into_iter().map(Result::unwrap).collect();
            let refused: Vec<_> =
                results.iter().filter_map(|result| result.as_ref().err()).collect();
            assert_eq!(refused.len(), 1, "{results:?}");
            assert!(matches!(refused[0], Error::Conflict(Conflict::Ring { .. })));
        }
    }
}

/// Two ways to a member make one member.
pub async fn auth_10_effective_members_count_once(h: Harness) {
    let owner = owner(&h).await;
    let bob = member(&h, "bob").await;
    let list = teams(&h, &["top", "left", "right", "bottom"]).await;
    let [top, left, right, bottom] = &list[..] else { panic!("four teams") };
    let access = h.engine.access();
    for edge in
        [nesting(top, left), nesting(top, right), nesting(left, bottom), nesting(right, bottom)]
    {
        access.nest_team(&owner, edge).await.unwrap();
    }
    access.add_team_member(&owner, bottom.id, id(&bob)).await.unwrap();
    access.add_team_member(&owner, left.id, id(&bob)).await.unwrap();
    let members = access.team_members(&owner, top.id).await.unwrap();
    let once = TeamMember { team: top.id, user: id(&bob), direct: false, inherited: true };
    assert_eq!(members, [once]);
}

/// Taking the one away leaves the other.
pub async fn auth_11_direct_and_inherited_membership_are_separate(h: Harness) {
    let owner = owner(&h).await;
    let bob = member(&h, "bob").await;
    let list = teams(&h, &["outer", "inner"]).await;
    let [outer, inner] = &list[..] else { panic!("two teams") };
    let access = h.engine.access();
    let membership = async || {
        let members = access.team_members(&owner, outer.id).await.unwrap();
        members.first().map(|member| (member.direct, member.inherited))
    };
    access.nest_team(&owner, nesting(outer, inner)).await.unwrap();
    access.add_team_member(&owner, inner.id, id(&bob)).await.unwrap();
    assert_eq!(membership().await, Some((false, true)));
    access.add_team_member(&owner, outer.id, id(&bob)).await.unwrap();
    assert_eq!(membership().await, Some((true, true)));
    access.remove_team_member(&owner, inner.id, id(&bob)).await.unwrap();
    assert_eq!(membership().await, Some((true, false)));
    access.add_team_member(&owner, inner.id, id(&bob)).await.unwrap();
    access.remove_team_member(&owner, outer.id, id(&bob)).await.unwrap();
    assert_eq!(membership().await, Some((false, true)));
    access.unnest_team(&owner, nesting(outer, inner)).await.unwrap();
    assert_eq!(membership().await, None);
}

/// Under its version, with a name of its own; its members lose its rights when it goes.
pub async fn a_team_is_renamed_and_deleted_with_its_rights(h: Harness) {
    let owner = owner(&h).await;
    let bob = person(&h, "bob", &[]).await;
    let access = h.engine.access();
    let named = |name: &str| NewTeam { name: name.to_owned() };
    let team = access.create_team(&owner, named(" Crew ")).await.unwrap();
    assert_eq!(team.name, "Crew");
    let taken = access.create_team(&owner, named("cREW")).await;
    assert_eq!(taken, Err(Error::Conflict(Conflict::taken("team", "name"))));
    invalid(access.create_team(&owner, named(" ")).await, "name");
    let rename = |name: &str| TeamUpdate { expected: team.version, name: name.to_owned() };
    let before = h.audit().await.len();
    assert_eq!(access.rename_team(&owner, team.id, rename("Crew")).await.unwrap(), team);
    assert_eq!(h.audit().await.len(), before, "no change, no entry");
    let renamed = access.rename_team(&owner, team.id, rename("crew")).await.unwrap();
    assert_eq!((renamed.name.as_str(), renamed.version), ("crew", team.version.next()));
    let stale = Conflict::Version { entity: "team".into(), current: renamed.version };
    let again = access.rename_team(&owner, team.id, rename("gang")).await;
    assert_eq!(again, Err(Error::Conflict(stale.clone())));
    let deleted = access.delete_team(&owner, team.id, team.version).await;
    assert_eq!(deleted, Err(Error::Conflict(stale)));
    let holder = RoleHolder::Team(team.id);
    access.grant_role(&owner, holder, BuiltInRole::MEMBER.id).await.unwrap();
    access.add_team_member(&owner, team.id, id(&bob)).await.unwrap();
    let rights = async || access.me(&bob).await.unwrap().permissions;
    assert!(rights().await.contains(Permission::ChatUse));
    assert_eq!(access.roles_of(&owner, holder).await.unwrap().len(), 1);
    access.delete_team(&owner, team.id, renamed.version).await.unwrap();
    assert!(!rights().await.contains(Permission::ChatUse));
    missing(access.team_members(&owner, team.id).await, "team");
    missing(access.add_team_member(&owner, team.id, id(&bob)).await, "team");
}

/// Without `teams.read` a team does not exist; with it alone it is not changed.
pub async fn x_7_teams_are_seen_by_those_who_may(h: Harness) {
    let guest = person(&h, "guest", &[BuiltInRole::GUEST.id]).await;
    let bob = member(&h, "bob").await;
    let crew = h.team("crew").await;
    let access = h.engine.access();
    forbidden(access.teams(&guest).await);
    for team in [crew.id, TeamId::generate(&*h.ids)] {
        missing(access.team(&guest, team).await, "team");
        missing(access.team_members(&guest, team).await, "team");
        missing(access.add_team_member(&guest, team, id(&guest)).await, "team");
        missing(access.delete_team(&guest, team, crew.version).await, "team");
    }
    assert_eq!(access.teams(&bob).await.unwrap(), std::slice::from_ref(&crew));
    forbidden(access.add_team_member(&bob, crew.id, id(&bob)).await);
    forbidden(access.create_team(&bob, NewTeam { name: "mine".to_owned() }).await);
    let nobody = Ctx::user(erp_core::ids::UserId::generate(&*h.ids));
    assert_eq!(access.teams(&nobody).await, Err(Error::Unauthenticated));
}
