//! Warehouses.

use crate::describe::ToSchema;
use axum::{extract::State, http::StatusCode};
use erp_core::{
    change::Version,
    ids::WarehouseId,
    inventory::{NegativeStock, Warehouse, WarehouseFields, WarehouseUpdate},
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
    Routes::default()
        .routes(routes!(list_warehouses, create_warehouse))
        .routes(routes!(get_warehouse, update_warehouse))
}

/// A warehouse to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateWarehouse {
    /// Its code, 1 to 64 characters without spaces, unique without regard to case.
    code: String,
    /// Its name, 1 to 200 characters.
    name: String,
    /// Where it is, at most 500 characters.
    address: Option<String>,
    /// Whether stock may be taken from here that is not there; `forbidden` when it is left out.
    #[schema(value_type = Option<crate::schema::NegativeStock>)]
    negative: Option<NegativeStock>,
    /// Whether anything comes in or goes out; true when it is left out.
    active: Option<bool>,
}

/// A warehouse's new fields, all of them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UpdateWarehouse {
    /// The version that the caller has seen.
    #[schema(value_type = i64)]
    expected: Version,
    /// Its code, 1 to 64 characters without spaces, unique without regard to case.
    code: String,
    /// Its name, 1 to 200 characters.
    name: String,
    /// Where it is, at most 500 characters.
    address: Option<String>,
    /// Whether stock may be taken from here that is not there.
    #[schema(value_type = crate::schema::NegativeStock)]
    negative: NegativeStock,
    /// Whether anything comes in or goes out.
    active: bool,
}

/// The warehouses, by code.
#[erp_derive::endpoint(get, path = "/api/inventory/warehouses", params(Paging),
    responses((status = 200, body = crate::schema::Page<crate::schema::Warehouse>)))]
async fn list_warehouses(
    State(app): State<App>,
    Caller(ctx): Caller,
    Query(paging): Query<Paging>,
) -> Reply<Json<Page<Warehouse>>> {
    Ok(Json(app.engine.inventory().warehouses(&ctx, &paging.into()).await?))
}

/// Creates a warehouse.
#[erp_derive::endpoint(post, path = "/api/inventory/warehouses", params(crate::schema::IdempotencyHeader),
    request_body = CreateWarehouse, responses((status = 201, body = crate::schema::Warehouse)))]
async fn create_warehouse(
    State(app): State<App>,
    Caller(ctx): Caller,
    Body(new): Body<CreateWarehouse>,
) -> Reply<(StatusCode, Json<Warehouse>)> {
    let CreateWarehouse { code, name, address, negative, active } = new;
    let negative = negative.unwrap_or(NegativeStock::Forbidden);
    let new = WarehouseFields { code, name, address, negative, active: active.unwrap_or(true) };
    let warehouse = app.engine.inventory().create_warehouse(&ctx, new).await?;
    Ok((StatusCode::CREATED, Json(warehouse)))
}

/// A warehouse.
#[erp_derive::endpoint(get, path = "/api/inventory/warehouses/{id}",
    params(("id" = crate::schema::WarehouseId, Path)),
    responses((status = 200, body = crate::schema::Warehouse)))]
async fn get_warehouse(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<WarehouseId>,
) -> Reply<Json<Warehouse>> {
    Ok(Json(app.engine.inventory().warehouse(&ctx, id).await?))
}

/// Replaces a warehouse's fields.
#[erp_derive::endpoint(put, path = "/api/inventory/warehouses/{id}",
    params(("id" = crate::schema::WarehouseId, Path)),
    request_body = UpdateWarehouse, responses((status = 200, body = crate::schema::Warehouse)))]
async fn update_warehouse(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<WarehouseId>,
    Body(change): Body<UpdateWarehouse>,
) -> Reply<Json<Warehouse>> {
    let UpdateWarehouse { expected, code, name, address, negative, active } = change;
    let fields = WarehouseFields { code, name, address, negative, active };
    let update = WarehouseUpdate { expected, fields };
    Ok(Json(app.engine.inventory().update_warehouse(&ctx, id, update).await?))
}
