//! Roles.

use crate::describe::ToSchema;
use axum::{extract::State, http::StatusCode};
use erp_core::{
    access::{NewRole, Role, RoleUpdate},
    change::Version,
    ids::RoleId,
    policy::PermissionSet,
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
    Routes::default().routes(routes!(list_roles, create_role)).routes(routes!(
        get_role,
        update_role,
        delete_role
    ))
}

/// A role to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateRole {
    /// Its name, 1 to 100 characters, unique without regard to case.
    name: String,
    /// What it permits.
    #[schema(value_type = Vec<crate::schema::Permission>)]
    permissions: PermissionSet,
}

/// A role's new name and permissions.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UpdateRole {
    /// The version that the caller has seen.
    #[schema(value_type = i64)]
    expected: Version,
    /// Its name, 1 to 100 characters, unique without regard to case.
    name: String,
    /// What it permits.
    #[schema(value_type = Vec<crate::schema::Permission>)]
    permissions: PermissionSet,
}

/// Every role, by name.
#[erp_derive::endpoint(get, path = "/api/roles", responses((status = 200, body = List<crate::schema::Role>)))]
async fn list_roles(State(app): State<App>, Caller(ctx): Caller) -> Reply<Json<List<Role>>> {
    Ok(Json(app.engine.access().roles(&ctx).await?.into()))
}

/// Creates a role, with no right that the caller lacks.
#[erp_derive::endpoint(post, path = "/api/roles", params(crate::schema::IdempotencyHeader),
    request_body = CreateRole, responses((status = 201, body = crate::schema::Role)))]
async fn create_role(
    State(app): State<App>,
    Caller(ctx): Caller,
    Body(new): Body<CreateRole>,
) -> Reply<(StatusCode, Json<Role>)> {
    let CreateRole { name, permissions } = new;
    let role = app.engine.access().create_role(&ctx, NewRole { name, permissions }).await?;
    Ok((StatusCode::CREATED, Json(role)))
}

/// A role.
#[erp_derive::endpoint(get, path = "/api/roles/{id}", params(("id" = crate::schema::RoleId, Path)),
    responses((status = 200, body = crate::schema::Role)))]
async fn get_role(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<RoleId>,
) -> Reply<Json<Role>> {
    Ok(Json(app.engine.access().role(&ctx, id).await?))
}

/// Changes a role of the organisation's own.
#[erp_derive::endpoint(put, path = "/api/roles/{id}", params(("id" = crate::schema::RoleId, Path)),
    request_body = UpdateRole, responses((status = 200, body = crate::schema::Role)))]
async fn update_role(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<RoleId>,
    Body(change): Body<UpdateRole>,
) -> Reply<Json<Role>> {
    let UpdateRole { expected, name, permissions } = change;
    let update = RoleUpdate { expected, name, permissions };
    Ok(Json(app.engine.access().update_role(&ctx, id, update).await?))
}

/// Deletes a role of the organisation's own, and takes it from all who have it.
#[erp_derive::endpoint(delete, path = "/api/roles/{id}", params(("id" = crate::schema::RoleId, Path), Expected),
    responses((status = 204)))]
async fn delete_role(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<RoleId>,
    Query(seen): Query<Expected>,
) -> Reply<StatusCode> {
    app.engine.access().delete_role(&ctx, id, seen.expected).await?;
    Ok(StatusCode::NO_CONTENT)
}
