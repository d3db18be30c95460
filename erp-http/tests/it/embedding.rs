//! The router in a host's hands.

use std::{convert::Infallible, sync::Arc};

use async_trait::async_trait;
use axum::{Router, http::request::Parts, routing::get};
use bytes::Bytes;
use erp_core::{Error, ids::UserId};
use erp_http::{Authenticator, HttpOptions, PeerAddr, Principal, RateLimits, router};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use reqwest::Method;
use serde_json::{Value, json};
use tower::{Service, ServiceExt};

use super::world::{PASSWORD, Person, World};

fn options() -> HttpOptions {
    HttpOptions { rate_limits: RateLimits::NONE, ..HttpOptions::default() }
}

#[tokio::test]
async fn a_host_merges_it_beside_routes_and_a_fallback_of_its_own() {
    let world = World::hosted(options(), |erp| {
        let own = Router::new().route("/", get(async || "home")).fallback(async || "lost");
        own.merge(erp)
    })
    .await;
    let text = async |path: &str| {
        world
            .client
            .get(format!("{}{path}", world.base))
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
    };
    assert_eq!(text("/").await, "home");
    assert_eq!(text("/elsewhere").await, "lost");
    assert_eq!(world.get(Person::Ann, "/api/auth/me").await.status, 200);
    assert_eq!(world.call(Method::GET, "/api/nothing").send().await.expect(404)["status"], 404);
}

#[tokio::test]
async fn a_host_nests_it_under_a_path_with_parameters_of_its_own() {
    let world = World::hosted(options(), |erp| Router::new().nest("/shop/{shop}/{id}", erp)).await;
    let path = |rest: &str| format!("/shop/north/usr_7{rest}");
    let group = world.things.group;
    let room = world.get(Person::Ann, &path(&format!("/api/chat/rooms/{group}"))).await;
    assert_eq!(room.expect(200)["room"]["id"], json!(group));
    let member = path(&format!("/api/chat/rooms/{group}/members/{}", world.id(Person::Stray)));
    world.send(Person::Ann, Method::PUT, &member, json!({})).await.expect(204);
}

/// Believes a header, as a host behind a login of its own may do.
struct Badge;

#[async_trait]
impl Authenticator for Badge {
    async fn authenticate(&self, parts: &Parts) -> Result<Option<Principal>, Error> {
        let Some(badge) = parts.headers.get("x-badge") else { return Ok(None) };
        let user = badge.to_str().ok().and_then(|text| text.parse::<UserId>().ok());
        user.map(|user| Some(Principal::trusted(user))).ok_or(Error::Unauthenticated)
    }
}

#[tokio::test]
async fn a_host_says_itself_who_calls() {
    let options = HttpOptions { authenticator: Some(Arc::new(Badge)), ..options() };
    let world = World::with(options).await;
    let with_badge =
        |badge: String| world.call(Method::GET, "/api/auth/me").header("x-badge", &badge).send();
    let me = with_badge(world.id(Person::Gus).to_string()).await.expect(200);
    assert_eq!(me["user"]["display_name"], "Gus");
    assert_eq!(with_badge("gus".to_owned()).await.status, 401);
    let nobody = UserId::from_uuid(uuid::Uuid::from_u128(1));
    assert_eq!(with_badge(nobody.to_string()).await.status, 401, "no such user");
    assert_eq!(world.get(Person::Gus, "/api/auth/me").await.status, 401, "sessions are off");
}

async fn answer(
    service: &mut impl Service<
        http::Request<Empty<Bytes>>,
        Response = http::Response<axum::body::Body>,
        Error = Infallible,
    >,
    path: &str,
) -> (u16, Value) {
    let request = http::Request::get(path).body(Empty::new()).unwrap();
    let response = service.ready().await.unwrap().call(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn it_is_a_tower_service_that_answers_every_path() {
    let world = World::start().await;
    let mut service = router(world.engine.clone(), world.hub.clone(), options());
    assert_eq!(answer(&mut service, "/api/health").await, (200, json!({ "status": "ok" })));
    for path in ["/", "/elsewhere", "/api/nothing"] {
        let (status, problem) = answer(&mut service, path).await;
        assert_eq!((status, &problem["code"]), (404, &json!("not_found")), "{path}");
    }
}

#[tokio::test]
async fn it_serves_under_plain_hyper_with_the_peers_address() {
    let world = World::start().await;
    let erp = router(world.engine.clone(), world.hub.clone(), options());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let service = hyper::service::service_fn(move |mut request: http::Request<Incoming>| {
            let peer = "203.0.113.195".parse().unwrap();
            request.extensions_mut().insert(PeerAddr(peer));
            erp.clone().oneshot(request)
        });
        let http1 = hyper::server::conn::http1::Builder::new();
        http1.serve_connection(TokioIo::new(stream), service).await.unwrap();
    });
    let login = json!({ "email": Person::Ann.email(), "password": PASSWORD });
    let url = format!("{base}/api/auth/login");
    let answer = world.client.post(url).json(&login).send().await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["session"]["ip"], "203.0.113.0");
    server.abort();
}
