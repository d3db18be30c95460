//! What must hold of the access graph after every change: an owner remains (AUTH-7), no team is in
//! itself (AUTH-10).

use super::graph::GraphView;
use crate::{
    access::{AccessChange, AccessGraph, RoleGrant, RoleHolder, UserStatus},
    error::{Conflict, Result},
    ids::UserId,
};

/// Refuses changes that would break an invariant of the graph. One mechanism for every path, so
/// that no path can be forgotten.
///
/// # Errors
/// [`Conflict::LastOwner`] when there are owners and none would remain, [`Conflict::Ring`] when
/// a nesting would close a ring.
pub fn check(before: &AccessGraph, changes: &[AccessChange]) -> Result<()> {
    let mut after = before.clone();
    for change in changes {
        if let AccessChange::NestTeam(nesting) = change
            && let Some(path) = GraphView::new(&after).ring(*nesting)
        {
            return Err(Conflict::ring("team", &path).into());
        }
        apply(&mut after, change);
    }
    let bereft =
        GraphView::new(&after).owners().is_empty() && !GraphView::new(before).owners().is_empty();
    if bereft { Err(Conflict::LastOwner.into()) } else { Ok(()) }
}

/// What the change does to the graph. Its version and what the graph does not hold stay.
pub fn apply(graph: &mut AccessGraph, change: &AccessChange) {
    match change {
        AccessChange::CreateUser { user, .. } => set_active(graph, user.id, user.status),
        AccessChange::SetUserStatus { id, status, .. } => set_active(graph, *id, *status),
        AccessChange::CreateRole(role) => graph.roles.push(role.clone()),
        AccessChange::UpdateRole { id, permissions, .. } => {
            for role in graph.roles.iter_mut().filter(|role| role.id == *id) {
                role.permissions = *permissions;
            }
        }
        AccessChange::DeleteRole { id, .. } => {
            graph.roles.retain(|role| role.id != *id);
            graph.grants.retain(|grant| grant.role != *id);
        }
        AccessChange::GrantRole { holder, role } => {
            insert(&mut graph.grants, RoleGrant { holder: *holder, role: *role });
        }
        AccessChange::RevokeRole { holder, role } => {
            graph.grants.retain(|grant| grant.holder != *holder || grant.role != *role);
        }
        AccessChange::DeleteTeam { id, .. } => {
            graph.grants.retain(|grant| grant.holder != RoleHolder::Team(*id));
            graph.members.retain(|(team, _)| team != id);
            graph.nestings.retain(|nesting| nesting.parent != *id && nesting.child != *id);
        }
        AccessChange::AddTeamMember { team, user } => insert(&mut graph.members, (*team, *user)),
        AccessChange::RemoveTeamMember { team, user } => {
            graph.members.retain(|member| *member != (*team, *user));
        }
        AccessChange::NestTeam(nesting) => insert(&mut graph.nestings, *nesting),
        AccessChange::UnnestTeam(nesting) => graph.nestings.retain(|other| other != nesting),
        AccessChange::UpdateUser { .. }
        | AccessChange::SetPassword { .. }
        | AccessChange::CreateSession { .. }
        | AccessChange::RevokeSessions { .. }
        | AccessChange::RememberDevice(_)
        | AccessChange::ForgetDevice { .. }
        | AccessChange::CreateTeam(_)
        | AccessChange::RenameTeam { .. } => {}
    }
}

fn set_active(graph: &mut AccessGraph, user: UserId, status: UserStatus) {
    if status == UserStatus::Active {
        graph.active_users.insert(user);
    } else {
        graph.active_users.remove(&user);
    }
}

fn insert<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}
