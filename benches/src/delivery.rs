//! How long an event is on its way: from the answer of the commit to the client's socket.

use std::{
    net::SocketAddr,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use axum::{Router, serve::ListenerExt as _};
use erp_core::{
    Ctx, Engine,
    access::{LoginRequest, Password, RequestOrigin},
    chat::NewMessage,
    ids::{RoomId, UserId},
    port::Store,
};
use erp_http::{HttpOptions, RateLimits, router};
use erp_realtime::{Hub, HubOptions};
use erp_store_memory::MemoryStore;
use futures::StreamExt as _;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest as _};

use crate::{fixture::Fixture, pg, report::Figure};

/// Posts per second.
const RATE: u32 = 500;
/// Connections, half over SSE and half over WebSocket, in the same process as the server.
const CLIENTS: usize = 20;
/// What the number of a post follows in its body.
const MARK: &str = "\"body\":\"post ";

/// On PostgreSQL, beside the memory store, which has neither a flush nor a tail to poll.
pub async fn run(seconds: u64) -> Result<()> {
    let cluster = pg::cluster()?;
    let store = pg::store(&cluster, "delivery", 16).await?;
    let mut ours = measure(store, seconds).await?;
    let mut bare = measure(Arc::new(MemoryStore::new()), seconds).await?;
    Figure::print_head();
    for (name, share, target) in [("p50", 0.5, ""), ("p99", 0.99, "≤ 5 ms")] {
        Figure {
            what: format!("commit to socket, PostgreSQL, {RATE} posts/s, {name}, vs memory"),
            ours: quantile(&mut ours, share),
            baseline: quantile(&mut bare, share),
            unit: "ms",
            target,
        }
        .print();
    }
    Ok(())
}

fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    values.get((last as f64 * share).round() as usize).copied().unwrap_or_default()
}

/// The times of all deliveries, in milliseconds; 0 for one that came before the commit's answer.
async fn measure(store: Arc<dyn Store>, seconds: u64) -> Result<Vec<f64>> {
    let fixture = Fixture::new(store, 1, 20).await?;
    let (engine, room, author) = (fixture.engine, fixture.rooms[0].0, fixture.users[1]);
    let (addr, token) = serve(&engine).await?;
    let posts = seconds as usize * RATE as usize;
    let (sender, mut arrivals) = mpsc::unbounded_channel();
    let mut readers = Vec::new();
    for number in 0..CLIENTS {
        let (ready, is_ready) = tokio::sync::oneshot::channel();
        let expected = Expected { left: posts, arrivals: sender.clone(), ready: Some(ready) };
        let token = token.clone();
        readers.push(tokio::spawn(async move {
            match number % 2 {
                0 => read_sse(addr, &token, expected).await,
                _ => read_web_socket(addr, &token, expected).await,
            }
        }));
        is_ready.await.context("a client connects")?;
    }
    drop(sender);
    let answered = post_steadily(engine, room, author, posts).await?;
    for reader in readers {
        reader.await??;
    }
    let mut times = Vec::with_capacity(posts * CLIENTS);
    while let Some((number, arrived)) = arrivals.recv().await {
        let answered = answered[number].get().context("the post is answered")?;
        times.push(arrived.saturating_duration_since(*answered).as_secs_f64() * 1e3);
    }
    ensure!(times.len() == posts * CLIENTS, "every client gets every post");
    Ok(times)
}

/// Serves the engine, and logs the owner in.
async fn serve(engine: &Engine) -> Result<(SocketAddr, String)> {
    let options = HubOptions { connections_per_user: 1_000, ..Default::default() };
    let hub = Hub::start(engine.clone(), options)?;
    let options = HttpOptions { rate_limits: RateLimits::NONE, ..Default::default() };
    let app: Router = router(engine.clone(), hub, options).into();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let addr = listener.local_addr()?;
    // As every host of live streams should: an event leaves at once, whatever was not acknowledged.
    let listener = listener.tap_io(|socket| drop(socket.set_nodelay(true)));
    tokio::spawn(axum::serve(listener, app).into_future());
    let login = LoginRequest {
        email: "owner@bench.invalid".to_owned(),
        password: Password::new("a long enough password"),
        device: Default::default(),
    };
    let login = engine.access().login(&RequestOrigin::default(), login).await?;
    Ok((addr, login.token.expose().to_owned()))
}

/// Posts at the rate, whether or not the posts before are answered; when each of them was.
async fn post_steadily(
    engine: Engine,
    room: RoomId,
    author: UserId,
    posts: usize,
) -> Result<Arc<Vec<OnceLock<Instant>>>> {
    let answered: Arc<Vec<OnceLock<Instant>>> =
        Arc::new((0..posts).map(|_| OnceLock::new()).collect());
    let mut pace = tokio::time::interval(Duration::from_secs(1) / RATE);
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..posts {
        pace.tick().await;
        let (engine, answered) = (engine.clone(), answered.clone());
        tasks.spawn(async move {
            let text = NewMessage::text(format!("post {number} {}", "x".repeat(280)));
            engine.chat().post(&Ctx::user(author), room, text).await?;
            answered[number].get_or_init(Instant::now);
            anyhow::Ok(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(answered)
}

/// The number of the post that this frame tells of.
fn number_in(frame: &str) -> Option<usize> {
    frame.split_once(MARK)?.1.split(' ').next()?.parse().ok()
}

type Arrivals = mpsc::UnboundedSender<(usize, Instant)>;

/// What a client has still to get.
struct Expected {
    left: usize,
    arrivals: Arrivals,
    /// Told with the first frame.
    ready: Option<tokio::sync::oneshot::Sender<()>>,
}

impl Expected {
    /// Notes a frame; whether more are to come.
    fn note(&mut self, frame: &str) -> Result<bool> {
        if let Some(ready) = self.ready.take() {
            let _ = ready.send(());
        }
        if let Some(number) = number_in(frame) {
            self.arrivals.send((number, Instant::now()))?;
            self.left -= 1;
        }
        Ok(self.left > 0)
    }
}

async fn read_sse(addr: SocketAddr, token: &str, mut expected: Expected) -> Result<()> {
    let mut socket = TcpStream::connect(addr).await?;
    let head = format!(
        "GET /api/realtime/stream HTTP/1.1\r\nHost: {addr}\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).await?;
    let mut lines = BufReader::new(socket).lines();
    loop {
        let line = lines.next_line().await?.context("the stream ended")?;
        if let Some(frame) = line.strip_prefix("data: ")
            && !expected.note(frame)?
        {
            return Ok(());
        }
    }
}

async fn read_web_socket(addr: SocketAddr, token: &str, mut expected: Expected) -> Result<()> {
    let mut request = format!("ws://{addr}/api/realtime/ws").into_client_request()?;
    request.headers_mut().insert("Authorization", format!("Bearer {token}").parse()?);
    let stream = TcpStream::connect(addr).await?;
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await?;
    futures::SinkExt::send(&mut socket, Message::text(r#"{"resume":null}"#)).await?;
    loop {
        let message = socket.next().await.context("the stream ended")??;
        if let Message::Text(frame) = message
            && !expected.note(&frame)?
        {
            return Ok(());
        }
    }
}
