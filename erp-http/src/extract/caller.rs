//! Who calls, as the services want to know it.

use axum::{extract::FromRequestParts, http::request::Parts};
use erp_core::{
    Ctx,
    access::RequestOrigin,
    ctx::{IdempotencyKey, truncate_ip},
    error::Error,
    ids::ConnectionId,
};
use utoipa::IntoParams;

use crate::{
    authenticate::{Principal, address},
    problem::Failure,
    state::App,
    surround::RequestId,
};

const IDEMPOTENCY_KEY: &str = "idempotency-key";
const CONNECTION: &str = "x-connection-id";

/// The context of an authenticated request.
pub(crate) struct Caller(pub(crate) Ctx);

impl FromRequestParts<App> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Failure> {
        let principal = parts.extensions.get::<Principal>().ok_or(Error::Unauthenticated)?;
        let ctx = Ctx { session: principal.session, ..Ctx::user(principal.user) };
        complete(ctx, parts).map(Self)
    }
}

/// Where a request comes from that needs no login.
pub(crate) struct Visit(pub(crate) RequestOrigin);

impl FromRequestParts<App> for Visit {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Failure> {
        Ok(Self(origin(parts)))
    }
}

/// The header that makes a request safe to repeat.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "describes the header that `Caller` reads")]
pub(crate) struct IdempotencyHeader {
    /// The client's name for this request, 1 to 128 visible ASCII characters: within 24 hours the
    /// same key with the same request gets the first answer again, with another one a conflict.
    #[param(rename = "Idempotency-Key", value_type = String, required = false)]
    key: Option<String>,
}

/// Where a request comes from.
pub(crate) fn origin(parts: &Parts) -> RequestOrigin {
    RequestOrigin {
        ip: address(&parts.extensions),
        correlation_id: parts.extensions.get::<RequestId>().map(|id| id.as_str().to_owned()),
        ..RequestOrigin::default()
    }
}

fn complete(ctx: Ctx, parts: &Parts) -> Result<Ctx, Failure> {
    let key = header(parts, IDEMPOTENCY_KEY)?.map(IdempotencyKey::new).transpose()?;
    let connection = header(parts, CONNECTION)?
        .map(|text| text.parse::<ConnectionId>())
        .transpose()
        .map_err(|error| Failure::field(CONNECTION, error.to_string()))?;
    let RequestOrigin { ip, correlation_id, .. } = origin(parts);
    let ip = ip.map(truncate_ip);
    Ok(Ctx { connection, ip, correlation_id, idempotency_key: key, ..ctx })
}

fn header<'a>(parts: &'a Parts, name: &str) -> Result<Option<&'a str>, Failure> {
    let Some(value) = parts.headers.get(name) else { return Ok(None) };
    value.to_str().map(Some).map_err(|_| Failure::field(name, "must be visible ASCII"))
}
