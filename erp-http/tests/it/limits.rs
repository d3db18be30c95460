//! How many requests are answered, and whose address a request comes from.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use axum::http::request::Parts;
use erp_core::{error::Error, ids::UserId};
use erp_http::{Authenticator, HttpOptions, Principal, Rate, RateLimits};
use parking_lot::Mutex;
use reqwest::Method;
use serde_json::json;

use super::world::{Person, World};

const FEW: Option<Rate> = Some(Rate { per_second: 1, burst: 2 });

async fn world(rate_limits: RateLimits) -> World {
    let trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    World::with(HttpOptions { rate_limits, trusted_proxies, ..HttpOptions::default() }).await
}

#[tokio::test]
async fn a_user_who_asks_too_often_is_told_when_to_come_again() {
    let limits = RateLimits { max_keys: 10, per_user: FEW, ..RateLimits::NONE };
    let world = world(limits).await;
    let token = world.token(Person::Ann).await;
    let mut refused = None;
    for _ in 0..20 {
        let answer = world.call(Method::GET, "/api/auth/me").token(&token).send().await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.unwrap();
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(refused.expect(429)["retry_after_s"], 1);
    assert_eq!(world.get(Person::Bob, "/api/auth/me").await.status, 200, "others may go on");
}

#[tokio::test]
async fn vis_10_strangers_are_counted_by_the_address_behind_the_proxy() {
    let limits = RateLimits { max_keys: 10, per_address: FEW, ..RateLimits::NONE };
    let world = world(limits).await;
    let ask = |from: &'static str| {
        world.call(Method::GET, "/api/auth/me").header("x-forwarded-for", from).send()
    };
    let mut statuses = Vec::new();
    for _ in 0..20 {
        statuses.push(ask("6.6.6.6, 203.0.113.7").await.status);
    }
    assert_eq!(statuses[0], 401);
    assert!(statuses.contains(&429), "{statuses:?}");
    assert_eq!(ask("6.6.6.6, 203.0.113.8").await.status, 401, "another address may go on");
    assert_eq!(world.get(Person::Bob, "/api/auth/me").await.status, 200, "so may users");
}

#[tokio::test]
async fn attempts_to_log_in_have_a_limit_of_their_own() {
    let limits = RateLimits { max_keys: 10, logins_per_address: FEW, ..RateLimits::NONE };
    let world = world(limits).await;
    let mut statuses = Vec::new();
    for n in 0..20 {
        let login = json!({ "email": format!("u{n}@example.org"), "password": "guess" });
        let call = world.call(Method::POST, "/api/auth/login").json(&login);
        statuses.push(call.send().await.status);
    }
    assert!(statuses.contains(&401) && statuses.contains(&429), "{statuses:?}");
    assert_eq!(world.call(Method::GET, "/api/auth/me").send().await.status, 401);
}

#[tokio::test]
async fn auth_12_the_audit_log_has_the_truncated_address_and_the_request_id() {
    let world = world(RateLimits::NONE).await;
    let team = json!({ "name": "Logistics" });
    let call = world.by(Person::Owner, Method::POST, "/api/teams").await.json(&team);
    let call = call.header("x-forwarded-for", "203.0.113.195").header("x-request-id", "req-9");
    call.send().await.expect(201);
    let entry = world.get(Person::Owner, "/api/audit?action=team.create&limit=1").await;
    let entry = entry.expect(200)["items"][0].clone();
    assert_eq!(entry["ip"], "203.0.113.0");
    assert_eq!(entry["correlation_id"], "req-9");
    assert_eq!(entry["actor"]["user"], json!(world.id(Person::Owner)));
}

/// Knows one token, and counts how often it was asked.
#[derive(Default)]
struct Counting {
    asked: AtomicUsize,
    user: Mutex<Option<UserId>>,
}

