//! Presence as the hub drives it.

use std::time::Duration;

use erp_core::{Ctx, presence::OnlineUser};

use super::{
    on_both,
    peer::{Carrier, Who},
    world::{World, until},
};

on_both!(
    pres_3_two_devices_make_one_online_and_the_last_close_one_offline,
    pres_3_coming_back_inside_the_grace_is_no_event,
    pres_4_the_leases_of_a_killed_node_lapse_and_the_other_tells_it_once,
);

async fn online(world: &World) -> Vec<OnlineUser> {
    world.engine.presence().online(&Ctx::system()).await.unwrap()
}

async fn pres_3_two_devices_make_one_online_and_the_last_close_one_offline(carrier: Carrier) {
    let world = World::new().await;
    let node = world.node().await;
    let mut ann = Who::user(carrier, world.ann).connect(&node).await;
    let who = Who::user(carrier, world.bob);
    let (first, second) = (who.connect(&node).await, who.connect(&node).await);
    let mut event = ann.event_of("presence.online").await;
    if event.data["user"] == world.ann.to_string() {
        event = ann.event_of("presence.online").await;
    }
    assert_eq!(event.data["user"], world.bob.to_string());
    let bobs = async || {
        let all = online(&world).await;
        all.iter().find(|one| one.user == world.bob).map_or(0, |one| one.connections)
    };
    while bobs().await != 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(first);
    while bobs().await != 1 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(second);
    let next = loop {
        let event = ann.event().await;
        if event.kind.starts_with("presence.") {
            break event;
        }
    };
    assert_eq!(
        (next.kind.as_str(), &next.data["user"]),
        ("presence.offline", &world.bob.to_string().into())
    );
    assert!(online(&world).await.iter().all(|one| one.user != world.bob));
}

async fn pres_3_coming_back_inside_the_grace_is_no_event(carrier: Carrier) {
    let world = World::new().await;
    let node = world.node().await;
    let mut ann = Who::user(carrier, world.ann).connect(&node).await;
    let who = Who::user(carrier, world.bob);
    let bob = who.connect(&node).await;
    until("both have leases", || node.hub.stats().leases == 2).await;
    while online(&world).await.len() < 2 {
        tokio::task::yield_now().await;
    }
    drop(bob);
    until("the lease is given up", || node.hub.stats().leases == 1).await;
    let _bob = who.connect(&node).await;
    until("the new lease is held", || node.hub.stats().leases == 2).await;
    // Longer than the grace, with sweeps in it.
    tokio::time::sleep(Duration::from_millis(700)).await;
    world.post(world.bob, world.room, "end").await;
    let mut told = 0;
    loop {
        let event = ann.event().await;
        told += usize::from(
            event.kind.starts_with("presence.") && event.data["user"] == world.bob.to_string(),
        );
        if event.kind == "chat.message_posted" {
            break;
        }
    }
    assert_eq!(told, 1, "one online, nothing since");
}

async fn pres_4_the_leases_of_a_killed_node_lapse_and_the_other_tells_it_once(carrier: Carrier) {
    let world = World::new().await;
    let (doomed, other) = (world.node().await, world.node().await);
    let mut ann = Who::user(carrier, world.ann).connect(&other).await;
    let _bob = Who::user(carrier, world.bob).connect(&doomed).await;
    while online(&world).await.len() < 2 {
        tokio::task::yield_now().await;
    }
    drop(doomed);
    let mut offline = 0;
    while offline == 0 {
        let event = ann.event_of("presence.offline").await;
        assert_eq!(event.data["user"], world.bob.to_string());
        offline += 1;
    }
    world.post(world.bob, world.room, "end").await;
    loop {
        let event = ann.event().await;
        assert_ne!(event.kind, "presence.offline", "told twice");
        if event.kind == "chat.message_posted" {
            break;
        }
    }
}
