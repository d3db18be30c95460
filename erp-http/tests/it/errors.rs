//! Every refusal is a problem document, whoever refuses.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use axum::http::request::Parts;
use erp_core::Error;
use erp_http::{Authenticator, HttpOptions, Principal, RateLimits};
use reqwest::Method;
use serde_json::json;

use super::world::{Person, World};

#[tokio::test]
async fn x_17_an_unknown_path_and_an_unknown_method_are_problems() {
    let world = World::start().await;
    for path in ["/api", "/api/", "/api/nothing", "/api/chat/rooms/x/y/z"] {
        let answer = world.call(Method::GET, path).send().await;
        assert_eq!(answer.expect(404)["code"], "not_found", "{path}");
    }
    let answer = world.call(Method::PUT, "/api/auth/login").send().await;
    assert_eq!(answer.header("allow"), Some("POST"));
    assert_eq!(answer.expect(405)["code"], "method_not_allowed");
}

#[tokio::test]
async fn x_17_what_is_wrong_with_a_body_is_told() {
    let world = World::start().await;
    let token = world.token(Person::Ann).await;
    let post = |text: &'static str, kind: &'static str| {
        let call = world.call(Method::POST, "/api/chat/messages").token(&token);
        call.header("content-type", kind).body(text).send()
    };
    let malformed = post("{\n\"room\": }", "application/json").await.expect(400);
    assert!(malformed["detail"].as_str().unwrap().contains("line 2 column"), "{malformed}");
    assert_eq!(post("{}", "text/plain").await.expect(415)["code"], "media_type");
    let room = world.things.group;
    for (body, field) in [
        (json!({ "room": room }), "body"),
        (json!({ "room": room, "body": 5 }), "body"),
        (json!({ "room": room, "body": "x", "colour": "red" }), "colour"),
        (json!({ "room": world.id(Person::Bob), "body": "x" }), "room"),
        (json!({ "room": room, "body": "x", "format": "pdf" }), "format"),
        (json!({ "room": room, "body": " " }), "body"),
        (json!([room, "x"]), "body"),
    ] {
        let answer = world.call(Method::POST, "/api/chat/messages").token(&token).json(&body);
        assert_eq!(answer.send().await.wrong_field(), field, "{body}");
    }
}

#[tokio::test]
async fn x_17_what_is_wrong_with_an_address_is_told() {
    let world = World::start().await;
    let group = world.things.group;
    for (path, field) in [
        ("/api/users?limit=many", "limit"),
        ("/api/users?status=gone", "status"),
        ("/api/users?colour=red", "colour"),
        ("/api/users?cursor=nonsense", "cursor"),
        ("/api/users/rol_1", "id"),
        ("/api/users/cards?ids=usr_1,usr_2", "ids"),
        ("/api/audit?entity_id=x", "entity_id"),
        ("/api/audit?action=user.fly", "action"),
        ("/api/audit?from=yesterday", "from"),
        ("/api/chat/messages", "room"),
        (&format!("/api/chat/messages?room={group}&before=3&after=1"), "after"),
        (&format!("/api/chat/messages?room={group}&before=x"), "before"),
    ] {
        assert_eq!(world.get(Person::Owner, path).await.wrong_field(), field, "{path}");
    }
}

#[tokio::test]
async fn a_header_that_cannot_be_read_is_named() {
    let world = World::start().await;
    for (name, value) in [("idempotency-key", "a b"), ("x-connection-id", "usr_1")] {
        let call = world.by(Person::Ann, Method::GET, "/api/auth/me").await.header(name, value);
        assert_eq!(call.send().await.wrong_field().replace('_', "-"), name);
    }
}

#[tokio::test]
async fn a_body_has_a_largest_size() {
    let options = HttpOptions { max_body_bytes: 1_000, ..HttpOptions::default() };
    let world = World::with(options).await;
    let mut login = json!({ "email": "a@example.org", "password": "x".repeat(900) });
    assert_eq!(world.call(Method::POST, "/api/auth/login").json(&login).send().await.status, 401);
    login["password"] = "x".repeat(1_000).into();
    let answer = world.call(Method::POST, "/api/auth/login").json(&login).send().await;
    assert_eq!(answer.expect(413)["code"], "too_large");
}

/// Does what the request's header says instead of answering.
struct Moody;

#[async_trait]
impl Authenticator for Moody {
    async fn authenticate(&self, parts: &Parts) -> Result<Option<Principal>, Error> {
        match parts.headers.get("x-mood").map(|mood| mood.as_bytes()) {
            Some(b"panic") => panic!("the secret of the house"),
            Some(b"sleep") => std::future::pending().await,
            Some(b"fail") => Err(Error::Internal("the secret of the house".to_owned())),
            _ => Ok(None),
        }
    }
}

#[tokio::test]
async fn a_panic_a_fault_and_a_late_answer_are_problems_that_tell_nothing() {
    let options = HttpOptions {
        authenticator: Some(Arc::new(Moody)),
        request_timeout: Duration::from_millis(50),
        rate_limits: RateLimits::NONE,
        ..HttpOptions::default()
    };
    let world = World::with(options).await;
    for (mood, status, code) in
        [("panic", 500, "internal"), ("fail", 500, "internal"), ("sleep", 503, "unavailable")]
    {
        let call = world.call(Method::GET, "/api/auth/me").header("x-mood", mood);
        let answer = call.header("x-request-id", "r-1").send().await;
        assert_eq!(answer.header("x-request-id"), Some("r-1"), "{mood}");
        assert_eq!(answer.header("retry-after").is_some(), status == 503, "{mood}");
        let json = answer.expect(status);
        assert_eq!(json["code"], code);
        assert!(!json.to_string().contains("secret"), "{json}");
    }
    assert_eq!(world.call(Method::GET, "/api/health").send().await.status, 200, "it lives on");
}

#[tokio::test]
async fn every_answer_has_a_request_id_and_safety_headers() {
    let world = World::start().await;
    let answer = |id: Option<&'static str>| {
        let call = world.call(Method::GET, "/api/health");
        match id {
            Some(id) => call.header("x-request-id", id).send(),
            None => call.send(),
        }
    };
    let made = answer(None).await;
    assert_eq!(made.header("x-request-id").map(str::len), Some(32));
    assert_eq!(made.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(made.header("cache-control"), Some("no-store"));
    assert_eq!(answer(Some("trace-7")).await.header("x-request-id"), Some("trace-7"));
    let long: &'static str = "x".repeat(129).leak();
    for insane in ["", "a b", "<script>", long] {
        let answer = answer(Some(insane)).await;
        assert_ne!(answer.header("x-request-id"), Some(insane));
    }
}

#[tokio::test]
async fn rts_14_a_broadcast_nests_at_most_32_levels() {
    let world = World::start().await;
    let send = async |levels: usize| {
        let nested = (0..levels).fold(serde_json::json!(1), |inner, _| serde_json::json!([inner]));
        let body = serde_json::json!({ "target": "everyone", "name": "n", "payload": nested });
        world.send(Person::Owner, Method::POST, "/api/realtime/broadcast", body).await
    };
    send(32).await.expect(202);
    for levels in [33, 120] {
        let field = send(levels).await.wrong_field();
        assert_eq!(field, format!("payload{}", "[0]".repeat(32)), "{levels}");
    }
}
