//! Nobody gives, gains or handles more rights than he has (AUTH-9).

use erp_core::{
    Ctx, Error,
    access::{
        BuiltInRole, NewRole, PasswordChange, RoleHolder, RoleUpdate, TeamNesting, UserUpdate,
    },
    policy::{Permission as P, PermissionSet},
};

use super::{PASSWORD, admin, forbidden, id, log_in, member, new_user, owner, person, view};
use crate::Harness;

/// One who may manage roles, but not read the audit log.
async fn role_manager(h: &Harness) -> Ctx {
    let rights = [P::RolesManage, P::RolesRead, P::UsersRead, P::TeamsManage, P::TeamsRead];
    let role = h.role("role manager", &rights).await;
    person(h, "manager", &[role.id]).await
}

/// Neither by granting, nor by making or changing a role, nor by creating a user with one.
pub async fn auth_9_nobody_grants_or_makes_a_role_beyond_his_rights(h: Harness) {
    let owner = owner(&h).await;
    let manager = role_manager(&h).await;
    let access = h.engine.access();
    let own = RoleHolder::User(id(&manager));
    let of = PermissionSet::of;
    forbidden(access.grant_role(&manager, own, BuiltInRole::ADMIN.id).await);
    let beyond = NewRole { name: "beyond".to_owned(), permissions: of(&[P::AuditRead]) };
    forbidden(access.create_role(&manager, beyond.clone()).await);
    let within = NewRole { name: "within".to_owned(), permissions: of(&[P::UsersRead]) };
    let within = access.create_role(&manager, within).await.unwrap();
    let raised = RoleUpdate {
        expected: within.version,
        name: within.name.clone(),
        permissions: of(&[P::UsersRead, P::AuditRead]),
    };
    forbidden(access.update_role(&manager, within.id, raised).await);
    let beyond = access.create_role(&owner, beyond).await.unwrap();
    let lowered = RoleUpdate {
        expected: beyond.version,
        name: beyond.name.clone(),
        permissions: PermissionSet::EMPTY,
    };
    forbidden(access.update_role(&manager, beyond.id, lowered).await);
    forbidden(access.delete_role(&manager, beyond.id, beyond.version).await);
    access.grant_role(&manager, own, within.id).await.unwrap();
    // An admin makes admins, but no owner.
    let admin = admin(&h, "admin").await;
    let created = access.create_user(&admin, new_user("peer", &[BuiltInRole::ADMIN.id])).await;
    assert!(created.is_ok());
    let created = access.create_user(&admin, new_user("boss", &[BuiltInRole::OWNER.id])).await;
    forbidden(created);
    assert!(h.store.access().credentials("boss@example.org").await.unwrap().is_none());
    let grant = access.grant_role(&admin, RoleHolder::User(id(&admin)), BuiltInRole::OWNER.id);
    forbidden(grant.await);
}

/// A team carries the rights of the teams around it: whoever lacks them puts nobody and no team in.
pub async fn auth_9_nobody_gives_rights_through_a_team_that_he_lacks(h: Harness) {
    let manager = role_manager(&h).await;
    let host = Ctx::system();
    let access = h.engine.access();
    let (outer, inner, plain) =
        (h.team("outer").await, h.team("inner").await, h.team("plain").await);
    let into_outer = TeamNesting { parent: outer.id, child: inner.id };
    access.nest_team(&host, into_outer).await.unwrap();
    access.grant_role(&host, RoleHolder::Team(outer.id), BuiltInRole::ADMIN.id).await.unwrap();
    for team in [outer.id, inner.id] {
        forbidden(access.add_team_member(&manager, team, id(&manager)).await);
        let nesting = TeamNesting { parent: team, child: plain.id };
        forbidden(access.nest_team(&manager, nesting).await);
    }
    forbidden(access.unnest_team(&manager, into_outer).await);
    forbidden(access.delete_team(&manager, outer.id, outer.version).await);
    access.add_team_member(&manager, plain.id, id(&manager)).await.unwrap();
    let grant = access.grant_role(&manager, RoleHolder::Team(plain.id), BuiltInRole::ADMIN.id);
    forbidden(grant.await);
    let rights = access.me(&manager).await.unwrap().permissions;
    assert!(!rights.contains(P::AuditRead));
}

