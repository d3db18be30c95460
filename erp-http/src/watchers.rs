//! Who watches tasks.

use axum::{extract::State, http::StatusCode};
use erp_core::{
    ids::{TaskId, UserId},
    page::Page,
    projects::Watcher,
};

use super::route::{Json, Routes, routes};
use super::{
    extract::{Caller, Paging, Path, PathPair, Query},
    problem::Reply,
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default().routes(routes!(list_watchers)).routes(routes!(watch_task, unwatch_task))
}

/// Who watches a task, by user id.
#[erp_derive::endpoint(get, path = "/api/tasks/{id}/watchers",
    params(("id" = crate::schema::TaskId, Path), Paging),
    responses((status = 200, body = crate::schema::Page<crate::schema::Watcher>)))]
async fn list_watchers(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<TaskId>,
    Query(paging): Query<Paging>,
) -> Reply<Json<Page<Watcher>>> {
    Ok(Json(app.engine.projects().watchers(&ctx, id, &paging.into()).await?))
}

/// Has a member of the project watch a task: the caller himself or another.
#[erp_derive::endpoint(put, path = "/api/tasks/{id}/watchers/{user}",
    params(("id" = crate::schema::TaskId, Path), ("user" = crate::schema::UserId, Path)),
    responses((status = 204)))]
async fn watch_task(
    State(app): State<App>,
    Caller(ctx): Caller,
    PathPair(id, user): PathPair<TaskId, UserId>,
) -> Reply<StatusCode> {
    app.engine.projects().watch(&ctx, id, user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Has someone watch a task no more.
#[erp_derive::endpoint(delete, path = "/api/tasks/{id}/watchers/{user}",
    params(("id" = crate::schema::TaskId, Path), ("user" = crate::schema::UserId, Path)),
    responses((status = 204)))]
async fn unwatch_task(
    State(app): State<App>,
    Caller(ctx): Caller,
    PathPair(id, user): PathPair<TaskId, UserId>,
) -> Reply<StatusCode> {
    app.engine.projects().unwatch(&ctx, id, user).await?;
    Ok(StatusCode::NO_CONTENT)
}
