//! The stream itself: hello, order, nothing before its commit.

use std::{collections::HashSet, time::Duration};

use erp_core::{
    Ctx,
    chat::{EditMessage, NewMessage},
};
use erp_realtime::{frame::Recovered, hub::HubOptions};

use super::{
    on_both,
    peer::{Carrier, Who},
    world::{World, until},
};

on_both!(
    rts_1_hello_comes_first_and_says_where_the_stream_begins,
    rts_5_and_bc_3_events_come_after_their_commit_in_the_order_of_the_log,
    rts_4_hidden_events_move_the_position_by_heartbeats,
    rts_10_heartbeats_come_when_nothing_happens,
    every_device_of_a_user_gets_each_event_once,
    bc_2_what_is_refused_publishes_nothing,
);

async fn rts_1_hello_comes_first_and_says_where_the_stream_begins(carrier: Carrier) {
    let world = World::new().await;
    let node = world.node().await;
    let head = world.engine.store().events().settled().await.unwrap();
    let peer = Who::user(carrier, world.ann).connect(&node).await;
    let hello = peer.hello();
    assert_eq!(hello.recovered, Recovered::Fresh);
    assert_eq!((hello.user, hello.heartbeat_s), (world.ann, 15));
    assert_eq!(hello.position.epoch.to_string(), hello.epoch);
    assert_eq!(hello.position.position, head);
}

async fn rts_5_and_bc_3_events_come_after_their_commit_in_the_order_of_the_log(carrier: Carrier) {
    let world = World::new().await;
    let node = world.node().await;
    let mut peer = Who::user(carrier, world.bob).connect(&node).await;
    let other = world.room("Other", vec![world.bob]).await;
    for number in 0..50 {
        let room = if number % 3 == 0 { other } else { world.room };
        world.post(world.ann, room, &number.to_string()).await;
    }
    let wanted: Vec<String> = (0..50).map(|number| number.to_string()).collect();
    assert_eq!(peer.texts_until("49").await, wanted);
}

async fn rts_4_hidden_events_move_the_position_by_heartbeats(carrier: Carrier) {
    let world = World::new().await;
    let options = HubOptions { heartbeat: Duration::from_millis(200), ..Default::default() };
    let node = world.node_with(options).await;
    let mut gus = Who::user(carrier, world.gus).connect(&node).await;
    let before = gus.hello().position.position;
    let secret = world.post(world.ann, world.room, "not for Gus").await;
    let head = world.engine.store().events().settled().await.unwrap();
    assert!(head > before);
    while gus.position().position < head {
        let frame = serde_json::to_string(&gus.frame().await).unwrap();
        assert!(!frame.contains(&secret.id.to_string()) && !frame.contains("not for Gus"));
    }
}

async fn rts_10_heartbeats_come_when_nothing_happens(carrier: Carrier) {
    let world = World::new().await;
    let options = HubOptions { heartbeat: Duration::from_millis(100), ..Default::default() };
    let node = world.node_with(options).await;
    let mut peer = Who::user(carrier, world.ann).connect(&node).await;
    peer.event_of("presence.online").await;
    for _ in 0..3 {
        let frame = peer.frame().await;
        assert!(matches!(frame, erp_realtime::frame::Frame::Heartbeat { .. }), "{frame:?}");
    }
}

async fn every_device_of_a_user_gets_each_event_once(carrier: Carrier) {
    let world = World::new().await;
    let node = world.node().await;
    let who = Who::user(carrier, world.bob);
    let mut devices = [who.connect(&node).await, who.connect(&node).await];
    world.post(world.ann, world.room, "one").await;
    world.post(world.ann, world.room, "two").await;
    for device in &mut devices {
        assert_eq!(device.texts_until("two").await, ["one", "two"]);
    }
    let [first, second] = devices;
    drop(first);
    until("the connection is gone", || node.hub.stats().connections == 1).await;
    world.post(world.ann, world.room, "three").await;
    let mut second = second;
    assert_eq!(second.text().await, "three");
}

async fn bc_2_what_is_refused_publishes_nothing(carrier: Carrier) {
    let world = World::new().await;
    let node = world.node().await;
    let mut peer = Who::user(carrier, world.bob).connect(&node).await;
    let (chat, gus) = (world.engine.chat(), Ctx::user(world.gus));
    chat.post(&gus, world.room, NewMessage::text("not a member")).await.unwrap_err();
    let message = world.post(world.ann, world.room, "one").await;
    let stale = EditMessage { expected: message.version.next(), body: "stale".to_owned() };
    chat.edit(&Ctx::user(world.ann), message.id, stale).await.unwrap_err();
    world.post(world.ann, world.room, "two").await;
    let mut chat = Vec::new();
    while chat.last().is_none_or(|body| body != "two") {
        let event = peer.event().await;
        if event.kind.starts_with("chat.") {
            chat.push(event.data["body"].as_str().unwrap_or_default().to_owned());
        }
    }
    assert_eq!(chat, ["one", "two"]);
}

#[tokio::test]
async fn rts_10_the_answer_keeps_proxies_from_holding_frames_back() {
    let world = World::new().await;
    let node = world.node().await;
    let mut hints = HashSet::new();
    for _ in 0..8 {
        let url = format!("http://{}/sse", node.addr);
        let request = reqwest::Client::new().get(url).header("x-user", world.bob.to_string());
        let mut answer = request.send().await.unwrap();
        for (name, value) in [
            ("content-type", "text/event-stream"),
            ("cache-control", "no-store"),
            ("x-accel-buffering", "no"),
        ] {
            assert_eq!(answer.headers()[name], value);
        }
        let first = answer.chunk().await.unwrap().unwrap();
        let first = String::from_utf8(first.to_vec()).unwrap();
        let hint = first.strip_prefix("retry: ").unwrap().split('\n').next().unwrap();
        assert!((1_000..3_000).contains(&hint.parse::<u32>().unwrap()), "{hint}");
        hints.insert(hint.to_owned());
    }
    assert!(hints.len() > 1, "the hints spread: {hints:?}");
}

#[tokio::test]
async fn rts_12_a_viewer_who_is_shut_out_gets_no_frame() {
    let world = World::new().await;
    let node = world.node().await;
    let card = world.engine.access().user(&Ctx::system(), world.bob).await.unwrap();
    world.engine.access().deactivate_user(&Ctx::system(), world.bob, card.version).await.unwrap();
    for carrier in [Carrier::Sse, Carrier::WebSocket] {
        let refused = Who::user(carrier, world.bob).try_connect(&node, None).await;
        let error = refused.err().unwrap().to_string();
        assert!(error.contains("401") || error.contains("Revoked"), "{error}");
    }
    until("nothing is left", || node.hub.stats().connections == 0).await;
}
