//! A request on its way to its handler.

use axum::{
    Extension,
    body::{Body, Bytes},
    extract::{FromRequest, Request, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE, request::Parts},
};

use crate::{authenticate::Principal, problem::Failure, state::App};
use erp_core::error::Error;

/// What a handler takes of a call.
pub(crate) trait Argument: Sized + Send + 'static {
    /// Whether it is the body, read whole.
    const READS_BODY: bool = false;

    /// Takes it.
    fn take(call: &mut Call) -> Result<Self, Failure>;
}

/// A request on its way to its handler.
pub(crate) struct Call {
    pub(crate) app: App,
    pub(crate) parts: Parts,
    body: Body,
    read: Option<Result<Bytes, Failure>>,
}

impl Call {
    pub(crate) fn new(app: App, request: Request) -> Self {
        let (parts, body) = request.into_parts();
        Self { app, parts, body, read: None }
    }

    /// Reads the body, unless it is not JSON by its own account. What is wrong with it is told when it
    /// is taken, after what is wrong with the path.
    pub(crate) async fn read_body(&mut self) {
        let read = if is_json(&self.parts.headers) {
            let body = self.take_body();
            let request = Request::from_parts(self.parts.clone(), body);
            let max_bytes = self.app.options.max_body_bytes;
            Bytes::from_request(request, &self.app)
                .await
                .map_err(|rejection| unread(&rejection, max_bytes))
        } else {
            Err(Failure::media_type())
        };
        self.read = Some(read);
    }

    /// The body as it comes in.
    pub(super) fn take_body(&mut self) -> Body {
        std::mem::take(&mut self.body)
    }

    /// The body that was read.
    pub(super) fn take_read(&mut self) -> Result<Bytes, Failure> {
        let unread = || Err(Error::Internal("the body was not read".to_owned()).into());
        self.read.take().unwrap_or_else(unread)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let essence = value.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

fn unread(rejection: &BytesRejection, max_bytes: usize) -> Failure {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Failure::too_large(max_bytes)
    } else {
        Failure::malformed("the body broke off".to_owned())
    }
}

impl Argument for State<App> {
    fn take(call: &mut Call) -> Result<Self, Failure> {
        Ok(Self(call.app.clone()))
    }
}

impl Argument for Principal {
    fn take(call: &mut Call) -> Result<Self, Failure> {
        call.parts.extensions.get().copied().ok_or_else(|| Error::Unauthenticated.into())
    }
}

impl<T: Clone + Send + Sync + 'static> Argument for Extension<T> {
    fn take(call: &mut Call) -> Result<Self, Failure> {
        let missing = || Error::Internal("a layer of the route is missing".to_owned());
        Ok(call.parts.extensions.get().cloned().map(Self).ok_or_else(missing)?)
    }
}

impl Argument for HeaderMap {
    fn take(call: &mut Call) -> Result<Self, Failure> {
        Ok(call.parts.headers.clone())
    }
}

/// The whole request; it comes last.
impl Argument for Request {
    fn take(call: &mut Call) -> Result<Self, Failure> {
        let (nothing, ()) = axum::http::Request::new(()).into_parts();
        let parts = std::mem::replace(&mut call.parts, nothing);
        Ok(Self::from_parts(parts, call.take_body()))
    }
}
