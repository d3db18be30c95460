//! Users.

use erp_core::{
    Ctx, Error,
    access::{
        BuiltInRole, DeviceInfo, NewUser, PasswordChange, RoleHolder, UserFilter, UserStatus,
        UserUpdate, UserView,
    },
    change::Version,
    ctx::IdempotencyKey,
    error::Conflict,
    page::PageRequest,
    policy::Permission,
};
use futures::future::join_all;

use super::{
    PASSWORD, admin, attempt, directory::search, forbidden, id, invalid, log_in, member, missing,
    new_user, owner, patiently, view,
};
use crate::Harness;

fn renamed(expected: Version, name: &str) -> UserUpdate {
    UserUpdate { expected, email: None, display_name: Some(name.to_owned()), password: None }
}

fn moved(expected: Version, email: &str) -> UserUpdate {
    UserUpdate { expected, email: Some(email.to_owned()), display_name: None, password: None }
}

/// Shut out: no session, no login, no call; the name stays for those who read history.
pub async fn auth_2_a_deactivated_user_is_out_and_keeps_his_name(h: Harness) {
    let admin = admin(&h, "admin").await;
    let bob = member(&h, "bob").await;
    let (one, _) = (log_in(&h, "bob").await, log_in(&h, "bob").await);
    let access = h.engine.access();
    let before = h.settled().await;
    let out = access.deactivate_user(&admin, id(&bob), view(&h, &bob).await.version).await;
    assert_eq!(out.unwrap().status, UserStatus::Deactivated);
    assert!(h.store.sessions().of_user(id(&bob)).await.unwrap().is_empty());
    assert_eq!(access.session_valid_until(one.session.unwrap()).await.unwrap(), None);
    assert_eq!(access.me(&bob).await, Err(Error::Unauthenticated));
    assert_eq!(attempt(&h, super::HOME, "bob", PASSWORD).await.err(), Some(Error::Unauthenticated));
    assert_eq!(h.kinds_after(before).await, ["access.user_changed", "access.sessions_revoked"]);
    let cards = access.user_cards(&admin, &[id(&bob)]).await.unwrap();
    assert_eq!((cards[0].display_name.as_str(), cards[0].status), ("bob", UserStatus::Deactivated));
    let back = access.reactivate_user(&admin, id(&bob), view(&h, &bob).await.version).await;
    assert_eq!(back.unwrap().status, UserStatus::Active);
    assert!(h.store.sessions().of_user(id(&bob)).await.unwrap().is_empty(), "none comes back");
    log_in(&h, "bob").await;
}

/// Unique without regard to case; free once its user is deleted, and then he cannot come back.
pub async fn auth_6_an_address_is_unique_among_those_not_deleted(h: Harness) {
    let admin = admin(&h, "admin").await;
    let bob = member(&h, "bob").await;
    let ada = member(&h, "ada").await;
    let access = h.engine.access();
    let taken = Err(Error::Conflict(Conflict::taken("user", "email")));
    let twin = || NewUser { email: " BOB@Example.org ".to_owned(), ..new_user("twin", &[]) };
    assert_eq!(access.create_user(&admin, twin()).await, taken);
    let version = view(&h, &ada).await.version;
    assert_eq!(
        access.update_user(&admin, id(&ada), moved(version, "bOb@example.org")).await,
        taken
    );
    let version = view(&h, &bob).await.version;
    access.deactivate_user(&admin, id(&bob), version).await.unwrap();
    assert_eq!(access.create_user(&admin, twin()).await, taken, "shut out is not gone");
    let version = view(&h, &bob).await.version;
    let deleted = access.delete_user(&admin, id(&bob), version).await.unwrap();
    let twin = access.create_user(&admin, twin()).await.unwrap();
    assert_eq!(access.restore_user(&admin, id(&bob), deleted.version).await, taken);
    access.update_user(&admin, twin.id, moved(twin.version, "twin@example.org")).await.unwrap();
    access.restore_user(&admin, id(&bob), deleted.version).await.unwrap();
    // His own address in another spelling is a change, not a conflict.
    let version = view(&h, &bob).await.version;
    let password = Some(PASSWORD.into());
    let spelled = UserUpdate { password, ..moved(version, "Bob@example.org") };
    let spelled = access.update_user(&bob, id(&bob), spelled).await;
    assert_eq!(spelled.unwrap().email.unwrap().as_str(), "Bob@example.org");
}

