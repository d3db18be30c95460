//! What happened to stock.

use crate::describe::IntoParams;
use axum::extract::State;
use chrono::{DateTime, Utc};
use erp_core::{
    ids::WarehouseId,
    inventory::{PostedStock, StockValuation, Turnover, TurnoverFilter, ValuationFilter},
    page::Page,
};
use serde::Deserialize;

use super::route::{Json, Routes, routes};
use super::{
    extract::{Caller, Paging, Query},
    problem::Reply,
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .routes(routes!(list_postings))
        .routes(routes!(turnover))
        .routes(routes!(valuation))
}

/// Which postings.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PostingFilter {
    /// What caused them.
    reference: String,
    /// The most items on the page: 50 without it, at most 500 however many are asked for.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// The time and the place of a report.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Period {
    /// From this instant on.
    from: DateTime<Utc>,
    /// Up to before this one.
    to: DateTime<Utc>,
    /// Only in this warehouse.
    #[param(value_type = Option<crate::schema::WarehouseId>)]
    warehouse: Option<WarehouseId>,
    /// The most items on the page: 50 without it, at most 500 however many are asked for.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// The instant and the place of a valuation.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Valued {
    /// As of this instant, movements at it included; as of now without it.
    at: Option<DateTime<Utc>>,
    /// Only in this warehouse.
    #[param(value_type = Option<crate::schema::WarehouseId>)]
    warehouse: Option<WarehouseId>,
    /// The most items on the page: 50 without it, at most 500 however many are asked for.
    limit: Option<u32>,
    /// The `next` of the page before. It goes with one instant: name `at` to read on.
    cursor: Option<String>,
}

/// The postings that something caused, by reference and id.
#[erp_derive::endpoint(get, path = "/api/inventory/postings", params(PostingFilter),
    responses((status = 200, body = crate::schema::Page<crate::schema::PostedStock>)))]
async fn list_postings(
    State(app): State<App>,
    Caller(ctx): Caller,
    Query(filter): Query<PostingFilter>,
) -> Reply<Json<Page<PostedStock>>> {
    let PostingFilter { reference, limit, cursor } = filter;
    let page = Paging { limit, cursor }.into();
    Ok(Json(app.engine.inventory().postings(&ctx, &[reference], &page).await?))
}

/// What moved in a time, by item and warehouse.
#[erp_derive::endpoint(get, path = "/api/inventory/turnover", params(Period),
    responses((status = 200, body = crate::schema::Page<crate::schema::Turnover>)))]
async fn turnover(
    State(app): State<App>,
    Caller(ctx): Caller,
    Query(period): Query<Period>,
) -> Reply<Json<Page<Turnover>>> {
    let Period { from, to, warehouse, limit, cursor } = period;
    let filter = TurnoverFilter { from, to, warehouse };
    let page = Paging { limit, cursor }.into();
    Ok(Json(app.engine.inventory().turnover(&ctx, filter, &page).await?))
}

/// What stock was worth at an instant, by item and warehouse: all where something ever moved.
#[erp_derive::endpoint(get, path = "/api/inventory/valuation", params(Valued),
    responses((status = 200, body = crate::schema::Page<crate::schema::StockValuation>)))]
async fn valuation(
    State(app): State<App>,
    Caller(ctx): Caller,
    Query(valued): Query<Valued>,
) -> Reply<Json<Page<StockValuation>>> {
    let Valued { at, warehouse, limit, cursor } = valued;
    let at = at.unwrap_or_else(|| app.engine.now());
    let page = Paging { limit, cursor }.into();
    let filter = ValuationFilter { at, warehouse };
    Ok(Json(app.engine.inventory().valuation(&ctx, filter, &page).await?))
}
