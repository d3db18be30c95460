//! Calls that are overtaken between their decision and their commit: the outcome is that of a
//! serial order all the same.

use chrono::TimeDelta;
use erp_core::{
    Ctx, Error,
    access::{
        BuiltInRole, LoginRequest, NewOwner, PasswordChange, RoleHolder, TeamNesting, UserUpdate,
    },
    error::Conflict,
    policy::Action,
};
use futures::future::join_all;

use super::{
    HOME, PASSWORD, admin, attempt, forbidden, from,
    held::{overtaken, reading_together},
    id, invalid, log_in, member, missing, owner, patiently, person, view,
};
use crate::Harness;

const OWNER: erp_core::ids::RoleId = BuiltInRole::OWNER.id;
const NEW: &str = "an entirely new one";

fn as_bob(password: &str) -> LoginRequest {
    LoginRequest {
        email: "bob@example.org".to_owned(),
        password: password.into(),
        device: Default::default(),
    }
}

/// Both decided while there were two owners; the later one is refused.
pub async fn auth_7_a_demotion_overtaken_by_another_leaves_the_last_owner(h: Harness) {
    let first = owner(&h).await;
    let second = person(&h, "second", &[OWNER]).await;
    let (by, whom) = (first.clone(), RoleHolder::User(id(&second)));
    let demoted = overtaken(
        &h,
        Action::RoleRevoke,
        |engine| async move { engine.access().revoke_role(&by, whom, OWNER).await },
        async {
            let version = view(&h, &first).await.version;
            h.engine.access().deactivate_user(&second, id(&first), version).await.unwrap();
        },
    )
    .await;
    // The one who demotes was shut out meanwhile: in that order he may not even ask.
    assert_eq!(demoted, Err(Error::Unauthenticated));
    let version = view(&h, &first).await.version;
    h.engine.access().reactivate_user(&second, id(&first), version).await.unwrap();
    let host = Ctx::system();
    let whom = RoleHolder::User(id(&second));
    let demoted = overtaken(
        &h,
        Action::RoleRevoke,
        |engine| async move { engine.access().revoke_role(&host, whom, OWNER).await },
        async {
            let whom = RoleHolder::User(id(&first));
            h.engine.access().revoke_role(&first, whom, OWNER).await.unwrap();
        },
    )
    .await;
    assert_eq!(demoted, Err(Error::Conflict(Conflict::LastOwner)));
}

/// Two who set up: the later one finds users.
pub async fn auth_7_a_set_up_overtaken_by_another_is_refused(h: Harness) {
    let late = NewOwner {
        email: "late@example.org".to_owned(),
        display_name: "late".to_owned(),
        password: PASSWORD.into(),
    };
    let late = overtaken(
        &h,
        Action::OrganisationSetUp,
        |engine| async move { engine.access().set_up(&Ctx::system(), late).await },
        async {
            owner(&h).await;
        },
    )
    .await;
    assert!(matches!(late, Err(Error::Precondition(_))), "{late:?}");
}

/// Each edge was fine alone.
pub async fn auth_10_a_nesting_overtaken_by_its_reverse_is_refused(h: Harness) {
    let owner = owner(&h).await;
    let (a, b) = (h.team("a").await.id, h.team("b").await.id);
    let by = owner.clone();
    let nested = overtaken(
        &h,
        Action::TeamNest,
        |engine| async move {
            engine.access().nest_team(&by, TeamNesting { parent: a, child: b }).await
        },
        async {
            let reverse = TeamNesting { parent: b, child: a };
            h.engine.access().nest_team(&owner, reverse).await.unwrap();
        },
    )
    .await;
    assert_eq!(nested, Err(Error::Conflict(Conflict::ring("team", &[a, b, a]))));
}

/// The granter lost the right to grant while he did.
pub async fn auth_9_a_grant_overtaken_by_its_granters_demotion_is_refused(h: Harness) {
    let owner = owner(&h).await;
    let admin = admin(&h, "admin").await;
    let bob = member(&h, "bob").await;
    let role = BuiltInRole::ADMIN.id;
    let (by, whom) = (admin.clone(), RoleHolder::User(id(&bob)));
    let granted = overtaken(
        &h,
        Action::RoleGrant,
        |engine| async move { engine.access().grant_role(&by, whom, role).await },
        async {
            let whom = RoleHolder::User(id(&admin));
            h.engine.access().revoke_role(&owner, whom, role).await.unwrap();
        },
    )
    .await;
    missing(granted, "role");
    assert_eq!(h.store.access().roles_of(id(&bob)).await.unwrap(), [BuiltInRole::MEMBER.id]);
}

