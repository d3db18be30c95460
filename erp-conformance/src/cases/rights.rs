//! Roles, teams, and the rights that follow from them.

use std::collections::BTreeSet;

use erp_core::{
    access::{
        AccessChange, AccessGraph, BUILT_IN_ROLES, BuiltInRole, Role, RoleGrant, RoleHolder, Team,
        TeamMember, TeamNesting, UserStatus,
    },
    change::Version,
    ids::{TeamId, UserId},
    policy::{Permission, PermissionSet, Subject},
    text::key as folded,
};

use crate::Harness;

async fn rights(h: &Harness, user: UserId) -> PermissionSet {
    subject(h, user).await.permissions
}

async fn subject(h: &Harness, user: UserId) -> Subject {
    h.store.access().subject(user).await.expect("a read").expect("the user exists")
}

async fn add_to(h: &Harness, team: &Team, user: UserId) {
    h.commit(AccessChange::AddTeamMember { team: team.id, user }).await;
}

async fn nest(h: &Harness, parent: &Team, child: &Team) {
    let nesting = TeamNesting { parent: parent.id, child: child.id };
    h.commit(AccessChange::NestTeam(nesting)).await;
}

async fn members(h: &Harness, team: &Team) -> Vec<TeamMember> {
    h.store.access().team_members(team.id).await.expect("a read")
}

/// `BUILT_IN_ROLES`: every store has them from the start.
pub async fn the_built_in_roles_are_there_from_the_start(h: Harness) {
    let mut expected: Vec<_> = BUILT_IN_ROLES.iter().map(BuiltInRole::role).collect();
    expected.sort_by_key(|role| (folded(&role.name), role.id));
    assert_eq!(h.store.access().roles().await, Ok(expected));
    for role in BUILT_IN_ROLES {
        assert_eq!(h.store.access().role(role.id).await, Ok(Some(role.role())));
    }
    let graph = h.store.access().graph().await.expect("a read");
    assert_eq!(graph.roles.len(), BUILT_IN_ROLES.len());
    assert!(graph.grants.is_empty() && graph.active_users.is_empty());
}

/// `AccessReads::roles`, `teams`: by folded name.
pub async fn roles_and_teams_are_listed_by_name(h: Harness) {
    let mut roles: Vec<Role> = BUILT_IN_ROLES.iter().map(BuiltInRole::role).collect();
    let mut teams = Vec::new();
    for name in ["beta", "Alpha", "Ähre", "alphabet", "ZETA", "gamma"] {
        roles.push(h.role(name, &[Permission::ChatUse]).await);
        teams.push(h.team(name).await);
    }
    roles.sort_by_key(|role| folded(&role.name));
    teams.sort_by_key(|team| folded(&team.name));
    assert_eq!(h.store.access().roles().await, Ok(roles.clone()));
    assert_eq!(h.store.access().teams().await, Ok(teams.clone()));
    assert_eq!(h.store.access().team(teams[2].id).await, Ok(Some(teams[2].clone())));
    assert_eq!(h.store.access().team(TeamId::generate(&*h.ids)).await, Ok(None));
}

/// AUTH-8: rights are the union of direct roles and of roles through teams, nested ones too; each
/// grant and each removal counts from its commit on.
pub async fn auth_8_rights_are_the_union_of_direct_roles_and_those_of_teams(h: Harness) {
    use Permission::{AuditRead, ChatUse, RolesRead, TeamsRead, UsersRead};
    let ann = h.user("ann").await;
    let user = RoleHolder::User(ann.id);
    assert_eq!(subject(&h, ann.id).await, Subject::user(ann.id, PermissionSet::EMPTY));
    let direct = h.role("direct", &[ChatUse, UsersRead]).await;
    h.grant(user, direct.id).await;
    assert_eq!(rights(&h, ann.id).await, PermissionSet::of(&[ChatUse, UsersRead]));

    let (outer, middle, inner) =
        (h.team("outer").await, h.team("middle").await, h.team("inner").await);
    for (team, permission) in [(&outer, AuditRead), (&middle, RolesRead), (&inner, TeamsRead)] {
        let role = h.role(&format!("of {}", team.name), &[permission]).await;
        h.grant(RoleHolder::Team(team.id), role.id).await;
    }
    add_to(&h, &inner, ann.id).await;
    assert_eq!(rights(&h, ann.id).await, PermissionSet::of(&[ChatUse, UsersRead, TeamsRead]));
    nest(&h, &outer, &middle).await;
    nest(&h, &middle, &inner).await;
    let all = PermissionSet::of(&[ChatUse, UsersRead, TeamsRead, RolesRead, AuditRead]);
    assert_eq!(rights(&h, ann.id).await, all);

    let nesting = TeamNesting { parent: middle.id, child: inner.id };
    h.commit(AccessChange::UnnestTeam(nesting)).await;
    assert_eq!(rights(&h, ann.id).await, PermissionSet::of(&[ChatUse, UsersRead, TeamsRead]));
    h.commit(AccessChange::RemoveTeamMember { team: inner.id, user: ann.id }).await;
    assert_eq!(rights(&h, ann.id).await, PermissionSet::of(&[ChatUse, UsersRead]));
    h.commit(AccessChange::UpdateRole {
        id: direct.id,
        expected: Version(1),
        name: "direct".to_owned(),
        permissions: PermissionSet::of(&[AuditRead]),
    })
    .await;
    assert_eq!(rights(&h, ann.id).await, PermissionSet::of(&[AuditRead]));
    h.commit(AccessChange::RevokeRole { holder: user, role: direct.id }).await;
    assert_eq!(rights(&h, ann.id).await, PermissionSet::EMPTY);
}

