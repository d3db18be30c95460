//! What happened in projects.

use axum::{Json, extract::State};
use erp_core::{ids::ProjectId, page::Page, projects::HistoryEntry};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    extract::{Caller, Paging, Path, Query},
    problem::Reply,
    schema,
    state::App,
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(project_history))
}

/// What happened in a project, the newest first. What people said, uploaded and worked is masked.
#[utoipa::path(get, path = "/api/projects/{id}/history",
    params(("id" = schema::ProjectId, Path), Paging),
    responses((status = 200, body = schema::Page<schema::HistoryEntry>)))]
async fn project_history(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ProjectId>,
    Query(paging): Query<Paging>,
) -> Reply<Json<Page<HistoryEntry>>> {
    Ok(Json(app.engine.projects().history(&ctx, id, &paging.into()).await?))
}
