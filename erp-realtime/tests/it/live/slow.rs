//! Clients that do not read, and a hub that ends.

use std::time::Duration;

use erp_core::Ctx;
use erp_realtime::{
    frame::{ByeCode, Recovered},
    hub::{Hub, HubOptions, HubStats, Viewer},
    resume::Resume,
};
use http_body_util::BodyExt;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

use super::{
    on_both,
    peer::{Carrier, Who},
    world::{Node, World, until},
};

on_both!(
    rts_8_a_client_that_does_not_read_is_cut_off_alone_and_resumes_whole,
    rts_10_shutdown_says_goodbye_spreads_the_return_and_leaves_nothing,
    rts_13_a_client_that_takes_nothing_is_cut_off_however_little_waits,
    shutdown_does_not_wait_for_a_client_that_does_not_read,
);

/// A client that says hello and then never reads.
async fn deaf(carrier: Carrier, world: &World, node: &Node) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut socket = socket.connect(node.addr).await.unwrap();
    let (path, more) = match carrier {
        Carrier::Sse => ("/sse", ""),
        Carrier::WebSocket => (
            "/ws?last_event_id=",
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
        ),
    };
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nx-user: {}\r\n{more}\r\n", world.bob);
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut head = [0; 12];
    socket.read_exact(&mut head).await.unwrap();
    socket
}

async fn rts_8_a_client_that_does_not_read_is_cut_off_alone_and_resumes_whole(carrier: Carrier) {
    let world = World::new().await;
    let options = HubOptions {
        queue_bytes: 256 * 1024,
        recent_bytes: 128 * 1024,
        max_replay_events: 1_000_000,
        ..Default::default()
    };
    let node = world.node_with(options).await;
    let who = Who::user(carrier, world.bob);
    let at = who.connect(&node).await.hello().position.clone();
    let _deaf = deaf(carrier, &world, &node).await;
    let mut reader = who.connect(&node).await;
    until("both are live", || node.hub.stats().live == 2).await;
    let big = "x".repeat(60_000);
    let mut sent = 0;
    while node.hub.stats().slow == 0 {
        world.post(world.ann, world.room, &format!("{sent} {big}")).await;
        assert!(reader.text().await.starts_with(&format!("{sent} ")), "the other goes on");
        sent += 1;
        assert!(sent < 2_000, "the socket takes more than that?");
    }
    let mut again = who.resume(&node, &at).await;
    assert_eq!(again.hello().recovered, Recovered::Yes);
    for number in 0..sent {
        assert!(again.text().await.starts_with(&format!("{number} ")));
    }
}

async fn rts_13_a_client_that_takes_nothing_is_cut_off_however_little_waits(carrier: Carrier) {
    let world = World::new().await;
    let options = HubOptions {
        queue_bytes: 256 << 20,
        stall: Duration::from_millis(300),
        ..Default::default()
    };
    let node = world.node_with(options).await;
    let who = Who::user(carrier, world.bob);
    let mut reader = who.connect(&node).await;
    let _deaf = deaf(carrier, &world, &node).await;
    until("both are live", || node.hub.stats().live == 2).await;
    // More than the kernel holds for it, and far less than may wait.
    let big = "x".repeat(60_000);
    let mut sent = 0;
    while node.hub.stats().slow == 0 {
        world.post(world.ann, world.room, &format!("{sent} {big}")).await;
        assert!(reader.text().await.starts_with(&format!("{sent} ")));
        sent += 1;
        assert!(sent < 2_000, "it is never cut off");
    }
    // What carries a stream of events has a deadline of its own for who takes nothing of its end.
    until("it is gone", || match carrier {
        Carrier::Sse => node.hub.stats().live == 1,
        Carrier::WebSocket => node.hub.stats().connections == 1,
    })
    .await;
    world.post(world.ann, world.room, "on").await;
    assert_eq!(reader.text().await, "on", "the other goes on");
}

fn gone(stats: HubStats) -> bool {
    (stats.connections, stats.live, stats.users, stats.leases, stats.tasks) == (0, 0, 0, 0, 0)
}

async fn rts_10_shutdown_says_goodbye_spreads_the_return_and_leaves_nothing(carrier: Carrier) {
    let world = World::new().await;
    let node = world.node().await;
    let who = Who::user(carrier, world.bob);
    let mut peers = Vec::new();
    for _ in 0..10 {
        peers.push(who.connect(&node).await);
    }
    until("the leases are held", || node.hub.stats().leases == 10).await;
    world.post(world.ann, world.room, "before").await;
    until("it is delivered", || node.hub.stats().deliveries >= 10).await;
    let stats = node.hub.shutdown(Duration::from_secs(10)).await;
    let mut waits = Vec::new();
    for peer in &mut peers {
        assert_eq!(peer.text().await, "before", "what was sent before the end arrives");
        let bye = peer.bye().await;
        assert_eq!((bye.code, bye.terminal), (ByeCode::Shutdown, false));
        waits.push(bye.retry_after_ms.unwrap());
    }
    assert!(waits.iter().all(|wait| *wait <= 5_000));
    waits.dedup();
    assert!(waits.len() > 1, "the clients spread: {waits:?}");
    assert!(gone(stats), "{stats:?}");
    let refused = who.try_connect(&node, None).await.err().unwrap();
    assert!(refused.to_string().contains("503"), "{refused}");
    assert!(gone(node.hub.stats()));
}

#[tokio::test]
async fn a_hub_ends_with_its_last_handle() {
    let world = World::new().await;
    let hub = Hub::start(world.engine.clone(), HubOptions::default()).unwrap();
    let viewer = Viewer::trusted(world.bob);
    let mut body = erp_realtime::sse::open(&hub, viewer, Resume::Fresh).await.unwrap().into_body();
    drop(hub);
    let end = async { while body.frame().await.is_some() {} };
    tokio::time::timeout(super::world::PATIENCE, end).await.expect("the end of the stream");
}

async fn shutdown_does_not_wait_for_a_client_that_does_not_read(carrier: Carrier) {
    let world = World::new().await;
    let options = HubOptions { close_linger: Duration::from_millis(200), ..Default::default() };
    let node = world.node_with(options).await;
    let _deaf = deaf(carrier, &world, &node).await;
    until("it is live", || node.hub.stats().live == 1).await;
    let payload = serde_json::json!("x".repeat(30_000));
    for _ in 0..20 {
        let broadcast =
            erp_core::realtime::Broadcast { name: "x".into(), payload: payload.clone() };
        let target = erp_core::realtime::Target::Everyone;
        world.engine.realtime().broadcast(&Ctx::system(), target, broadcast).await.unwrap();
    }
    let shutdown = node.hub.shutdown(Duration::from_secs(3));
    tokio::time::timeout(super::world::PATIENCE, shutdown).await.unwrap();
}
