//! Items.

use crate::describe::{IntoParams, ToSchema};
use axum::{extract::State, http::StatusCode};
use erp_core::{
    change::Version,
    ids::{ItemCategoryId, ItemId},
    inventory::{Item, ItemFields, ItemUpdate, NegativeStock, Tracking, Unit, ValuationMethod},
    money::Decimal,
    page::{Page, PageRequest},
};
use serde::Deserialize;

use super::route::{Json, Routes, routes};
use super::{
    extract::{Body, Caller, Expected, Paging, Path, Query},
    problem::Reply,
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .routes(routes!(list_items, create_item))
        .routes(routes!(get_item, update_item, delete_item))
        .routes(routes!(get_item_by_sku))
}

/// What an item is counted in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ItemUnit {
    /// Its name, such as `pcs` or `kg`.
    name: String,
    /// Digits after the point of a quantity, 0 to 6: 0 for whole pieces.
    scale: u8,
}

impl From<ItemUnit> for Unit {
    fn from(unit: ItemUnit) -> Self {
        Self { name: unit.name, scale: unit.scale }
    }
}

/// An item to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateItem {
    /// Its number, 1 to 64 characters without spaces, unique without regard to case.
    sku: String,
    /// Its name, 1 to 200 characters.
    name: String,
    /// The category that it is in.
    #[schema(value_type = Option<crate::schema::ItemCategoryId>)]
    category: Option<ItemCategoryId>,
    /// What it is counted in; it stays once there was stock.
    unit: ItemUnit,
    /// Stock is low when what is available in a warehouse is not above this.
    #[schema(value_type = Option<String>)]
    #[serde(default, deserialize_with = "erp_core::money::read_optional_decimal")]
    reorder_level: Option<Decimal>,
    /// How what leaves is valued; it stays once there was stock.
    #[schema(value_type = crate::schema::ValuationMethod)]
    valuation: ValuationMethod,
    /// Whether it may be taken where it is not; without it the warehouse says so.
    #[schema(value_type = Option<crate::schema::NegativeStock>)]
    negative: Option<NegativeStock>,
    /// What of its stock is kept apart, nothing when it is left out; it stays once there was stock.
    #[schema(value_type = Option<crate::schema::Tracking>)]
    tracking: Option<Tracking>,
    /// Whether anything of it comes in or goes out; true when it is left out.
    active: Option<bool>,
}

/// An item's new fields, all of them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UpdateItem {
    /// The version that the caller has seen.
    #[schema(value_type = i64)]
    expected: Version,
    /// Its number, 1 to 64 characters without spaces, unique without regard to case.
    sku: String,
    /// Its name, 1 to 200 characters.
    name: String,
    /// The category that it is in.
    #[schema(value_type = Option<crate::schema::ItemCategoryId>)]
    category: Option<ItemCategoryId>,
    /// What it is counted in; it stays once there was stock.
    unit: ItemUnit,
    /// Stock is low when what is available in a warehouse is not above this.
    #[schema(value_type = Option<String>)]
    #[serde(default, deserialize_with = "erp_core::money::read_optional_decimal")]
    reorder_level: Option<Decimal>,
    /// How what leaves is valued; it stays once there was stock.
    #[schema(value_type = crate::schema::ValuationMethod)]
    valuation: ValuationMethod,
    /// Whether it may be taken where it is not; without it the warehouse says so.
    #[schema(value_type = Option<crate::schema::NegativeStock>)]
    negative: Option<NegativeStock>,
    /// What of its stock is kept apart; it stays once there was stock.
    #[schema(value_type = crate::schema::Tracking)]
    tracking: Tracking,
    /// Whether anything of it comes in or goes out.
    active: bool,
}

/// Which items.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ItemFilter {
    /// Only those directly in this category.
    #[param(value_type = Option<crate::schema::ItemCategoryId>)]
    category: Option<ItemCategoryId>,
    /// The most items on the page: 50 without it, at most 500 however many are asked for.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// The items, active or not, by SKU.
#[erp_derive::endpoint(get, path = "/api/inventory/items", params(ItemFilter),
    responses((status = 200, body = crate::schema::Page<crate::schema::Item>)))]
async fn list_items(
    State(app): State<App>,
    Caller(ctx): Caller,
    Query(filter): Query<ItemFilter>,
) -> Reply<Json<Page<Item>>> {
    let ItemFilter { category, limit, cursor } = filter;
    let page = PageRequest::from(Paging { limit, cursor });
    Ok(Json(app.engine.inventory().items(&ctx, category, &page).await?))
}

/// Creates an item.
#[erp_derive::endpoint(post, path = "/api/inventory/items", params(crate::schema::IdempotencyHeader),
    request_body = CreateItem, responses((status = 201, body = crate::schema::Item)))]
async fn create_item(
    State(app): State<App>,
    Caller(ctx): Caller,
    Body(new): Body<CreateItem>,
) -> Reply<(StatusCode, Json<Item>)> {
    let CreateItem {
        sku,
        name,
        category,
        unit,
        reorder_level,
        valuation,
        negative,
        tracking,
        active,
    } = new;
    let (unit, active) = (unit.into(), active.unwrap_or(true));
    let tracking = tracking.unwrap_or_default();
    let new = ItemFields {
        sku,
        name,
        category,
        unit,
        reorder_level,
        valuation,
        negative,
        tracking,
        active,
    };
    Ok((StatusCode::CREATED, Json(app.engine.inventory().create_item(&ctx, new).await?)))
}

/// An item.
#[erp_derive::endpoint(get, path = "/api/inventory/items/{id}", params(("id" = crate::schema::ItemId, Path)),
    responses((status = 200, body = crate::schema::Item)))]
async fn get_item(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ItemId>,
) -> Reply<Json<Item>> {
    Ok(Json(app.engine.inventory().item(&ctx, id).await?))
}

/// The item of this SKU, without regard to case.
#[erp_derive::endpoint(get, path = "/api/inventory/items/by-sku/{sku}", params(("sku" = String, Path)),
    responses((status = 200, body = crate::schema::Item)))]
async fn get_item_by_sku(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(sku): Path<String>,
) -> Reply<Json<Item>> {
    Ok(Json(app.engine.inventory().item_by_sku(&ctx, &sku).await?))
}

/// Replaces an item's fields.
#[erp_derive::endpoint(put, path = "/api/inventory/items/{id}", params(("id" = crate::schema::ItemId, Path)),
    request_body = UpdateItem, responses((status = 200, body = crate::schema::Item)))]
async fn update_item(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ItemId>,
    Body(change): Body<UpdateItem>,
) -> Reply<Json<Item>> {
    let UpdateItem {
        expected,
        sku,
        name,
        category,
        unit,
        reorder_level,
        valuation,
        negative,
        tracking,
        active,
    } = change;
    let unit = unit.into();
    let fields = ItemFields {
        sku,
        name,
        category,
        unit,
        reorder_level,
        valuation,
        negative,
        tracking,
        active,
    };
    let update = ItemUpdate { expected, fields };
    Ok(Json(app.engine.inventory().update_item(&ctx, id, update).await?))
}

/// Deletes an item that never had stock.
#[erp_derive::endpoint(delete, path = "/api/inventory/items/{id}",
    params(("id" = crate::schema::ItemId, Path), Expected), responses((status = 204)))]
async fn delete_item(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ItemId>,
    Query(seen): Query<Expected>,
) -> Reply<StatusCode> {
    app.engine.inventory().delete_item(&ctx, id, seen.expected).await?;
    Ok(StatusCode::NO_CONTENT)
}
