//! Time that was spent on tasks.

use crate::describe::ToSchema;
use axum::{extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use erp_core::{
    change::Version,
    ids::{TaskId, TimeEntryId},
    page::Page,
    projects::{TaskTime, TimeEntry, TimeSpent},
};
use serde::{Deserialize, Serialize};

use super::route::{Json, Routes, routes};
use super::{
    extract::{Body, Caller, Expected, Paging, Path, Query},
    problem::Reply,
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .routes(routes!(list_time_entries, log_time))
        .routes(routes!(task_time))
        .routes(routes!(start_timer))
        .routes(routes!(running_timer))
        .routes(routes!(stop_timer))
        .routes(routes!(change_time, delete_time))
        .routes(routes!(restore_time))
}

/// Time that the caller has spent.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LogTime {
    /// From when on.
    started_at: DateTime<Utc>,
    /// Until when.
    ended_at: DateTime<Utc>,
    /// What was done.
    note: Option<String>,
}

/// A timer to start.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StartTimer {
    /// What is done.
    note: Option<String>,
}

/// When an entry began and ended, and its note, all of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangeTime {
    /// The version that the caller has seen.
    #[schema(value_type = i64)]
    expected: Version,
    /// From when on.
    started_at: DateTime<Utc>,
    /// Until when; left out while the timer runs.
    ended_at: Option<DateTime<Utc>>,
    /// What was done.
    note: Option<String>,
}

/// The caller's timer.
#[derive(Serialize, ToSchema)]
struct TimerView {
    /// The entry that runs; null when none does.
    #[schema(value_type = Option<crate::schema::TimeEntry>)]
    running: Option<TimeEntry>,
}

/// The time entries of a task, the newest first.
#[erp_derive::endpoint(get, path = "/api/tasks/{id}/time", params(("id" = crate::schema::TaskId, Path), Paging),
    responses((status = 200, body = crate::schema::Page<crate::schema::TimeEntry>)))]
async fn list_time_entries(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<TaskId>,
    Query(paging): Query<Paging>,
) -> Reply<Json<Page<TimeEntry>>> {
    Ok(Json(app.engine.projects().time_entries(&ctx, id, &paging.into()).await?))
}

/// Writes down time that the caller has spent on a task.
#[erp_derive::endpoint(post, path = "/api/tasks/{id}/time",
    params(("id" = crate::schema::TaskId, Path), crate::schema::IdempotencyHeader),
    request_body = LogTime, responses((status = 201, body = crate::schema::TimeEntry)))]
async fn log_time(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<TaskId>,
    Body(time): Body<LogTime>,
) -> Reply<(StatusCode, Json<TimeEntry>)> {
    let LogTime { started_at, ended_at, note } = time;
    let spent = TimeSpent { started_at, ended_at: Some(ended_at), note };
    Ok((StatusCode::CREATED, Json(app.engine.projects().log_time(&ctx, id, spent).await?)))
}

/// How long was spent on a task in all.
#[erp_derive::endpoint(get, path = "/api/tasks/{id}/time/total", params(("id" = crate::schema::TaskId, Path)),
    responses((status = 200, body = crate::schema::TaskTime)))]
async fn task_time(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<TaskId>,
) -> Reply<Json<TaskTime>> {
    Ok(Json(app.engine.projects().task_time(&ctx, id).await?))
}

/// Starts the caller's timer on a task.
#[erp_derive::endpoint(post, path = "/api/tasks/{id}/timer", params(("id" = crate::schema::TaskId, Path)),
    request_body = StartTimer, responses((status = 201, body = crate::schema::TimeEntry)))]
async fn start_timer(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<TaskId>,
    Body(start): Body<StartTimer>,
) -> Reply<(StatusCode, Json<TimeEntry>)> {
    let entry = app.engine.projects().start_timer(&ctx, id, start.note).await?;
    Ok((StatusCode::CREATED, Json(entry)))
}

/// The caller's timer, wherever it runs.
#[erp_derive::endpoint(get, path = "/api/time/timer", responses((status = 200, body = TimerView)))]
async fn running_timer(State(app): State<App>, Caller(ctx): Caller) -> Reply<Json<TimerView>> {
    let running = app.engine.projects().running_timer(&ctx).await?;
    Ok(Json(TimerView { running }))
}

/// Stops the caller's timer.
#[erp_derive::endpoint(post, path = "/api/time/timer/stop",
    responses((status = 200, body = crate::schema::TimeEntry)))]
async fn stop_timer(State(app): State<App>, Caller(ctx): Caller) -> Reply<Json<TimeEntry>> {
    Ok(Json(app.engine.projects().stop_timer(&ctx).await?))
}

/// Changes when an entry began and ended, and its note.
#[erp_derive::endpoint(put, path = "/api/time/{id}", params(("id" = crate::schema::TimeEntryId, Path)),
    request_body = ChangeTime, responses((status = 200, body = crate::schema::TimeEntry)))]
async fn change_time(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<TimeEntryId>,
    Body(change): Body<ChangeTime>,
) -> Reply<Json<TimeEntry>> {
    let ChangeTime { expected, started_at, ended_at, note } = change;
    let spent = TimeSpent { started_at, ended_at, note };
    Ok(Json(app.engine.projects().change_time(&ctx, id, expected, spent).await?))
}

/// Deletes an entry: it counts no more.
#[erp_derive::endpoint(delete, path = "/api/time/{id}",
    params(("id" = crate::schema::TimeEntryId, Path), Expected),
    responses((status = 200, body = crate::schema::TimeEntry)))]
async fn delete_time(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<TimeEntryId>,
    Query(seen): Query<Expected>,
) -> Reply<Json<TimeEntry>> {
    Ok(Json(app.engine.projects().delete_time(&ctx, id, seen.expected).await?))
}

/// Restores a deleted entry.
#[erp_derive::endpoint(post, path = "/api/time/{id}/restore", params(("id" = crate::schema::TimeEntryId, Path)),
    request_body = Expected, responses((status = 200, body = crate::schema::TimeEntry)))]
async fn restore_time(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<TimeEntryId>,
    Body(seen): Body<Expected>,
) -> Reply<Json<TimeEntry>> {
    Ok(Json(app.engine.projects().restore_time(&ctx, id, seen.expected).await?))
}
