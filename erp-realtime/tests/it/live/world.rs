//! An organisation with three people and a room, and servers with nothing but live delivery.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::get,
};
use erp_core::{
    Ctx, Engine, EngineOptions,
    access::{BuiltInRole, DeviceInfo, LoginRequest, NewOwner, NewUser, Password, RequestOrigin},
    chat::{Message, NewMessage, NewRoom, RoomKind},
    ids::{RoomId, SessionId, UserId},
    port::{Clock, Store},
    presence::PresenceTiming,
    system::{Argon2Passwords, SystemClock},
};
use erp_realtime::{
    hub::{Hub, HubOptions, Refusal, Viewer},
    resume::{Resume, requested},
    sse, websocket,
};
use erp_store_memory::MemoryStore;
use tokio::{
    net::TcpListener,
    runtime::{Builder, Runtime},
    time::timeout,
};

pub const PASSWORD: &str = "correct horse battery";
/// How long a condition may take to come true before the test counts as failed.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The organisation, and as many nodes as a test starts.
pub struct World {
    pub engine: Engine,
    pub owner: UserId,
    /// A member.
    pub ann: UserId,
    /// A member.
    pub bob: UserId,
    /// A guest: he sees only those with whom he shares a room.
    pub gus: UserId,
    /// A group with Ann, who opened it, and Bob.
    pub room: RoomId,
}

impl World {
    pub async fn new() -> Self {
        Self::over(Arc::new(MemoryStore::new()), Arc::new(SystemClock)).await
    }

    pub async fn over(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        let presence = PresenceTiming {
            heartbeat: chrono::TimeDelta::milliseconds(100),
            ttl: chrono::TimeDelta::milliseconds(600),
            grace: chrono::TimeDelta::milliseconds(300),
        };
        let engine = Engine::builder(store)
            .clock(clock)
            .options(EngineOptions { presence, ..Default::default() })
            .passwords(Arc::new(Argon2Passwords::with_params(8, 1, 1).unwrap()))
            .build()
            .unwrap();
        Self::people(engine).await
    }

    async fn people(engine: Engine) -> Self {
        let password = || Password::new(PASSWORD);
        let owner = NewOwner {
            email: "owner@example.org".to_owned(),
            display_name: "Owner".to_owned(),
            password: password(),
        };
        let owner = engine.access().set_up(&Ctx::system(), owner).await.unwrap().id;
        let person = async |name: &str, role: BuiltInRole| {
            let user = NewUser {
                email: format!("{name}@example.org"),
                display_name: name.to_owned(),
                password: Some(password()),
                roles: vec![role.id],
            };
            engine.access().create_user(&Ctx::system(), user).await.unwrap().id
        };
        let ann = person("ann", BuiltInRole::MEMBER).await;
        let bob = person("bob", BuiltInRole::MEMBER).await;
        let gus = person("gus", BuiltInRole::GUEST).await;
        let room = room(&engine, ann, "Room", vec![bob]).await;
        Self { engine, owner, ann, bob, gus, room }
    }

    /// One more group of Ann's.
    pub async fn room(&self, name: &str, members: Vec<UserId>) -> RoomId {
        room(&self.engine, self.ann, name, members).await
    }

    pub async fn post(&self, by: UserId, room: RoomId, text: &str) -> Message {
        self.engine.chat().post(&Ctx::user(by), room, NewMessage::text(text)).await.unwrap()
    }

    pub async fn login(&self, name: &str) -> SessionId {
        let request = LoginRequest {
            email: format!("{name}@example.org"),
            password: Password::new(PASSWORD),
            device: DeviceInfo::default(),
        };
        self.engine.access().login(&RequestOrigin::default(), request).await.unwrap().session.id
    }

    /// Another process, as far as that can be had in one.
    pub async fn node(&self) -> Node {
        self.node_with(HubOptions::default()).await
    }

    pub async fn node_with(&self, options: HubOptions) -> Node {
        Node::start(self.engine.clone(), options)
    }

    /// Waits until the hub has delivered all that is in the log.
    pub async fn delivered(&self, hub: &Hub) {
        let head = self.engine.store().events().settled().await.unwrap();
        until("all is delivered", || hub.stats().position >= head.0).await;
    }
}

async fn room(engine: &Engine, by: UserId, name: &str, members: Vec<UserId>) -> RoomId {
    let new = NewRoom {
        kind: RoomKind::Group,
        name: name.to_owned(),
        topic: None,
        project: None,
        history: None,
        members,
    };
    engine.chat().create_room(&Ctx::user(by), new).await.unwrap().id
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// A hub behind a server, on a runtime of its own: dropping it is like killing a process.
pub struct Node {
    pub hub: Hub,
    pub addr: SocketAddr,
    runtime: Option<Runtime>,
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Node {
    fn start(engine: Engine, options: HubOptions) -> Self {
        Self::on(runtime(), engine, options)
    }

    /// A node with a store of its own.
    pub async fn on_own_store(
        options: HubOptions,
        engine: impl Future<Output = Engine> + Send + 'static,
    ) -> Self {
        let runtime = runtime();
        let engine = runtime.spawn(engine).await.unwrap();
        Self::on(runtime, engine, options)
    }

    fn on(runtime: Runtime, engine: Engine, options: HubOptions) -> Self {
        let inside = runtime.enter();
        let hub = Hub::start(engine, options).unwrap();
        let router = Router::new()
            .route("/sse", get(stream))
            .route("/ws", get(web_socket))
            .with_state(hub.clone());
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let addr = listener.local_addr().unwrap();
        let listener = TcpListener::from_std(listener).unwrap();
        runtime.spawn(async move { axum::serve(listener, router).await.unwrap() });
        drop(inside);
        Self { hub, addr, runtime: Some(runtime) }
    }
}

/// Who asks stands in headers: authentication is tested elsewhere.
fn viewer(headers: &HeaderMap) -> Viewer {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap());
    Viewer {
        user: text("x-user").unwrap().parse().unwrap(),
        session: text("x-session").map(|session| session.parse().unwrap()),
        valid_until: text("x-valid-until").map(|until| until.parse().unwrap()),
    }
}

pub fn refused(refusal: &Refusal) -> Response {
    let problem = refusal.problem();
    (StatusCode::from_u16(problem.status).unwrap(), Json(problem)).into_response()
}

async fn stream(State(hub): State<Hub>, request: Request) -> Response {
    let wish = requested(request.headers(), request.uri().query()).unwrap_or(Resume::Fresh);
    match sse::open(&hub, viewer(request.headers()), wish).await {
        Ok(response) => response.map(Body::new),
        Err(refusal) => refused(&refusal),
    }
}

async fn web_socket(State(hub): State<Hub>, mut request: Request) -> Response {
    let wish = requested(request.headers(), request.uri().query());
    match websocket::upgrade(&hub, viewer(request.headers()), wish, &mut request) {
        Ok(response) => response.map(Body::new),
        Err(refusal) => refused(&refusal),
    }
}

/// Waits until the condition holds.
#[track_caller]
pub fn until(what: &str, condition: impl Fn() -> bool) -> impl Future<Output = ()> {
    let (what, at) = (what.to_owned(), std::panic::Location::caller());
    async move {
        let holds = async {
            while !condition() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        assert!(timeout(PATIENCE, holds).await.is_ok(), "{at}: never came true: {what}");
    }
}
