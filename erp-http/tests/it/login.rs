//! In, out, and what a session allows.

use erp_core::port::Clock as _;
use reqwest::Method;
use serde_json::{Value, json};

use erp_http::{CookieSecurity, HttpOptions, RateLimits};

use super::{
    call::Answer,
    world::{PASSWORD, Person, World},
};

async fn login(world: &World, email: &str, password: &str) -> Answer {
    let body = json!({ "email": email, "password": password, "device": { "name": "laptop" } });
    let call = world.call(Method::POST, "/api/auth/login").header("user-agent", "tests/1");
    call.json(&body).send().await
}

fn cookie_of(answer: &Answer) -> String {
    answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn auth_4_a_failed_login_does_not_tell_who_exists() {
    let world = World::start().await;
    let wrong = login(&world, &Person::Ann.email(), "not the password").await;
    let unknown = login(&world, "nobody@example.org", "not the password").await;
    let no_address = login(&world, "nobody", "not the password").await;
    assert_eq!(wrong.header("set-cookie"), None);
    let wrong = wrong.expect(401);
    assert_eq!(wrong, unknown.expect(401));
    assert_eq!(wrong, no_address.expect(401));
}

#[tokio::test]
async fn a_login_is_good_as_a_token_and_as_a_cookie() {
    let world = World::start().await;
    let answer = login(&world, &Person::Ann.email(), PASSWORD).await;
    let cookie = cookie_of(&answer);
    let set = answer.header("set-cookie").unwrap().to_owned();
    assert!(cookie.starts_with("__Host-erp_session="), "{set}");
    for word in ["; HttpOnly", "; Secure", "; SameSite=Lax", "; Path=/"] {
        assert!(set.contains(word), "{set}");
    }
    let json = answer.expect(200);
    assert_eq!(json["session"]["device"], json!({ "name": "laptop", "user_agent": "tests/1" }));
    assert_eq!(json["session"]["ip"], "127.0.0.0");
    let me = world.call(Method::GET, "/api/auth/me").header("cookie", &cookie).send().await;
    assert_eq!(me.expect(200)["user"]["id"], json["user"]["id"]);
    let token = json["token"].as_str().unwrap();
    let me = world.call(Method::GET, "/api/auth/me").token(token).send().await;
    assert_eq!(me.expect(200)["user"]["email"], Person::Ann.email());
}

#[tokio::test]
async fn on_plain_http_a_host_may_ask_for_a_cookie_of_another_name() {
    let options = HttpOptions {
        cookies: CookieSecurity::InsecureForDevelopment,
        rate_limits: RateLimits::NONE,
        ..HttpOptions::default()
    };
    let world = World::with(options).await;
    let answer = login(&world, &Person::Ann.email(), PASSWORD).await;
    assert!(cookie_of(&answer).starts_with("erp_session="));
    assert!(!answer.header("set-cookie").unwrap().contains("Secure"));
    let me = world.call(Method::GET, "/api/auth/me").header("cookie", &cookie_of(&answer));
    assert_eq!(me.send().await.status, 200);
}

#[tokio::test]
async fn a_logout_ends_the_session_and_takes_the_cookie_away() {
    let world = World::start().await;
    let token = world.token(Person::Ann).await;
    let answer = world.call(Method::POST, "/api/auth/logout").token(&token).send().await;
    assert!(answer.header("set-cookie").unwrap().contains("Max-Age=0"));
    answer.expect(204);
    assert_eq!(world.call(Method::GET, "/api/auth/me").token(&token).send().await.status, 401);
}

async fn sessions(world: &World, token: &str) -> Vec<Value> {
    let answer = world.call(Method::GET, "/api/auth/sessions").token(token).send().await;
    answer.expect(200)["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn auth_1_a_password_change_keeps_only_the_callers_session() {
    let world = World::start().await;
    let (here, there) = (world.token(Person::Bob).await, world.token(Person::Bob).await);
    assert_eq!(sessions(&world, &here).await.len(), 2);
    let change = json!({ "current": PASSWORD, "new": "a better password" });
    let call = world.call(Method::PUT, "/api/auth/password").token(&here).json(&change);
    call.send().await.expect(204);
    let left = sessions(&world, &here).await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["current"], true);
    assert_eq!(world.call(Method::GET, "/api/auth/me").token(&there).send().await.status, 401);
}

#[tokio::test]
async fn auth_5_a_token_is_told_once_and_never_listed() {
    let world = World::start().await;
    let token = world.token(Person::Bob).await;
    let listed = sessions(&world, &token).await;
    assert!(!json!(listed).to_string().contains(&token));
    let audit = world.get(Person::Owner, "/api/audit?action=session.create").await.expect(200);
    assert!(!audit.to_string().contains(&token));
}

#[tokio::test]
async fn sessions_are_ended_one_by_one_or_all_but_ones_own() {
    let world = World::start().await;
    let (here, there) = (world.token(Person::Bob).await, world.token(Person::Bob).await);
    let other = sessions(&world, &here).await;
    let other = other.iter().find(|session| session["current"] == false).unwrap();
    let path = format!("/api/auth/sessions/{}", other["id"].as_str().unwrap());
    // Another user's session is none that one could end.
    world.by(Person::Gus, Method::DELETE, &path).await.send().await.expect(404);
    world.call(Method::DELETE, &path).token(&here).send().await.expect(204);
    assert_eq!(world.call(Method::GET, "/api/auth/me").token(&there).send().await.status, 401);
    let there = world.token(Person::Bob).await;
    world.call(Method::DELETE, "/api/auth/sessions").token(&here).send().await.expect(204);
    assert_eq!(world.call(Method::GET, "/api/auth/me").token(&there).send().await.status, 401);
    assert_eq!(sessions(&world, &here).await.len(), 1);
}

fn device_cookie_of(answer: &Answer) -> String {
    let cookies = answer.headers.get_all("set-cookie").iter().map(|it| it.to_str().unwrap());
    let device = cookies.filter(|cookie| cookie.starts_with("__Host-erp_device="));
    let device = device.collect::<Vec<_>>();
    assert_eq!(device.len(), 1, "{:?}", answer.headers);
    for word in ["; HttpOnly", "; Secure", "; SameSite=Lax", "; Path=/", "; Max-Age=15552000"] {
        assert!(device[0].contains(word), "{}", device[0]);
    }
    device[0].split(';').next().unwrap().to_owned()
}

/// However often strangers fail, and without a word on when to come again: a known device gets in at
/// once, by its cookie or by its token, a new place in ten seconds.
#[tokio::test]
async fn auth_16_a_known_device_gets_in_at_once_and_a_new_place_soon() {
    let world = World::start().await;
    let email = Person::Ann.email();
    let first = login(&world, &email, PASSWORD).await;
    let cookie = device_cookie_of(&first);
    let token = first.expect(200)["device_token"].as_str().unwrap().to_owned();
    assert_eq!(cookie, format!("__Host-erp_device={token}"));
    for _ in 0..12 {
        let failed = login(&world, &email, "not the password").await;
        assert_eq!(failed.header("retry-after"), None);
        failed.expect(401);
    }
    let attempt = async |cookie: Option<&str>, token: Option<&str>| {
        let device = json!({ "name": "laptop", "token": token });
        let body = json!({ "email": email, "password": PASSWORD, "device": device });
        let call = world.call(Method::POST, "/api/auth/login").json(&body);
        let call = match cookie {
            Some(cookie) => call.header("cookie", cookie),
            None => call,
        };
        let start = world.clock.now();
        let answer = call.send().await;
        (answer, (world.clock.now() - start).num_seconds())
    };
    for (cookie, token) in [(Some(cookie.as_str()), None), (None, Some(token.as_str()))] {
        let (answer, took) = attempt(cookie, token).await;
        assert_eq!(took, 0);
        device_cookie_of(&answer);
        assert_eq!(answer.expect(200)["device_token"], Value::Null, "it is told once");
    }
    let (answer, took) = attempt(None, None).await;
    assert!((1..=10).contains(&took), "{took}");
    assert!(answer.expect(200)["device_token"].is_string());
}

#[tokio::test]
async fn auth_19_a_login_replaces_the_session_of_its_device_and_of_its_cookie() {
    let world = World::start().await;
    let me = async |token: &str| {
        world.call(Method::GET, "/api/auth/me").token(token).send().await.status
    };
    let first = login(&world, &Person::Bob.email(), PASSWORD).await;
    let (session, device) = (cookie_of(&first), device_cookie_of(&first));
    let mut last = first.expect(200)["token"].as_str().unwrap().to_owned();
    for cookie in [&device, &session] {
        let body = json!({ "email": Person::Bob.email(), "password": PASSWORD });
        let call = world.call(Method::POST, "/api/auth/login").header("cookie", cookie);
        let token = call.json(&body).send().await.expect(200)["token"].as_str().unwrap().to_owned();
        assert_eq!(me(&token).await, 200);
        let replaced = cookie == &device;
        assert_eq!(me(&last).await, if replaced { 401 } else { 200 }, "{cookie}");
        last = token;
    }
}

#[tokio::test]
async fn auth_19_ones_own_address_changes_with_the_password() {
    let world = World::start().await;
    let path = format!("/api/users/{}", world.id(Person::Bob));
    let change = async |password: Value| {
        let body = json!({ "expected": 1, "email": "robert@example.org", "password": password });
        world.by(Person::Bob, Method::PATCH, &path).await.json(&body).send().await
    };
    assert_eq!(change(Value::Null).await.wrong_field(), "password");
    assert_eq!(change(json!("not the password")).await.wrong_field(), "password");
    assert_eq!(change(json!(PASSWORD)).await.expect(200)["email"], "robert@example.org");
}
