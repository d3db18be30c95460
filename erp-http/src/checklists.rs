//! What is to be ticked off of tasks.

use crate::describe::ToSchema;
use axum::{extract::State, http::StatusCode};
use erp_core::{
    change::Version,
    ids::{ChecklistItemId, TaskId},
    projects::{Checklist, ChecklistLine, Ticked},
};
use serde::Deserialize;

use super::route::{Json, Routes, routes};
use super::{
    extract::{Body, Caller, Path, PathPair},
    problem::Reply,
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .routes(routes!(get_checklist, set_checklist))
        .routes(routes!(add_to_checklist))
        .routes(routes!(tick_checklist_item))
}

/// A line to put at the end of a checklist.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AddToChecklist {
    /// What is to be done, 1 to 500 characters.
    text: String,
}

/// The lines of a checklist from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetChecklist {
    /// The version that the caller has seen.
    #[schema(value_type = i64)]
    expected: Version,
    /// The lines in order, at most 100.
    items: Vec<SetChecklistLine>,
}

/// A line of a checklist as it is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetChecklistLine {
    /// The line that it is of those there, which keeps its tick; none for a new one.
    #[schema(value_type = Option<crate::schema::ChecklistItemId>)]
    id: Option<ChecklistItemId>,
    /// What is to be done, 1 to 500 characters.
    text: String,
}

/// Whether a line is done.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TickLine {
    /// Whether it is.
    done: bool,
}

/// The checklist of a task.
#[erp_derive::endpoint(get, path = "/api/tasks/{id}/checklist", params(("id" = crate::schema::TaskId, Path)),
    responses((status = 200, body = crate::schema::Checklist)))]
async fn get_checklist(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<TaskId>,
) -> Reply<Json<Checklist>> {
    Ok(Json(app.engine.projects().checklist(&ctx, id).await?))
}

/// Replaces the lines of a task's checklist.
#[erp_derive::endpoint(put, path = "/api/tasks/{id}/checklist", params(("id" = crate::schema::TaskId, Path)),
    request_body = SetChecklist, responses((status = 200, body = crate::schema::Checklist)))]
async fn set_checklist(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<TaskId>,
    Body(new): Body<SetChecklist>,
) -> Reply<Json<Checklist>> {
    let lines = new.items.into_iter().map(|line| ChecklistLine { id: line.id, text: line.text });
    let lines: Vec<_> = lines.collect();
    Ok(Json(app.engine.projects().set_checklist(&ctx, id, new.expected, &lines).await?))
}

/// Puts a line at the end of a task's checklist.
#[erp_derive::endpoint(post, path = "/api/tasks/{id}/checklist/items",
    params(("id" = crate::schema::TaskId, Path), crate::schema::IdempotencyHeader),
    request_body = AddToChecklist, responses((status = 201, body = crate::schema::Checklist)))]
async fn add_to_checklist(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<TaskId>,
    Body(new): Body<AddToChecklist>,
) -> Reply<(StatusCode, Json<Checklist>)> {
    let checklist = app.engine.projects().add_to_checklist(&ctx, id, &new.text).await?;
    Ok((StatusCode::CREATED, Json(checklist)))
}

/// Ticks a line off, or opens it again.
#[erp_derive::endpoint(put, path = "/api/tasks/{id}/checklist/items/{item}",
    params(("id" = crate::schema::TaskId, Path), ("item" = crate::schema::ChecklistItemId, Path)),
    request_body = TickLine, responses((status = 200, body = crate::schema::Checklist)))]
async fn tick_checklist_item(
    State(app): State<App>,
    Caller(ctx): Caller,
    PathPair(id, item): PathPair<TaskId, ChecklistItemId>,
    Body(line): Body<TickLine>,
) -> Reply<Json<Checklist>> {
    let ticked = if line.done { Ticked::Done } else { Ticked::Open };
    Ok(Json(app.engine.projects().tick(&ctx, id, item, ticked).await?))
}
