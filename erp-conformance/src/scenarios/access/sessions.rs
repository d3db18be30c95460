//! Sessions.

use chrono::TimeDelta;
use erp_core::{
    Ctx, Error,
    access::{AccessEvent, RequestOrigin, RevokedSessions, SessionToken},
    change::{Audience, EventBody},
    ids::SessionId,
};

use futures::future::join_all;

use super::{
    HOME, PASSWORD, admin, attempt, attempt_from, from, from_device, id, log_in, login_as, member,
    missing, patiently,
};
use crate::Harness;

/// Unused for 14 days, or 90 days old: it is over, at that very instant.
pub async fn auth_3_a_session_ends_idle_and_at_its_age(h: Harness) {
    member(&h, "bob").await;
    let access = h.engine.access();
    let idle = attempt(&h, HOME, "bob", PASSWORD).await.unwrap().token;
    let used = attempt(&h, HOME, "bob", PASSWORD).await.unwrap().token;
    let start = h.now();
    let known = access.authenticate(&from(HOME), &idle).await.unwrap();
    assert_eq!(known.valid_until, start + TimeDelta::days(14));
    h.clock.set(start + TimeDelta::days(13));
    access.authenticate(&from(HOME), &used).await.unwrap();
    h.clock.set(start + TimeDelta::days(14));
    let over = access.authenticate(&from(HOME), &idle).await;
    assert_eq!(over, Err(Error::Unauthenticated));
    for day in [26, 39, 52, 65, 78] {
        h.clock.set(start + TimeDelta::days(day));
        access.authenticate(&from(HOME), &used).await.unwrap();
    }
    let end = start + TimeDelta::days(90);
    h.clock.set(end - TimeDelta::microseconds(1));
    let known = access.authenticate(&from(HOME), &used).await.unwrap();
    assert_eq!(known.valid_until, end);
    h.clock.set(end);
    assert_eq!(access.authenticate(&from(HOME), &used).await, Err(Error::Unauthenticated));
    let unknown = SessionToken::from_text("no such token");
    assert_eq!(access.authenticate(&from(HOME), &unknown).await, Err(Error::Unauthenticated));
}

/// The instant when to ask again, and none once the session is over for whatever reason.
pub async fn auth_3_a_live_connection_learns_when_its_session_ends(h: Harness) {
    let bob = member(&h, "bob").await;
    let access = h.engine.access();
    let ctx = log_in(&h, "bob").await;
    let session = ctx.session.unwrap();
    let until = access.session_valid_until(session).await.unwrap().unwrap();
    assert_eq!(until, h.now() + TimeDelta::days(14));
    h.clock.set(until);
    assert_eq!(access.session_valid_until(session).await.unwrap(), None);
    let ctx = log_in(&h, "bob").await;
    assert!(access.session_valid_until(ctx.session.unwrap()).await.unwrap().is_some());
    access.logout(&ctx).await.unwrap();
    assert_eq!(access.session_valid_until(ctx.session.unwrap()).await.unwrap(), None);
    let unknown = SessionId::generate(&*h.ids);
    assert_eq!(access.session_valid_until(unknown).await.unwrap(), None);
    assert_eq!(access.sessions(&bob, id(&bob)).await.unwrap(), [], "the expired one is not listed");
}

/// At most once a minute, so that a busy client does not write with each request.
pub async fn the_use_of_a_session_is_noted_now_and_then(h: Harness) {
    let bob = member(&h, "bob").await;
    let token = attempt(&h, HOME, "bob", PASSWORD).await.unwrap().token;
    let start = h.now();
    for (after, noted) in [(0, 0), (59, 0), (60, 60), (119, 60), (120, 120)] {
        h.clock.set(start + TimeDelta::seconds(after));
        h.engine.access().authenticate(&from(HOME), &token).await.unwrap();
        let kept = h.store.sessions().of_user(id(&bob)).await.unwrap().remove(0);
        assert_eq!(kept.last_used_at, start + TimeDelta::seconds(noted), "after {after} s");
    }
}

/// The newest first, the caller's marked; one ended by id is gone and its connections are told.
pub async fn sessions_are_listed_and_ended_one_by_one(h: Harness) {
    let bob = member(&h, "bob").await;
    let first = log_in(&h, "bob").await;
    h.pass(1);
    let second = log_in(&h, "bob").await;
    let access = h.engine.access();
    let list = access.sessions(&first, id(&bob)).await.unwrap();
    let seen: Vec<_> = list.iter().map(|row| (Some(row.session.id), row.current)).collect();
    assert_eq!(seen, [(second.session, false), (first.session, true)]);
    let before = h.settled().await;
    let session = second.session.unwrap();
    access.revoke_session(&first, session).await.unwrap();
    let events = h.events_after(before).await;
    let ended =
        AccessEvent::SessionsRevoked { user: id(&bob), which: RevokedSessions::Only(session) };
    assert_eq!(events[0].body, EventBody::Access(ended));
    assert_eq!(events[0].audience, [Audience::User(id(&bob))]);
    missing(access.revoke_session(&first, session).await, "session");
    assert_eq!(access.sessions(&first, id(&bob)).await.unwrap().len(), 1);
    access.logout(&first).await.unwrap();
    assert_eq!(access.sessions(&bob, id(&bob)).await.unwrap(), []);
    let none = access.logout(&bob).await;
    assert!(matches!(none, Err(Error::Precondition(_))), "{none:?}");
}

