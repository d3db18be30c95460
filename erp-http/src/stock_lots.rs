//! What is on hand of lots and serial numbers.

use crate::describe::IntoParams;
use axum::extract::State;
use chrono::NaiveDate;
use erp_core::{
    ids::{ItemId, WarehouseId},
    inventory::{LotFilter, LotLevel},
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
    Routes::default().routes(routes!(list_lots))
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
