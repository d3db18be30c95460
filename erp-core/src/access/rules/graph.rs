//! What follows from the graph of roles, grants, teams and members.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::{
    access::{AccessGraph, BuiltInRole, RoleHolder, TeamNesting},
    ctx::Actor,
    ids::{RoleId, TeamId, UserId},
    policy::{PermissionSet, Subject},
};

/// An access graph, indexed for questions.
#[derive(Debug)]
pub struct GraphView<'a> {
    graph: &'a AccessGraph,
    permissions: BTreeMap<RoleId, PermissionSet>,
    roles: BTreeMap<RoleHolder, Vec<RoleId>>,
    teams: BTreeMap<UserId, Vec<TeamId>>,
    parents: BTreeMap<TeamId, Vec<TeamId>>,
    children: BTreeMap<TeamId, Vec<TeamId>>,
}

impl<'a> GraphView<'a> {
    /// The graph with its indexes.
    pub fn new(graph: &'a AccessGraph) -> Self {
        let nestings = &graph.nestings;
        Self {
            graph,
            permissions: graph.roles.iter().map(|role| (role.id, role.permissions)).collect(),
            roles: index(graph.grants.iter().map(|grant| (grant.holder, grant.role))),
            teams: index(graph.members.iter().map(|(team, user)| (*user, *team))),
            parents: index(nestings.iter().map(|nesting| (nesting.child, nesting.parent))),
            children: index(nestings.iter().map(|nesting| (nesting.parent, nesting.child))),
        }
    }

    /// The actor with his rights; none for a user who is not let in.
    pub fn subject(&self, actor: Actor) -> Option<Subject> {
        match actor {
            Actor::System => Some(Subject::SYSTEM),
            Actor::User(id) => {
                self.graph.active_users.contains(&id).then(|| Subject::user(id, self.rights_of(id)))
            }
        }
    }

    /// The union of a user's direct roles and those of the teams he is in, directly or through
    /// nesting, whether he is let in or not (AUTH-8).
    pub fn rights_of(&self, user: UserId) -> PermissionSet {
        let teams = self.teams.get(&user).into_iter().flatten().copied();
        reach(teams, &self.parents)
            .into_iter()
            .map(|team| self.granted_to(RoleHolder::Team(team)))
            .fold(self.granted_to(RoleHolder::User(user)), PermissionSet::union)
    }

    /// The rights that a member of this team gets by it: of its roles and of those of the teams
    /// around it.
    pub fn carried_by(&self, team: TeamId) -> PermissionSet {
        reach([team], &self.parents)
            .into_iter()
            .map(|team| self.granted_to(RoleHolder::Team(team)))
            .fold(PermissionSet::EMPTY, PermissionSet::union)
    }

    /// The users who are let in and own the organisation, directly or through a team.
    pub fn owners(&self) -> BTreeSet<UserId> {
        let holders = || {
            let grants = self.graph.grants.iter();
            grants.filter(|grant| grant.role == BuiltInRole::OWNER.id).map(|grant| grant.holder)
        };
        let direct = holders().filter_map(|holder| match holder {
            RoleHolder::User(user) => Some(user),
            RoleHolder::Team(_) => None,
        });
        let owning_teams = holders().filter_map(|holder| match holder {
            RoleHolder::Team(team) => Some(team),
            RoleHolder::User(_) => None,
        });
        let owning_teams = reach(owning_teams, &self.children);
        let members = self.graph.members.iter();
        let through_teams =
            members.filter(|(team, _)| owning_teams.contains(team)).map(|(_, user)| *user);
        direct.chain(through_teams).filter(|user| self.graph.active_users.contains(user)).collect()
    }

    /// The ring that this nesting would close: the teams along it from the parent, the parent
    /// repeated at the end (AUTH-10).
    pub fn ring(&self, nesting: TeamNesting) -> Option<Vec<TeamId>> {
        let down = path(nesting.child, nesting.parent, &self.children)?;
        Some(std::iter::once(nesting.parent).chain(down).collect())
    }

    /// The teams that this one is directly in.
    pub fn parents(&self, team: TeamId) -> &[TeamId] {
        self.parents.get(&team).map_or(&[], Vec::as_slice)
    }

    /// The teams that are directly in this one.
    pub fn children(&self, team: TeamId) -> &[TeamId] {
        self.children.get(&team).map_or(&[], Vec::as_slice)
    }

    /// The roles that the holder has directly.
    pub fn roles_of(&self, holder: RoleHolder) -> &[RoleId] {
        self.roles.get(&holder).map_or(&[], Vec::as_slice)
    }

    fn granted_to(&self, holder: RoleHolder) -> PermissionSet {
        self.roles_of(holder)
            .iter()
            .filter_map(|role| self.permissions.get(role).copied())
            .fold(PermissionSet::EMPTY, PermissionSet::union)
    }
}

fn index<K: Ord, V>(pairs: impl Iterator<Item = (K, V)>) -> BTreeMap<K, Vec<V>> {
    let mut index = BTreeMap::<K, Vec<V>>::new();
    for (key, value) in pairs {
        index.entry(key).or_default().push(value);
    }
    index
}

/// The starting teams and all that the edges lead to.
fn reach(
    start: impl IntoIterator<Item = TeamId>,
    edges: &BTreeMap<TeamId, Vec<TeamId>>,
) -> BTreeSet<TeamId> {
    let mut waiting: Vec<TeamId> = start.into_iter().collect();
    let mut seen = BTreeSet::new();
    while let Some(team) = waiting.pop() {
        if seen.insert(team) {
            waiting.extend(edges.get(&team).into_iter().flatten());
        }
    }
    seen
}

/// A shortest path along the edges, both ends included.
fn path(from: TeamId, to: TeamId, edges: &BTreeMap<TeamId, Vec<TeamId>>) -> Option<Vec<TeamId>> {
    let mut came_from = BTreeMap::from([(from, from)]);
    let mut waiting = VecDeque::from([from]);
    while let Some(team) = waiting.pop_front() {
        if team == to {
            let mut back = vec![to];
            let mut at = to;
            while at != from {
                at = *came_from.get(&at)?;
                back.push(at);
            }
            back.reverse();
            return Some(back);
        }
        for next in edges.get(&team).into_iter().flatten() {
            if !came_from.contains_key(next) {
                came_from.insert(*next, team);
                waiting.push_back(*next);
            }
        }
    }
    None
}

#[cfg(test)]
#[path = "graph_tests.rs"]
mod tests;
