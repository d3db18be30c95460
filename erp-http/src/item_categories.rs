//! Item categories.

use crate::describe::ToSchema;
use axum::{extract::State, http::StatusCode};
use erp_core::{
    change::Version,
    ids::ItemCategoryId,
    inventory::{CategoryUpdate, ItemCategory, NewCategory},
};
use serde::Deserialize;

use super::route::{Json, Routes, routes};
use super::{
    extract::{Body, Caller, Expected, Path, Query},
    list::List,
    problem::Reply,
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .routes(routes!(list_item_categories, create_item_category))
        .routes(routes!(update_item_category, delete_item_category))
}

/// A category to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateItemCategory {
    /// Its name, 1 to 200 characters, unique under its parent without regard to case.
    name: String,
    /// The category that it is in.
    #[schema(value_type = Option<crate::schema::ItemCategoryId>)]
    parent: Option<ItemCategoryId>,
}

/// A category's new name and place, both of them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UpdateItemCategory {
    /// The version that the caller has seen.
    #[schema(value_type = i64)]
    expected: Version,
    /// Its name, 1 to 200 characters, unique under its parent without regard to case.
    name: String,
    /// The category that it is in.
    #[schema(value_type = Option<crate::schema::ItemCategoryId>)]
    parent: Option<ItemCategoryId>,
}

/// Every category, by name; `parent` makes them a tree.
#[erp_derive::endpoint(get, path = "/api/inventory/categories",
    responses((status = 200, body = List<crate::schema::ItemCategory>)))]
async fn list_item_categories(
    State(app): State<App>,
    Caller(ctx): Caller,
) -> Reply<Json<List<ItemCategory>>> {
    Ok(Json(app.engine.inventory().categories(&ctx).await?.into()))
}

/// Creates a category.
#[erp_derive::endpoint(post, path = "/api/inventory/categories", params(crate::schema::IdempotencyHeader),
    request_body = CreateItemCategory, responses((status = 201, body = crate::schema::ItemCategory)))]
async fn create_item_category(
    State(app): State<App>,
    Caller(ctx): Caller,
    Body(new): Body<CreateItemCategory>,
) -> Reply<(StatusCode, Json<ItemCategory>)> {
    let new = NewCategory { name: new.name, parent: new.parent };
    let category = app.engine.inventory().create_category(&ctx, new).await?;
    Ok((StatusCode::CREATED, Json(category)))
}

/// Renames a category, or moves it with all that is in it.
#[erp_derive::endpoint(put, path = "/api/inventory/categories/{id}",
    params(("id" = crate::schema::ItemCategoryId, Path)),
    request_body = UpdateItemCategory, responses((status = 200, body = crate::schema::ItemCategory)))]
async fn update_item_category(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ItemCategoryId>,
    Body(change): Body<UpdateItemCategory>,
) -> Reply<Json<ItemCategory>> {
    let UpdateItemCategory { expected, name, parent } = change;
    let update = CategoryUpdate { expected, name, parent };
    Ok(Json(app.engine.inventory().update_category(&ctx, id, update).await?))
}

/// Deletes a category that nothing is in.
#[erp_derive::endpoint(delete, path = "/api/inventory/categories/{id}",
    params(("id" = crate::schema::ItemCategoryId, Path), Expected), responses((status = 204)))]
async fn delete_item_category(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ItemCategoryId>,
    Query(seen): Query<Expected>,
) -> Reply<StatusCode> {
    app.engine.inventory().delete_category(&ctx, id, seen.expected).await?;
    Ok(StatusCode::NO_CONTENT)
}
