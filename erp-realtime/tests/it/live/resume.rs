//! Going on after a cut.

use std::{sync::Arc, time::Duration};

use erp_core::{
    change::{Epoch, Position},
    ids::UserId,
};
use erp_realtime::{frame::Recovered, hub::HubOptions, resume::ResumePoint};
use tokio::task::JoinSet;

use super::{
    on_both,
    peer::{Carrier, Who},
    world::{Node, World},
};

on_both!(
    rts_2_what_was_missed_comes_once_and_in_order_then_what_happens,
    rts_2_a_long_absence_is_replayed_from_the_log_in_pages,
    rts_2_and_rts_6_random_cuts_under_concurrent_posts_lose_and_double_nothing,
    rts_3_a_point_that_is_not_known_any_more_is_told_in_band,
    rts_4_hidden_events_do_not_end_a_resume,
    chat_7_a_removed_member_gets_nothing_in_replay,
    chat_7_a_later_member_sees_messages_from_his_joining_on,
    resuming_ahead_of_this_node_waits_for_it,
);

async fn numbers(world: &World, from: usize, to: usize) {
    for number in from..to {
        world.post(world.ann, world.room, &number.to_string()).await;
    }
}

fn texts(from: usize, to: usize) -> Vec<String> {
    (from..to).map(|number| number.to_string()).collect()
}

async fn rts_2_what_was_missed_comes_once_and_in_order_then_what_happens(carrier: Carrier) {
    let world = World::new().await;
    let node = world.node().await;
    let who = Who::user(carrier, world.bob);
    let mut peer = who.connect(&node).await;
    numbers(&world, 0, 3).await;
    assert_eq!(peer.texts_until("1").await, texts(0, 2));
    let at = peer.position().clone();
    drop(peer);
    numbers(&world, 3, 10).await;
    let mut peer = who.resume(&node, &at).await;
    assert_eq!(peer.hello().recovered, Recovered::Yes);
    assert_eq!(peer.hello().position, at);
    numbers(&world, 10, 12).await;
    assert_eq!(peer.texts_until("11").await, texts(2, 12));
}

async fn rts_2_a_long_absence_is_replayed_from_the_log_in_pages(carrier: Carrier) {
    let world = World::new().await;
    // Nothing recent stays in memory, and the queue holds a part of what was missed.
    let options = HubOptions { recent_bytes: 0, queue_bytes: 256 * 1024, ..Default::default() };
    let node = world.node_with(options).await;
    let who = Who::user(carrier, world.bob);
    let peer = who.connect(&node).await;
    let at = peer.hello().position.clone();
    drop(peer);
    let padding = "x".repeat(2_000);
    for number in 0..600 {
        world.post(world.ann, world.room, &format!("{number} {padding}")).await;
    }
    let mut peer = who.resume(&node, &at).await;
    assert_eq!(peer.hello().recovered, Recovered::Yes);
    world.post(world.ann, world.room, "end").await;
    for number in 0..600 {
        assert!(peer.text().await.starts_with(&format!("{number} ")));
    }
    assert_eq!(peer.text().await, "end");
}

