//! What is on hand of lots and serial numbers.

use crate::describe::{IntoParams, ToSchema};
use axum::extract::State;
use chrono::NaiveDate;
use erp_core::{
    ids::{ItemId, LotId, WarehouseId},
    inventory::{Lot, LotCorrection, LotFilter, LotLevel},
    page::Page,
};
use serde::Deserialize;

use super::route::{Json, Routes, routes};
use super::{
    extract::{Body, Caller, Paging, Path, Query},
    problem::Reply,
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default().routes(routes!(list_lots)).routes(routes!(correct_lot))
}

/// Which lots.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only of this item.
    #[param(value_type = Option<crate::schema::ItemId>)]
    item: Option<ItemId>,
    /// Only in this warehouse.
    #[param(value_type = Option<crate::schema::WarehouseId>)]
    warehouse: Option<WarehouseId>,
    /// Only those that are good until before this day.
    expires_before: Option<NaiveDate>,
    /// The most items on the page: 50 without it, at most 500 however many are asked for.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// The last good day of a lot, put right.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CorrectLot {
    /// The last good day that the caller has seen; null for a lot that never expires.
    seen: Option<NaiveDate>,
    /// The last day on which it is good; null when it never expires.
    expires_on: Option<NaiveDate>,
}

/// What is on hand of lots, warehouse by warehouse: what expires first comes first, what never does comes
/// last.
#[erp_derive::endpoint(get, path = "/api/inventory/lots", params(Filter),
    responses((status = 200, body = crate::schema::Page<crate::schema::LotLevel>)))]
async fn list_lots(
    State(app): State<App>,
    Caller(ctx): Caller,
    Query(filter): Query<Filter>,
) -> Reply<Json<Page<LotLevel>>> {
    let Filter { item, warehouse, expires_before, limit, cursor } = filter;
    let filter = LotFilter { item, warehouse, expires_before };
    Ok(Json(app.engine.inventory().lots(&ctx, filter, &Paging { limit, cursor }.into()).await?))
}

/// Puts the last good day of a lot right. What was picked before stays as it is.
#[erp_derive::endpoint(put, path = "/api/inventory/lots/{id}/expiry", params(("id" = crate::schema::LotId, Path)),
    request_body = CorrectLot, responses((status = 200, body = crate::schema::Lot)))]
async fn correct_lot(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<LotId>,
    Body(CorrectLot { seen, expires_on }): Body<CorrectLot>,
) -> Reply<Json<Lot>> {
    let correction = LotCorrection { seen, expires_on };
    Ok(Json(app.engine.inventory().correct_lot(&ctx, id, correction).await?))
}
