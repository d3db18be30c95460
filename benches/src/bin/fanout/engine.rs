//! The engine's hub over the memory store. A published message is a broadcast to a room: it is
//! authorized, audited, logged and then delivered.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use anyhow::Result;
use axum::{
    Json, Router,
    body::Body,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use erp_core::{
    Ctx, Engine,
    access::{BuiltInRole, NewOwner, NewUser, Password},
    chat::{NewRoom, RoomKind},
    ids::{RoomId, UserId},
    realtime::Broadcast,
    system::Argon2Passwords,
};
use erp_realtime::{
    hub::{Hub, HubOptions, Refusal, Viewer},
    resume::Resume,
    sse, websocket,
};
use erp_store_memory::MemoryStore;
use futures::FutureExt;
use hyper::server::conn::http1;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use serde_json::{Value, json};
use tokio::net::TcpListener;

struct App {
    engine: Engine,
    hub: Hub,
    room: RoomId,
    users: Vec<UserId>,
    next: AtomicUsize,
}

impl App {
    fn next_viewer(&self) -> Viewer {
        Viewer::trusted(self.users[self.next.fetch_add(1, Relaxed) % self.users.len()])
    }
}

/// What carries the engine's HTTP.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Http {
    /// hyper's HTTP/1.1, as `examples/hyper.rs` shows it.
    Hyper,
    /// `axum::serve`: HTTP/1.1 and HTTP/2, and larger for it.
    Axum,
}

/// Serves until it is killed.
pub async fn serve(listen: SocketAddr, users: usize, http: Http) -> Result<()> {
    // What hashing one password takes (19 MiB) would hide what connections take.
    let passwords = Argon2Passwords::with_params(8, 1, 1)?;
    let engine =
        Engine::builder(Arc::new(MemoryStore::new())).passwords(Arc::new(passwords)).build()?;
    let (room, users) = room(&engine, users).await?;
    let options =
        HubOptions { connections: 100_000, connections_per_user: 100_000, ..HubOptions::default() };
    let hub = Hub::start(engine.clone(), options)?;
    let app = App { engine, hub, room, users, next: AtomicUsize::new(0) };
    let router = Router::new()
        .route("/sse", get(stream))
        .route("/ws", get(web_socket))
        .route("/pub", post(publish))
        .route("/stats", get(stats))
        .with_state(Arc::new(app));
    let listener = TcpListener::bind(listen).await?;
    match http {
        Http::Axum => Ok(axum::serve(listener, router).await?),
        Http::Hyper => serve_hyper(listener, router).await,
    }
}

async fn serve_hyper(listener: TcpListener, router: Router) -> Result<()> {
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        let service = TowerToHyperService::new(router.clone());
        let connection = http1::Builder::new().serve_connection(TokioIo::new(socket), service);
        // A client that goes away is no error of the server's. An `async` block around the
        // connection would hold it twice.
        tokio::spawn(connection.with_upgrades().map(drop));
    }
}

async fn room(engine: &Engine, count: usize) -> Result<(RoomId, Vec<UserId>)> {
    let system = Ctx::system();
    let owner = NewOwner {
        email: "owner@bench.invalid".to_owned(),
        display_name: "Owner".to_owned(),
        password: Password::new("a long enough password"),
    };
    let mut users = vec![engine.access().set_up(&system, owner).await?.id];
    for number in 1..count {
        let user = NewUser {
            email: format!("user-{number}@bench.invalid"),
            display_name: format!("User {number}"),
            password: None,
            roles: vec![BuiltInRole::MEMBER.id],
        };
        users.push(engine.access().create_user(&system, user).await?.id);
    }
    let room = NewRoom {
        kind: RoomKind::Channel,
        name: "everybody".to_owned(),
        topic: None,
        project: None,
        history: None,
        members: Vec::new(),
    };
    let room = engine.chat().create_room(&Ctx::user(users[0]), room).await?.id;
    for user in &users[1..] {
        engine.chat().join(&Ctx::user(*user), room).await?;
    }
    Ok((room, users))
}

fn refused(refusal: &Refusal) -> Response {
    let problem = refusal.problem();
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(problem)).into_response()
}

async fn stream(State(app): State<Arc<App>>) -> Response {
    match sse::open(&app.hub, app.next_viewer(), Resume::Fresh).await {
        Ok(response) => response.map(Body::new),
        Err(refusal) => refused(&refusal),
    }
}

async fn web_socket(State(app): State<Arc<App>>, mut request: Request) -> Response {
    match websocket::upgrade(&app.hub, app.next_viewer(), Some(Resume::Fresh), &mut request) {
        Ok(response) => response.map(Body::new),
        Err(refusal) => refused(&refusal),
    }
}

async fn publish(State(app): State<Arc<App>>, Json(body): Json<Value>) -> StatusCode {
    // The engine keeps a payload as a value, whose keys are sorted; the load generator wants the
    // number of the message right after its time.
    let payload = json!({ "body": body["body"], "ts": body["ts"], "tsq": body["seq"] });
    let broadcast = Broadcast { name: "chat_message".to_owned(), payload };
    match app.engine.realtime().to_room(&Ctx::system(), app.room, broadcast).await {
        Ok(_) => StatusCode::ACCEPTED,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

async fn stats(State(app): State<Arc<App>>) -> String {
    format!("{:?}\n", app.hub.stats())
}
