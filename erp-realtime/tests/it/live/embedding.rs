//! Other servers than axum's, and other streams than TCP.

use std::{convert::Infallible, time::Duration};

use bytes::Bytes;
use erp_realtime::hub::{Hub, HubOptions, Refusal, Viewer};
use futures::{SinkExt, StreamExt};
use http::{Request, Response};
use http_body_util::Empty;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite, DuplexStream, duplex},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest},
};

use super::world::{PATIENCE, World, until};

/// Plain hyper on any stream.
fn serve<IO>(hub: Hub, viewer: Viewer, io: IO)
where
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |mut request: Request<Incoming>| {
        let upgraded: Result<Response<Empty<Bytes>>, Refusal> =
            erp_realtime::websocket::upgrade(&hub, viewer, None, &mut request);
        async move { Ok::<_, Infallible>(upgraded.unwrap()) }
    });
    tokio::spawn(async move {
        let connection = http1::Builder::new().serve_connection(TokioIo::new(io), service);
        let _ = connection.with_upgrades().await;
    });
}

async fn connect<IO>(io: IO) -> WebSocketStream<IO>
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    let request = "ws://host/ws".into_client_request().unwrap();
    let (mut socket, _) = client_async(request, io).await.unwrap();
    socket.send(Message::text(r#"{"resume":null}"#)).await.unwrap();
    socket
}

async fn text<IO: AsyncRead + AsyncWrite + Unpin>(socket: &mut WebSocketStream<IO>) -> String {
    loop {
        let message = timeout(PATIENCE, socket.next()).await.expect("in time");
        match message.expect("the stream goes on").unwrap() {
            Message::Text(text) => return text.to_string(),
            _ => continue,
        }
    }
}

async fn hears<IO: AsyncRead + AsyncWrite + Unpin>(
    world: &World,
    hub: &Hub,
    socket: &mut WebSocketStream<IO>,
) {
    assert!(text(socket).await.contains(r#""frame":"hello""#));
    let long = "x".repeat(50_000);
    for body in ["one", &long, "three"] {
        world.post(world.ann, world.room, body).await;
        while !text(socket).await.contains(&format!("\"{body}\"")) {}
    }
    socket.send(Message::Ping("ping".into())).await.unwrap();
    loop {
        match timeout(PATIENCE, socket.next()).await.unwrap().unwrap().unwrap() {
            Message::Pong(payload) => break assert_eq!(payload, "ping"),
            _ => continue,
        }
    }
    socket.close(None).await.unwrap();
    while let Some(Ok(_)) = timeout(PATIENCE, socket.next()).await.unwrap() {}
    until("nothing is left", || hub.stats().connections == 0).await;
}

#[tokio::test]
async fn a_web_socket_works_under_plain_hyper() {
    let world = World::new().await;
    let hub = Hub::start(world.engine.clone(), HubOptions::default()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    serve(hub.clone(), Viewer::trusted(world.bob), listener.accept().await.unwrap().0);
    hears(&world, &hub, &mut connect(client).await).await;
}

#[tokio::test]
async fn a_web_socket_works_on_any_stream() {
    let world = World::new().await;
    let hub = Hub::start(world.engine.clone(), HubOptions::default()).unwrap();
    // Smaller than a frame: writes are taken in parts.
    let (client, server): (DuplexStream, DuplexStream) = duplex(1_000);
    serve(hub.clone(), Viewer::trusted(world.bob), server);
    hears(&world, &hub, &mut connect(client).await).await;
}

#[tokio::test]
async fn rts_8_a_client_on_any_stream_that_does_not_read_is_dropped() {
    let world = World::new().await;
    let options = HubOptions {
        queue_bytes: 256 * 1024,
        recent_bytes: 128 * 1024,
        close_linger: Duration::from_millis(100),
        ..Default::default()
    };
    let hub = Hub::start(world.engine.clone(), options).unwrap();
    let (client, server) = duplex(1_000);
    serve(hub.clone(), Viewer::trusted(world.bob), server);
    let mut deaf = connect(client).await;
    assert!(text(&mut deaf).await.contains(r#""frame":"hello""#));
    until("it is live", || hub.stats().live == 1).await;
    let big = "x".repeat(60_000);
    for _ in 0..8 {
        world.post(world.ann, world.room, &big).await;
        world.delivered(&hub).await;
    }
    assert_eq!(hub.stats().slow, 1);
    until("it is dropped", || hub.stats().connections == 0).await;
}
