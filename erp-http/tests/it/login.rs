//! In, out, and what a session allows.

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
