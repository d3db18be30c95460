//! Passwords.

use erp_core::{
    Ctx, Error,
    access::{AccessChange, NewOwner, NewUser, PasswordChange, SessionView},
    policy::Action,
    port::PasswordHasher as _,
    system::Argon2Passwords,
};

use super::{
    HOME, PASSWORD, admin, attempt, forbidden, id, invalid, log_in, member, new_user, owner,
    patiently,
};
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
        let login = patiently(&h, login).await.0.unwrap();
        assert!(matches!(login, Ok(_) | Err(Error::Unauthenticated)), "{login:?}");
        assert_eq!(sessions(&h, &bob).await, [], "{login:?}");
        attempt(&h, HOME, "bob", new).await.unwrap();
        h.engine.access().revoke_sessions(&bob, id(&bob)).await.unwrap();
    }
}

/// Whoever has only got hold of a session cannot try passwords through it at will; the user's other
/// sessions are not slowed down by it.
pub async fn auth_16_guessing_the_present_password_slows_down(h: Harness) {
    member(&h, "bob").await;
    let (stolen, own) = (log_in(&h, "bob").await, log_in(&h, "bob").await);
    let access = h.engine.access();
    let mut waits = Vec::new();
    for _ in 0..10 {
        let guess = access.change_password(&stolen, change("a wrong one", NEW));
        let (guess, took) = patiently(&h, guess).await;
        invalid(guess, "current");
        waits.push(took.num_seconds());
    }
    assert_eq!(waits, [0, 0, 0, 0, 0, 1, 2, 4, 8, 10]);
    invalid(access.change_password(&own, change("a wrong one", NEW)).await, "current");
    let changed = access.change_password(&stolen, change(PASSWORD, NEW));
    let (changed, took) = patiently(&h, changed).await;
    changed.unwrap();
    assert_eq!(took.num_seconds(), 10, "the right one opens all the same");
    invalid(access.change_password(&stolen, change("a wrong one", PASSWORD)).await, "current");
}

/// Too short, too long, too common, or one's own name or address: told by field on every path, as far as
/// the caller may go at all. The bounds themselves are fine.
pub async fn auth_18_bad_passwords_are_refused_by_field(h: Harness) {
    let access = h.engine.access();
    let bad = [
        "nine char".to_owned(),
        "x".repeat(1_025),
        "password123".to_owned(),
        "Ｐａｓｓｗｏｒｄ１２３".to_owned(),
        "robert@example.org".to_owned(),
        "my robert 2024".to_owned(),
    ];
    for bad in &bad {
        let owner = NewOwner {
            email: "robert@example.org".to_owned(),
            display_name: "Bob".to_owned(),
            password: bad.as_str().into(),
        };
        invalid(access.set_up(&Ctx::system(), owner).await, "password");
    }
    let owner = owner(&h).await;
    let bob = member(&h, "robert").await;
    for bad in &bad {
        let password = Some(bad.as_str().into());
        let email = "robert@elsewhere.example".to_owned();
        let new = NewUser { email, password, ..new_user("bob", &[]) };
        invalid(access.create_user(&owner, new).await, "password");
        let set = access.set_password(&owner, id(&bob), bad.as_str().into()).await;
        invalid(set, "new");
        invalid(access.change_password(&bob, change(PASSWORD, bad)).await, "new");
    }
    let bad = access.set_password(&bob, id(&owner), "short".into()).await;
    forbidden(bad);
    for good in ["ten chars!".to_owned(), "ü".repeat(512)] {
        access.set_password(&owner, id(&bob), good.as_str().into()).await.unwrap();
        attempt(&h, HOME, "robert", &good).await.unwrap();
    }
    let endless = attempt(&h, HOME, "robert", &"x".repeat(100_000)).await;
    assert_eq!(endless.err(), Some(Error::Unauthenticated));
}

/// Composed or decomposed, wide or narrow: one password.
pub async fn auth_18_a_password_opens_however_it_is_typed(h: Harness) {
    let bob = member(&h, "bob").await;
    let access = h.engine.access();
    let (composed, decomposed) = ("Grüße aus Orléans", "Gru\u{308}ße aus Orle\u{301}ans");
    for (set, typed) in [
        (composed, decomposed),
        (decomposed, composed),
        ("ｗｉｄｅ　ａｓ　ｔｈｅ　ｓｅａ", "wide as the sea"),
    ] {
        access.set_password(&Ctx::system(), id(&bob), set.into()).await.unwrap();
        for password in [set, typed] {
            attempt(&h, HOME, "bob", password).await.unwrap();
        }
        let current = log_in_with(&h, "bob", typed).await;
        access.change_password(&current, change(typed, NEW)).await.unwrap();
    }
}

async fn log_in_with(h: &Harness, name: &str, password: &str) -> Ctx {
    let outcome = attempt(h, HOME, name, password).await.unwrap();
    h.engine.access().authenticate(&super::from(HOME), &outcome.token).await.unwrap().ctx
}

/// A hash of the text as it was typed, or of another cost, opens still, and is a present one afterwards;
/// a wrong password renews nothing, and sessions stay.
pub async fn auth_18_an_old_hash_works_and_is_renewed_at_the_next_login(h: Harness) {
    let bob = member(&h, "bob").await;
    let (composed, decomposed) = ("Grüße aus Orléans", "Gru\u{308}ße aus Orle\u{301}ans");
    let same_cost = Argon2Passwords::with_params(8, 1, 1).unwrap();
    let other_cost = Argon2Passwords::with_params(16, 2, 1).unwrap();
    let kept = async || h.store.access().password(id(&bob)).await.unwrap().unwrap();
    for (hasher, text) in [(&same_cost, decomposed), (&other_cost, composed), (&same_cost, "short")]
    {
        let old = hasher.hash(text).await.unwrap();
        h.commit(AccessChange::SetPassword { id: id(&bob), password: old.clone() }).await;
        attempt(&h, HOME, "bob", "an utterly wrong one").await.unwrap_err();
        assert!(kept().await == old, "nothing was shown to be right");
        let before = sessions(&h, &bob).await.len();
        attempt(&h, HOME, "bob", text).await.unwrap();
        let renewed = kept().await != old;
        assert_eq!(renewed, text != "short", "one that is as a new one would be stays");
        assert!(same_cost.is_current(&kept().await));
        if renewed {
            attempt(&h, HOME, "bob", composed).await.expect("in its normal form");
            let entry =
                h.audit().await.into_iter().find(|entry| {
                    entry.changes.iter().any(|change| change.field == "hash_renewed")
                });
            assert_eq!(entry.unwrap().action, Action::SessionCreate);
        }
        let after = sessions(&h, &bob).await.len();
        assert_eq!(after, before + 1 + usize::from(renewed));
    }
}