#[async_trait]
impl Authenticator for Counting {
    async fn authenticate(&self, parts: &Parts) -> Result<Option<Principal>, Error> {
        let Some(token) = parts.headers.get("authorization") else { return Ok(None) };
        self.asked.fetch_add(1, Ordering::SeqCst);
        let user = *self.user.lock();
        let known = user.filter(|_| token == "Bearer good");
        known.map(|user| Some(Principal::trusted(user))).ok_or(Error::Unauthenticated)
    }
}

/// Tokens that would be refused all the same are not looked up; one that was good is, whatever others
/// from its address send.
#[tokio::test]
async fn x_24_what_a_limit_refuses_is_not_looked_up() {
    let known = Arc::new(Counting::default());
    let rate_limits =
        RateLimits { max_keys: 10, per_address: FEW, per_user: FEW, ..RateLimits::NONE };
    let authenticator = Some(known.clone() as Arc<dyn Authenticator>);
    let options = HttpOptions { rate_limits, authenticator, ..HttpOptions::default() };
    let world = World::with(options).await;
    *known.user.lock() = Some(world.id(Person::Ann));
    let ask = |token: String| world.call(Method::GET, "/api/auth/me").token(&token).send();
    assert_eq!(ask("good".to_owned()).await.status, 200);
    let asked = || known.asked.swap(0, Ordering::SeqCst);
    asked();
    let mut statuses = Vec::new();
    for number in 0..40 {
        statuses.push(ask(format!("bogus-{number}")).await.status);
    }
    let refused = statuses.iter().filter(|status| **status == 429).count();
    assert!(refused >= 30, "{statuses:?}");
    let looked_up = asked();
    assert!(looked_up <= 40 - refused + 5, "{looked_up} for {refused} refused");
    assert_eq!(ask("good".to_owned()).await.status, 200, "strangers do not shut a user out");
    asked();
    let mut statuses = Vec::new();
    for _ in 0..40 {
        statuses.push(ask("good".to_owned()).await.status);
    }
    let refused = statuses.iter().filter(|status| **status == 429).count();
    assert!(refused >= 30, "{statuses:?}");
    assert!(asked() <= 40 - refused + 5, "nor is a user who asks too often");
}

/// A flood from the same address shuts out those who are not known, and nobody learns when it ends.
#[tokio::test]
async fn auth_16_a_known_device_is_not_shut_out_by_others_behind_its_address() {
    let limits =
        RateLimits { max_keys: 100, per_address: FEW, logins_per_address: FEW, ..RateLimits::NONE };
    let world = world(limits).await;
    let owner = world.token(Person::Owner).await;
    let audit = || world.call(Method::GET, "/api/audit?action=request.refuse").token(&owner).send();
    audit().await.expect(200);
    let login = async |token: Option<&str>| {
        let device = json!({ "token": token });
        let email = Person::Ann.email();
        let body = json!({ "email": email, "password": super::world::PASSWORD, "device": device });
        world.call(Method::POST, "/api/auth/login").json(&body).send().await
    };
    let device = login(None).await.expect(200)["device_token"].as_str().unwrap().to_owned();
    let mut refused = 0;
    for number in 0..40 {
        let made_up = format!("made-up-{number}");
        let token = (number % 2 == 0).then_some(made_up.as_str());
        let answer = login(token).await;
        if answer.status == 429 {
            assert_eq!(answer.header("retry-after"), None);
            assert!(answer.json.get("retry_after_s").is_none(), "{}", answer.json);
            refused += 1;
        }
    }
    assert!(refused > 20, "{refused}");
    login(Some(&device)).await.expect(200);
    let audit = audit().await.expect(200);
    let counts = audit["items"].as_array().unwrap().iter().map(|entry| {
        assert_eq!(entry["ip"], "127.0.0.0");
        entry["changes"][0]["new"].as_u64().unwrap()
    });
    let counts: Vec<_> = counts.collect();
    assert!(counts.contains(&1) && counts.contains(&10), "AUTH-17: {counts:?}");
}
