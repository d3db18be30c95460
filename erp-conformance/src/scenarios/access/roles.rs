//! Roles.

use erp_core::{
    Ctx, Error,
    access::{BuiltInRole, NewRole, Role, RoleHolder, RoleUpdate},
    ctx::IdempotencyKey,
    error::Conflict,
    ids::RoleId,
    policy::{Permission as P, PermissionSet},
};

use super::{admin, forbidden, id, invalid, member, missing, owner, person};
use crate::Harness;

fn new_role(name: &str, permissions: &[P]) -> NewRole {
    NewRole { name: name.to_owned(), permissions: PermissionSet::of(permissions) }
}

async fn rights(h: &Harness, user: &Ctx) -> PermissionSet {
    h.engine.access().me(user).await.unwrap().permissions
}

/// The call after the grant has the right, the call after its end has not.
pub async fn auth_8_a_right_comes_and_goes_with_the_commit(h: Harness) {
    let owner = owner(&h).await;
    let bob = person(&h, "bob", &[]).await;
    let access = h.engine.access();
    let role = access.create_role(&owner, new_role("reader", &[P::RolesRead])).await.unwrap();
    let holder = RoleHolder::User(id(&bob));
    forbidden(access.roles(&bob).await);
    access.grant_role(&owner, holder, role.id).await.unwrap();
    assert!(access.roles(&bob).await.is_ok());
    access.revoke_role(&owner, holder, role.id).await.unwrap();
    forbidden(access.roles(&bob).await);
    access.grant_role(&owner, holder, role.id).await.unwrap();
    let emptied = RoleUpdate {
        expected: role.version,
        name: role.name.clone(),
        permissions: PermissionSet::EMPTY,
    };
    access.update_role(&owner, role.id, emptied).await.unwrap();
    forbidden(access.roles(&bob).await);
}

/// Direct roles and those of every team around, also through nesting.
pub async fn auth_8_rights_are_the_union_of_roles_and_teams(h: Harness) {
    let bob = person(&h, "bob", &[]).await;
    let host = Ctx::system();
    let access = h.engine.access();
    let (outer, inner) = (h.team("outer").await, h.team("inner").await);
    let nesting = erp_core::access::TeamNesting { parent: outer.id, child: inner.id };
    for (holder, permission) in [
        (RoleHolder::User(id(&bob)), P::ChatUse),
        (RoleHolder::Team(inner.id), P::TeamsRead),
        (RoleHolder::Team(outer.id), P::AuditRead),
    ] {
        let role = h.role(permission.as_str(), &[permission]).await;
        access.grant_role(&host, holder, role.id).await.unwrap();
    }
    let of = PermissionSet::of;
    assert_eq!(rights(&h, &bob).await, of(&[P::ChatUse]));
    access.add_team_member(&host, inner.id, id(&bob)).await.unwrap();
    assert_eq!(rights(&h, &bob).await, of(&[P::ChatUse, P::TeamsRead]));
    access.nest_team(&host, nesting).await.unwrap();
    assert_eq!(rights(&h, &bob).await, of(&[P::ChatUse, P::TeamsRead, P::AuditRead]));
    access.unnest_team(&host, nesting).await.unwrap();
    assert_eq!(rights(&h, &bob).await, of(&[P::ChatUse, P::TeamsRead]));
    access.remove_team_member(&host, inner.id, id(&bob)).await.unwrap();
    assert_eq!(rights(&h, &bob).await, of(&[P::ChatUse]));
}

/// Nobody changes or deletes a role that came with the engine.
pub async fn built_in_roles_stay_as_they_are(h: Harness) {
    let owner = owner(&h).await;
    let access = h.engine.access();
    for role in access.roles(&owner).await.unwrap() {
        assert!(role.built_in);
        let update = RoleUpdate {
            expected: role.version,
            name: "mine".to_owned(),
            permissions: role.permissions,
        };
        let update = access.update_role(&owner, role.id, update).await;
        assert!(matches!(update, Err(Error::Precondition(_))), "{update:?}");
        let delete = access.delete_role(&owner, role.id, role.version).await;
        assert!(matches!(delete, Err(Error::Precondition(_))), "{delete:?}");
    }
}

