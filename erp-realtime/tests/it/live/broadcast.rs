//! Broadcasts.

use erp_core::{
    Ctx,
    ids::{ConnectionId, RoomId},
    realtime::{Broadcast, Target},
};
use serde_json::{Value, json};

use super::{
    on_both,
    peer::{Carrier, Peer, Who},
    world::World,
};

on_both!(
    bc_1_each_addressed_connection_gets_it_once_and_nobody_else,
    bc_5_a_broadcast_to_nobody_succeeds_and_stays_in_the_log,
    bc_6_only_the_sending_connection_is_left_out,
    rts_9_a_payload_of_any_text_arrives_unchanged,
);

async fn send(world: &World, ctx: &Ctx, target: Target, name: &str, payload: Value) {
    let broadcast = Broadcast { name: name.to_owned(), payload };
    world.engine.realtime().broadcast(ctx, target, broadcast).await.unwrap();
}

/// The names of the broadcasts up to this one.
async fn names(peer: &mut Peer, last: &str) -> Vec<String> {
    let mut names = Vec::new();
    while names.last().is_none_or(|name| name != last) {
        let event = peer.event_of("broadcast.sent").await;
        names.push(event.data["name"].as_str().unwrap().to_owned());
    }
    names
}

async fn bc_1_each_addressed_connection_gets_it_once_and_nobody_else(carrier: Carrier) {
    let world = World::new().await;
    let node = world.node().await;
    let connect = |user| {
        let (who, node) = (Who::user(carrier, user), &node);
        async move { who.connect(node).await }
    };
    let (mut ann, mut bob, mut bob_too) =
        (connect(world.ann).await, connect(world.bob).await, connect(world.bob).await);
    let mut gus = connect(world.gus).await;
    let system = Ctx::system();
    send(&world, &system, Target::Users(vec![world.bob, world.gus, world.bob]), "two", Value::Null)
        .await;
    send(&world, &system, Target::Room(world.room), "room", Value::Null).await;
    send(&world, &system, Target::Everyone, "all", Value::Null).await;
    assert_eq!(names(&mut ann, "all").await, ["room", "all"]);
    assert_eq!(names(&mut bob, "all").await, ["two", "room", "all"]);
    assert_eq!(names(&mut bob_too, "all").await, ["two", "room", "all"]);
    assert_eq!(names(&mut gus, "all").await, ["two", "all"]);
}

async fn bc_5_a_broadcast_to_nobody_succeeds_and_stays_in_the_log(carrier: Carrier) {
    let world = World::new().await;
    let node = world.node().await;
    let who = Who::user(carrier, world.gus);
    let at = who.connect(&node).await.hello().position.clone();
    let nowhere = RoomId::from_uuid(uuid::Uuid::from_u128(1));
    let system = Ctx::system();
    send(&world, &system, Target::Room(nowhere), "nobody", Value::Null).await;
    send(&world, &system, Target::Users(vec![]), "none", Value::Null).await;
    send(&world, &system, Target::Users(vec![world.gus]), "away", Value::Null).await;
    send(&world, &system, Target::Everyone, "all", Value::Null).await;
    let mut gus = who.resume(&node, &at).await;
    assert_eq!(names(&mut gus, "all").await, ["away", "all"]);
}

async fn bc_6_only_the_sending_connection_is_left_out(carrier: Carrier) {
    let world = World::new().await;
    let node = world.node().await;
    let who = Who::user(carrier, world.owner);
    let (mut sender, mut device) = (who.connect(&node).await, who.connect(&node).await);
    let connection: ConnectionId = sender.hello().connection;
    let ctx = Ctx { connection: Some(connection), ..Ctx::user(world.owner) };
    send(&world, &ctx, Target::Everyone, "mine", Value::Null).await;
    send(&world, &Ctx::system(), Target::Everyone, "all", Value::Null).await;
    assert_eq!(names(&mut sender, "all").await, ["all"]);
    assert_eq!(names(&mut device, "all").await, ["mine", "all"]);
}

async fn rts_9_a_payload_of_any_text_arrives_unchanged(carrier: Carrier) {
    let world = World::new().await;
    let node = world.node().await;
    let mut peer = Who::user(carrier, world.gus).connect(&node).await;
    let long = "ü\n".repeat(3_000);
    let texts =
        ["", " leading", "a\nb", "a\r\nb", "a\rb", "\0", "\u{feff}", "\u{2028}", ": data", &long];
    for text in texts {
        let payload = json!({ text: text });
        send(&world, &Ctx::system(), Target::Everyone, "text", payload.clone()).await;
        let event = peer.event_of("broadcast.sent").await;
        assert_eq!(event.data["payload"], payload);
    }
}
