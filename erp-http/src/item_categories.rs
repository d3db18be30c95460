//! Item categories.

use axum::{Json, extract::State, http::StatusCode};
use erp_core::{
    change::Version,
    ids::ItemCategoryId,
    inventory::{CategoryUpdate, ItemCategory, NewCategory},
};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    extract::{Body, Caller, Expected, IdempotencyHeader, Path, Query},
    list::List,
    problem::Reply,
    schema,
    state::App,
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
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
    #[schema(value_type = Option<schema::ItemCategoryId>)]
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
    #[schema(value_type = Option<schema::ItemCategoryId>)]
    parent: Option<ItemCategoryId>,
}

/// Every category, by name; `parent` makes them a tree.
#[utoipa::path(get, path = "/api/inventory/categories",
    responses((status = 200, body = List<schema::ItemCategory>)))]
async fn list_item_categories(
    State(app): State<App>,
    Caller(ctx): Caller,
) -> Reply<Json<List<ItemCategory>>> {
    Ok(Json(app.engine.inventory().categories(&ctx).await?.into()))
}

/// Creates a category.
#[utoipa::path(post, path = "/api/inventory/categories", params(IdempotencyHeader),
    request_body = CreateItemCategory, responses((status = 201, body = schema::ItemCategory)))]
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
#[utoipa::path(put, path = "/api/inventory/categories/{id}",
    params(("id" = schema::ItemCategoryId, Path)),
    request_body = UpdateItemCategory, responses((status = 200, body = schema::ItemCategory)))]
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
#[utoipa::path(delete, path = "/api/inventory/categories/{id}",
    params(("id" = schema::ItemCategoryId, Path), Expected), responses((status = 204)))]
async fn delete_item_category(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ItemCategoryId>,
    Query(seen): Query<Expected>,
) -> Reply<StatusCode> {
    app.engine.inventory().delete_category(&ctx, id, seen.expected).await?;
    Ok(StatusCode::NO_CONTENT)
}
