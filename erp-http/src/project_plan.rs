//! How far a project is, and what holds it up.

use axum::{Json, extract::State};
use erp_core::{ids::ProjectId, money::Decimal, projects::rules::Schedule};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    extract::{Caller, Path},
    problem::Reply,
    schema,
    state::App,
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(project_progress)).routes(routes!(project_schedule))
}

/// How much of a project is done.
#[derive(Serialize, ToSchema)]
struct Progress {
    /// In percent of the tasks that were not given up, a decimal; null where there is no such task.
    #[schema(value_type = Option<String>)]
    percent: Option<Decimal>,
}

/// How much of a project is done.
#[utoipa::path(get, path = "/api/projects/{id}/progress", params(("id" = schema::ProjectId, Path)),
    responses((status = 200, body = Progress)))]
async fn project_progress(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ProjectId>,
) -> Reply<Json<Progress>> {
    let percent = app.engine.projects().progress(&ctx, id).await?;
    Ok(Json(Progress { percent }))
}

/// The earliest and latest times of a project's open tasks, and so its critical path.
#[utoipa::path(get, path = "/api/projects/{id}/schedule", params(("id" = schema::ProjectId, Path)),
    responses((status = 200, body = schema::Schedule)))]
async fn project_schedule(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ProjectId>,
) -> Reply<Json<Schedule>> {
    Ok(Json(app.engine.projects().schedule(&ctx, id).await?))
}
