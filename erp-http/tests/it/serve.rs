//! What a client may hold up, and for how long.

use std::{net::SocketAddr, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::Request,
    routing::{get, post},
};
use erp_http::{HttpOptions, RateLimits, ServeOptions, ServeStats, Server, router};
use erp_realtime::{
    hub::{Hub, HubOptions},
    websocket::TakeSocket,
};
use futures::{SinkExt, StreamExt};
use http_body_util::BodyExt;
use hyper_util::rt::{TokioExecutor, TokioIo};
use reqwest::Method;
use serde_json::json;
use std::sync::Arc;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Notify, oneshot},
    task::JoinHandle,
    time::timeout,
};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};

use super::world::{Person, World};

/// How long a fact may take to come true.
const PATIENCE: Duration = Duration::from_secs(30);
/// Longer than any test takes.
const LONG: Duration = Duration::from_secs(600);
const SHORT: Duration = Duration::from_millis(150);

/// No limit that a test comes to, unless it sets it.
fn lenient() -> ServeOptions {
    ServeOptions {
        header_timeout: LONG,
        idle_timeout: LONG,
        progress_timeout: LONG,
        drain: PATIENCE,
        ..ServeOptions::default()
    }
}

/// A server with routes of its own beside the engine's.
struct Host {
    world: World,
    address: SocketAddr,
    server: Arc<Server<Router>>,
    accepting: JoinHandle<()>,
    /// Lets the request to `/held` go.
    held: Arc<Notify>,
}

impl Drop for Host {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Host {
    async fn start(options: ServeOptions) -> Self {
        Self::with(options, HubOptions::default()).await
    }

