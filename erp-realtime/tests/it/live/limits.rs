//! Limits, each with a typed answer.

use std::time::Duration;

use erp_realtime::{
    client::ConnectError,
    hub::{Hub, HubOptions},
};

use super::{
    on_both,
    peer::{Carrier, Who},
    world::{World, until},
};

on_both!(
    rts_11_connections_of_a_user_are_bounded,
    rts_11_connections_of_a_process_are_bounded,
    rts_11_rooms_of_a_stream_are_bounded,
);

fn status(error: Option<ConnectError>) -> u16 {
    match error {
        Some(ConnectError::Refused { status, .. }) => status,
        other => panic!("not refused: {other:?}"),
    }
}

async fn rts_11_connections_of_a_user_are_bounded(carrier: Carrier) {
    let world = World::new().await;
    let node = world.node_with(HubOptions { connections_per_user: 2, ..Default::default() }).await;
    let who = Who::user(carrier, world.bob);
    let (first, _second) = (who.connect(&node).await, who.connect(&node).await);
    assert_eq!(status(who.try_connect(&node, None).await.err()), 429);
    Who::user(carrier, world.ann).connect(&node).await;
    drop(first);
    until("a place is free", || node.hub.stats().connections == 1).await;
    who.connect(&node).await;
}

async fn rts_11_connections_of_a_process_are_bounded(carrier: Carrier) {
    let world = World::new().await;
    let node = world.node_with(HubOptions { connections: 1, ..Default::default() }).await;
    let _first = Who::user(carrier, world.bob).connect(&node).await;
    assert_eq!(status(Who::user(carrier, world.ann).try_connect(&node, None).await.err()), 503);
}

async fn rts_11_rooms_of_a_stream_are_bounded(carrier: Carrier) {
    let world = World::new().await;
    let node = world.node_with(HubOptions { rooms_per_stream: 1, ..Default::default() }).await;
    Who::user(carrier, world.bob).connect(&node).await;
    world.room("One more", vec![world.bob]).await;
    // The hub learns of the room by the log.
    let refused = async {
        loop {
            if let Err(error) = Who::user(carrier, world.bob).try_connect(&node, None).await {
                return error;
            }
        }
    };
    let error = tokio::time::timeout(Duration::from_secs(30), refused).await.unwrap();
    let text = error.to_string();
    assert!(text.contains("409") || text.contains("Limit"), "{text}");
}

#[tokio::test]
async fn options_that_make_no_sense_are_refused() {
    let world = World::new().await;
    for options in [
        HubOptions { heartbeat: Duration::ZERO, ..Default::default() },
        HubOptions { queue_bytes: 1024, ..Default::default() },
        HubOptions { recent_bytes: 1 << 30, ..Default::default() },
    ] {
        assert!(Hub::start(world.engine.clone(), options).is_err());
    }
}
