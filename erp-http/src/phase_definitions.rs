//! Kinds of phase.

use crate::describe::ToSchema;
use axum::{extract::State, http::StatusCode};
use erp_core::{change::Version, ids::PhaseDefinitionId, page::Page, projects::PhaseDefinition};
use serde::Deserialize;

use super::route::{Json, Routes, routes};
use super::{
    extract::{Body, Caller, Expected, Paging, Path, Query},
    problem::Reply,
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .routes(routes!(list_phase_definitions, create_phase_definition))
        .routes(routes!(rename_phase_definition, delete_phase_definition))
        .routes(routes!(archive_phase_definition))
        .routes(routes!(restore_phase_definition))
}

/// A kind of phase to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreatePhaseDefinition {
    /// Its name, 1 to 200 characters, unique without regard to case.
    name: String,
}

/// The new name of a kind of phase.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RenamePhaseDefinition {
    /// The version that the caller has seen.
    #[schema(value_type = i64)]
    expected: Version,
    /// Its name, 1 to 200 characters, unique without regard to case.
    name: String,
}

/// Every kind of phase, archived or not, by name.
#[erp_derive::endpoint(get, path = "/api/phase-definitions", params(Paging),
    responses((status = 200, body = crate::schema::Page<crate::schema::PhaseDefinition>)))]
async fn list_phase_definitions(
    State(app): State<App>,
    Caller(ctx): Caller,
    Query(paging): Query<Paging>,
) -> Reply<Json<Page<PhaseDefinition>>> {
    Ok(Json(app.engine.projects().phase_definitions(&ctx, &paging.into()).await?))
}

/// Creates a kind of phase.
#[erp_derive::endpoint(post, path = "/api/phase-definitions", params(crate::schema::IdempotencyHeader),
    request_body = CreatePhaseDefinition,
    responses((status = 201, body = crate::schema::PhaseDefinition)))]
async fn create_phase_definition(
    State(app): State<App>,
    Caller(ctx): Caller,
    Body(new): Body<CreatePhaseDefinition>,
) -> Reply<(StatusCode, Json<PhaseDefinition>)> {
    let definition = app.engine.projects().create_phase_definition(&ctx, &new.name).await?;
    Ok((StatusCode::CREATED, Json(definition)))
}

/// Renames a kind of phase, and so all phases that are of it.
#[erp_derive::endpoint(put, path = "/api/phase-definitions/{id}",
    params(("id" = crate::schema::PhaseDefinitionId, Path)), request_body = RenamePhaseDefinition,
    responses((status = 200, body = crate::schema::PhaseDefinition)))]
async fn rename_phase_definition(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<PhaseDefinitionId>,
    Body(change): Body<RenamePhaseDefinition>,
) -> Reply<Json<PhaseDefinition>> {
    let RenamePhaseDefinition { expected, name } = change;
    let projects = app.engine.projects();
    Ok(Json(projects.rename_phase_definition(&ctx, id, expected, &name).await?))
}

/// Deletes a kind of phase for good, if no phase was ever made of it.
#[erp_derive::endpoint(delete, path = "/api/phase-definitions/{id}",
    params(("id" = crate::schema::PhaseDefinitionId, Path), Expected), responses((status = 204)))]
async fn delete_phase_definition(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<PhaseDefinitionId>,
    Query(seen): Query<Expected>,
) -> Reply<StatusCode> {
    app.engine.projects().delete_phase_definition(&ctx, id, seen.expected).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Archives a kind of phase: no new phase is of it.
#[erp_derive::endpoint(post, path = "/api/phase-definitions/{id}/archive",
    params(("id" = crate::schema::PhaseDefinitionId, Path)), request_body = Expected,
    responses((status = 200, body = crate::schema::PhaseDefinition)))]
async fn archive_phase_definition(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<PhaseDefinitionId>,
    Body(seen): Body<Expected>,
) -> Reply<Json<PhaseDefinition>> {
    let projects = app.engine.projects();
    Ok(Json(projects.archive_phase_definition(&ctx, id, seen.expected).await?))
}

/// Takes a kind of phase out of the archive.
#[erp_derive::endpoint(post, path = "/api/phase-definitions/{id}/restore",
    params(("id" = crate::schema::PhaseDefinitionId, Path)), request_body = Expected,
    responses((status = 200, body = crate::schema::PhaseDefinition)))]
async fn restore_phase_definition(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<PhaseDefinitionId>,
    Body(seen): Body<Expected>,
) -> Reply<Json<PhaseDefinition>> {
    let projects = app.engine.projects();
    Ok(Json(projects.restore_phase_definition(&ctx, id, seen.expected).await?))
}
