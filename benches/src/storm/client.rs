//! A client that is written against `docs/protocol.md` alone: it shares no code with the server.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, bail};
use erp_core::change::Position;
use futures::StreamExt as _;
use serde_json::Value;
use tokio::{sync::watch, time::timeout};
use tokio_tungstenite::tungstenite::{self, client::IntoClientRequest as _};

use super::setup::Organisation;

/// Without a frame for so long (three heartbeats) the connection counts as dead.
const SILENCE: Duration = Duration::from_secs(45);

/// How a client connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Server-sent events.
    Sse,
    /// WebSocket.
    WebSocket,
}

/// What a client does.
pub struct Plan {
    /// Whose token it has.
    pub user: usize,
    /// How it connects.
    pub transport: Transport,
    /// How often it is cut off.
    pub cuts: usize,
    /// Seed of its choices.
    pub seed: u64,
}

/// What a client got.
pub struct Received {
    /// Whose client it is.
    pub user: usize,
    /// The position of its first `hello`: it has a right to every event after it.
    pub from: Position,
    /// The positions of `chat.message_posted` that came, in the order of their coming.
    pub positions: Vec<i64>,
    /// How often it connected.
    pub connections: usize,
}

struct State {
    got: Received,
    epoch: Option<String>,
    last: i64,
    random: u64,
}

/// Connects, reads and is cut off, until it is told the head of the log and has reached it.
pub async fn run(
    plan: Plan,
    org: Arc<Organisation>,
    addrs: [SocketAddr; 2],
    calm: watch::Receiver<Option<Position>>,
) -> Result<Received> {
    let got =
        Received { user: plan.user, from: Position::START, positions: Vec::new(), connections: 0 };
    let mut state = State { got, epoch: None, last: 0, random: plan.seed | 1 };
    let token = &org.users[plan.user].token;
    loop {
        let head = *calm.borrow();
        if head.is_some_and(|head| state.last >= head.0) {
            return Ok(state.got);
        }
        let addr = addrs[state.draw(2) as usize];
        let cut_after = (state.got.connections <= plan.cuts && head.is_none())
            .then(|| Duration::from_millis(200 + state.draw(2_000)));
        let read = async {
            match plan.transport {
                Transport::Sse => sse(addr, token, &mut state, calm.clone()).await,
                Transport::WebSocket => web_socket(addr, token, &mut state, calm.clone()).await,
            }
        };
        // Dropping the future drops the socket in the middle of whatever came.
        let ended = match cut_after {
            Some(after) => timeout(after, read).await.unwrap_or(Ok(())),
            None => read.await,
        };
        if let Err(error) = ended
            && let Some(broken) = error.downcast_ref::<Broken>()
        {
            bail!("client of user {}: {}", plan.user, broken.0);
        }
        tokio::time::sleep(Duration::from_millis(state.draw(100))).await;
    }
}

/// The protocol was broken: no reconnect heals that.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Broken(String);

impl State {
    /// A pseudo-random number below `bound` (xorshift64).
    fn draw(&mut self, bound: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % bound
    }

    fn resume(&self) -> Option<String> {
        self.epoch.as_ref().map(|epoch| format!("{epoch}-{}", self.last))
    }

    /// Takes a frame; whether the connection goes on.
    fn frame(&mut self, text: &str) -> Result<bool> {
        let frame: Value = serde_json::from_str(text)?;
        let broken = |what: &str| Broken(format!("{what}: {text}"));
        let kind = frame["frame"].as_str().unwrap_or_default();
        let position = frame["position"].as_str().and_then(|id| id.rsplit_once('-'));
        let position = position.and_then(|(epoch, at)| Some((epoch, at.parse::<i64>().ok()?)));
        match (kind, position) {
            ("hello", Some((epoch, at))) => {
                self.got.connections += 1;
                let recovered = frame["recovered"].as_str();
                if self.epoch.is_none() {
                    self.epoch = Some(epoch.to_owned());
                    self.last = at;
                    self.got.from = Position(at);
                } else if recovered != Some("true") {
                    return Err(broken("the log has everything, yet it must reload").into());
                }
            }
            ("event", Some((_, at))) => {
                if at <= self.last {
                    return Err(broken("not after the one before").into());
                }
                self.last = at;
                if frame["type"] == "chat.message_posted" {
                    self.got.positions.push(at);
                }
            }
            ("heartbeat", Some((_, at))) => self.last = self.last.max(at),
            ("bye", _) => return Ok(false),
            _ => return Err(broken("not a frame").into()),
        }
        Ok(true)
    }

    fn arrived(&self, calm: &watch::Receiver<Option<Position>>) -> bool {
        calm.borrow().is_some_and(|head| self.last >= head.0)
    }
}

async fn sse(
    addr: SocketAddr,
    token: &str,
    state: &mut State,
    calm: watch::Receiver<Option<Position>>,
) -> Result<()> {
    let mut request =
        reqwest::Client::new().get(format!("http://{addr}/api/realtime/stream")).bearer_auth(token);
    if let Some(id) = state.resume() {
        request = request.header("Last-Event-ID", id);
    }
    let answer = request.send().await?.error_for_status()?;
    let mut bytes = answer.bytes_stream();
    let mut buffer = Vec::new();
    while !state.arrived(&calm) {
        let chunk = timeout(SILENCE, bytes.next()).await?.context("the stream ended")??;
        buffer.extend_from_slice(&chunk);
        while let Some(end) = buffer.windows(2).position(|pair| pair == b"\n\n") {
            let event: Vec<u8> = buffer.drain(..end + 2).collect();
            for line in String::from_utf8(event)?.lines() {
                if let Some(data) = line.strip_prefix("data: ")
                    && !state.frame(data)?
                {
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}

async fn web_socket(
    addr: SocketAddr,
    token: &str,
    state: &mut State,
    calm: watch::Receiver<Option<Position>>,
) -> Result<()> {
    let mut request = format!("ws://{addr}/api/realtime/ws").into_client_request()?;
    request.headers_mut().insert("Authorization", format!("Bearer {token}").parse()?);
    let stream = tokio::net::TcpStream::connect(addr).await?;
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await?;
    let resume = serde_json::json!({ "resume": state.resume() }).to_string();
    futures::SinkExt::send(&mut socket, tungstenite::Message::text(resume)).await?;
    while !state.arrived(&calm) {
        let message = timeout(SILENCE, socket.next()).await?.context("the stream ended")??;
        if let tungstenite::Message::Text(text) = message
            && !state.frame(&text)?
        {
            return Ok(());
        }
    }
    Ok(())
}
