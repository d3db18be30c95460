//! The name of a request, in the answer, in traces and in the audit log; and what surrounds every
//! request: a panic becomes a problem, a late answer too, and each answer has its safety headers.

use std::panic::AssertUnwindSafe;

use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use erp_core::error::Error;
use futures::FutureExt;
use tracing::Instrument;

use super::{patience::Patience, problem::Failure, state::App};

const HEADER: HeaderName = HeaderName::from_static("x-request-id");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
/// The longest name that is taken from a client.
const MAX_BYTES: usize = 128;

/// The name of a request: the client's own when it is sane, else a new one.
#[derive(Clone, Debug)]
pub(super) struct RequestId(HeaderValue);

impl RequestId {
    fn of(headers: &HeaderMap, app: &App) -> Self {
        let sane = |value: &&HeaderValue| {
            let name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(byte);
            (1..=MAX_BYTES).contains(&value.len()) && value.as_bytes().iter().all(name)
        };
        let given = headers.get(HEADER).filter(sane).cloned();
        let made = || {
            let id = app.engine.ids().uuid().simple().to_string();
            HeaderValue::from_str(&id).unwrap_or_else(|_| HeaderValue::from_static("unnamed"))
        };
        Self(given.unwrap_or_else(made))
    }

    pub(super) fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }
}

/// The outermost layer.
pub(super) async fn surround(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let id = RequestId::of(request.headers(), &app);
    let span = tracing::info_span!(
        "request",
        id = id.as_str(),
        method = %request.method(),
        path = request.uri().path(),
    );
    request.extensions_mut().insert(id.clone());
    let mut response = answer(&app, request, next).instrument(span).await;
    let headers = response.headers_mut();
    headers.insert(HEADER, id.0);
    protect(headers);
    response
}

/// Only the time to the head of the answer is bounded: the body of a stream may go on for days. A
/// body that streams in has as long as it makes progress.
async fn answer(app: &App, mut request: Request, next: Next) -> Response {
    let after = app.options.request_timeout;
    let patience = Patience::new(after);
    request.extensions_mut().insert(patience.clone());
    let handling = AssertUnwindSafe(next.run(request)).catch_unwind();
    tokio::select! {
        biased;
        handled = handling => match handled {
            Ok(response) => response,
            Err(panic) => panicked(panic.as_ref()).into_response(),
        },
        () = patience.over() => Failure::timed_out(after).into_response(),
    }
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> Failure {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    Error::Internal(format!("panic: {}", text.unwrap_or_default())).into()
}

/// An answer is data for the one who asked: it is not kept, not guessed at, never a page, and no part
/// of another origin's.
fn protect(headers: &mut HeaderMap) {
    const POLICY: HeaderValue =
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
}
