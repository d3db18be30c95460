//! Who gets what.

use erp_core::{
    Ctx,
    access::UserUpdate,
    realtime::{Broadcast, Target},
};
use serde_json::json;

use super::{
    on_both,
    peer::{Carrier, Peer, Who},
    world::World,
};

on_both!(
    x_7_a_guest_learns_only_of_those_with_whom_he_shares_a_room,
    what_is_for_holders_of_a_right_is_not_for_others,
    a_read_pointer_is_its_owners_alone,
);

fn marker(name: &str) -> Broadcast {
    Broadcast { name: name.to_owned(), payload: json!(null) }
}

/// The kinds of the events up to the broadcast that ends the case.
async fn kinds(world: &World, peer: &mut Peer) -> Vec<(String, serde_json::Value)> {
    let all = Target::Everyone;
    world.engine.realtime().broadcast(&Ctx::system(), all, marker("end")).await.unwrap();
    let mut kinds = Vec::new();
    loop {
        let event = peer.event().await;
        if event.data["name"] == "end" {
            return kinds;
        }
        kinds.push((event.kind, event.data));
    }
}

async fn x_7_a_guest_learns_only_of_those_with_whom_he_shares_a_room(carrier: Carrier) {
    let world = World::new().await;
    world.room("With Gus", vec![world.gus]).await;
    let (node, other) = (world.node().await, world.node().await);
    let mut gus = Who::user(carrier, world.gus).connect(&node).await;
    // Some on this node, some on another: the hub knows the rooms of the former only.
    let _ann = Who::user(carrier, world.ann).connect(&other).await;
    let _bob = Who::user(carrier, world.bob).connect(&other).await;
    let _owner = Who::user(carrier, world.owner).connect(&node).await;
    while world.engine.presence().online(&Ctx::system()).await.unwrap().len() < 4 {
        tokio::task::yield_now().await;
    }
    let online: Vec<_> = kinds(&world, &mut gus)
        .await
        .into_iter()
        .filter(|(kind, _)| kind == "presence.online")
        .map(|(_, data)| data["user"].as_str().unwrap().to_owned())
        .collect();
    assert!(online.contains(&world.ann.to_string()), "{online:?}");
    for hidden in [world.bob, world.owner] {
        assert!(!online.contains(&hidden.to_string()), "{online:?}");
    }
}

async fn what_is_for_holders_of_a_right_is_not_for_others(carrier: Carrier) {
    let world = World::new().await;
    let node = world.node().await;
    let mut gus = Who::user(carrier, world.gus).connect(&node).await;
    let mut ann = Who::user(carrier, world.ann).connect(&node).await;
    let (system, access) = (Ctx::system(), world.engine.access());
    let bob = access.user(&system, world.bob).await.unwrap();
    let update = UserUpdate {
        expected: bob.version,
        email: None,
        display_name: Some("Robert".to_owned()),
        password: None,
    };
    access.update_user(&system, world.bob, update).await.unwrap();
    let changed = |kinds: Vec<(String, _)>| {
        kinds.into_iter().filter(|(kind, _)| kind == "access.user_changed").count()
    };
    assert_eq!(changed(kinds(&world, &mut gus).await), 0);
    assert_eq!(changed(kinds(&world, &mut ann).await), 1);
}

async fn a_read_pointer_is_its_owners_alone(carrier: Carrier) {
    let world = World::new().await;
    let node = world.node().await;
    let mut ann = Who::user(carrier, world.ann).connect(&node).await;
    let mut devices = [
        Who::user(carrier, world.bob).connect(&node).await,
        Who::user(carrier, world.bob).connect(&node).await,
    ];
    let message = world.post(world.ann, world.room, "read me").await;
    let bob = Ctx::user(world.bob);
    world.engine.chat().mark_read(&bob, world.room, message.seq).await.unwrap();
    for device in &mut devices {
        device.event_of("chat.read_moved").await;
    }
    let seen = kinds(&world, &mut ann).await;
    assert!(seen.iter().all(|(kind, _)| kind != "chat.read_moved"), "{seen:?}");
}