async fn rts_2_and_rts_6_random_cuts_under_concurrent_posts_lose_and_double_nothing(
    carrier: Carrier,
) {
    const POSTS: usize = 400;
    let world = Arc::new(World::new().await);
    let options = HubOptions { recent_bytes: 8 * 1024, ..Default::default() };
    let nodes = [
        Arc::new(world.node_with(options.clone()).await),
        Arc::new(world.node_with(options).await),
    ];
    let mut readers = JoinSet::new();
    for seed in 1..=8_u64 {
        let who = Who::user(carrier, world.bob);
        let first = who.connect(&nodes[0]).await;
        readers.spawn(read_with_cuts(who, first, nodes.clone(), POSTS, seed));
    }
    let mut writers = JoinSet::new();
    for writer in 0..4 {
        let world = world.clone();
        writers.spawn(async move {
            for number in 0..POSTS / 4 {
                world.post(world.ann, world.room, &format!("{writer}-{number}")).await;
                if number % 7 == 0 {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            }
        });
    }
    writers.join_all().await;
    let log = messages_in_log(&world).await;
    assert_eq!(log.len(), POSTS);
    for read in readers.join_all().await {
        assert_eq!(read, log);
    }
}

async fn messages_in_log(world: &World) -> Vec<Position> {
    let log = world.engine.store().events().read(Position::START, 100_000).await.unwrap();
    let posted = log.events.iter().filter(|event| event.body.kind() == "chat.message_posted");
    posted.map(|event| event.position).collect()
}

/// Reads until so many messages have come, cut off after every few frames.
async fn read_with_cuts(
    who: Who,
    mut peer: super::peer::Peer,
    nodes: [Arc<Node>; 2],
    wanted: usize,
    mut seed: u64,
) -> Vec<Position> {
    let mut got = Vec::new();
    while got.len() < wanted {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        for _ in 0..seed % 40 {
            if got.len() == wanted {
                break;
            }
            let event = peer.event_of("chat.message_posted").await;
            got.push(event.position.position);
        }
        let at = peer.position().clone();
        drop(peer);
        peer = who.resume(&nodes[(seed >> 8) as usize % 2], &at).await;
        assert_eq!(peer.hello().recovered, Recovered::Yes);
    }
    got
}

async fn rts_3_a_point_that_is_not_known_any_more_is_told_in_band(carrier: Carrier) {
    let world = World::new().await;
    let node = world.node_with(HubOptions { max_replay_events: 5, ..Default::default() }).await;
    let who = Who::user(carrier, world.bob);
    let mut before = who.connect(&node).await;
    let at = before.hello().position.clone();
    numbers(&world, 0, 6).await;
    // The node is past them: who starts anew starts after them.
    assert_eq!(before.texts_until("5").await, texts(0, 6));
    let elsewhere = ResumePoint { epoch: Epoch("elsewhere".into()), ..at.clone() };
    let beyond = ResumePoint { position: Position(at.position.0 + 1_000), ..at.clone() };
    let far = at.clone();
    for (number, lost) in [elsewhere, beyond, far].into_iter().enumerate() {
        let mut peer = who.resume(&node, &lost).await;
        assert_eq!(peer.hello().recovered, Recovered::No, "{lost}");
        let head = world.engine.store().events().settled().await.unwrap();
        assert!(peer.hello().position.position <= head, "the snapshot has what is before");
        let text = format!("after {number}");
        world.post(world.ann, world.room, &text).await;
        assert_eq!(peer.text().await, text, "no partial replay");
    }
}

async fn rts_4_hidden_events_do_not_end_a_resume(carrier: Carrier) {
    let world = World::new().await;
    let node = world.node().await;
    let who = Who::user(carrier, world.gus);
    let at = who.connect(&node).await.hello().position.clone();
    numbers(&world, 0, 100).await;
    let gus = who.resume(&node, &at).await;
    assert_eq!(gus.hello().recovered, Recovered::Yes);
    let mut gus = gus;
    let head = world.engine.store().events().settled().await.unwrap();
    // The seam tells the position that hidden events have moved.
    while gus.position().position < head {
        gus.frame().await;
    }
}

async fn removed(world: &World, user: UserId) {
    let ann = erp_core::Ctx::user(world.ann);
    world.engine.chat().remove_member(&ann, world.room, user).await.unwrap();
}

async fn chat_7_a_removed_member_gets_nothing_in_replay(carrier: Carrier) {
    for recent_bytes in [0, 64 * 1024] {
        let world = World::new().await;
        let node = world.node_with(HubOptions { recent_bytes, ..Default::default() }).await;
        let who = Who::user(carrier, world.bob);
        let at = who.connect(&node).await.hello().position.clone();
        numbers(&world, 0, 3).await;
        removed(&world, world.bob).await;
        let mut peer = who.resume(&node, &at).await;
        assert_eq!(peer.hello().recovered, Recovered::Yes);
        let event = loop {
            let event = peer.event().await;
            if event.kind.starts_with("chat.") {
                break event;
            }
        };
        assert_eq!(event.kind, "chat.member_removed", "he learns of it, and of nothing before");
    }
}

async fn chat_7_a_later_member_sees_messages_from_his_joining_on(carrier: Carrier) {
    let world = World::new().await;
    let node = world.node().await;
    let who = Who::user(carrier, world.gus);
    let at = who.connect(&node).await.hello().position.clone();
    let early = world.post(world.ann, world.room, "before").await;
    let ann = erp_core::Ctx::user(world.ann);
    let role = erp_core::chat::RoomRole::Member;
    world.engine.chat().add_member(&ann, world.room, world.gus, role).await.unwrap();
    world.post(world.ann, world.room, "after").await;
    world.engine.chat().delete(&ann, early.id, early.version).await.unwrap();
    world.post(world.ann, world.room, "end").await;
    let mut gus = who.resume(&node, &at).await;
    let mut kinds = Vec::new();
    loop {
        let event = gus.event().await;
        if event.kind.starts_with("chat.") {
            kinds.push(event.kind);
        }
        if event.data["body"] == "end" {
            break;
        }
        assert_ne!(event.data["body"], "before");
    }
    assert_eq!(kinds, ["chat.member_added", "chat.message_posted", "chat.message_posted"]);
}

/// A client may have been served by a node that was a little faster.
async fn resuming_ahead_of_this_node_waits_for_it(carrier: Carrier) {
    let world = World::new().await;
    let node = world.node().await;
    let who = Who::user(carrier, world.bob);
    let at = who.connect(&node).await.hello().position.clone();
    numbers(&world, 0, 2).await;
    let settled = world.engine.store().events().settled().await.unwrap();
    let mut peer = who.resume(&node, &ResumePoint { position: settled, ..at }).await;
    assert_eq!(peer.hello().recovered, Recovered::Yes);
    numbers(&world, 2, 3).await;
    assert_eq!(peer.text().await, "2", "what is known is not sent again");
}
