//! Front ends of other origins.

use erp_http::{HttpOptions, RateLimits};
use reqwest::Method;
use serde_json::json;

use super::{
    call::{Answer, Call},
    world::{PASSWORD, Person, World},
};

/// May call with a token.
const DESK: &str = "https://desk.example";
/// May use the cookie too.
const OFFICE: &str = "https://office.example:8443";
/// Near enough to be mistaken for them.
const OTHERS: &[&str] = &[
    "https://evil.example",
    "https://desk.example.evil.example",
    "http://desk.example",
    "https://desk.example:8443",
    "https://office.example",
    "null",
];

async fn world() -> World {
    let cors = vec![DESK.parse().unwrap(), format!("{OFFICE}/").parse().unwrap()];
    let mut cors: Vec<erp_http::CorsOrigin> = cors;
    let office = cors.remove(1).with_cookie();
    cors.push(office);
    let rate_limits = RateLimits::NONE;
    World::with(HttpOptions { cors, rate_limits, ..HttpOptions::default() }).await
}

fn from(call: Call, origin: &str) -> Call {
    call.header("origin", origin).header("sec-fetch-site", "cross-site")
}

/// What a browser reads of an answer: for which origin, and whether with credentials.
fn told(answer: &Answer) -> (Option<&str>, Option<&str>) {
    let header = |name: &str| answer.header(name);
    (header("access-control-allow-origin"), header("access-control-allow-credentials"))
}

async fn preflight(world: &World, origin: &str, path: &str) -> reqwest::Response {
    let call = world.client.request(Method::OPTIONS, format!("{}{path}", world.base));
    let call = call.header("origin", origin).header("access-control-request-method", "PATCH");
    call.header("access-control-request-headers", "authorization,idempotency-key")
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn cors_is_off_unless_the_host_lists_origins() {
    let world = World::start().await;
    let answer = preflight(&world, DESK, "/api/auth/me").await;
    assert_eq!(answer.status(), 405);
    let call = world.by(Person::Ann, Method::GET, "/api/auth/me").await;
    let answer = from(call, DESK).send().await;
    assert_eq!((answer.status, told(&answer)), (200, (None, None)));
}

#[tokio::test]
async fn a_preflight_is_answered_for_listed_origins_alone() {
    let world = world().await;
    for path in ["/api/auth/me", "/api/realtime/stream", "/api/chat/rooms"] {
        for (origin, credentials) in [(DESK, None), (OFFICE, Some("true"))] {
            let answer = preflight(&world, origin, path).await;
            assert_eq!(answer.status(), 200, "{path}");
            let header = |name: &str| answer.headers().get(name).map(|it| it.to_str().unwrap());
            assert_eq!(header("access-control-allow-origin"), Some(origin));
            assert_eq!(header("access-control-allow-credentials"), credentials, "{origin}");
            assert_eq!(header("access-control-max-age"), Some("600"));
            let methods = header("access-control-allow-methods").unwrap();
            assert!(methods.contains("PATCH") && methods.contains("DELETE"), "{methods}");
            let headers = header("access-control-allow-headers").unwrap();
            for name in ["authorization", "content-type", "idempotency-key", "x-connection-id"] {
                assert!(headers.contains(name), "{headers}");
            }
            assert!(header("vary").unwrap().contains("origin"));
        }
        for origin in OTHERS {
            let answer = preflight(&world, origin, path).await;
            for name in ["access-control-allow-origin", "access-control-allow-credentials"] {
                assert_eq!(answer.headers().get(name), None, "{origin}");
            }
        }
    }
}

#[tokio::test]
async fn a_listed_page_logs_in_and_works_with_its_token() {
    let world = world().await;
    let login = json!({ "email": Person::Ann.email(), "password": PASSWORD });
    let call = world.call(Method::POST, "/api/auth/login").json(&login);
    let answer = from(call, DESK).send().await;
    assert_eq!(told(&answer), (Some(DESK), None));
    assert_eq!(answer.header("set-cookie"), None, "the cookie is not for this page");
    let exposed = answer.header("access-control-expose-headers").unwrap().to_owned();
    for name in ["x-request-id", "retry-after", "etag", "content-disposition"] {
        assert!(exposed.contains(name), "{exposed}");
    }
    let token = answer.expect(200)["token"].as_str().unwrap().to_owned();
    let message = json!({ "room": world.things.group, "body": "from elsewhere" });
    let call = world.call(Method::POST, "/api/chat/messages").token(&token).json(&message);
    from(call, DESK).send().await.expect(201);
    let call = world.call(Method::GET, "/api/realtime/stream").token(&token);
    let answer = from(call, DESK).send().await;
    assert_eq!((answer.status, told(&answer)), (200, (Some(DESK), None)));
    // It may read why something is refused.
    let answer = from(world.call(Method::GET, "/api/auth/me"), DESK).send().await;
    assert_eq!((answer.status, told(&answer)), (401, (Some(DESK), None)));
    for origin in OTHERS {
        let call = world.call(Method::POST, "/api/auth/login").json(&login);
        let answer = from(call, origin).send().await;
        assert_eq!((answer.status, told(&answer)), (403, (None, None)), "{origin}");
        let call = world.call(Method::GET, "/api/auth/me").token(&token);
        assert_eq!(told(&from(call, origin).send().await), (None, None), "{origin}");
    }
}

#[tokio::test]
async fn only_where_it_is_allowed_a_listed_page_uses_the_cookie() {
    let world = world().await;
    let cookie = async |method: Method, path: &str| {
        let token = world.token(Person::Ann).await;
        world.call(method, path).header("cookie", &format!("__Host-erp_session={token}"))
    };
    for (origin, status) in [(DESK, 403), (OFFICE, 204), (OTHERS[0], 403)] {
        let call = cookie(Method::POST, "/api/auth/logout").await;
        assert_eq!(from(call, origin).send().await.status, status, "{origin}");
    }
    for (origin, status) in [(DESK, 403), (OFFICE, 200), (OTHERS[0], 403)] {
        let call = cookie(Method::GET, "/api/realtime/stream").await;
        let answer = from(call, origin).send().await;
        assert_eq!(answer.status, status, "{origin}");
        let credentials = (origin == OFFICE).then_some("true");
        assert_eq!(told(&answer).1, credentials, "{origin}");
    }
    let login = json!({ "email": Person::Ann.email(), "password": PASSWORD });
    let call = world.call(Method::POST, "/api/auth/login").json(&login);
    let answer = from(call, OFFICE).send().await;
    assert_eq!(told(&answer), (Some(OFFICE), Some("true")));
    assert!(answer.header("set-cookie").is_some());
}
