//! Setting what stock is worth.

use crate::describe::ToSchema;
use axum::{extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use erp_core::{
    ids::{ItemId, WarehouseId},
    inventory::{PostedStock, StockRevaluation},
    money::Decimal,
};
use serde::Deserialize;

use super::route::{Json, Routes, routes};
use super::{
    extract::{Body, Caller},
    problem::Reply,
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default().routes(routes!(revalue_stock))
}

/// What somebody says that stock is worth.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RevalueStock {
    /// Of what.
    #[schema(value_type = crate::schema::ItemId)]
    item: ItemId,
    /// Where.
    #[schema(value_type = crate::schema::WarehouseId)]
    warehouse: WarehouseId,
    /// What one unit is worth from then on: a decimal, at least zero, at most twelve digits after the
    /// point.
    #[schema(value_type = String)]
    #[serde(deserialize_with = "erp_core::money::read_decimal")]
    unit_cost: Decimal,
    /// From when on; from now on without it. Not in the future.
    effective_at: Option<DateTime<Utc>>,
    /// What is noted on the posting, at most 200 characters.
    reference: Option<String>,
}

/// Sets what an item in a warehouse is worth: the difference is an entry of its own, no goods move.
#[erp_derive::endpoint(post, path = "/api/inventory/revaluations", params(crate::schema::IdempotencyHeader),
    request_body = RevalueStock, responses((status = 201, body = crate::schema::PostedStock)))]
async fn revalue_stock(
    State(app): State<App>,
    Caller(ctx): Caller,
    Body(new): Body<RevalueStock>,
) -> Reply<(StatusCode, Json<PostedStock>)> {
    let RevalueStock { item, warehouse, unit_cost, effective_at, reference } = new;
    let new = StockRevaluation { item, warehouse, unit_cost, effective_at, reference };
    Ok((StatusCode::CREATED, Json(app.engine.inventory().revalue(&ctx, new).await?)))
}