/// The user whom an admin is renaming becomes an owner meanwhile.
pub async fn auth_9_an_update_overtaken_by_its_users_promotion_is_refused(h: Harness) {
    let owner = owner(&h).await;
    let admin = admin(&h, "admin").await;
    let bob = member(&h, "bob").await;
    let (by, whom) = (admin.clone(), id(&bob));
    let expected = view(&h, &bob).await.version;
    let display_name = Some("renamed".to_owned());
    let update = UserUpdate { expected, email: None, display_name, password: None };
    let updated = overtaken(
        &h,
        Action::UserUpdate,
        |engine| async move { engine.access().update_user(&by, whom, update).await },
        async {
            let holder = RoleHolder::User(id(&bob));
            h.engine.access().grant_role(&owner, holder, OWNER).await.unwrap();
        },
    )
    .await;
    forbidden(updated);
}

/// The password was good when it was checked.
pub async fn auth_1_a_login_overtaken_by_a_reset_leaves_no_session(h: Harness) {
    let bob = member(&h, "bob").await;
    let login = overtaken(
        &h,
        Action::SessionCreate,
        |engine| async move { engine.access().login(&from(HOME), as_bob(PASSWORD)).await },
        async {
            h.engine.access().set_password(&Ctx::system(), id(&bob), NEW.into()).await.unwrap();
        },
    )
    .await;
    assert_eq!(login.err(), Some(Error::Unauthenticated));
    assert_eq!(h.store.sessions().of_user(id(&bob)).await.unwrap(), []);
}

/// The user was let in when it was checked.
pub async fn auth_2_a_login_overtaken_by_a_deactivation_leaves_no_session(h: Harness) {
    let bob = member(&h, "bob").await;
    let login = overtaken(
        &h,
        Action::SessionCreate,
        |engine| async move { engine.access().login(&from(HOME), as_bob(PASSWORD)).await },
        async {
            let version = view(&h, &bob).await.version;
            let access = h.engine.access();
            access.deactivate_user(&Ctx::system(), id(&bob), version).await.unwrap();
        },
    )
    .await;
    assert_eq!(login.err(), Some(Error::Unauthenticated));
    assert_eq!(h.store.sessions().of_user(id(&bob)).await.unwrap(), []);
}

/// Of two changes of one password the later one tells a password that is no longer the present one.
pub async fn auth_1_a_password_change_overtaken_by_another_is_refused(h: Harness) {
    member(&h, "bob").await;
    let (phone, laptop) = (log_in(&h, "bob").await, log_in(&h, "bob").await);
    let change =
        |new: &str| PasswordChange { current: PASSWORD.into(), new: new.to_owned().into() };
    let late = change("the late one's password");
    let changed = overtaken(
        &h,
        Action::UserSetPassword,
        |engine| async move { engine.access().change_password(&laptop, late).await },
        async {
            h.engine.access().change_password(&phone, change(NEW)).await.unwrap();
        },
    )
    .await;
    invalid(changed, "current");
    attempt(&h, HOME, "bob", NEW).await.expect("the first one stands");
}

/// All looked before any failed: no more of them are judged at once than one after another.
pub async fn auth_4_attempts_that_all_looked_first_wait_as_one_after_another(h: Harness) {
    member(&h, "bob").await;
    let engine = reading_together(&h, 20);
    let start = h.now();
    let tries = (0..20).map(|_| {
        let engine = engine.clone();
        tokio::spawn(async move {
            let login = engine.access().login(&from(HOME), as_bob("a guess")).await;
            assert_eq!(login.err(), Some(Error::Unauthenticated));
            engine.now() - start
        })
    });
    let (judged, _) = patiently(&h, join_all(tries.collect::<Vec<_>>())).await;
    let mut judged: Vec<_> = judged
        .into_iter()
        .map(|after: Result<TimeDelta, _>| after.unwrap().num_seconds())
        .collect();
    judged.sort_unstable();
    let alone = [0, 0, 0, 0, 0, 1, 2, 4, 8].into_iter().chain([10; 11]);
    let sooner = judged.iter().zip(alone).find(|(judged, alone)| *judged < alone);
    assert_eq!(sooner, None, "{judged:?}");
}
