//! Until when the books of stock are closed.

use crate::describe::ToSchema;
use axum::{extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::route::{Json, Routes, routes};
use super::{
    extract::{Body, Caller},
    problem::Reply,
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default().routes(routes!(closed_until, close_period))
}

/// How far the books are closed.
#[derive(Serialize, ToSchema)]
struct ClosedPeriod {
    /// Nothing has effect before this instant; null while they never were closed.
    until: Option<DateTime<Utc>>,
}

/// How far to close the books.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ClosePeriod {
    /// Nothing has effect before this instant from now on.
    until: DateTime<Utc>,
}

/// Until when the books are closed.
#[erp_derive::endpoint(get, path = "/api/inventory/closed-period",
    responses((status = 200, body = ClosedPeriod)))]
async fn closed_until(State(app): State<App>, Caller(ctx): Caller) -> Reply<Json<ClosedPeriod>> {
    let until = app.engine.inventory().closed_until(&ctx).await?;
    Ok(Json(ClosedPeriod { until }))
}

/// Closes the books up to an instant. They are not opened again.
#[erp_derive::endpoint(post, path = "/api/inventory/closed-period", request_body = ClosePeriod,
    responses((status = 204)))]
async fn close_period(
    State(app): State<App>,
    Caller(ctx): Caller,
    Body(close): Body<ClosePeriod>,
) -> Reply<StatusCode> {
    app.engine.inventory().close_period(&ctx, close.until).await?;
    Ok(StatusCode::NO_CONTENT)
}
