//! Protection against requests that a page of another origin makes with the user's cookie.
//!
//! The rules are those of Go 1.25 and of tower-http's `csrf` layer, which need no tokens. Here they
//! guard the live streams too (a WebSocket's upgrade is a `GET` that no browser checks), and spare
//! requests with a bearer token, which no browser adds by itself.

use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, Method, Uri,
        header::{AUTHORIZATION, HOST, ORIGIN},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{authenticate::bearer, cors, problem::Failure, state::App};

const FETCH_SITE: &str = "sec-fetch-site";

/// Refuses cross-site requests that change something.
pub(super) async fn guard_changes(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if safe { next.run(request).await } else { guard_all(State(app), request, next).await }
}

/// Refuses all cross-site requests: for streams, whose content a foreign page could read.
pub(super) async fn guard_all(State(app): State<App>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let ambient = headers.get(AUTHORIZATION).and_then(bearer).is_none();
    let options = &app.options;
    if ambient
        && !same_site(headers, request.uri(), &options.allowed_origins)
        && !cors::admits(&options.cors, headers)
    {
        return Failure::cross_site().into_response();
    }
    next.run(request).await
}

fn same_site(headers: &HeaderMap, uri: &Uri, allowed: &[String]) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("invalid"));
    let origin = text(ORIGIN.as_str());
    if origin.is_some_and(|origin| allowed.iter().any(|one| one.trim_end_matches('/') == origin)) {
        return true;
    }
    match (text(FETCH_SITE), origin) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        // Neither header: no browser of the last years.
        (None, None) => true,
        (None, Some(origin)) => {
            let host = uri.authority().map(|authority| authority.as_str());
            let host = host.or_else(|| text(HOST.as_str()));
            let authority = origin.split_once("://").map(|(_, authority)| authority);
            authority.is_some() && authority == host
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn passes(headers: &[(&str, &str)]) -> bool {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
                (name, HeaderValue::from_str(value).unwrap())
            })
            .collect();
        let allowed = ["https://desk.example/".to_owned()];
        same_site(&headers, &Uri::from_static("/api/x"), &allowed)
    }

    #[test]
    fn a_request_of_the_same_origin_passes() {
        assert!(passes(&[]));
        assert!(passes(&[("sec-fetch-site", "same-origin")]));
        assert!(passes(&[("sec-fetch-site", "none")]));
        assert!(passes(&[("host", "erp.example:8080"), ("origin", "http://erp.example:8080")]));
        assert!(passes(&[("sec-fetch-site", "cross-site"), ("origin", "https://desk.example")]));
    }

    #[test]
    fn a_request_of_another_origin_does_not() {
        for site in ["cross-site", "same-site", "nonsense"] {
            let headers = [("sec-fetch-site", site), ("host", "a.b"), ("origin", "https://a.b")];
            assert!(!passes(&headers), "{site}");
        }
        for origin in ["https://evil.example", "null", "https://erp.example.evil.example", ""] {
            assert!(!passes(&[("host", "erp.example"), ("origin", origin)]), "{origin}");
        }
        assert!(!passes(&[("host", "erp.example"), ("origin", "http://erp.example:81")]));
    }
}
