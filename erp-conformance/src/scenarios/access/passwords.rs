//! Passwords.

use erp_core::{
    Ctx, Error,
    access::{PasswordChange, SessionView},
};

use super::{HOME, PASSWORD, admin, attempt, id, invalid, log_in, member, owner};
use crate::Harness;

const NEW: &str = "an entirely new one";

fn change(current: &str, new: &str) -> PasswordChange {
    PasswordChange { current: current.into(), new: new.into() }
}

async fn sessions(h: &Harness, user: &Ctx) -> Vec<SessionView> {
    h.engine.access().sessions(user, id(user)).await.unwrap()
}

/// n sessions, then one: the caller's.
pub async fn auth_1_self_password_change_keeps_only_the_callers_session(h: Harness) {
    let bob = member(&h, "bob").await;
    log_in(&h, "bob").await;
    let caller = log_in(&h, "bob").await;
    log_in(&h, "bob").await;
    assert_eq!(sessions(&h, &bob).await.len(), 3);
    let before = h.settled().await;
    let access = h.engine.access();
    access.change_password(&caller, change(PASSWORD, NEW)).await.unwrap();
    let left = sessions(&h, &caller).await;
    assert_eq!(left.len(), 1);
    assert_eq!((Some(left[0].session.id), left[0].current), (caller.session, true));
    assert_eq!(h.kinds_after(before).await, ["access.sessions_revoked"]);
    assert_eq!(attempt(&h, HOME, "bob", PASSWORD).await.err(), Some(Error::Unauthenticated));
    attempt(&h, HOME, "bob", NEW).await.unwrap();
}

/// Set by an administrator or by the host: none is left.
pub async fn auth_1_a_password_set_by_another_ends_all_sessions(h: Harness) {
    let admin = admin(&h, "admin").await;
    let bob = member(&h, "bob").await;
    for (by, old, new) in [(&admin, PASSWORD, NEW), (&Ctx::system(), NEW, PASSWORD)] {
        attempt(&h, HOME, "bob", old).await.unwrap();
        h.engine.access().set_password(by, id(&bob), new.into()).await.unwrap();
        assert_eq!(sessions(&h, &bob).await, []);
        assert_eq!(attempt(&h, HOME, "bob", old).await.err(), Some(Error::Unauthenticated));
    }
    let own = h.engine.access().set_password(&admin, id(&admin), NEW.into()).await;
    assert!(matches!(own, Err(Error::Precondition(_))), "the present one is asked for: {own:?}");
}

/// A login with the old password, whichever way it falls with the reset, leaves no session.
pub async fn auth_1_a_login_during_a_reset_does_not_survive_it(h: Harness) {
    let bob = member(&h, "bob").await;
    for round in 0..10 {
        let (old, new) = if round % 2 == 0 { (PASSWORD, NEW) } else { (NEW, PASSWORD) };
        let (engine, user) = (h.engine.clone(), id(&bob));
        let reset = tokio::spawn(async move {
            engine.access().set_password(&Ctx::system(), user, new.into()).await
        });
        let engine = h.engine.clone();
        let login = tokio::spawn(async move {
            let request = erp_core::access::LoginRequest {
                email: "bob@example.org".to_owned(),
                password: old.into(),
                device: Default::default(),
            };
            engine.access().login(&super::from(HOME), request).await
        });
        reset.await.unwrap().unwrap();
        let login = login.await.unwrap();
        assert!(matches!(login, Ok(_) | Err(Error::Unauthenticated)), "{login:?}");
        assert_eq!(sessions(&h, &bob).await, [], "{login:?}");
        attempt(&h, HOME, "bob", new).await.unwrap();
        h.engine.access().revoke_sessions(&bob, id(&bob)).await.unwrap();
    }
}

/// Whoever has only got hold of a session cannot try passwords through it at will.
pub async fn guessing_the_present_password_slows_down(h: Harness) {
    member(&h, "bob").await;
    let bob = log_in(&h, "bob").await;
    let access = h.engine.access();
    for _ in 0..5 {
        invalid(access.change_password(&bob, change("a wrong one", NEW)).await, "current");
    }
    let slowed = access.change_password(&bob, change(PASSWORD, NEW)).await;
    assert!(matches!(slowed, Err(Error::RateLimited { .. })), "{slowed:?}");
    h.pass(1);
    access.change_password(&bob, change(PASSWORD, NEW)).await.unwrap();
    invalid(access.change_password(&bob, change("a wrong one", PASSWORD)).await, "current");
}

/// Too short and too long are told by field; the bounds themselves are fine.
pub async fn bad_passwords_are_refused_by_field(h: Harness) {
    let owner = owner(&h).await;
    let bob = member(&h, "bob").await;
    let access = h.engine.access();
    for bad in ["nine char".to_owned(), "x".repeat(1_025)] {
        let set = access.set_password(&owner, id(&bob), bad.as_str().into()).await;
        invalid(set, "new");
        invalid(access.change_password(&bob, change(PASSWORD, &bad)).await, "new");
    }
    for good in ["ten chars!".to_owned(), "ü".repeat(512)] {
        access.set_password(&owner, id(&bob), good.as_str().into()).await.unwrap();
        attempt(&h, HOME, "bob", &good).await.unwrap();
    }
    let endless = attempt(&h, HOME, "bob", &"x".repeat(100_000)).await;
    assert_eq!(endless.err(), Some(Error::Unauthenticated));
}