/// AUTH-8: a role has permissions of the host's own beside the engine's, by their names.
pub async fn auth_8_a_role_has_permissions_of_the_host(h: Harness) {
    let plough = Permission::register("farm.plough").expect("it is a name");
    let harvest = Permission::register("farm.harvest").expect("it is a name");
    let ann = h.user("ann").await;
    let role = h.role("farmer", &[harvest, Permission::ChatUse]).await;
    assert_eq!(h.store.access().role(role.id).await, Ok(Some(role.clone())));
    h.grant(RoleHolder::User(ann.id), role.id).await;
    let subject = subject(&h, ann.id).await;
    assert!(subject.has(harvest) && subject.has(Permission::ChatUse) && !subject.has(plough));
    let permissions = PermissionSet::of(&[plough]);
    let (id, expected, name) = (role.id, role.version, role.name);
    h.commit(AccessChange::UpdateRole { id, expected, name, permissions }).await;
    assert_eq!(rights(&h, ann.id).await, permissions);
}

/// `AccessReads::subject`: `active` is the status; the rights stay those of the roles; none for nobody.
pub async fn a_subject_is_active_by_his_status(h: Harness) {
    let ann = h.user_with_role("ann", BuiltInRole::MEMBER).await;
    for (status, active) in
        [(UserStatus::Deactivated, false), (UserStatus::Deleted, false), (UserStatus::Active, true)]
    {
        h.set_status(ann.id, status).await;
        let mut expected = Subject::user(ann.id, BuiltInRole::MEMBER.permissions);
        expected.active = active;
        assert_eq!(subject(&h, ann.id).await, expected, "{status:?}");
    }
    assert_eq!(h.store.access().subject(h.new_user("nobody").id).await, Ok(None));
}

/// AUTH-10, AUTH-11: effective members are counted once; direct and inherited membership are told
/// apart; a diamond of teams counts nobody twice.
pub async fn auth_11_direct_and_inherited_members_are_told_apart(h: Harness) {
    let (ann, bob, cid) = (h.user("ann").await, h.user("bob").await, h.user("cid").await);
    let (top, left, right, bottom) =
        (h.team("top").await, h.team("left").await, h.team("right").await, h.team("bottom").await);
    for (parent, child) in [(&top, &left), (&top, &right), (&left, &bottom), (&right, &bottom)] {
        nest(&h, parent, child).await;
    }
    add_to(&h, &bottom, ann.id).await;
    add_to(&h, &top, bob.id).await;
    add_to(&h, &bottom, bob.id).await;
    add_to(&h, &left, cid.id).await;
    let member = |team: &Team, user, direct, inherited| {
        let team = team.id;
        TeamMember { team, user, direct, inherited }
    };
    let expected = [
        member(&top, ann.id, false, true),
        member(&top, bob.id, true, true),
        member(&top, cid.id, false, true),
    ];
    assert_eq!(members(&h, &top).await, expected);
    let expected = [member(&right, ann.id, false, true), member(&right, bob.id, false, true)];
    assert_eq!(members(&h, &right).await, expected);
    h.commit(AccessChange::RemoveTeamMember { team: bottom.id, user: bob.id }).await;
    assert_eq!(members(&h, &top).await[1], member(&top, bob.id, true, false));
    assert_eq!(members(&h, &bottom).await, [member(&bottom, ann.id, true, false)]);
}

