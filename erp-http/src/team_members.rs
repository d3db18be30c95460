//! What is in a team, and which roles it carries.

use axum::{Json, extract::State, http::StatusCode};
use erp_core::{
    access::{Role, RoleHolder, TeamMember, TeamNesting},
    ids::{RoleId, TeamId, UserId},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    extract::{Caller, Path, PathPair},
    list::List,
    problem::Reply,
    schema,
    state::App,
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(team_members))
        .routes(routes!(add_team_member, remove_team_member))
        .routes(routes!(nest_team, unnest_team))
        .routes(routes!(team_roles))
        .routes(routes!(grant_team_role, revoke_team_role))
}

/// The effective members of a team, each once, direct and inherited told apart.
#[utoipa::path(get, path = "/api/teams/{id}/members", params(("id" = schema::TeamId, Path)),
    responses((status = 200, body = List<schema::TeamMember>)))]
async fn team_members(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<TeamId>,
) -> Reply<Json<List<TeamMember>>> {
    Ok(Json(app.engine.access().team_members(&ctx, id).await?.into()))
}

/// Puts a user into a team.
#[utoipa::path(put, path = "/api/teams/{id}/members/{user}",
    params(("id" = schema::TeamId, Path), ("user" = schema::UserId, Path)),
    responses((status = 204)))]
async fn add_team_member(
    State(app): State<App>,
    Caller(ctx): Caller,
    PathPair(id, user): PathPair<TeamId, UserId>,
) -> Reply<StatusCode> {
    app.engine.access().add_team_member(&ctx, id, user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a user out of a team.
#[utoipa::path(delete, path = "/api/teams/{id}/members/{user}",
    params(("id" = schema::TeamId, Path), ("user" = schema::UserId, Path)),
    responses((status = 204)))]
async fn remove_team_member(
    State(app): State<App>,
    Caller(ctx): Caller,
    PathPair(id, user): PathPair<TeamId, UserId>,
) -> Reply<StatusCode> {
    app.engine.access().remove_team_member(&ctx, id, user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Puts a team into a team: the child's members become the parent's.
#[utoipa::path(put, path = "/api/teams/{id}/teams/{child}",
    params(("id" = schema::TeamId, Path), ("child" = schema::TeamId, Path)),
    responses((status = 204)))]
async fn nest_team(
    State(app): State<App>,
    Caller(ctx): Caller,
    PathPair(parent, child): PathPair<TeamId, TeamId>,
) -> Reply<StatusCode> {
    app.engine.access().nest_team(&ctx, TeamNesting { parent, child }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a team out of a team.
#[utoipa::path(delete, path = "/api/teams/{id}/teams/{child}",
    params(("id" = schema::TeamId, Path), ("child" = schema::TeamId, Path)),
    responses((status = 204)))]
async fn unnest_team(
    State(app): State<App>,
    Caller(ctx): Caller,
    PathPair(parent, child): PathPair<TeamId, TeamId>,
) -> Reply<StatusCode> {
    app.engine.access().unnest_team(&ctx, TeamNesting { parent, child }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The roles that a team carries: every effective member has them.
#[utoipa::path(get, path = "/api/teams/{id}/roles", params(("id" = schema::TeamId, Path)),
    responses((status = 200, body = List<schema::Role>)))]
async fn team_roles(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<TeamId>,
) -> Reply<Json<List<Role>>> {
    Ok(Json(app.engine.access().roles_of(&ctx, RoleHolder::Team(id)).await?.into()))
}

/// Gives a role to a team.
#[utoipa::path(put, path = "/api/teams/{id}/roles/{role}",
    params(("id" = schema::TeamId, Path), ("role" = schema::RoleId, Path)),
    responses((status = 204)))]
async fn grant_team_role(
    State(app): State<App>,
    Caller(ctx): Caller,
    PathPair(id, role): PathPair<TeamId, RoleId>,
) -> Reply<StatusCode> {
    app.engine.access().grant_role(&ctx, RoleHolder::Team(id), role).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a role from a team.
#[utoipa::path(delete, path = "/api/teams/{id}/roles/{role}",
    params(("id" = schema::TeamId, Path), ("role" = schema::RoleId, Path)),
    responses((status = 204)))]
async fn revoke_team_role(
    State(app): State<App>,
    Caller(ctx): Caller,
    PathPair(id, role): PathPair<TeamId, RoleId>,
) -> Reply<StatusCode> {
    app.engine.access().revoke_role(&ctx, RoleHolder::Team(id), role).await?;
    Ok(StatusCode::NO_CONTENT)
}
