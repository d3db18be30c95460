//! Who is online, by the engine's clock and timing.

use chrono::TimeDelta;
use erp_core::{
    Ctx, Engine, EngineOptions, Error,
    access::BuiltInRole,
    ids::{ConnectionId, NodeId, UserId},
    presence::PresenceTiming,
};

use crate::Harness;

async fn connect(h: &Harness, user: UserId) -> ConnectionId {
    let (node, connection) = (NodeId::generate(&*h.ids), ConnectionId::generate(&*h.ids));
    h.engine.presence().connected(node, connection, user).await.expect("it connects");
    connection
}

async fn online(h: &Harness, ctx: &Ctx) -> Vec<UserId> {
    let online = h.engine.presence().online(ctx).await.expect("he is let in");
    online.iter().map(|one| one.user).collect()
}

/// PRES-3: with the default grace of 30 s a reconnect after 29 s is no event; without one the user is
/// offline after 30 s.
pub async fn pres_3_a_reconnect_within_the_grace_is_no_event(h: Harness) {
    let ann = h.user("ann").await.id;
    let first = connect(&h, ann).await;
    h.engine.presence().disconnected(first).await.expect("it closes");
    h.pass(29);
    assert_eq!(h.engine.presence().sweep().await, Ok(vec![]));
    let second = connect(&h, ann).await;
    h.pass(1);
    assert_eq!(h.engine.presence().sweep().await, Ok(vec![]));
    assert_eq!(h.events().await.len(), 1, "one online");
    h.engine.presence().disconnected(second).await.expect("it closes");
    h.pass(30);
    assert_eq!(h.engine.presence().sweep().await, Ok(vec![ann]));
    let kinds = h.kinds_after(erp_core::change::Position::START).await;
    assert_eq!(kinds, ["presence.online", "presence.offline"]);
}

/// PRES-4: connections that nobody renews for 45 s are over; renewed ones are not.
pub async fn pres_4_connections_that_are_not_renewed_end(h: Harness) {
    let (ann, bob) = (h.user("ann").await.id, h.user("bob").await.id);
    let (lost, kept) = (connect(&h, ann).await, connect(&h, bob).await);
    for _ in 0..5 {
        h.pass(10);
        assert_eq!(h.engine.presence().renew(&[kept]).await, Ok(vec![]));
    }
    assert_eq!(h.engine.presence().sweep().await, Ok(vec![ann]));
    assert_eq!(online(&h, &Ctx::system()).await, [bob]);
    assert_eq!(h.engine.presence().renew(&[kept, lost]).await, Ok(vec![lost]));
}

/// PRES-8: an engine whose leases would lapse between heartbeats is not built.
pub async fn pres_8_a_lease_outlives_three_heartbeats(h: Harness) {
    let build = |seconds| {
        let ttl = TimeDelta::seconds(seconds);
        let presence = PresenceTiming { ttl, ..PresenceTiming::default() };
        let options = EngineOptions { presence, ..EngineOptions::default() };
        Engine::builder(h.store.clone()).options(options).build()
    };
    let refused = build(30);
    let Err(Error::Validation(violations)) = refused else { panic!("{refused:?}") };
    assert_eq!(violations[0].field, "ttl");
    build(31).expect("more than three heartbeats");
}

/// PRES-9: with `users.read` everyone who is online, else oneself and those who share a room.
pub async fn pres_9_a_caller_sees_those_whom_he_may_see(h: Harness) {
    let member = h.user_with_role("member", BuiltInRole::MEMBER).await.id;
    let guest = h.user_with_role("guest", BuiltInRole::GUEST).await.id;
    let (peer, stranger) = (h.user("peer").await.id, h.user("stranger").await.id);
    let room = h.group(&[guest, peer]).await.id;
    for user in [member, guest, peer, stranger] {
        connect(&h, user).await;
    }
    let mut all = vec![member, guest, peer, stranger];
    all.sort_unstable();
    assert_eq!(online(&h, &Ctx::user(member)).await, all);
    let mut near = vec![guest, peer];
    near.sort_unstable();
    assert_eq!(online(&h, &Ctx::user(guest)).await, near);
    h.remove_member(room, peer).await;
    assert_eq!(online(&h, &Ctx::user(guest)).await, [guest]);
    let nobody = Ctx::user(UserId::generate(&*h.ids));
    let refused = h.engine.presence().online(&nobody).await;
    assert_eq!(refused, Err(Error::Unauthenticated));
}
