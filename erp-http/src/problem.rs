//! Every error leaves as an RFC 9457 problem document, those of the framework included.

use std::time::Duration;

use axum::{
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use erp_core::error::{Error, Problem, Violation};

use erp_realtime::hub::Refusal;

/// The media type of a problem document.
const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");
/// What a 401 asks for.
const CHALLENGE: HeaderValue = HeaderValue::from_static("Bearer");

/// What a handler answers.
pub(super) type Reply<T> = Result<T, Failure>;

/// A problem on its way to the client.
#[derive(Debug)]
pub(super) struct Failure(Box<Problem>);

impl Failure {
    fn new(status: StatusCode, code: &'static str, title: &'static str, detail: String) -> Self {
        Self(Box::new(Problem {
            kind: format!("urn:erp:problem:{code}"),
            title,
            status: status.as_u16(),
            code,
            detail,
            errors: Vec::new(),
            conflict: None,
            retry_after_s: None,
        }))
    }

    /// The request's body is no JSON at all.
    pub(super) fn malformed(detail: String) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", "Malformed request", detail)
    }

    /// The same without a word on when to come again: a stranger learns nothing from it.
    pub(super) fn without_retry(mut self) -> Self {
        self.0.retry_after_s = None;
        self
    }

    /// A field of the request is wrong.
    pub(super) fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Error::Validation(vec![Violation::new(field, message)]).into()
    }

    /// The request comes from a page of another origin.
    pub(super) fn cross_site() -> Self {
        let detail = "the request comes from another origin".to_owned();
        Self::new(StatusCode::FORBIDDEN, "cross_site", "Cross-site request", detail)
    }

    /// The body is not JSON by its own account.
    pub(super) fn media_type() -> Self {
        let detail = "send the body as application/json".to_owned();
        let title = "Unsupported media type";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type", title, detail)
    }

    /// The body is longer than is read.
    pub(super) fn too_large(max_bytes: usize) -> Self {
        let detail = format!("the body may have at most {max_bytes} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "Body too large", detail)
    }

    /// The body came too slowly.
    pub(super) fn too_slow() -> Self {
        let detail = "too little of the body came in time".to_owned();
        Self::new(StatusCode::REQUEST_TIMEOUT, "too_slow", "Request timeout", detail)
    }

    /// No route has this path.
    pub(super) fn no_route() -> Self {
        Error::NotFound { entity: "resource" }.into()
    }

    /// The route has no such method.
    pub(super) fn no_method() -> Self {
        let detail = "the resource has no such method".to_owned();
        let title = "Method not allowed";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", title, detail)
    }

    /// The answer took too long. The work may have been done.
    pub(super) fn timed_out(after: Duration) -> Self {
        Error::Unavailable(format!("no answer after {after:?}")).into()
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match &error {
            Error::Internal(fault) => tracing::error!(%fault, "internal error"),
            Error::Unavailable(fault) => tracing::warn!(%fault, "temporarily unavailable"),
            _ => {}
        }
        Self(Box::new(error.problem()))
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        if let Refusal::Unavailable(fault) = &refusal {
            tracing::warn!(%fault, "no live connection");
        }
        Self(Box::new(refusal.problem()))
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&*self.0).unwrap_or_default();
        let mut response = (status, [(CONTENT_TYPE, MEDIA_TYPE)], body).into_response();
        let headers = response.headers_mut();
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, CHALLENGE);
        }
        if let Some(seconds) = self.0.retry_after_s {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
