//! What happened in projects.

use axum::extract::State;
use erp_core::{ids::ProjectId, page::Page, projects::HistoryEntry};

use super::route::{Json, Routes, routes};
use super::{
    extract::{Caller, Paging, Path, Query},
    problem::Reply,
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default().routes(routes!(project_history))
}

/// What happened in a project, the newest first. What people said, uploaded and worked is masked.
#[erp_derive::endpoint(get, path = "/api/projects/{id}/history",
    params(("id" = crate::schema::ProjectId, Path), Paging),
    responses((status = 200, body = crate::schema::Page<crate::schema::HistoryEntry>)))]
async fn project_history(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ProjectId>,
    Query(paging): Query<Paging>,
) -> Reply<Json<Page<HistoryEntry>>> {
    Ok(Json(app.engine.projects().history(&ctx, id, &paging.into()).await?))
}