/// Many at once with one address: one gets it, and no trace is left of the others.
pub async fn auth_6_of_many_creations_at_once_one_gets_the_address(h: Harness) {
    let admin = admin(&h, "admin").await;
    let before = (h.audit().await.len(), h.events().await.len());
    let tries = (0..12).map(|number| {
        let (engine, admin) = (h.engine.clone(), admin.clone());
        // With and without roles: under a guard on the graph and without one.
        let roles = if number % 2 == 0 { vec![BuiltInRole::MEMBER.id] } else { Vec::new() };
        tokio::spawn(
            async move { engine.access().create_user(&admin, new_user("one", &roles)).await },
        )
    });
    let results: Vec<_> = join_all(tries).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    for refused in results.into_iter().filter_map(Result::err) {
        assert_eq!(refused, Error::Conflict(Conflict::taken("user", "email")));
    }
    let after = (h.audit().await.len(), h.events().await.len());
    assert_eq!(after, (before.0 + 1, before.1 + 1));
}

/// The same values again: no audit entry, no event, no new version.
pub async fn auth_12_an_update_without_change_writes_nothing(h: Harness) {
    let admin = admin(&h, "admin").await;
    let bob = member(&h, "bob").await;
    let access = h.engine.access();
    let before = (h.audit().await.len(), h.settled().await, view(&h, &bob).await);
    let version = before.2.version;
    let same = UserUpdate {
        expected: version,
        email: Some("bob@example.org".to_owned()),
        display_name: Some(" bob ".to_owned()),
        password: None,
    };
    assert_eq!(access.update_user(&admin, id(&bob), same).await.unwrap(), before.2);
    access.reactivate_user(&admin, id(&bob), version).await.unwrap();
    access
        .grant_role(&Ctx::system(), RoleHolder::User(id(&bob)), BuiltInRole::MEMBER.id)
        .await
        .unwrap();
    access.revoke_sessions(&admin, id(&bob)).await.unwrap();
    let after = (h.audit().await.len(), h.settled().await, view(&h, &bob).await);
    assert_eq!(after, before);
}

/// Of two updates on one version the second is told the current one; of many at once one wins.
pub async fn x_5_a_stale_update_is_refused(h: Harness) {
    let admin = admin(&h, "admin").await;
    let bob = member(&h, "bob").await;
    let access = h.engine.access();
    let version = view(&h, &bob).await.version;
    let first = access.update_user(&admin, id(&bob), renamed(version, "Robert")).await.unwrap();
    assert_eq!(first.version, version.next());
    let stale = Conflict::Version { entity: "user".into(), current: first.version };
    let second = access.update_user(&admin, id(&bob), renamed(version, "Bobby")).await;
    assert_eq!(second, Err(Error::Conflict(stale.clone())));
    assert_eq!(
        access.deactivate_user(&admin, id(&bob), version).await,
        Err(Error::Conflict(stale))
    );
    let tries = (0..8).map(|number| {
        let (engine, admin, bob) = (h.engine.clone(), admin.clone(), id(&bob));
        tokio::spawn(async move {
            let update = renamed(first.version, &format!("Bob {number}"));
            engine.access().update_user(&admin, bob, update).await
        })
    });
    let results = join_all(tries).await;
    let won = results.iter().filter(|result| matches!(result, Ok(Ok(_)))).count();
    assert_eq!(won, 1, "{results:?}");
    assert_eq!(view(&h, &bob).await.version, first.version.next());
}