    /// It accepts as a host does that has a loop of its own.
    async fn with(options: ServeOptions, hub: HubOptions) -> Self {
        let world = World::start().await;
        let hub = Hub::start(world.engine.clone(), hub).unwrap();
        let http = HttpOptions { rate_limits: RateLimits::NONE, ..HttpOptions::default() };
        let held = Arc::new(Notify::new());
        let erp = router(world.engine.clone(), hub.clone(), http).into_axum_router();
        let app = erp.merge(own_routes(held.clone()));
        let server = Arc::new(Server::new(app, hub, options).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let own = server.clone();
        let accepting = tokio::spawn(async move {
            while let Ok((stream, peer)) = listener.accept().await {
                own.admit(stream, Some(peer));
            }
        });
        Self { world, address, server, accepting, held }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// A connection on which this was said.
    async fn say(&self, text: &str) -> TcpStream {
        let mut stream = self.connect().await;
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }

    /// Waits until the server's numbers are like this.
    async fn until(&self, what: &str, holds: impl Fn(ServeStats) -> bool) {
        let wait = async {
            while !holds(self.server.stats()) {
                tokio::task::yield_now().await;
            }
        };
        let came = timeout(PATIENCE, wait).await;
        assert!(came.is_ok(), "{what}: {:?}", self.server.stats());
    }
}

fn own_routes(held: Arc<Notify>) -> Router {
    let large = Bytes::from(vec![b'x'; 64 << 20]);
    let entered = async move || {
        held.notified().await;
        "late"
    };
    Router::new()
        .route("/", get(async || "home"))
        .route("/large", get(async move || large.clone()))
        .route("/held", get(entered))
        .route("/count", post(count))
        .route("/bare", get(bare))
}

async fn count(body: Body) -> String {
    match body.collect().await {
        Ok(body) => body.to_bytes().len().to_string(),
        Err(_) => "broken".to_owned(),
    }
}

/// Upgrades, and says over the bare socket whether it came by it.
async fn bare(mut request: Request) -> http::Response<Body> {
    let take: TakeSocket = *request.extensions().get().unwrap();
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let mut taken = (take.0)(upgrade.await.unwrap()).expect("the bare socket");
        taken.stream.write_all(b"bare").await.unwrap();
        // Held until the client goes.
        let _ = taken.stream.read(&mut [0; 1]).await;
        drop(taken);
    });
    http::Response::builder()
        .status(101)
        .header("connection", "upgrade")
        .header("upgrade", "test")
        .body(Body::empty())
        .unwrap()
}

/// Reads until the server ends the connection.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset is an end too.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("it is still open");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads one answer of a connection that stays open, up to this text.
async fn read_to(stream: &mut TcpStream, end: &str) -> String {
    let mut text = String::new();
    let mut buffer = [0; 1024];
    let read = async {
        while !text.ends_with(end) {
            let read = stream.read(&mut buffer).await.unwrap();
            assert!(read > 0, "it ended: {text}");
            text.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
        }
    };
    timeout(PATIENCE, read).await.expect("no answer");
    text
}

#[tokio::test]
async fn rts_13_silence_and_half_a_head_are_cut_off() {
    let host = Host::start(ServeOptions { header_timeout: SHORT, ..lenient() }).await;
    for half in ["", "G", "GET / HTTP/1.1\r\nHost: x\r\nX-Long: ", "PRI * HTTP/2.0\r\n\r\nSM"] {
        assert_eq!(rest(&mut host.say(half).await).await, "", "{half:?}");
    }
    // The next one on a connection that was of use has the same time.
    let mut used = host.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(read_to(&mut used, "home").await.starts_with("HTTP/1.1 200"));
    used.write_all(b"GET / HT").await.unwrap();
    assert_eq!(rest(&mut used).await, "");
    host.until("all are told of", |stats| stats.cut_off == 5 && stats.connections == 0).await;
}

#[tokio::test]
async fn rts_13_an_unused_connection_is_closed_and_a_used_one_is_kept() {
    let host = Host::start(ServeOptions { idle_timeout: SHORT, ..lenient() }).await;
    let mut stream = host.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    read_to(&mut stream, "home").await;
    stream.write_all(b"GET /held HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut other = host.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    read_to(&mut other, "home").await;
    assert_eq!(rest(&mut other).await, "", "nothing was asked any more");
    // A request whose answer takes long is not idle.
    host.held.notify_one();
    read_to(&mut stream, "late").await;
    assert_eq!(rest(&mut stream).await, "");
    host.until("both are closed", |stats| stats.idle == 2 && stats.cut_off == 0).await;
}

#[tokio::test]
async fn rts_13_of_1100_idle_sockets_few_are_let_in_and_others_go_on() {
    let caps = ServeOptions {
        max_connections: Some(60),
        max_connections_per_address: Some(50),
        ..lenient()
    };
    let host = Host::start(caps).await;
    let mut inside = Vec::new();
    for _ in 0..50 {
        inside.push(host.say("GET / HTTP/1.1\r\n").await);
    }
    host.until("they are in", |stats| stats.connections == 50).await;
    for _ in 50..1_100 {
        let mut refused = host.connect().await;
        assert_eq!(rest(&mut refused).await, "");
    }
    let stats = host.server.stats();
    assert_eq!((stats.connections, stats.refused), (50, 1_050));
    drop(inside.pop());
    host.until("a place is free", |stats| stats.connections == 49).await;
    let mut next = host.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    read_to(&mut next, "home").await;
}

#[tokio::test]
async fn rts_13_the_connections_of_a_proxy_count_only_in_all() {
    let host = Host::start(ServeOptions {
        max_connections: Some(8),
        max_connections_per_address: Some(2),
        trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()],
        ..lenient()
    })
    .await;
    let mut inside = Vec::new();
    for _ in 0..8 {
        let mut stream = host.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
        read_to(&mut stream, "home").await;
        inside.push(stream);
    }
    assert_eq!(rest(&mut host.connect().await).await, "", "it is full");
}

#[tokio::test]
async fn rts_13_a_body_that_does_not_come_is_cut_off() {
    let host = Host::start(ServeOptions { progress_timeout: SHORT, ..lenient() }).await;
    let head = "POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n";
    let mut slow = host.say(&format!("{head}{}", "x".repeat(4_000))).await;
    assert_eq!(rest(&mut slow).await, "");
    host.until("it is told of", |stats| stats.cut_off == 1).await;
    let mut whole = host.say(&format!("{head}{}", "x".repeat(5_000))).await;
    assert!(read_to(&mut whole, "5000").await.contains("200 OK"));
}

#[tokio::test]
async fn rts_13_a_client_that_does_not_read_its_answer_is_cut_off() {
    let host = Host::start(ServeOptions { progress_timeout: SHORT, ..lenient() }).await;
    let mut stream = host.say("GET /large HTTP/1.1\r\nHost: x\r\n\r\n").await;
    host.until("it is told of", |stats| stats.cut_off == 1 && stats.connections == 0).await;
    assert!(rest(&mut stream).await.len() < 64 << 20, "the answer is not whole");
}

#[tokio::test]
async fn rts_13_http_2_has_the_same_deadlines() {
    let host = Host::start(ServeOptions { progress_timeout: SHORT, ..lenient() }).await;
    let io = TokioIo::new(host.connect().await);
    let (mut send, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
    let connection = tokio::spawn(connection);
    let mut get = async |path: &str| {
        let request = http::Request::get(format!("http://x{path}"));
        send.send_request(request.body(Body::empty()).unwrap()).await.unwrap()
    };
    assert_eq!(get("/").await.collect().await.unwrap().to_bytes(), "home");
    // The socket is free: it is the stream that the client does not read on.
    let unread = get("/large").await;
    assert_eq!(unread.status(), 200);
    host.until("it is told of", |stats| stats.cut_off == 1 && stats.connections == 0).await;
    drop(timeout(PATIENCE, connection).await.expect("it is over"));
}

#[tokio::test]
async fn rts_13_live_streams_outlast_every_limit_while_they_take_their_heartbeats() {
    let limits = ServeOptions {
        header_timeout: SHORT,
        idle_timeout: SHORT,
        progress_timeout: SHORT,
        ..lenient()
    };
    let hub = HubOptions { heartbeat: SHORT / 3, ..HubOptions::default() };
    let host = Host::with(limits, hub).await;
    let token = host.world.token(Person::Ann).await;
    let sse = async {
        let url = format!("http://{}/api/realtime/stream", host.address);
        let mut stream = host.world.client.get(url).bearer_auth(&token).send().await.unwrap();
        for _ in 0..15 {
            assert!(stream.chunk().await.unwrap().is_some(), "it ended");
        }
    };
    let ws = async {
        let url = format!("ws://{}/api/realtime/ws", host.address);
        let mut request = url.into_client_request().unwrap();
        let bearer = format!("Bearer {token}").parse().unwrap();
        request.headers_mut().insert("authorization", bearer);
        let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
        socket.send(Message::text(r#"{"resume": null}"#)).await.unwrap();
        for _ in 0..15 {
            let message = socket.next().await.expect("it ended").unwrap();
            assert!(message.is_text(), "{message}");
        }
        assert!(host.server.stats().connections >= 1, "a WebSocket has its place");
    };
    timeout(PATIENCE, async { tokio::join!(sse, ws) }).await.expect("frames in time");
    host.until("their places are free", |stats| stats.connections == 0).await;
    assert_eq!(host.server.stats().cut_off, 0);
}

#[tokio::test]
async fn a_websocket_is_carried_by_its_bare_socket_and_keeps_its_place() {
    let host = Host::start(lenient()).await;
    let upgrade = "GET /bare HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: test\r\n\r\n";
    let mut stream = host.say(upgrade).await;
    assert!(read_to(&mut stream, "bare").await.starts_with("HTTP/1.1 101"));
    assert_eq!(host.server.stats().connections, 1);
    drop(stream);
    host.until("its place is free", |stats| stats.connections == 0).await;
}

/// A server on a listener of axum's, as the README has it.
async fn run(
    options: ServeOptions,
) -> (World, SocketAddr, oneshot::Sender<()>, JoinHandle<()>, Arc<Notify>) {
    let world = World::start().await;
    let held = Arc::new(Notify::new());
    let erp = router(world.engine.clone(), world.hub.clone(), HttpOptions::default());
    let app = erp.into_axum_router().merge(own_routes(held.clone()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let server = Server::new(app, world.hub.clone(), options).unwrap();
    let running = tokio::spawn(server.run(listener, async { drop(stopped.await) }));
    (world, address, stop, running, held)
}

#[tokio::test]
async fn rts_10_a_server_that_stops_ends_streams_and_answers_what_is_under_way() {
    let (world, address, stop, running, held) = run(lenient()).await;
    let token = world.token(Person::Ann).await;
    let url = format!("http://{address}/api/realtime/stream");
    let mut stream = world.client.get(url).bearer_auth(token).send().await.unwrap();
    assert!(stream.chunk().await.unwrap().is_some());
    let mut idle = TcpStream::connect(address).await.unwrap();
    idle.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    read_to(&mut idle, "home").await;
    let mut late = TcpStream::connect(address).await.unwrap();
    late.write_all(b"GET /held HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    // The one after it is answered, so it has begun.
    let mut other = TcpStream::connect(address).await.unwrap();
    other.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    read_to(&mut other, "home").await;
    stop.send(()).unwrap();
    let mut text = String::new();
    while let Some(chunk) = timeout(PATIENCE, stream.chunk()).await.unwrap().unwrap() {
        text.push_str(&String::from_utf8_lossy(&chunk));
    }
    assert!(text.contains("\"shutdown\""), "{text}");
    assert_eq!(rest(&mut idle).await, "");
    assert!(!running.is_finished(), "a request is under way");
    held.notify_one();
    assert!(rest(&mut late).await.ends_with("late"));
    timeout(PATIENCE, running).await.expect("it ends").unwrap();
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens");
}

#[tokio::test]
async fn rts_10_a_server_that_stops_waits_only_so_long() {
    let (_world, address, stop, running, _held) =
        run(ServeOptions { drain: SHORT, ..lenient() }).await;
    let mut late = TcpStream::connect(address).await.unwrap();
    late.write_all(b"GET /held HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut other = TcpStream::connect(address).await.unwrap();
    other.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    read_to(&mut other, "home").await;
    stop.send(()).unwrap();
    timeout(PATIENCE, running).await.expect("it ends").unwrap();
    assert_eq!(rest(&mut late).await, "");
}

#[tokio::test]
async fn handlers_know_whose_address_a_request_comes_from() {
    let (world, address, _stop, running, _held) = run(lenient()).await;
    let login = json!({ "email": Person::Ann.email(), "password": super::world::PASSWORD });
    let url = format!("http://{address}/api/auth/login");
    let answer = world.client.request(Method::POST, url).json(&login).send().await.unwrap();
    let answer: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(answer["session"]["ip"], "127.0.0.0");
    running.abort();
}
