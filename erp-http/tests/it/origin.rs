//! Requests that a page of another origin makes with the user's cookie.

use erp_http::{HttpOptions, RateLimits};
use reqwest::Method;
use serde_json::json;

use super::{
    call::Call,
    world::{Person, World},
};

const EVIL: (&str, &str) = ("origin", "https://evil.example");

async fn with_cookie(world: &World, method: Method, path: &str) -> Call {
    let token = world.token(Person::Ann).await;
    world.call(method, path).header("cookie", &format!("__Host-erp_session={token}"))
}

#[tokio::test]
async fn a_foreign_page_changes_nothing_with_the_users_cookie() {
    let world = World::start().await;
    for (name, value) in [EVIL, ("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site")] {
        let call = with_cookie(&world, Method::POST, "/api/auth/logout").await;
        let refused = call.header(name, value).send().await;
        assert_eq!(refused.expect(403)["code"], "cross_site", "{name}: {value}");
    }
    let call = with_cookie(&world, Method::POST, "/api/auth/logout").await;
    call.header("sec-fetch-site", "same-origin").send().await.expect(204);
    let call = with_cookie(&world, Method::POST, "/api/auth/logout").await;
    call.header("origin", &world.base).send().await.expect(204);
}

#[tokio::test]
async fn a_foreign_page_opens_no_stream_with_the_users_cookie() {
    let world = World::start().await;
    for path in ["/api/realtime/stream", "/api/realtime/ws"] {
        let call = with_cookie(&world, Method::GET, path).await;
        let refused = call.header(EVIL.0, EVIL.1).send().await;
        assert_eq!(refused.expect(403)["code"], "cross_site", "{path}");
    }
    let call = with_cookie(&world, Method::GET, "/api/realtime/stream").await;
    assert_eq!(call.header("origin", &world.base).send().await.status, 200);
}

#[tokio::test]
async fn a_foreign_page_logs_nobody_in() {
    let world = World::start().await;
    let login = json!({ "email": Person::Ann.email(), "password": super::world::PASSWORD });
    let call = world.call(Method::POST, "/api/auth/login").header(EVIL.0, EVIL.1).json(&login);
    call.send().await.expect(403);
}

#[tokio::test]
async fn a_token_in_the_header_is_no_ones_cookie() {
    let world = World::start().await;
    let call = world.by(Person::Ann, Method::POST, "/api/auth/logout").await;
    call.header(EVIL.0, EVIL.1).send().await.expect(204);
}

#[tokio::test]
async fn a_host_may_allow_another_origin() {
    let options = HttpOptions {
        allowed_origins: vec!["https://desk.example".to_owned()],
        rate_limits: RateLimits::NONE,
        ..HttpOptions::default()
    };
    let world = World::with(options).await;
    let call = with_cookie(&world, Method::POST, "/api/auth/logout").await;
    let call = call.header("origin", "https://desk.example");
    call.header("sec-fetch-site", "cross-site").send().await.expect(204);
}