/// Under its version, with a name of its own; when it goes, it goes from all who had it.
pub async fn a_role_is_changed_under_its_version_and_deleted_everywhere(h: Harness) {
    let owner = owner(&h).await;
    let bob = person(&h, "bob", &[]).await;
    let access = h.engine.access();
    let role = access.create_role(&owner, new_role("Helper", &[P::TeamsRead])).await.unwrap();
    let taken = access.create_role(&owner, new_role(" hELPER ", &[])).await;
    assert_eq!(taken, Err(Error::Conflict(Conflict::taken("role", "name"))));
    invalid(access.create_role(&owner, new_role("a\nb", &[])).await, "name");
    invalid(access.create_role(&owner, new_role(&"x".repeat(101), &[])).await, "name");
    let before = h.audit().await.len();
    let same = |role: &Role| RoleUpdate {
        expected: role.version,
        name: role.name.clone(),
        permissions: role.permissions,
    };
    assert_eq!(access.update_role(&owner, role.id, same(&role)).await.unwrap(), role);
    assert_eq!(h.audit().await.len(), before, "no change, no entry");
    let more = PermissionSet::of(&[P::TeamsRead, P::UsersRead]);
    let update = RoleUpdate { permissions: more, ..same(&role) };
    let changed = access.update_role(&owner, role.id, update.clone()).await.unwrap();
    assert_eq!((changed.version, changed.permissions), (role.version.next(), more));
    let entry = &h.audit().await[0];
    let fields: Vec<_> = entry.changes.iter().map(|change| change.field.as_ref()).collect();
    assert_eq!(fields, ["permissions"]);
    let stale = Conflict::Version { entity: "role".into(), current: changed.version };
    let again = access.update_role(&owner, role.id, update).await;
    assert_eq!(again, Err(Error::Conflict(stale.clone())));
    let deleted = access.delete_role(&owner, role.id, role.version).await;
    assert_eq!(deleted, Err(Error::Conflict(stale)));
    access.grant_role(&owner, RoleHolder::User(id(&bob)), role.id).await.unwrap();
    assert_eq!(rights(&h, &bob).await, more);
    access.delete_role(&owner, role.id, changed.version).await.unwrap();
    assert_eq!(rights(&h, &bob).await, PermissionSet::EMPTY);
    missing(access.role(&owner, role.id).await, "role");
    missing(access.grant_role(&owner, RoleHolder::User(id(&bob)), role.id).await, "role");
    access.create_role(&owner, new_role("Helper", &[])).await.expect("the name is free again");
}

/// The same request twice makes one role; so with teams.
pub async fn x_6_a_role_repeated_with_its_key_is_made_once(h: Harness) {
    let owner = owner(&h).await;
    let access = h.engine.access();
    let keyed = |key: &str| owner.clone().with_idempotency_key(IdempotencyKey::new(key).unwrap());
    let first = access.create_role(&keyed("a"), new_role("helper", &[P::ChatUse])).await.unwrap();
    let again = access.create_role(&keyed("a"), new_role("helper", &[P::ChatUse])).await.unwrap();
    assert_eq!(first, again);
    let other = access.create_role(&keyed("a"), new_role("helper", &[])).await;
    assert_eq!(other, Err(Error::Conflict(Conflict::IdempotencyKeyReused)));
    let named = |name: &str| erp_core::access::NewTeam { name: name.to_owned() };
    let first = access.create_team(&keyed("b"), named("crew")).await.unwrap();
    assert_eq!(access.create_team(&keyed("b"), named("crew")).await.unwrap(), first);
    let other = access.create_team(&keyed("b"), named("band")).await;
    assert_eq!(other, Err(Error::Conflict(Conflict::IdempotencyKeyReused)));
}

/// The second time there is nothing to write; so with taking it away.
pub async fn giving_a_role_twice_writes_once(h: Harness) {
    let owner = owner(&h).await;
    let bob = member(&h, "bob").await;
    let access = h.engine.access();
    let holder = RoleHolder::User(id(&bob));
    let before = h.audit().await.len();
    for _ in 0..2 {
        access.grant_role(&owner, holder, BuiltInRole::GUEST.id).await.unwrap();
    }
    assert_eq!(h.audit().await.len(), before + 1);
    let roles = access.roles_of(&bob, holder).await.unwrap();
    let names: Vec<_> = roles.iter().map(|role| role.name.as_str()).collect();
    assert_eq!(names, ["guest", "member"]);
    for _ in 0..2 {
        access.revoke_role(&owner, holder, BuiltInRole::GUEST.id).await.unwrap();
    }
    assert_eq!(h.audit().await.len(), before + 2);
}

/// Without `roles.read` a role does not exist; one's own are one's own.
pub async fn x_7_roles_are_seen_by_those_who_may(h: Harness) {
    let bob = member(&h, "bob").await;
    let ada = member(&h, "ada").await;
    let admin = admin(&h, "admin").await;
    let access = h.engine.access();
    let unknown = RoleId::generate(&*h.ids);
    for role in [BuiltInRole::OWNER.id, unknown] {
        missing(access.role(&bob, role).await, "role");
        missing(access.grant_role(&bob, RoleHolder::User(id(&bob)), role).await, "role");
    }
    assert_eq!(access.roles_of(&bob, RoleHolder::User(id(&bob))).await.unwrap().len(), 1);
    forbidden(access.roles_of(&bob, RoleHolder::User(id(&ada))).await);
    assert_eq!(access.roles_of(&admin, RoleHolder::User(id(&ada))).await.unwrap().len(), 1);
    assert_eq!(access.roles(&admin).await.unwrap().len(), 4);
}