/// The same key and request: the same user, made once. Another request under it is refused.
pub async fn x_6_a_creation_repeated_with_its_key_gives_the_first_answer(h: Harness) {
    let admin = admin(&h, "admin").await;
    let access = h.engine.access();
    let keyed = admin.clone().with_idempotency_key(IdempotencyKey::new("create-1").unwrap());
    let roles = [BuiltInRole::MEMBER.id];
    let first = access.create_user(&keyed, new_user("bob", &roles)).await.unwrap();
    let before = (h.audit().await.len(), h.settled().await);
    h.pass(60);
    let again = access.create_user(&keyed, new_user("bob", &roles)).await.unwrap();
    assert_eq!(again, first);
    assert_eq!((h.audit().await.len(), h.settled().await), before);
    let other = access.create_user(&keyed, new_user("bobby", &roles)).await;
    assert_eq!(other, Err(Error::Conflict(Conflict::IdempotencyKeyReused)));
    // At once: one user, one answer.
    let keyed = admin.clone().with_idempotency_key(IdempotencyKey::new("create-2").unwrap());
    let tries = (0..6).map(|_| {
        let (engine, keyed) = (h.engine.clone(), keyed.clone());
        tokio::spawn(async move {
            engine.access().create_user(&keyed, new_user("carl", &roles)).await.unwrap()
        })
    });
    let answers: Vec<_> = join_all(tries).await.into_iter().map(Result::unwrap).collect();
    assert!(answers.iter().all(|answer| answer.id == answers[0].id), "{answers:?}");
}

/// Deleted: out of lists, there for those who can restore him, back with all that he had.
pub async fn x_9_a_deleted_user_is_hidden_and_comes_back_with_his_roles(h: Harness) {
    let admin = admin(&h, "admin").await;
    let ada = member(&h, "ada").await;
    let bob = member(&h, "bob").await;
    let before = h.engine.access().me(&bob).await.unwrap();
    log_in(&h, "bob").await;
    let access = h.engine.access();
    let deleted = access.delete_user(&admin, id(&bob), view(&h, &bob).await.version).await.unwrap();
    assert!(h.store.sessions().of_user(id(&bob)).await.unwrap().is_empty());
    assert_eq!(search(&h, &admin, "bob").await, []);
    missing(access.user(&ada, id(&bob)).await, "user");
    assert_eq!(access.user(&admin, id(&bob)).await.unwrap().status, UserStatus::Deleted);
    let of_deleted = UserFilter { search: None, status: Some(UserStatus::Deleted) };
    let listed = access.users(&admin, of_deleted.clone(), PageRequest::default()).await.unwrap();
    assert_eq!(listed.items.len(), 1);
    forbidden(access.users(&ada, of_deleted, PageRequest::default()).await);
    let update = access.update_user(&admin, id(&bob), renamed(deleted.version, "x")).await;
    assert!(matches!(update, Err(Error::Precondition(_))), "{update:?}");
    let holder = RoleHolder::User(id(&bob));
    let grant = access.grant_role(&admin, holder, BuiltInRole::GUEST.id).await;
    assert!(matches!(grant, Err(Error::Precondition(_))), "{grant:?}");
    access.restore_user(&admin, id(&bob), deleted.version).await.unwrap();
    let after = access.me(&bob).await.unwrap();
    assert_eq!((after.roles, after.permissions), (before.roles, before.permissions));
}

/// What the table does not have is refused.
pub async fn x_12_states_change_by_the_table_alone(h: Harness) {
    let admin = admin(&h, "admin").await;
    let bob = member(&h, "bob").await;
    let access = h.engine.access();
    let refused = |result: Result<UserView, Error>| {
        assert!(matches!(result, Err(Error::Precondition(_))), "{result:?}");
    };
    let out = access.deactivate_user(&admin, id(&bob), view(&h, &bob).await.version).await.unwrap();
    refused(access.restore_user(&admin, id(&bob), out.version).await);
    let gone = access.delete_user(&admin, id(&bob), out.version).await.unwrap();
    refused(access.deactivate_user(&admin, id(&bob), gone.version).await);
    refused(access.reactivate_user(&admin, id(&bob), gone.version).await);
    access.restore_user(&admin, id(&bob), gone.version).await.unwrap();
}

