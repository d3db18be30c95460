//! The graph against a naive model, and rings of every length.

use std::collections::BTreeSet;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::{
    access::{AccessChange, BUILT_IN_ROLES, RoleGrant, UserStatus, rules::invariants},
    change::Version,
    error::{Conflict, Error},
    policy::Permission,
};

fn user(number: u8) -> UserId {
    UserId::from_uuid(Uuid::from_u128(u128::from(number) + 1))
}

fn team(number: u16) -> TeamId {
    TeamId::from_uuid(Uuid::from_u128(u128::from(number) + 1))
}

fn nesting(parent: u16, child: u16) -> TeamNesting {
    TeamNesting { parent: team(parent), child: team(child) }
}

fn grant(holder: RoleHolder, role: BuiltInRole) -> RoleGrant {
    RoleGrant { holder, role: role.id }
}

fn graph() -> AccessGraph {
    AccessGraph {
        roles: BUILT_IN_ROLES.iter().map(BuiltInRole::role).collect(),
        active_users: (0..4).map(user).collect(),
        ..AccessGraph::default()
    }
}

fn deactivate(number: u8) -> AccessChange {
    AccessChange::SetUserStatus {
        id: user(number),
        expected: Version::FIRST,
        status: UserStatus::Deactivated,
        at: crate::time::Timestamp::default(),
    }
}

#[test]
fn auth_10_rings_of_every_length_are_found_with_their_path() {
    let mut chain = graph();
    assert_eq!(GraphView::new(&chain).ring(nesting(0, 0)), Some(vec![team(0), team(0)]));
    for length in [2_u16, 3, 15, 16, 17, 1_000] {
        chain.nestings = (1..length).map(|child| nesting(child - 1, child)).collect();
        // The last team of the chain takes in the first.
        let ring = GraphView::new(&chain).ring(nesting(length - 1, 0)).unwrap();
        assert_eq!(ring.len(), usize::from(length) + 1);
        assert_eq!((ring[0], ring[1]), (team(length - 1), team(0)));
        assert_eq!(ring.first(), ring.last());
        let refused = invariants::check(&chain, &[AccessChange::NestTeam(nesting(length - 1, 0))]);
        assert_eq!(refused, Err(Error::Conflict(Conflict::ring("team", &ring))));
        // A second way down is no ring.
        assert_eq!(GraphView::new(&chain).ring(nesting(0, length - 1)), None);
    }
}

#[test]
fn auth_7_every_path_to_the_last_owner_is_refused() {
    let own = |holder| grant(holder, BuiltInRole::OWNER);
    let mut direct = graph();
    direct.grants = vec![own(RoleHolder::User(user(0)))];
    let revoke = |holder| AccessChange::RevokeRole { holder, role: BuiltInRole::OWNER.id };
    let mut through_team = graph();
    through_team.grants = vec![own(RoleHolder::Team(team(0)))];
    through_team.nestings = vec![nesting(0, 1)];
    through_team.members = vec![(team(1), user(0))];
    let delete_team = |number| AccessChange::DeleteTeam { id: team(number), expected: Version(1) };
    for (graph, change) in [
        (&direct, revoke(RoleHolder::User(user(0)))),
        (&direct, deactivate(0)),
        (&through_team, revoke(RoleHolder::Team(team(0)))),
        (&through_team, deactivate(0)),
        (&through_team, AccessChange::RemoveTeamMember { team: team(1), user: user(0) }),
        (&through_team, AccessChange::UnnestTeam(nesting(0, 1))),
        (&through_team, delete_team(0)),
        (&through_team, delete_team(1)),
    ] {
        let refused = invariants::check(graph, std::slice::from_ref(&change));
        assert_eq!(refused, Err(Error::Conflict(Conflict::LastOwner)), "{change:?}");
    }
    direct.grants.push(own(RoleHolder::User(user(1))));
    assert_eq!(invariants::check(&direct, &[deactivate(0)]), Ok(()));
    assert!(invariants::check(&direct, &[deactivate(0), deactivate(1)]).is_err());
}

