//! How many requests are answered, and whose address a request comes from.

use erp_http::{HttpOptions, Rate, RateLimits};
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
