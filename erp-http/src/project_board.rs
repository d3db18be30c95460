//! Boards, and what is to be done next.

use crate::describe::IntoParams;
use axum::extract::State;
use erp_core::{
    ids::{PhaseId, ProjectId, UserId},
    page::{Limit, Page, PageRequest},
    projects::{Board, ReadyFilter, Task},
};
use serde::Deserialize;

use super::route::{Json, Routes, routes};
use super::{
    extract::{Caller, Paging, Path, Query},
    problem::Reply,
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .routes(routes!(project_board))
        .routes(routes!(list_ready_tasks))
        .routes(routes!(list_own_ready_tasks))
}

/// Which tasks, and how much of each column.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct BoardParams {
    /// Only the tasks in this phase.
    #[param(value_type = Option<crate::schema::PhaseId>)]
    phase: Option<PhaseId>,
    /// The most tasks of a column: 50 without it, at most 100 however many are asked for.
    limit: Option<u32>,
}

/// Which ready tasks.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ReadyParams {
    /// Only those that this user is to do.
    #[param(value_type = Option<crate::schema::UserId>)]
    assignee: Option<UserId>,
    /// The most items on the page: 50 without it, at most 500 however many are asked for.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

impl ReadyParams {
    fn split(self, project: Option<ProjectId>) -> (ReadyFilter, PageRequest) {
        let Self { assignee, limit, cursor } = self;
        (ReadyFilter { project, assignee }, Paging { limit, cursor }.into())
    }
}

/// The first tasks of every column of a project's board, and exactly how many are in each. A column's
/// `next` is a cursor of the project's tasks with the column's status, and the phase if one is asked for, as
/// the only filters.
#[erp_derive::endpoint(get, path = "/api/projects/{id}/board",
    params(("id" = crate::schema::ProjectId, Path), BoardParams),
    responses((status = 200, body = crate::schema::Board)))]
async fn project_board(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ProjectId>,
    Query(of): Query<BoardParams>,
) -> Reply<Json<Board>> {
    let page = PageRequest { limit: Limit::clamped(of.limit), cursor: None };
    Ok(Json(app.engine.projects().board(&ctx, id, of.phase, &page).await?))
}

/// The open tasks of a project that nothing holds up, the most urgent first. A task is held up when it
/// waits for the finish of another that is neither done nor cancelled, or is a part of a task that is
/// held up.
#[erp_derive::endpoint(get, path = "/api/projects/{id}/ready",
    params(("id" = crate::schema::ProjectId, Path), ReadyParams),
    responses((status = 200, body = crate::schema::Page<crate::schema::Task>)))]
async fn list_ready_tasks(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ProjectId>,
    Query(params): Query<ReadyParams>,
) -> Reply<Json<Page<Task>>> {
    let (filter, page) = params.split(Some(id));
    Ok(Json(app.engine.projects().ready_tasks(&ctx, filter, &page).await?))
}

/// The same of all projects that the caller belongs to.
#[erp_derive::endpoint(get, path = "/api/tasks/ready", params(ReadyParams),
    responses((status = 200, body = crate::schema::Page<crate::schema::Task>)))]
async fn list_own_ready_tasks(
    State(app): State<App>,
    Caller(ctx): Caller,
    Query(params): Query<ReadyParams>,
) -> Reply<Json<Page<Task>>> {
    let (filter, page) = params.split(None);
    Ok(Json(app.engine.projects().ready_tasks(&ctx, filter, &page).await?))
}
