//! Sessions.

use chrono::TimeDelta;
use erp_core::{
    Ctx, Error,
    access::{AccessEvent, RevokedSessions, SessionToken},
    change::{Audience, EventBody},
    ids::SessionId,
};

use super::{HOME, PASSWORD, admin, attempt, from, id, log_in, member, missing};
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
