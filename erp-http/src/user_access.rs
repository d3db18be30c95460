//! A user's password, sessions and roles, for those who manage them.

use crate::describe::ToSchema;
use axum::{extract::State, http::StatusCode};
use erp_core::{
    access::{Password, Role, RoleHolder, SessionView},
    ids::{RoleId, UserId},
};
use serde::Deserialize;

use super::route::{Json, Routes, routes};
use super::{
    extract::{Body, Caller, Path, PathPair},
    list::List,
    problem::Reply,
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .routes(routes!(set_password))
        .routes(routes!(user_sessions, end_user_sessions))
        .routes(routes!(user_roles))
        .routes(routes!(grant_user_role, revoke_user_role))
}

/// A password to set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetPassword {
    /// The new password.
    #[schema(value_type = String, format = Password)]
    new: Password,
}

/// Sets a user's password. All his sessions end.
#[erp_derive::endpoint(put, path = "/api/users/{id}/password", params(("id" = crate::schema::UserId, Path)),
    request_body = SetPassword, responses((status = 204)))]
async fn set_password(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<UserId>,
    Body(password): Body<SetPassword>,
) -> Reply<StatusCode> {
    app.engine.access().set_password(&ctx, id, password.new).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A user's live sessions, the newest first.
#[erp_derive::endpoint(get, path = "/api/users/{id}/sessions", params(("id" = crate::schema::UserId, Path)),
    responses((status = 200, body = List<crate::schema::SessionView>)))]
async fn user_sessions(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<UserId>,
) -> Reply<Json<List<SessionView>>> {
    Ok(Json(app.engine.access().sessions(&ctx, id).await?.into()))
}

/// Ends all sessions of a user; his live connections close.
#[erp_derive::endpoint(delete, path = "/api/users/{id}/sessions", params(("id" = crate::schema::UserId, Path)),
    responses((status = 204)))]
async fn end_user_sessions(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<UserId>,
) -> Reply<StatusCode> {
    app.engine.access().revoke_sessions(&ctx, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The roles that a user has directly, by name.
#[erp_derive::endpoint(get, path = "/api/users/{id}/roles", params(("id" = crate::schema::UserId, Path)),
    responses((status = 200, body = List<crate::schema::Role>)))]
async fn user_roles(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<UserId>,
) -> Reply<Json<List<Role>>> {
    Ok(Json(app.engine.access().roles_of(&ctx, RoleHolder::User(id)).await?.into()))
}

/// Gives a role to a user.
#[erp_derive::endpoint(put, path = "/api/users/{id}/roles/{role}",
    params(("id" = crate::schema::UserId, Path), ("role" = crate::schema::RoleId, Path)),
    responses((status = 204)))]
async fn grant_user_role(
    State(app): State<App>,
    Caller(ctx): Caller,
    PathPair(id, role): PathPair<UserId, RoleId>,
) -> Reply<StatusCode> {
    app.engine.access().grant_role(&ctx, RoleHolder::User(id), role).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a role from a user.
#[erp_derive::endpoint(delete, path = "/api/users/{id}/roles/{role}",
    params(("id" = crate::schema::UserId, Path), ("role" = crate::schema::RoleId, Path)),
    responses((status = 204)))]
async fn revoke_user_role(
    State(app): State<App>,
    Caller(ctx): Caller,
    PathPair(id, role): PathPair<UserId, RoleId>,
) -> Reply<StatusCode> {
    app.engine.access().revoke_role(&ctx, RoleHolder::User(id), role).await?;
    Ok(StatusCode::NO_CONTENT)
}
