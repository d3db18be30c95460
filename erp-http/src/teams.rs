//! Teams.

use axum::{Json, extract::State, http::StatusCode};
use erp_core::{
    access::{NewTeam, Team, TeamDetails, TeamUpdate},
    change::Version,
    ids::TeamId,
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
    OpenApiRouter::default().routes(routes!(list_teams, create_team)).routes(routes!(
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
#[utoipa::path(get, path = "/api/teams", responses((status = 200, body = List<schema::Team>)))]
async fn list_teams(State(app): State<App>, Caller(ctx): Caller) -> Reply<Json<List<Team>>> {
    Ok(Json(app.engine.access().teams(&ctx).await?.into()))
}

/// Creates a team.
#[utoipa::path(post, path = "/api/teams", params(IdempotencyHeader),
    request_body = CreateTeam, responses((status = 201, body = schema::Team)))]
async fn create_team(
    State(app): State<App>,
    Caller(ctx): Caller,
    Body(new): Body<CreateTeam>,
) -> Reply<(StatusCode, Json<Team>)> {
    let team = app.engine.access().create_team(&ctx, NewTeam { name: new.name }).await?;
    Ok((StatusCode::CREATED, Json(team)))
}

/// A team, with the teams around it.
#[utoipa::path(get, path = "/api/teams/{id}", params(("id" = schema::TeamId, Path)),
    responses((status = 200, body = schema::TeamDetails)))]
async fn get_team(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<TeamId>,
) -> Reply<Json<TeamDetails>> {
    Ok(Json(app.engine.access().team(&ctx, id).await?))
}

/// Renames a team.
#[utoipa::path(patch, path = "/api/teams/{id}", params(("id" = schema::TeamId, Path)),
    request_body = RenameTeam, responses((status = 200, body = schema::Team)))]
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
#[utoipa::path(delete, path = "/api/teams/{id}", params(("id" = schema::TeamId, Path), Expected),
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