/// `AccessChange::DeleteRole`: it is taken from all who have it.
pub async fn deleting_a_role_takes_it_from_all_who_have_it(h: Harness) {
    let ann = h.user("ann").await;
    let team = h.team("a team").await;
    add_to(&h, &team, ann.id).await;
    let (role, other) =
        (h.role("gone", &[Permission::AuditRead]).await, h.role("stays", &[]).await);
    let (user, team) = (RoleHolder::User(ann.id), RoleHolder::Team(team.id));
    for (holder, role) in [(user, role.id), (team, role.id), (user, other.id)] {
        h.grant(holder, role).await;
    }
    h.commit(AccessChange::DeleteRole { id: role.id, expected: Version(1) }).await;
    assert_eq!(h.store.access().roles_of(ann.id).await, Ok(vec![other.id]));
    assert_eq!(rights(&h, ann.id).await, PermissionSet::EMPTY);
    let graph = h.store.access().graph().await.expect("a read");
    assert_eq!(graph.grants, [RoleGrant { holder: user, role: other.id }]);
}

/// `AccessChange::DeleteTeam`: its grants, members and nestings go with it; teams within it stay.
pub async fn deleting_a_team_takes_its_grants_members_and_nestings(h: Harness) {
    let ann = h.user("ann").await;
    let (outer, gone, inner) = (h.team("outer").await, h.team("gone").await, h.team("inner").await);
    nest(&h, &outer, &gone).await;
    nest(&h, &gone, &inner).await;
    add_to(&h, &gone, ann.id).await;
    add_to(&h, &inner, ann.id).await;
    h.grant(RoleHolder::Team(gone.id), BuiltInRole::GUEST.id).await;
    h.commit(AccessChange::DeleteTeam { id: gone.id, expected: Version(1) }).await;
    assert_eq!(h.store.access().team(gone.id).await, Ok(None));
    assert_eq!(members(&h, &outer).await, []);
    assert_eq!(members(&h, &inner).await.len(), 1);
    let graph = h.store.access().graph().await.expect("a read");
    assert_eq!((graph.grants, graph.nestings), (vec![], vec![]));
    assert_eq!(graph.members, [(inner.id, ann.id)]);
    assert_eq!(rights(&h, ann.id).await, PermissionSet::EMPTY);
}

/// `AccessReads::graph`: all of it, at one version.
pub async fn the_graph_is_whole(h: Harness) {
    let (ann, bob, cid) = (h.user("ann").await, h.user("bob").await, h.user("cid").await);
    let (outer, inner) = (h.team("outer").await, h.team("inner").await);
    let role = h.role("a role", &[Permission::ChatUse]).await;
    nest(&h, &outer, &inner).await;
    add_to(&h, &inner, bob.id).await;
    add_to(&h, &outer, ann.id).await;
    h.grant(RoleHolder::User(ann.id), BuiltInRole::OWNER.id).await;
    h.grant(RoleHolder::Team(inner.id), role.id).await;
    h.set_status(cid.id, UserStatus::Deactivated).await;
    let mut graph = h.store.access().graph().await.expect("a read");
    graph.roles.sort_by_key(|role| role.id);
    graph.grants.sort_by_key(|grant| (grant.holder, grant.role));
    graph.members.sort_unstable();
    let mut roles: Vec<_> = BUILT_IN_ROLES.iter().map(BuiltInRole::role).collect();
    roles.push(role.clone());
    roles.sort_by_key(|role| role.id);
    let mut teams = vec![(outer.id, ann.id), (inner.id, bob.id)];
    teams.sort_unstable();
    let expected = AccessGraph {
        version: graph.version,
        roles,
        grants: vec![
            RoleGrant { holder: RoleHolder::User(ann.id), role: BuiltInRole::OWNER.id },
            RoleGrant { holder: RoleHolder::Team(inner.id), role: role.id },
        ],
        nestings: vec![TeamNesting { parent: outer.id, child: inner.id }],
        members: teams,
        active_users: BTreeSet::from([ann.id, bob.id]),
    };
    assert_eq!(graph, expected);
}

/// `AccessReads::roles_of`: direct roles alone, by role id.
pub async fn direct_roles_are_listed_by_id(h: Harness) {
    let ann = h.user("ann").await;
    let team = h.team("a team").await;
    add_to(&h, &team, ann.id).await;
    h.grant(RoleHolder::Team(team.id), BuiltInRole::OWNER.id).await;
    let mut expected = vec![BuiltInRole::GUEST.id, BuiltInRole::MEMBER.id];
    for name in ["one", "two"] {
        expected.push(h.role(name, &[]).await.id);
    }
    for role in expected.iter().rev() {
        h.grant(RoleHolder::User(ann.id), *role).await;
    }
    expected.sort_unstable();
    assert_eq!(h.store.access().roles_of(ann.id).await, Ok(expected));
}
