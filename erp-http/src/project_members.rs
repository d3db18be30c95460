//! Who belongs to a project.

use crate::describe::ToSchema;
use axum::{extract::State, http::StatusCode};
use erp_core::{
    ids::{ProjectId, UserId},
    page::Page,
    projects::{ProjectMember, ProjectRole},
};
use serde::Deserialize;

use super::route::{Json, Routes, routes};
use super::{
    extract::{Body, Caller, Paging, Path, PathPair, Query},
    problem::Reply,
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .routes(routes!(list_project_members))
        .routes(routes!(put_project_member, remove_project_member))
        .routes(routes!(leave_project))
}

/// A place in a project.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PutProjectMember {
    /// What he may do.
    #[schema(value_type = crate::schema::ProjectRole)]
    role: ProjectRole,
}

/// The members of a project, by user id.
#[erp_derive::endpoint(get, path = "/api/projects/{id}/members",
    params(("id" = crate::schema::ProjectId, Path), Paging),
    responses((status = 200, body = crate::schema::Page<crate::schema::ProjectMember>)))]
async fn list_project_members(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ProjectId>,
    Query(paging): Query<Paging>,
) -> Reply<Json<Page<ProjectMember>>> {
    Ok(Json(app.engine.projects().members(&ctx, id, &paging.into()).await?))
}

/// Puts a user into a project, or changes the role of one who is in it.
#[erp_derive::endpoint(put, path = "/api/projects/{id}/members/{user}",
    params(("id" = crate::schema::ProjectId, Path), ("user" = crate::schema::UserId, Path)),
    request_body = PutProjectMember, responses((status = 204)))]
async fn put_project_member(
    State(app): State<App>,
    Caller(ctx): Caller,
    PathPair(id, user): PathPair<ProjectId, UserId>,
    Body(member): Body<PutProjectMember>,
) -> Reply<StatusCode> {
    app.engine.projects().put_member(&ctx, id, user, member.role).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a user out of a project.
#[erp_derive::endpoint(delete, path = "/api/projects/{id}/members/{user}",
    params(("id" = crate::schema::ProjectId, Path), ("user" = crate::schema::UserId, Path)),
    responses((status = 204)))]
async fn remove_project_member(
    State(app): State<App>,
    Caller(ctx): Caller,
    PathPair(id, user): PathPair<ProjectId, UserId>,
) -> Reply<StatusCode> {
    app.engine.projects().remove_member(&ctx, id, user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Leaves a project.
#[erp_derive::endpoint(post, path = "/api/projects/{id}/leave", params(("id" = crate::schema::ProjectId, Path)),
    responses((status = 204)))]
async fn leave_project(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ProjectId>,
) -> Reply<StatusCode> {
    app.engine.projects().leave(&ctx, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
