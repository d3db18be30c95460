//! The same requests to two servers, one over each store: every answer is the same text (X-21).

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use erp_conformance::pg_cluster::PgCluster;
use erp_core::port::{IdGenerator, SeededIds};
use erp_store_memory::MemoryStore;
use erp_store_postgres::{PgStore, PgStoreOptions};
use reqwest::Method;
use serde_json::Value;

use super::{
    requests::{Operation, operations},
    world::{Person, World},
};

/// The same organisation over each store.
pub struct Both {
    pub memory: World,
    pub postgres: World,
    ids: [Arc<Steps>; 2],
    asked: AtomicU64,
}

/// Ids that follow from the request and from what was made in it before: a request that takes another
/// number of ids on one store does not change those of all after it.
struct Steps(parking_lot::Mutex<SeededIds>);

impl Steps {
    fn new() -> Arc<Self> {
        Arc::new(Self(parking_lot::Mutex::new(SeededIds::new(0))))
    }
}

impl IdGenerator for Steps {
    fn uuid(&self) -> uuid::Uuid {
        self.0.lock().uuid()
    }

    fn secret(&self) -> [u8; 32] {
        self.0.lock().secret()
    }
}

/// What may differ and what may not: status and body.
pub type Told = (u16, String);

impl Both {
    pub async fn start() -> Self {
        let url = PgCluster::shared().unwrap().fresh_database().unwrap();
        let options = PgStoreOptions { max_connections: 5, ..PgStoreOptions::default() };
        let store = PgStore::connect(&url, options).await.unwrap();
        store.migrate().await.unwrap();
        let ids = [Steps::new(), Steps::new()];
        let memory = World::over(Arc::new(MemoryStore::new()), ids[0].clone()).await;
        let postgres = World::over(Arc::new(store), ids[1].clone()).await;
        Self { memory, postgres, ids, asked: AtomicU64::new(0) }
    }

    /// The ids of the next request.
    fn step(&self) {
        let step = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        for ids in &self.ids {
            *ids.0.lock() = SeededIds::new(step);
        }
    }

    /// The tokens of someone's new sessions: the same, as the secrets are.
    pub async fn token(&self, person: Person) -> String {
        self.step();
        let token = self.memory.token(person).await;
        assert_eq!(token, self.postgres.token(person).await);
        token
    }

    /// Sends it to both, and returns what both have answered.
    pub async fn ask(
        &self,
        (method, path): (&Method, &str),
        token: &str,
        body: Option<&[u8]>,
    ) -> Told {
        self.step();
        let memory = told(&self.memory, (method, path), token, body).await;
        let postgres = told(&self.postgres, (method, path), token, body).await;
        let about: String = format!("{method} {path}").chars().take(200).collect();
        assert_eq!(postgres, memory, "PostgreSQL and memory: {about}");
        memory
    }
}

async fn told(
    world: &World,
    (method, path): (&Method, &str),
    token: &str,
    body: Option<&[u8]>,
) -> Told {
    let url = format!("{}{path}", world.base);
    // The name of a request is in the audit log.
    let call = world.client.request(method.clone(), url).header("x-request-id", "req-1");
    let call = call.bearer_auth(token);
    let call = match body {
        None => call,
        Some(body) => call.header("content-type", "application/json").body(body.to_vec()),
    };
    let response = call.send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

/// Operations whose answer does not end.
pub const STREAMS: &[&str] = &["stream", "ws"];

/// What ends sessions, and so comes last.
const ENDING: &[&str] = &[
    "change_password",
    "deactivate_user",
    "delete_user",
    "end_other_sessions",
    "end_session",
    "end_user_sessions",
    "logout",
    "set_password",
];

fn in_order() -> Vec<Operation> {
    let mut all = operations();
    all.retain(|operation| !STREAMS.contains(&operation.id.as_str()));
    // What is read before what is written, and what ends the asking after all.
    all.sort_by_key(|operation| {
        let ending = ENDING.contains(&operation.id.as_str());
        (ending, operation.method() != Method::GET, operation.id.clone())
    });
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn x_21_every_operation_is_answered_with_the_same_text_on_both_stores() {
    let both = Both::start().await;
    let mut answered = std::collections::BTreeMap::<u16, usize>::new();
    for person in [Person::Stray, Person::Left, Person::Bob, Person::Ann, Person::Owner] {
        let token = both.token(person).await;
        for operation in in_order() {
            let (path, body) = operation.request(&both.memory);
            assert_eq!((&path, &body), (&operation.request(&both.postgres).0, &body));
            // With nothing in it; then twice: what was done before is refused, or answered again.
            let blank = body.as_ref().map(|_| serde_json::json!({}));
            for body in blank.map(Some).into_iter().chain([body.clone(), body]) {
                let body = body.map(|body| serde_json::to_vec(&body).unwrap());
                let told = both.ask((&operation.method(), &path), &token, body.as_deref()).await;
                assert!(told.0 < 500, "{}: {}", operation.id, told.1);
                *answered.entry(told.0).or_default() += 1;
            }
        }
    }
    for status in [200, 201, 204, 403, 404, 409, 422] {
        assert!(answered.contains_key(&status), "no such answer: {answered:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn x_21_a_decimal_has_the_scale_of_its_unit_or_its_own_on_both_stores() {
    let both = Both::start().await;
    let token = both.token(Person::Owner).await;
    let things = &both.memory.things;
    let post = async |path: &str, body: Value| {
        let body = serde_json::to_vec(&body).unwrap();
        let told = both.ask((&Method::POST, path), &token, Some(&body)).await;
        assert!(told.0 < 300, "{}", told.1);
        serde_json::from_str::<Value>(&told.1).unwrap()
    };
    let unit = serde_json::json!({ "name": "t", "scale": 3 });
    let item = serde_json::json!({ "sku": "SAND", "name": "Sand", "unit": unit,
        "valuation": "moving_average" });
    let item = post("/api/inventory/items", item).await["id"].clone();
    for (kind, direction) in [
        ("receipt", serde_json::json!({ "in": { "price": { "total": "0.00" } } })),
        ("issue", serde_json::json!({ "out": {} })),
    ] {
        let line = serde_json::json!({ "item": item, "warehouse": things.warehouse,
            "quantity": "1", "direction": direction });
        let posting = serde_json::json!({ "kind": kind, "lines": [line] });
        post("/api/inventory/postings", posting).await;
    }
    let path = format!("/api/inventory/stock?item={}", item.as_str().unwrap());
    let (_, text) = both.ask((&Method::GET, &path), &token, None).await;
    assert!(text.contains(r#""on_hand":"0.000""#), "{text}");
    let budget = serde_json::json!({ "amount": "0.00", "currency": "EUR" });
    let project = serde_json::json!({ "code": "FREE", "name": "Free", "budget": budget });
    let made = post("/api/projects", project).await;
    assert_eq!(made["budget"]["amount"], "0.00");
    let path = format!("/api/projects/{}", made["id"].as_str().unwrap());
    let (_, text) = both.ask((&Method::GET, &path), &token, None).await;
    assert!(text.contains(r#""amount":"0.00""#), "{text}");
}