/// All but the caller's; all of another's.
pub async fn ending_the_others_keeps_the_callers(h: Harness) {
    let bob = member(&h, "bob").await;
    let admin = admin(&h, "admin").await;
    let access = h.engine.access();
    log_in(&h, "bob").await;
    let caller = log_in(&h, "bob").await;
    log_in(&h, "bob").await;
    access.revoke_other_sessions(&caller).await.unwrap();
    let left = access.sessions(&caller, id(&bob)).await.unwrap();
    assert_eq!(left.iter().map(|row| Some(row.session.id)).collect::<Vec<_>>(), [caller.session]);
    access.revoke_sessions(&admin, id(&bob)).await.unwrap();
    assert_eq!(access.sessions(&admin, id(&bob)).await.unwrap(), []);
    assert!(access.revoke_other_sessions(&Ctx::system()).await.is_err());
}

/// Whoever may not end a session does not learn that there is one.
pub async fn x_17_another_users_session_looks_like_none(h: Harness) {
    member(&h, "bob").await;
    let ada = member(&h, "ada").await;
    let session = log_in(&h, "bob").await.session.unwrap();
    let access = h.engine.access();
    for id in [session, SessionId::generate(&*h.ids)] {
        missing(access.revoke_session(&ada, id).await, "session");
    }
    assert!(access.session_valid_until(session).await.unwrap().is_some());
    access.revoke_session(&admin(&h, "admin").await, session).await.unwrap();
    assert_eq!(access.session_valid_until(session).await.unwrap(), None);
}

async fn of(h: &Harness, user: &Ctx) -> Vec<SessionId> {
    let sessions = h.store.sessions().of_user(id(user)).await.unwrap();
    sessions.into_iter().map(|session| session.id).collect()
}

/// The device's own, by its token or by the session that it has still, whosever that is: others stay, and
/// what ended is told.
pub async fn auth_19_a_login_replaces_the_devices_old_session(h: Harness) {
    let (bob, ada) = (member(&h, "bob").await, member(&h, "ada").await);
    let elsewhere = attempt(&h, HOME, "bob", PASSWORD).await.unwrap();
    let first = attempt(&h, HOME, "bob", PASSWORD).await.unwrap();
    let device = first.device_token.unwrap();
    h.pass(60);
    let before = h.settled().await;
    let second = attempt_from(&h, &from_device(HOME, &device), "bob", PASSWORD).await.0.unwrap();
    assert_eq!(of(&h, &bob).await, [second.session.id, elsewhere.session.id]);
    let which = RevokedSessions::Only(first.session.id);
    let ended = EventBody::Access(AccessEvent::SessionsRevoked { user: id(&bob), which });
    let events = h.events_after(before).await;
    assert_eq!(events.iter().map(|event| &event.body).collect::<Vec<_>>(), [&ended]);
    let over = h.engine.access().authenticate(&from(HOME), &first.token).await;
    assert_eq!(over, Err(Error::Unauthenticated));
    // She logs in on his browser.
    let session = Some(second.token);
    let origin = RequestOrigin { session, ..from_device(HOME, &device) };
    let hers = attempt_from(&h, &origin, "ada", PASSWORD).await.0.unwrap();
    assert!(!hers.known_device);
    assert_eq!(of(&h, &bob).await, [elsewhere.session.id]);
    assert_eq!(of(&h, &ada).await, [hers.session.id]);
    let unknown = Some(SessionToken::from_text("no such token"));
    let origin = RequestOrigin { session: unknown, ..from(HOME) };
    attempt_from(&h, &origin, "ada", PASSWORD).await.0.unwrap();
    assert_eq!(of(&h, &ada).await.len(), 2);
    let origin = RequestOrigin { session: Some(elsewhere.token), ..from(HOME) };
    attempt_from(&h, &origin, "bob", "not the password").await.0.unwrap_err();
    assert_eq!(of(&h, &bob).await, [elsewhere.session.id], "a failed login ends nothing");
}

/// Fifty stay, the newest; of the devices too.
pub async fn auth_19_of_more_than_fifty_sessions_the_oldest_goes(h: Harness) {
    let (bob, ada) = (member(&h, "bob").await, member(&h, "ada").await);
    attempt(&h, HOME, "ada", PASSWORD).await.unwrap();
    let mut made = Vec::new();
    for _ in 0..53 {
        h.pass(60);
        made.push(attempt(&h, HOME, "bob", PASSWORD).await.unwrap().session.id);
    }
    made.reverse();
    assert_eq!(of(&h, &bob).await, made[..50]);
    assert_eq!(h.store.sessions().devices_of(id(&bob)).await.unwrap().len(), 50);
    assert_eq!(of(&h, &ada).await.len(), 1);
}

/// Those that do not see each other's sessions leave fifty as well.
pub async fn auth_19_logins_at_once_leave_no_more_than_fifty_sessions(h: Harness) {
    let bob = member(&h, "bob").await;
    for _ in 0..48 {
        attempt(&h, HOME, "bob", PASSWORD).await.unwrap();
    }
    let logins = (0..8_u8).map(|number| {
        let engine = h.engine.clone();
        let origin = from(&format!("198.51.{number}.1"));
        tokio::spawn(async move { engine.access().login(&origin, login_as("bob", PASSWORD)).await })
    });
    let (logins, _) = patiently(&h, join_all(logins.collect::<Vec<_>>())).await;
    let made: Vec<_> = logins.into_iter().map(|login| login.unwrap().unwrap().session.id).collect();
    let left = of(&h, &bob).await;
    assert_eq!(left.len(), 50);
    assert!(made.iter().all(|id| left.contains(id)), "the newest stay");
}
