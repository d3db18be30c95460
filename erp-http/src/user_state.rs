//! Whether a user is let in.

use axum::extract::State;
use erp_core::{access::UserView, ids::UserId};

use super::route::{Json, Routes, routes};
use super::{
    extract::{Body, Caller, Expected, Path, Query},
    problem::Reply,
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .routes(routes!(delete_user))
        .routes(routes!(deactivate_user))
        .routes(routes!(reactivate_user))
        .routes(routes!(restore_user))
}

/// Deletes a user; he may be restored, and history keeps his name.
#[erp_derive::endpoint(delete, path = "/api/users/{id}", params(("id" = crate::schema::UserId, Path), Expected),
    responses((status = 200, body = crate::schema::User)))]
async fn delete_user(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<UserId>,
    Query(seen): Query<Expected>,
) -> Reply<Json<UserView>> {
    Ok(Json(app.engine.access().delete_user(&ctx, id, seen.expected).await?))
}

/// Shuts a user out: his sessions end, his live connections close.
#[erp_derive::endpoint(post, path = "/api/users/{id}/deactivate", params(("id" = crate::schema::UserId, Path)),
    request_body = Expected, responses((status = 200, body = crate::schema::User)))]
async fn deactivate_user(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<UserId>,
    Body(seen): Body<Expected>,
) -> Reply<Json<UserView>> {
    Ok(Json(app.engine.access().deactivate_user(&ctx, id, seen.expected).await?))
}

/// Lets a deactivated user in again.
#[erp_derive::endpoint(post, path = "/api/users/{id}/reactivate", params(("id" = crate::schema::UserId, Path)),
    request_body = Expected, responses((status = 200, body = crate::schema::User)))]
async fn reactivate_user(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<UserId>,
    Body(seen): Body<Expected>,
) -> Reply<Json<UserView>> {
    Ok(Json(app.engine.access().reactivate_user(&ctx, id, seen.expected).await?))
}

/// Restores a deleted user, with the roles and teams that he had.
#[erp_derive::endpoint(post, path = "/api/users/{id}/restore", params(("id" = crate::schema::UserId, Path)),
    request_body = Expected, responses((status = 200, body = crate::schema::User)))]
async fn restore_user(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<UserId>,
    Body(seen): Body<Expected>,
) -> Reply<Json<UserView>> {
    Ok(Json(app.engine.access().restore_user(&ctx, id, seen.expected).await?))
}
