//! The client that comes back.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use erp_core::{
    Ctx,
    ids::{ConnectionId, UserId},
};
use erp_realtime::{
    client::{
        Backoff, Client, ClientOptions, Closed, ConnectError, Connector, Signal, SseConnector,
        Status, Target, WebSocketConnector,
    },
    frame::ByeCode,
    hub::HubOptions,
    resume::ResumePoint,
};
use futures::{SinkExt, StreamExt};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

use super::{
    on_both,
    peer::{Carrier, Who},
    world::{PATIENCE, World},
};

on_both!(
    rtc_4_and_rtc_5_cuts_and_a_restart_lose_and_double_nothing,
    rtc_1_nothing_follows_a_disconnect,
    rtc_2_a_terminal_end_is_not_tried_again,
    rts_14_a_frame_that_cannot_be_read_ends_in_a_reload,
);

fn options() -> ClientOptions {
    ClientOptions {
        backoff: Backoff::new(Duration::from_millis(1), Duration::from_millis(20)),
        ..Default::default()
    }
}

async fn next(client: &mut Client) -> Signal {
    timeout(PATIENCE, client.next()).await.expect("a signal in time").expect("a signal")
}

async fn rtc_4_and_rtc_5_cuts_and_a_restart_lose_and_double_nothing(carrier: Carrier) {
    let world = World::new().await;
    let options_of_hub =
        HubOptions { shutdown_spread: Duration::from_millis(1), ..Default::default() };
    let node = world.node_with(options_of_hub).await;
    let who = Who::user(carrier, world.bob);
    let mut client = Client::new(Arc::from(who.connector(&node)), options(), None);
    assert_eq!(*client.status(), Status::Idle);
    assert!(matches!(next(&mut client).await, Signal::Load(_)));
    assert_eq!(*client.status(), Status::Open);
    let (mut got, mut resumed) = (Vec::new(), 0);
    for number in 0..60 {
        world.post(world.ann, world.room, &number.to_string()).await;
        if number % 7 == 3 {
            client.cut();
        }
        while got.len() <= number {
            match next(&mut client).await {
                Signal::Event(event) if event.kind == "chat.message_posted" => {
                    got.push(event.data["body"].as_str().unwrap().parse::<usize>().unwrap());
                }
                Signal::Resumed(_) => resumed += 1,
                Signal::Event(_) | Signal::Lost { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(got, (0..60).collect::<Vec<_>>());
    assert_eq!(resumed, 9);
}

async fn rtc_1_nothing_follows_a_disconnect(carrier: Carrier) {
    let world = World::new().await;
    let node = world.node().await;
    let who = Who::user(carrier, world.bob);
    let mut client = Client::new(Arc::from(who.connector(&node)), options(), None);
    next(&mut client).await;
    client.disconnect();
    assert_eq!(*client.status(), Status::Closed(Closed::Disconnected));
    assert_eq!(client.next().await, None);
    drop(client);
    super::world::until("the server notices", || node.hub.stats().connections == 0).await;
}

async fn rtc_2_a_terminal_end_is_not_tried_again(carrier: Carrier) {
    let world = World::new().await;
    let node = world.node().await;
    let session = world.login("bob").await;
    let who = Who::user(carrier, world.bob).session(session);
    let mut client = Client::new(Arc::from(who.connector(&node)), options(), None);
    next(&mut client).await;
    world.engine.access().revoke_sessions(&Ctx::system(), world.bob).await.unwrap();
    let closed = loop {
        match next(&mut client).await {
            Signal::Event(_) => {}
            other => break other,
        }
    };
    assert!(matches!(closed, Signal::Closed(Closed::Bye(bye)) if bye.code == ByeCode::Revoked));
    assert_eq!(client.next().await, None);
}

/// A server that says, to those who go on where they were, something that they cannot read, each time
/// again; and to those who begin, that something happened.
async fn odd_server(carrier: Carrier, odd: String) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(carrier, stream, odd.clone()));
        }
    });
    address
}

async fn answer(carrier: Carrier, mut stream: TcpStream, odd: String) {
    let frames = |goes_on: bool| {
        let connection = ConnectionId::from_uuid(Uuid::from_u128(1));
        let user = UserId::from_uuid(Uuid::from_u128(2));
        let (recovered, position) = if goes_on { ("true", "e1-5") } else { ("fresh", "e1-6") };
        let hello = json!({
            "frame": "hello", "connection": connection, "epoch": "e1", "position": position,
            "recovered": recovered, "user": user, "heartbeat_s": 60,
        });
        let event = json!({
            "frame": "event", "position": "e1-7", "at": "2026-01-01T00:00:00Z", "actor": "system",
            "type": "later.thing", "data": 1,
        });
        [hello.to_string(), if goes_on { odd.clone() } else { event.to_string() }]
    };
    match carrier {
        Carrier::Sse => {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            let head = String::from_utf8(head).unwrap().to_lowercase();
            let mut text = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n".to_owned();
            for frame in frames(head.contains("last-event-id: e1-5")) {
                text.push_str(&format!("data: {frame}\n\n"));
            }
            stream.write_all(text.as_bytes()).await.unwrap();
            let _ = stream.read_u8().await;
        }
        Carrier::WebSocket => {
            let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
            let first = socket.next().await.unwrap().unwrap().to_string();
            for frame in frames(first.contains("e1-5")) {
                socket.send(Message::text(frame)).await.unwrap();
            }
            let _ = socket.next().await;
        }
    }
}

async fn rts_14_a_frame_that_cannot_be_read_ends_in_a_reload(carrier: Carrier) {
    let event = |kind: &str, data: &str| {
        format!(
            r#"{{"frame":"event","position":"e1-6","at":"2026-01-01T00:00:00Z","actor":"system","type":"{kind}","data":{data}}}"#
        )
    };
    let deep = format!("{}1{}", "[".repeat(126), "]".repeat(126));
    for odd in [
        "no JSON".to_owned(),
        event("broadcast.sent", &format!(r#"{{"name":"n","payload":{deep}}}"#)),
        event("chat.read_moved", r#"{"of":"another shape"}"#),
        event("broadcast.sent", &format!(r#"{{"name":"n","payload":"{}"}}"#, "x".repeat(65 << 20))),
    ] {
        let server = odd_server(carrier, odd).await;
        let target = Target::new(server.to_string(), "/");
        let connector: Arc<dyn Connector> = match carrier {
            Carrier::Sse => Arc::new(SseConnector::new(target)),
            Carrier::WebSocket => Arc::new(WebSocketConnector::new(target)),
        };
        let from: ResumePoint = "e1-5".parse().unwrap();
        let mut client = Client::new(connector, options(), Some(from));
        assert!(matches!(next(&mut client).await, Signal::Resumed(_)));
        let lost = next(&mut client).await;
        assert!(
            matches!(&lost, Signal::Lost { error: ConnectError::Protocol(_), .. }),
            "{:.200}",
            format!("{lost:?}")
        );
        let hello = next(&mut client).await;
        assert!(matches!(&hello, Signal::Load(hello) if hello.position.to_string() == "e1-6"));
        assert!(
            matches!(next(&mut client).await, Signal::Event(event) if event.kind == "later.thing")
        );
    }
}