#[test]
fn auth_7_an_owner_who_is_shut_out_does_not_count() {
    let mut graph = graph();
    graph.grants = vec![
        grant(RoleHolder::User(user(0)), BuiltInRole::OWNER),
        grant(RoleHolder::User(user(1)), BuiltInRole::OWNER),
    ];
    graph.active_users.remove(&user(1));
    assert!(invariants::check(&graph, &[deactivate(0)]).is_err());
}

/// Teams by plain recursion, without indexes or a memory of where it was: for graphs without rings.
fn naive_rights(graph: &AccessGraph, user: UserId) -> BTreeSet<Permission> {
    fn of_holder(graph: &AccessGraph, holder: RoleHolder, rights: &mut BTreeSet<Permission>) {
        for grant in graph.grants.iter().filter(|grant| grant.holder == holder) {
            for role in graph.roles.iter().filter(|role| role.id == grant.role) {
                rights.extend(role.permissions.iter());
            }
        }
    }
    fn of_team(graph: &AccessGraph, team: TeamId, rights: &mut BTreeSet<Permission>) {
        of_holder(graph, RoleHolder::Team(team), rights);
        for nesting in graph.nestings.iter().filter(|nesting| nesting.child == team) {
            of_team(graph, nesting.parent, rights);
        }
    }
    let mut rights = BTreeSet::new();
    of_holder(graph, RoleHolder::User(user), &mut rights);
    for (team, _) in graph.members.iter().filter(|(_, member)| *member == user) {
        of_team(graph, *team, &mut rights);
    }
    rights
}

fn any_change() -> impl Strategy<Value = AccessChange> {
    let users = || (0..4_u8).prop_map(user);
    let teams = || (0..5_u16).prop_map(team);
    let holder =
        prop_oneof![users().prop_map(RoleHolder::User), teams().prop_map(RoleHolder::Team)];
    let role = (0..BUILT_IN_ROLES.len()).prop_map(|index| BUILT_IN_ROLES[index].id);
    let held = (holder, role);
    let nesting = (teams(), teams()).prop_map(|(parent, child)| TeamNesting { parent, child });
    prop_oneof![
        held.clone().prop_map(|(holder, role)| AccessChange::GrantRole { holder, role }),
        held.prop_map(|(holder, role)| AccessChange::RevokeRole { holder, role }),
        (teams(), users()).prop_map(|(team, user)| AccessChange::AddTeamMember { team, user }),
        (teams(), users()).prop_map(|(team, user)| AccessChange::RemoveTeamMember { team, user }),
        nesting.clone().prop_map(AccessChange::NestTeam),
        nesting.prop_map(AccessChange::UnnestTeam),
        teams().prop_map(|id| AccessChange::DeleteTeam { id, expected: Version(1) }),
        (0..4_u8).prop_map(deactivate),
    ]
}

proptest! {
    #[test]
    fn auth_7_8_10_any_walk_of_allowed_changes_keeps_owner_dag_and_rights(
        changes in proptest::collection::vec(any_change(), 1..60)
    ) {
        let mut graph = graph();
        graph.grants = vec![grant(RoleHolder::User(user(0)), BuiltInRole::OWNER)];
        for change in &changes {
            match invariants::check(&graph, std::slice::from_ref(change)) {
                Ok(()) => invariants::apply(&mut graph, change),
                Err(Error::Conflict(Conflict::Ring { path, .. })) => {
                    // Each step of the path but the first is a nesting that stands.
                    for step in path[1..].windows(2) {
                        let [parent, child] = [&step[0], &step[1]].map(|id| id.parse().unwrap());
                        let edge = TeamNesting { parent, child };
                        prop_assert!(graph.nestings.contains(&edge));
                    }
                }
                Err(error) => prop_assert_eq!(error, Error::Conflict(Conflict::LastOwner)),
            }
            let view = GraphView::new(&graph);
            let owns = |user: &UserId| {
                graph.active_users.contains(user)
                    && naive_rights(&graph, *user).contains(&Permission::OrganisationOwn)
            };
            let naive: BTreeSet<UserId> = (0..4).map(user).filter(owns).collect();
            prop_assert!(!naive.is_empty());
            prop_assert_eq!(view.owners(), naive);
            for user in (0..4).map(user) {
                let expected: PermissionSet = naive_rights(&graph, user).into_iter().collect();
                prop_assert_eq!(view.rights_of(user), expected);
            }
        }
    }
}
