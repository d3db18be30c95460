//! Teams.

use crate::describe::ToSchema;
use axum::{extract::State, http::StatusCode};
use erp_core::{
    access::{NewTeam, Team, TeamDetails, TeamUpdate},
    change::Version,
    ids::TeamId,
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
    Routes::default().routes(routes!(list_teams, create_team)).routes(routes!(
        get_team,
        rename_team,
        delete_team
    ))
}

/// A team to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateTeam {
    /// Its name, 1 to 100 characters, unique without regard to case.
    name: String,
}

/// A team's new name.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RenameTeam {
    /// The version that the caller has seen.
    #[schema(value_type = i64)]
    expected: Version,
    /// Its name, 1 to 100 characters, unique without regard to case.
    name: String,
}

/// Every team, by name.
#[erp_derive::endpoint(get, path = "/api/teams", responses((status = 200, body = List<crate::schema::Team>)))]
async fn list_teams(State(app): State<App>, Caller(ctx): Caller) -> Reply<Json<List<Team>>> {
    Ok(Json(app.engine.access().teams(&ctx).await?.into()))
}

/// Creates a team.
#[erp_derive::endpoint(post, path = "/api/teams", params(crate::schema::IdempotencyHeader),
    request_body = CreateTeam, responses((status = 201, body = crate::schema::Team)))]
async fn create_team(
    State(app): State<App>,
    Caller(ctx): Caller,
    Body(new): Body<CreateTeam>,
) -> Reply<(StatusCode, Json<Team>)> {
    let team = app.engine.access().create_team(&ctx, NewTeam { name: new.name }).await?;
    Ok((StatusCode::CREATED, Json(team)))
}

/// A team, with the teams around it.
#[erp_derive::endpoint(get, path = "/api/teams/{id}", params(("id" = crate::schema::TeamId, Path)),
    responses((status = 200, body = crate::schema::TeamDetails)))]
async fn get_team(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<TeamId>,
) -> Reply<Json<TeamDetails>> {
    Ok(Json(app.engine.access().team(&ctx, id).await?))
}

/// Renames a team.
#[erp_derive::endpoint(patch, path = "/api/teams/{id}", params(("id" = crate::schema::TeamId, Path)),
    request_body = RenameTeam, responses((status = 200, body = crate::schema::Team)))]
async fn rename_team(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<TeamId>,
    Body(change): Body<RenameTeam>,
) -> Reply<Json<Team>> {
    let RenameTeam { expected, name } = change;
    Ok(Json(app.engine.access().rename_team(&ctx, id, TeamUpdate { expected, name }).await?))
}

/// Deletes a team with its roles, members and nestings.
#[erp_derive::endpoint(delete, path = "/api/teams/{id}", params(("id" = crate::schema::TeamId, Path), Expected),
    responses((status = 204)))]
async fn delete_team(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<TeamId>,
    Query(seen): Query<Expected>,
) -> Reply<StatusCode> {
    app.engine.access().delete_team(&ctx, id, seen.expected).await?;
    Ok(StatusCode::NO_CONTENT)
}
