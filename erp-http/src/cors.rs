//! Front ends of other origins (CORS), when the host lists them.

use std::{str::FromStr, time::Duration};

use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, Uri,
        header::{
            AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_TYPE, COOKIE, ETAG, ORIGIN, RETRY_AFTER,
            SET_COOKIE, WWW_AUTHENTICATE,
        },
    },
    middleware::Next,
    response::Response,
};
use erp_core::error::Error;
use tower_http::cors::{AllowCredentials, AllowOrigin, CorsLayer};

use super::{authenticate::bearer, state::App};

/// How long a browser may keep what a preflight has told.
const MAX_AGE: Duration = Duration::from_secs(600);
const METHODS: [Method; 5] =
    [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
/// What a client may send.
const SENT: [HeaderName; 6] = [
    AUTHORIZATION,
    CONTENT_TYPE,
    HeaderName::from_static("idempotency-key"),
    HeaderName::from_static("last-event-id"),
    HeaderName::from_static("x-connection-id"),
    HeaderName::from_static("x-request-id"),
];
/// What it needs of an answer, beside what every page may read.
const READ: [HeaderName; 5] = [
    CONTENT_DISPOSITION,
    ETAG,
    RETRY_AFTER,
    WWW_AUTHENTICATE,
    HeaderName::from_static("x-request-id"),
];

/// An origin whose pages may use the engine's routes, live streams included.
///
/// It is one exact origin, such as `https://desk.example` or `http://localhost:5173`. Its pages log in
/// and send the token of the answer as `Authorization: Bearer`. The session's cookie is neither taken
/// from them nor given to them, unless the host allows it with [`CorsOrigin::with_cookie`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorsOrigin {
    origin: HeaderValue,
    cookie: bool,
}

impl CorsOrigin {
    /// Its pages may use the session's cookie too (`credentials: "include"`). A browser sends it only
    /// from origins of the same site, such as `desk.example` to `api.desk.example`.
    #[must_use]
    pub fn with_cookie(self) -> Self {
        Self { cookie: true, ..self }
    }
}

impl FromStr for CorsOrigin {
    type Err = Error;

    /// # Errors
    /// A validation error on `cors` when it is no origin, or more than one: a path, a `*`, `null`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let origin = exact(text).and_then(|origin| HeaderValue::try_from(origin).ok());
        let none = || Error::invalid("cors", format!("`{text}` is no origin"));
        Ok(Self { origin: origin.ok_or_else(none)?, cookie: false })
    }
}

/// An origin as browsers write it: in lower case, and without the port that its scheme has anyway.
fn exact(text: &str) -> Option<String> {
    let uri: Uri = text.parse().ok()?;
    let (scheme, authority) = (uri.scheme_str()?.to_ascii_lowercase(), uri.authority()?);
    let host = authority.host().to_ascii_lowercase();
    let more = authority.as_str().contains(['@', '*']) || uri.query().is_some();
    if host.is_empty() || more || uri.path() != "/" {
        return None;
    }
    let usual = match scheme.as_str() {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    };
    let port = authority.port_u16().filter(|port| Some(*port) != usual);
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{scheme}://{host}{port}"))
}

/// What tells browsers of these origins; none when there are none, and so nothing changes.
pub(super) fn layer(origins: &[CorsOrigin]) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let with_cookie: Vec<_> =
        origins.iter().filter(|one| one.cookie).map(|one| one.origin.clone()).collect();
    let credentials = AllowCredentials::predicate(move |origin, _| with_cookie.contains(origin));
    let layer = CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins.iter().map(|one| one.origin.clone())))
        .allow_credentials(credentials)
        .allow_methods(METHODS)
        .allow_headers(SENT)
        .expose_headers(READ)
        .max_age(MAX_AGE);
    Some(layer)
}

/// Whether a listed origin's page may do what it asks for: with whatever it brings if it may use the
/// cookie, else only if it brings nothing that a browser adds by itself.
pub(super) fn admits(origins: &[CorsOrigin], headers: &HeaderMap) -> bool {
    let listed = listed(origins, headers);
    listed.is_some_and(|origin| {
        let login = headers.get(AUTHORIZATION);
        let ambient = headers.contains_key(COOKIE) || login.is_some_and(|it| bearer(it).is_none());
        origin.cookie || !ambient
    })
}

fn listed<'a>(origins: &'a [CorsOrigin], headers: &HeaderMap) -> Option<&'a CorsOrigin> {
    let origin = headers.get(ORIGIN)?;
    origins.iter().find(|one| one.origin == origin)
}

/// Gives no cookie to pages that may not use it: a browser of the same site would keep it.
pub(super) async fn spare_cookies(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Response {
    let spared = listed(&app.options.cors, request.headers()).is_some_and(|one| !one.cookie);
    let mut response = next.run(request).await;
    if spared {
        response.headers_mut().remove(SET_COOKIE);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_exact() {
        for (text, origin) in [
            ("https://desk.example", "https://desk.example"),
            ("https://desk.example/", "https://desk.example"),
            ("HTTPS://Desk.Example:443", "https://desk.example"),
            ("http://localhost:5173", "http://localhost:5173"),
            ("http://[::1]:80", "http://[::1]"),
            ("https://desk.example:80", "https://desk.example:80"),
            ("tauri://localhost", "tauri://localhost"),
        ] {
            assert_eq!(text.parse::<CorsOrigin>().unwrap().origin, origin, "{text}");
        }
        for text in [
            "",
            "*",
            "null",
            "desk.example",
            "https://",
            "https://*.example",
            "https://a.b/path",
            "https://a.b?x",
            "https://user@a.b",
            "//a.b",
            "https://a.b, https://c.d",
            "https://a b",
        ] {
            assert!(text.parse::<CorsOrigin>().is_err(), "{text}");
        }
    }

    #[test]
    fn without_the_cookie_a_page_brings_nothing_that_a_browser_adds() {
        let origins = [origin("https://a.example"), origin("https://b.example").with_cookie()];
        let admitted = |headers: &[(&'static str, &'static str)]| {
            let headers = headers.iter().map(|(name, value)| {
                (HeaderName::from_static(name), HeaderValue::from_static(value))
            });
            admits(&origins, &headers.collect())
        };
        let (a, b) = (("origin", "https://a.example"), ("origin", "https://b.example"));
        assert!(admitted(&[a]) && admitted(&[a, ("authorization", "Bearer t")]));
        assert!(!admitted(&[a, ("cookie", "x=y")]));
        assert!(!admitted(&[a, ("authorization", "Basic eA==")]));
        assert!(admitted(&[b, ("cookie", "x=y")]));
        assert!(!admitted(&[("origin", "https://a.example.evil.example")]));
        assert!(!admitted(&[("origin", "null")]) && !admitted(&[]));
    }

    fn origin(text: &str) -> CorsOrigin {
        text.parse().unwrap()
    }
}
