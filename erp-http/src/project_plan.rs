//! How far a project is, and what holds it up.

use crate::describe::ToSchema;
use axum::extract::State;
use chrono::NaiveDate;
use erp_core::{
    change::Version,
    ids::{ProjectId, TaskId},
    projects::{
        Progress, ProjectCalendar, ProjectSummary, Task, WorkingCalendar, WorkingHours,
        rules::{Earlier, ProjectSchedule},
    },
};
use serde::Deserialize;

use super::route::{Json, Routes, routes};
use super::{
    extract::{Body, Caller, Path},
    list::List,
    problem::Reply,
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .routes(routes!(project_progress))
        .routes(routes!(project_schedule))
        .routes(routes!(project_summary))
        .routes(routes!(get_calendar, set_calendar))
        .routes(routes!(reschedule_project))
        .routes(routes!(reschedule_task))
}

/// When a project is worked on from now on, all of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetCalendar {
    /// The version that the caller has seen; 0 of a calendar that was never set.
    #[schema(value_type = i64)]
    expected: Version,
    /// The hours of a week.
    #[schema(value_type = Vec<crate::schema::WorkingHours>)]
    hours: Vec<WorkingHours>,
    /// Days on which is not worked.
    #[serde(default)]
    holidays: Vec<NaiveDate>,
}

/// How tasks are put after what they wait for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Reschedule {
    /// Whether tasks that could begin earlier are pulled there; they are not when it is left out.
    #[serde(default)]
    #[schema(value_type = Option<crate::schema::Earlier>)]
    earlier: Earlier,
}

/// How much of a project is done, by count and by estimate.
#[erp_derive::endpoint(get, path = "/api/projects/{id}/progress", params(("id" = crate::schema::ProjectId, Path)),
    responses((status = 200, body = crate::schema::Progress)))]
async fn project_progress(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ProjectId>,
) -> Reply<Json<Progress>> {
    Ok(Json(app.engine.projects().project_progress(&ctx, id).await?))
}

/// The earliest and latest times of a project's open tasks, and so its critical path, in its working
/// time.
#[erp_derive::endpoint(get, path = "/api/projects/{id}/schedule", params(("id" = crate::schema::ProjectId, Path)),
    responses((status = 200, body = crate::schema::ProjectSchedule)))]
async fn project_schedule(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ProjectId>,
) -> Reply<Json<ProjectSchedule>> {
    Ok(Json(app.engine.projects().schedule(&ctx, id).await?))
}

/// A project at a glance, at this moment.
#[erp_derive::endpoint(get, path = "/api/projects/{id}/summary", params(("id" = crate::schema::ProjectId, Path)),
    responses((status = 200, body = crate::schema::ProjectSummary)))]
async fn project_summary(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ProjectId>,
) -> Reply<Json<ProjectSummary>> {
    Ok(Json(app.engine.projects().summary(&ctx, id).await?))
}

/// When a project is worked on, in the days of its zone.
#[erp_derive::endpoint(get, path = "/api/projects/{id}/calendar", params(("id" = crate::schema::ProjectId, Path)),
    responses((status = 200, body = crate::schema::ProjectCalendar)))]
async fn get_calendar(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ProjectId>,
) -> Reply<Json<ProjectCalendar>> {
    Ok(Json(app.engine.projects().calendar(&ctx, id).await?))
}

/// Says when a project is worked on. No task moves by it.
#[erp_derive::endpoint(put, path = "/api/projects/{id}/calendar", params(("id" = crate::schema::ProjectId, Path)),
    request_body = SetCalendar, responses((status = 200, body = crate::schema::ProjectCalendar)))]
async fn set_calendar(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ProjectId>,
    Body(change): Body<SetCalendar>,
) -> Reply<Json<ProjectCalendar>> {
    let SetCalendar { expected, hours, holidays } = change;
    let calendar = WorkingCalendar { hours, holidays };
    Ok(Json(app.engine.projects().set_calendar(&ctx, id, expected, calendar).await?))
}

/// Puts the open tasks of a project after what they wait for, at most 1,000 at once; answers with those
/// that moved.
#[erp_derive::endpoint(post, path = "/api/projects/{id}/reschedule",
    params(("id" = crate::schema::ProjectId, Path)),
    request_body = Reschedule, responses((status = 200, body = List<crate::schema::Task>)))]
async fn reschedule_project(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ProjectId>,
    Body(how): Body<Reschedule>,
) -> Reply<Json<List<Task>>> {
    Ok(Json(app.engine.projects().reschedule(&ctx, id, how.earlier).await?.into()))
}

/// Puts the tasks that wait for this one, at whatever remove, after it; answers with those that moved.
#[erp_derive::endpoint(post, path = "/api/tasks/{id}/reschedule", params(("id" = crate::schema::TaskId, Path)),
    request_body = Reschedule, responses((status = 200, body = List<crate::schema::Task>)))]
async fn reschedule_task(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<TaskId>,
    Body(how): Body<Reschedule>,
) -> Reply<Json<List<Task>>> {
    Ok(Json(app.engine.projects().reschedule_after(&ctx, id, how.earlier).await?.into()))
}
