//! What is in a team, and which roles it carries.

use axum::{extract::State, http::StatusCode};
use erp_core::{
    access::{Role, RoleHolder, TeamMember, TeamNesting},
    ids::{RoleId, TeamId, UserId},
};

use super::route::{Json, Routes, routes};
use super::{
    extract::{Caller, Path, PathPair},
    list::List,
    problem::Reply,
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .routes(routes!(team_members))
        .routes(routes!(add_team_member, remove_team_member))
        .routes(routes!(nest_team, unnest_team))
        .routes(routes!(team_roles))
        .routes(routes!(grant_team_role, revoke_team_role))
}

/// The effective members of a team, each once, direct and inherited told apart.
#[erp_derive::endpoint(get, path = "/api/teams/{id}/members", params(("id" = crate::schema::TeamId, Path)),
    responses((status = 200, body = List<crate::schema::TeamMember>)))]
async fn team_members(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<TeamId>,
) -> Reply<Json<List<TeamMember>>> {
    Ok(Json(app.engine.access().team_members(&ctx, id).await?.into()))
}

/// Puts a user into a team.
#[erp_derive::endpoint(put, path = "/api/teams/{id}/members/{user}",
    params(("id" = crate::schema::TeamId, Path), ("user" = crate::schema::UserId, Path)),
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
#[erp_derive::endpoint(delete, path = "/api/teams/{id}/members/{user}",
    params(("id" = crate::schema::TeamId, Path), ("user" = crate::schema::UserId, Path)),
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
#[erp_derive::endpoint(put, path = "/api/teams/{id}/teams/{child}",
    params(("id" = crate::schema::TeamId, Path), ("child" = crate::schema::TeamId, Path)),
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
#[erp_derive::endpoint(delete, path = "/api/teams/{id}/teams/{child}",
    params(("id" = crate::schema::TeamId, Path), ("child" = crate::schema::TeamId, Path)),
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
#[erp_derive::endpoint(get, path = "/api/teams/{id}/roles", params(("id" = crate::schema::TeamId, Path)),
    responses((status = 200, body = List<crate::schema::Role>)))]
async fn team_roles(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<TeamId>,
) -> Reply<Json<List<Role>>> {
    Ok(Json(app.engine.access().roles_of(&ctx, RoleHolder::Team(id)).await?.into()))
}

/// Gives a role to a team.
#[erp_derive::endpoint(put, path = "/api/teams/{id}/roles/{role}",
    params(("id" = crate::schema::TeamId, Path), ("role" = crate::schema::RoleId, Path)),
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
#[erp_derive::endpoint(delete, path = "/api/teams/{id}/roles/{role}",
    params(("id" = crate::schema::TeamId, Path), ("role" = crate::schema::RoleId, Path)),
    responses((status = 204)))]
async fn revoke_team_role(
    State(app): State<App>,
    Caller(ctx): Caller,
    PathPair(id, role): PathPair<TeamId, RoleId>,
) -> Reply<StatusCode> {
    app.engine.access().revoke_role(&ctx, RoleHolder::Team(id), role).await?;
    Ok(StatusCode::NO_CONTENT)
}