/// Each wrong field is named.
pub async fn bad_users_are_refused_by_field(h: Harness) {
    let owner = owner(&h).await;
    let access = h.engine.access();
    let create = async |change: fn(&mut NewUser)| {
        let mut new = new_user("new", &[]);
        change(&mut new);
        access.create_user(&owner, new).await
    };
    invalid(create(|new| new.email = "nobody".to_owned()).await, "email");
    invalid(create(|new| new.email = "a\0b@example.org".to_owned()).await, "email");
    invalid(create(|new| new.display_name = "  ".to_owned()).await, "display_name");
    invalid(create(|new| new.display_name = "x".repeat(201)).await, "display_name");
    invalid(create(|new| new.display_name = "a\0b".to_owned()).await, "display_name");
    invalid(create(|new| new.password = Some("short".into())).await, "password");
    missing(create(|new| new.roles = vec![DELETED_ROLE]).await, "role");
    invalid(
        access
            .users(
                &owner,
                UserFilter { search: Some("a\0b".to_owned()), status: None },
                PageRequest::default(),
            )
            .await,
        "search",
    );
    let long = "ß".repeat(200);
    let named = NewUser { display_name: format!(" {long} "), ..new_user("long", &[]) };
    assert_eq!(access.create_user(&owner, named).await.unwrap().display_name, long);
    let device = DeviceInfo { name: Some("x".repeat(201)), user_agent: None };
    let request = erp_core::access::LoginRequest {
        email: "owner@example.org".to_owned(),
        password: PASSWORD.into(),
        device,
    };
    let login = access.login(&Default::default(), request).await;
    invalid(login.map(|outcome| outcome.session), "device.name");
    assert!(access.me(&owner).await.unwrap().permissions.contains(Permission::OrganisationOwn));
}

/// The id of a role that there never was.
const DELETED_ROLE: erp_core::ids::RoleId = erp_core::ids::RoleId::from_uuid(uuid::Uuid::nil());

/// Without it, with a wrong one, with the right one; others' addresses, and one's own name, need none.
pub async fn auth_19_ones_own_address_changes_with_the_password(h: Harness) {
    let admin = admin(&h, "admin").await;
    let bob = member(&h, "bob").await;
    let access = h.engine.access();
    let version = view(&h, &bob).await.version;
    let told = |password: Option<&str>| UserUpdate {
        password: password.map(Into::into),
        ..moved(version, "robert@example.org")
    };
    for password in [None, Some("not the password")] {
        invalid(access.update_user(&bob, id(&bob), told(password)).await, "password");
    }
    assert_eq!(view(&h, &bob).await.email.unwrap().as_str(), "bob@example.org");
    let stale = UserUpdate { expected: version.next(), ..told(None) };
    let stale = access.update_user(&bob, id(&bob), stale).await;
    assert!(matches!(stale, Err(Error::Conflict(_))), "the version comes first: {stale:?}");
    let moved_to = access.update_user(&bob, id(&bob), told(Some(PASSWORD))).await.unwrap();
    assert_eq!(moved_to.email.unwrap().as_str(), "robert@example.org");
    let same = moved(moved_to.version, "robert@example.org");
    access.update_user(&bob, id(&bob), same).await.expect("nothing changes");
    let name = renamed(moved_to.version, "Robert");
    let named = access.update_user(&bob, id(&bob), name).await.expect("a name is no way in");
    let back = moved(named.version, "bob@example.org");
    access.update_user(&admin, id(&bob), back).await.expect("he manages accounts");
    let own = moved(view(&h, &admin).await.version, "chief@example.org");
    invalid(access.update_user(&admin, id(&admin), own).await, "password");
}

/// It is slowed down as it is when the password is changed; saying nothing new does not help.
pub async fn auth_19_guessing_it_through_the_address_slows_down(h: Harness) {
    member(&h, "bob").await;
    let bob = log_in(&h, "bob").await;
    let access = h.engine.access();
    let version = view(&h, &bob).await.version;
    let told = |email: &str, password: &str| UserUpdate {
        password: Some(password.into()),
        ..moved(version, email)
    };
    let mut waits = Vec::new();
    for _ in 0..8 {
        let guess = told("robert@example.org", "not the password");
        let (guess, took) = patiently(&h, access.update_user(&bob, id(&bob), guess)).await;
        invalid(guess, "password");
        waits.push(took.num_seconds());
        let same = told("bob@example.org", "not the password");
        patiently(&h, access.update_user(&bob, id(&bob), same)).await.0.expect("nothing changes");
    }
    assert_eq!(waits[..5], [0; 5]);
    assert!(waits[5..].iter().sum::<i64>() > 0, "{waits:?}");
    let change =
        PasswordChange { current: "a wrong one".into(), new: "an entirely new one".into() };
    let (_, took) = patiently(&h, access.change_password(&bob, change)).await;
    assert!(took.num_seconds() > 0, "one count for both");
}