/// An admin has no power over an owner; over another admin he has.
pub async fn auth_9_nobody_manages_an_account_with_more_rights(h: Harness) {
    let owner = owner(&h).await;
    let admin = admin(&h, "admin").await;
    let access = h.engine.access();
    let session = log_in(&h, "owner").await.session.unwrap();
    let version = view(&h, &owner).await.version;
    let renamed = |expected| UserUpdate {
        expected,
        email: None,
        display_name: Some("renamed".to_owned()),
        password: None,
    };
    forbidden(access.update_user(&admin, id(&owner), renamed(version)).await);
    forbidden(access.set_password(&admin, id(&owner), "a password of mine".into()).await);
    forbidden(access.deactivate_user(&admin, id(&owner), version).await);
    forbidden(access.delete_user(&admin, id(&owner), version).await);
    forbidden(access.sessions(&admin, id(&owner)).await);
    forbidden(access.revoke_sessions(&admin, id(&owner)).await);
    super::missing(access.revoke_session(&admin, session).await, "session");
    let holder = RoleHolder::User(id(&owner));
    forbidden(access.revoke_role(&admin, holder, BuiltInRole::OWNER.id).await);
    forbidden(access.grant_role(&admin, holder, BuiltInRole::MEMBER.id).await);
    // A deleted owner keeps his roles, so an admin cannot bring one back.
    let second = person(&h, "second", &[BuiltInRole::OWNER.id]).await;
    let gone = access.delete_user(&owner, id(&second), view(&h, &second).await.version).await;
    forbidden(access.restore_user(&admin, id(&second), gone.unwrap().version).await);
    let peer = super::admin(&h, "peer").await;
    let version = view(&h, &peer).await.version;
    access.update_user(&admin, id(&peer), renamed(version)).await.unwrap();
    let version = view(&h, &owner).await.version;
    access.update_user(&owner, id(&owner), renamed(version)).await.expect("his own");
    let own = PasswordChange { current: PASSWORD.into(), new: "a password of mine".into() };
    access.change_password(&owner, own).await.expect("his own");
}

/// An admin grants while he is being demoted: he is demoted in the end, and what he granted he
/// granted before.
pub async fn auth_9_a_demotion_at_once_with_a_grant_gives_a_serial_outcome(h: Harness) {
    let owner = owner(&h).await;
    let bob = member(&h, "bob").await;
    for number in 0..10 {
        let admin = admin(&h, &format!("admin{number}")).await;
        let before = h.settled().await;
        let engine = h.engine.clone();
        let (by, whom) = (owner.clone(), RoleHolder::User(id(&admin)));
        let demote = tokio::spawn(async move {
            engine.access().revoke_role(&by, whom, BuiltInRole::ADMIN.id).await
        });
        let engine = h.engine.clone();
        let (by, whom) = (admin.clone(), RoleHolder::User(id(&bob)));
        let grant = tokio::spawn(async move {
            engine.access().grant_role(&by, whom, BuiltInRole::ADMIN.id).await
        });
        demote.await.unwrap().unwrap();
        let kinds = h.kinds_after(before).await;
        match grant.await.unwrap() {
            // Whether the demotion was first or last: the grant stands before it in the log.
            Ok(()) => {
                let kinds = h.kinds_after(before).await;
                assert_eq!(kinds, ["access.role_granted", "access.role_revoked"]);
            }
            Err(Error::NotFound { .. }) => assert_eq!(kinds, ["access.role_revoked"]),
            Err(error) => panic!("{error:?}"),
        }
        let host = Ctx::system();
        h.engine.access().revoke_role(&host, whom, BuiltInRole::ADMIN.id).await.unwrap();
    }
}
