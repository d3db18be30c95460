//! Milestones of projects.

use crate::describe::ToSchema;
use axum::{extract::State, http::StatusCode};
use chrono::NaiveDate;
use erp_core::{
    change::Version,
    ids::{MilestoneId, ProjectId, TaskId},
    page::Page,
    projects::{Milestone, MilestoneDetails, MilestoneView, Task},
};
use serde::Deserialize;

use super::route::{Json, Routes, routes};
use super::{
    extract::{Body, Caller, Expected, Paging, Path, Query},
    problem::Reply,
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .routes(routes!(list_milestones, create_milestone))
        .routes(routes!(get_milestone, update_milestone, delete_milestone))
        .routes(routes!(restore_milestone))
        .routes(routes!(set_task_milestone))
}

/// A milestone to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateMilestone {
    /// Its name, 1 to 200 characters.
    name: String,
    /// More of it.
    description: Option<String>,
    /// The last day on which it is in time, in the project's zone.
    due_on: Option<NaiveDate>,
}

/// What a milestone says of itself from now on, all of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UpdateMilestone {
    /// The version that the caller has seen.
    #[schema(value_type = i64)]
    expected: Version,
    /// Its name, 1 to 200 characters.
    name: String,
    /// More of it.
    description: Option<String>,
    /// The last day on which it is in time, in the project's zone.
    due_on: Option<NaiveDate>,
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

/// Makes a milestone.
#[erp_derive::endpoint(post, path = "/api/projects/{id}/milestones",
    params(("id" = crate::schema::ProjectId, Path), crate::schema::IdempotencyHeader),
    request_body = CreateMilestone, responses((status = 201, body = crate::schema::Milestone)))]
async fn create_milestone(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ProjectId>,
    Body(new): Body<CreateMilestone>,
) -> Reply<(StatusCode, Json<Milestone>)> {
    let CreateMilestone { name, description, due_on } = new;
    let details = MilestoneDetails { name, description, due_on };
    let milestone = app.engine.projects().create_milestone(&ctx, id, details).await?;
    Ok((StatusCode::CREATED, Json(milestone)))
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

/// Replaces what a milestone says of itself.
#[erp_derive::endpoint(put, path = "/api/milestones/{id}", params(("id" = crate::schema::MilestoneId, Path)),
    request_body = UpdateMilestone, responses((status = 200, body = crate::schema::Milestone)))]
async fn update_milestone(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<MilestoneId>,
    Body(change): Body<UpdateMilestone>,
) -> Reply<Json<Milestone>> {
    let UpdateMilestone { expected, name, description, due_on } = change;
    let details = MilestoneDetails { name, description, due_on };
    Ok(Json(app.engine.projects().update_milestone(&ctx, id, expected, details).await?))
}

/// Deletes a milestone; its tasks stay.
#[erp_derive::endpoint(delete, path = "/api/milestones/{id}",
    params(("id" = crate::schema::MilestoneId, Path), Expected), responses((status = 204)))]
async fn delete_milestone(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<MilestoneId>,
    Query(seen): Query<Expected>,
) -> Reply<StatusCode> {
    app.engine.projects().delete_milestone(&ctx, id, seen.expected).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Restores a deleted milestone.
#[erp_derive::endpoint(post, path = "/api/milestones/{id}/restore",
    params(("id" = crate::schema::MilestoneId, Path)), request_body = Expected,
    responses((status = 200, body = crate::schema::Milestone)))]
async fn restore_milestone(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<MilestoneId>,
    Body(seen): Body<Expected>,
) -> Reply<Json<Milestone>> {
    Ok(Json(app.engine.projects().restore_milestone(&ctx, id, seen.expected).await?))
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
