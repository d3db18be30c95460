//! Milestones of projects as they are now, and which tasks are of which. They are changed as records.

use crate::describe::ToSchema;
use axum::extract::State;
use erp_core::{
    change::Version,
    ids::{MilestoneId, ProjectId, TaskId},
    page::Page,
    projects::{MilestoneView, Task},
};
use serde::Deserialize;

use super::route::{Json, Routes, routes};
use super::{
    extract::{Body, Caller, Paging, Path, Query},
    problem::Reply,
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .routes(routes!(list_milestones))
        .routes(routes!(get_milestone))
        .routes(routes!(set_task_milestone))
}

/// To which milestone a task belongs from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetTaskMilestone {
    /// The version of the task that the caller has seen.
    #[schema(value_type = i64)]
    expected: Version,
    /// A milestone of the same project; none when it is left out.
    #[schema(value_type = Option<crate::schema::MilestoneId>)]
    milestone: Option<MilestoneId>,
}

/// The milestones of a project as they are now, by their last day, those without one after all others.
#[erp_derive::endpoint(get, path = "/api/projects/{id}/milestones",
    params(("id" = crate::schema::ProjectId, Path), Paging),
    responses((status = 200, body = crate::schema::Page<crate::schema::MilestoneView>)))]
async fn list_milestones(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ProjectId>,
    Query(paging): Query<Paging>,
) -> Reply<Json<Page<MilestoneView>>> {
    Ok(Json(app.engine.projects().milestones(&ctx, id, &paging.into()).await?))
}

/// A milestone as it is now.
#[erp_derive::endpoint(get, path = "/api/milestones/{id}", params(("id" = crate::schema::MilestoneId, Path)),
    responses((status = 200, body = crate::schema::MilestoneView)))]
async fn get_milestone(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<MilestoneId>,
) -> Reply<Json<MilestoneView>> {
    Ok(Json(app.engine.projects().milestone(&ctx, id).await?))
}

/// Puts a task to a milestone, or to none.
#[erp_derive::endpoint(put, path = "/api/tasks/{id}/milestone", params(("id" = crate::schema::TaskId, Path)),
    request_body = SetTaskMilestone, responses((status = 200, body = crate::schema::Task)))]
async fn set_task_milestone(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<TaskId>,
    Body(change): Body<SetTaskMilestone>,
) -> Reply<Json<Task>> {
    let SetTaskMilestone { expected, milestone } = change;
    Ok(Json(app.engine.projects().set_task_milestone(&ctx, id, expected, milestone).await?))
}
