//! Who calls, as the services want to know it.

use axum::http::request::Parts;
use erp_core::{
    Ctx,
    access::RequestOrigin,
    ctx::{IdempotencyKey, truncate_ip},
    error::Error,
    ids::ConnectionId,
};

use super::call::{Argument, Call};
use crate::{
    authenticate::{Principal, address},
    problem::Failure,
    surround::RequestId,
};

const IDEMPOTENCY_KEY: &str = "idempotency-key";
const CONNECTION: &str = "x-connection-id";

/// The context of an authenticated request.
pub(crate) struct Caller(pub(crate) Ctx);

impl Argument for Caller {
    fn take(call: &mut Call) -> Result<Self, Failure> {
        let parts = &call.parts;
        let principal = parts.extensions.get::<Principal>().ok_or(Error::Unauthenticated)?;
        let ctx = Ctx { session: principal.session, ..Ctx::user(principal.user) };
        complete(ctx, parts).map(Self)
    }
}

/// Where a request comes from that needs no login.
pub(crate) struct Visit(pub(crate) RequestOrigin);

impl Argument for Visit {
    fn take(call: &mut Call) -> Result<Self, Failure> {
        Ok(Self(origin(&call.parts)))
    }
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
