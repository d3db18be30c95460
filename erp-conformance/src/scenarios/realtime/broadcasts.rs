//! Broadcasts to everyone, to users and to rooms.

use erp_core::{
    Conflict, Ctx, Error,
    access::BuiltInRole,
    change::{Audience, BroadcastEvent, EventBody},
    ctx::IdempotencyKey,
    ids::{ConnectionId, UserId},
    realtime::{Broadcast, Target},
};
use serde_json::json;

use crate::Harness;

fn hello() -> Broadcast {
    Broadcast { name: "hello".to_owned(), payload: json!({ "text": "Grüße" }) }
}

async fn owner(h: &Harness) -> Ctx {
    Ctx::user(h.user_with_role("owner", BuiltInRole::OWNER).await.id)
}

/// BC-1, BC-2: it is one event with its audience, and one audit entry; a user who is named twice is
/// one.
pub async fn bc_1_a_broadcast_is_one_event_for_its_audience(h: Harness) {
    let ctx = owner(&h).await;
    let (ann, bob) = (h.user("ann").await.id, h.user("bob").await.id);
    let room = h.group(&[ann]).await.id;
    for (target, audience) in [
        (Target::Everyone, vec![Audience::Everyone]),
        (Target::Users(vec![bob, ann, bob]), vec![Audience::User(ann), Audience::User(bob)]),
        (Target::Room(room), vec![Audience::Room(room)]),
    ] {
        let (before, entries) = (h.settled().await, h.audit().await.len());
        let sent = h.engine.realtime().broadcast(&ctx, target, hello()).await;
        let events = h.events_after(before).await;
        assert_eq!(events.len(), 1);
        assert_eq!(sent, Ok(events[0].position));
        let Broadcast { name, payload } = hello();
        assert_eq!(events[0].body, EventBody::Broadcast(BroadcastEvent::Sent { name, payload }));
        assert_eq!((events[0].actor, &events[0].audience), (ctx.actor, &audience));
        assert_eq!(h.audit().await.len(), entries + 1);
    }
    h.engine.realtime().to_user(&ctx, ann, hello()).await.expect("he may");
    h.engine.realtime().to_room(&ctx, room, hello()).await.expect("he may");
    let last: Vec<_> = h.events().await.iter().map(|event| event.audience.clone()).collect();
    assert_eq!(last[3..], [[Audience::User(ann)], [Audience::Room(room)]]);
}

/// BC-5: an audience of nobody, or a room that is not there, is no error.
pub async fn bc_5_a_broadcast_to_nobody_is_in_the_log(h: Harness) {
    let ctx = owner(&h).await;
    let no_room = h.new_room(erp_core::chat::RoomKind::Group, None).id;
    for target in [Target::Users(vec![]), Target::Room(no_room)] {
        let before = h.settled().await;
        h.engine.realtime().broadcast(&ctx, target, hello()).await.expect("he may");
        assert_eq!(h.kinds_after(before).await, ["broadcast.sent"]);
    }
}

/// BC-6: the connection that sent it does not get it; without one everyone does.
pub async fn bc_6_the_sending_connection_alone_is_left_out(h: Harness) {
    let mut ctx = owner(&h).await;
    for connection in [None, Some(ConnectionId::generate(&*h.ids))] {
        ctx.connection = connection;
        let before = h.settled().await;
        let sent = h.engine.realtime().broadcast(&ctx, Target::Everyone, hello()).await;
        sent.expect("he may");
        assert_eq!(h.events_after(before).await[0].exclude, connection);
    }
}

/// the same request again is answered, and sent once; another one under its key is refused.
pub async fn x_6_a_broadcast_that_is_sent_again_is_in_the_log_once(h: Harness) {
    let key = IdempotencyKey::new("key").expect("a key");
    let ctx = owner(&h).await.with_idempotency_key(key);
    let send = async |name: &str| {
        let broadcast = Broadcast { name: name.to_owned(), ..hello() };
        h.engine.realtime().broadcast(&ctx, Target::Everyone, broadcast).await
    };
    let first = send("hello").await.expect("he may");
    for _ in 0..2 {
        let again = send("hello").await.expect("the same request");
        assert!(again >= first, "what was sent is there at {again}");
    }
    assert_eq!(h.events().await.len(), 1);
    assert_eq!(send("another").await, Err(Error::Conflict(Conflict::IdempotencyKeyReused)));
}

/// who lacks the right is refused, who is not let in is told to log in; the host may.
pub async fn x_7_who_may_not_broadcast_is_refused(h: Harness) {
    let member = Ctx::user(h.user_with_role("member", BuiltInRole::MEMBER).await.id);
    let nobody = Ctx::user(UserId::generate(&*h.ids));
    let send = async |ctx| h.engine.realtime().broadcast(ctx, Target::Everyone, hello()).await;
    assert_eq!(send(&member).await, Err(Error::Forbidden { action: "realtime.broadcast" }));
    assert_eq!(send(&nobody).await, Err(Error::Unauthenticated));
    assert_eq!(h.events().await, []);
    send(&Ctx::system()).await.expect("the host may");
}

/// `Broadcast`: names, payloads and lists of users have their limits.
pub async fn what_is_too_long_is_refused(h: Harness) {
    let ctx = owner(&h).await;
    let many = (0..1_001).map(|_| UserId::generate(&*h.ids)).collect();
    let named = |name: String| Broadcast { name, ..hello() };
    let large = Broadcast { payload: json!("x".repeat(33 * 1024)), ..hello() };
    for (field, target, broadcast) in [
        ("name", Target::Everyone, named(String::new())),
        ("name", Target::Everyone, named("x".repeat(101))),
        ("payload", Target::Everyone, large),
        ("users", Target::Users(many), hello()),
    ] {
        let refused = h.engine.realtime().broadcast(&ctx, target, broadcast).await;
        let Err(Error::Validation(violations)) = refused else { panic!("{refused:?}") };
        assert_eq!(violations[0].field, field);
    }
    assert_eq!(h.events().await, []);
}
