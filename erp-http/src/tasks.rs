//! Tasks of a project.

use crate::describe::{IntoParams, ToSchema};
use axum::{extract::State, http::StatusCode};
use chrono::NaiveDate;
use erp_core::{
    change::Version,
    ids::{MilestoneId, PhaseId, ProjectId, TaskId, UserId},
    page::{Page, PageRequest},
    projects::{
        NewTask, ParentFilter, Priority, Shelf, SortOrder, StatusCount, Task, TaskDetails,
        TaskQuery, TaskSort, TaskStatus, TaskView,
    },
};
use serde::Deserialize;

use super::route::{Json, Routes, routes};
use super::{
    extract::{Body, Caller, Expected, Paging, Path, Query, names},
    list::List,
    problem::{Failure, Reply},
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .routes(routes!(list_tasks, create_task))
        .routes(routes!(task_counts))
        .routes(routes!(get_task, update_task, delete_task))
        .routes(routes!(set_task_status))
        .routes(routes!(move_task))
        .routes(routes!(restore_task))
}

/// A task to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateTask {
    /// What is to be done, 1 to 200 characters.
    title: String,
    /// More of it.
    description: Option<String>,
    /// How much it matters; `normal` when it is left out.
    #[schema(value_type = Option<crate::schema::Priority>)]
    priority: Option<Priority>,
    /// Who is to do it: members of the project.
    #[serde(default)]
    #[schema(value_type = Vec<crate::schema::UserId>)]
    assignees: Vec<UserId>,
    /// What it is found by.
    #[serde(default)]
    labels: Vec<String>,
    /// The first day on which it may be begun.
    start_on: Option<NaiveDate>,
    /// The last day on which it is in time.
    due_on: Option<NaiveDate>,
    /// How long it is thought to take, in minutes.
    estimate_min: Option<i64>,
    /// The task that it is a part of.
    #[schema(value_type = Option<crate::schema::TaskId>)]
    parent: Option<TaskId>,
    /// How far it is; `todo` when it is left out.
    #[schema(value_type = Option<crate::schema::TaskStatus>)]
    status: Option<TaskStatus>,
}

/// What a task says of itself from now on, all of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UpdateTask {
    /// The version that the caller has seen.
    #[schema(value_type = i64)]
    expected: Version,
    /// What is to be done, 1 to 200 characters.
    title: String,
    /// More of it.
    description: Option<String>,
    /// How much it matters.
    #[schema(value_type = crate::schema::Priority)]
    priority: Priority,
    /// Who is to do it: members of the project.
    #[schema(value_type = Vec<crate::schema::UserId>)]
    assignees: Vec<UserId>,
    /// What it is found by.
    labels: Vec<String>,
    /// The first day on which it may be begun.
    start_on: Option<NaiveDate>,
    /// The last day on which it is in time.
    due_on: Option<NaiveDate>,
    /// How long it is thought to take, in minutes.
    estimate_min: Option<i64>,
}

/// How far a task is from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetTaskStatus {
    /// The version that the caller has seen.
    #[schema(value_type = i64)]
    expected: Version,
    /// The status.
    #[schema(value_type = crate::schema::TaskStatus)]
    status: TaskStatus,
}

/// What a task is a part of from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MoveTask {
    /// The version that the caller has seen.
    #[schema(value_type = i64)]
    expected: Version,
    /// The task that it is a part of; none when it is left out.
    #[schema(value_type = Option<crate::schema::TaskId>)]
    parent: Option<TaskId>,
}

/// Which tasks. Every filter that is given must hold.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TaskFilter {
    /// Only those of one of these statuses, with commas between.
    status: Option<String>,
    /// Only those that this user is to do.
    #[param(value_type = Option<crate::schema::UserId>)]
    assignee: Option<UserId>,
    /// Only those with this label.
    label: Option<String>,
    /// Only the parts of this task, or with `none` those that are a part of no other.
    parent: Option<String>,
    /// Only those that are due before this day.
    due_before: Option<NaiveDate>,
    /// Only those of this milestone.
    #[param(value_type = Option<crate::schema::MilestoneId>)]
    milestone: Option<MilestoneId>,
    /// Only those that this user watches.
    #[param(value_type = Option<crate::schema::UserId>)]
    watcher: Option<UserId>,
    /// Only those in this phase.
    #[param(value_type = Option<crate::schema::PhaseId>)]
    phase: Option<PhaseId>,
    /// The deleted ones instead of the live ones.
    #[serde(default)]
    deleted: bool,
    /// By what they are ordered; `number` when it is left out.
    #[serde(default)]
    #[param(value_type = Option<crate::schema::TaskSort>, inline)]
    sort: TaskSort,
    /// In which direction; `ascending` when it is left out.
    #[serde(default)]
    #[param(value_type = Option<crate::schema::SortOrder>, inline)]
    order: SortOrder,
    /// The most items on the page: 50 without it, at most 500 however many are asked for.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

impl TaskFilter {
    fn split(self) -> Result<(TaskQuery, PageRequest), Failure> {
        let parent = match self.parent.as_deref() {
            None => None,
            Some("none") => Some(ParentFilter::None),
            Some(id) => Some(ParentFilter::Of(
                id.parse()
                    .map_err(|_| Failure::field("parent", "neither a task's id nor `none`"))?,
            )),
        };
        let query = TaskQuery {
            status: names("status", self.status)?,
            assignee: self.assignee,
            label: self.label,
            parent,
            due_before: self.due_before,
            milestone: self.milestone,
            watcher: self.watcher,
            phase: self.phase,
            shelf: if self.deleted { Shelf::Deleted } else { Shelf::Live },
            sort: self.sort,
            order: self.order,
            ..TaskQuery::default()
        };
        Ok((query, Paging { limit: self.limit, cursor: self.cursor }.into()))
    }
}

/// The tasks of a project.
#[erp_derive::endpoint(get, path = "/api/projects/{id}/tasks",
    params(("id" = crate::schema::ProjectId, Path), TaskFilter),
    responses((status = 200, body = crate::schema::Page<crate::schema::TaskView>)))]
async fn list_tasks(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ProjectId>,
    Query(filter): Query<TaskFilter>,
) -> Reply<Json<Page<TaskView>>> {
    let (query, page) = filter.split()?;
    Ok(Json(app.engine.projects().tasks(&ctx, id, query, &page).await?))
}

/// Makes a task, with the next number of its project.
#[erp_derive::endpoint(post, path = "/api/projects/{id}/tasks",
    params(("id" = crate::schema::ProjectId, Path), crate::schema::IdempotencyHeader),
    request_body = CreateTask, responses((status = 201, body = crate::schema::Task)))]
async fn create_task(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ProjectId>,
    Body(new): Body<CreateTask>,
) -> Reply<(StatusCode, Json<Task>)> {
    let CreateTask { parent, status, .. } = new;
    let details = TaskDetails {
        title: new.title,
        description: new.description,
        priority: new.priority.unwrap_or_default(),
        assignees: new.assignees,
        labels: new.labels,
        start_on: new.start_on,
        due_on: new.due_on,
        estimate_min: new.estimate_min,
    };
    let new = NewTask { details, parent, status };
    Ok((StatusCode::CREATED, Json(app.engine.projects().create_task(&ctx, id, new).await?)))
}

/// How many tasks of a project are in each column of its board.
#[erp_derive::endpoint(get, path = "/api/projects/{id}/task-counts",
    params(("id" = crate::schema::ProjectId, Path)),
    responses((status = 200, body = List<crate::schema::StatusCount>)))]
async fn task_counts(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ProjectId>,
) -> Reply<Json<List<StatusCount>>> {
    Ok(Json(app.engine.projects().task_counts(&ctx, id).await?.into()))
}

/// A task as it is now.
#[erp_derive::endpoint(get, path = "/api/tasks/{id}", params(("id" = crate::schema::TaskId, Path)),
    responses((status = 200, body = crate::schema::TaskView)))]
async fn get_task(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<TaskId>,
) -> Reply<Json<TaskView>> {
    Ok(Json(app.engine.projects().task(&ctx, id).await?))
}

/// Replaces what a task says of itself.
#[erp_derive::endpoint(put, path = "/api/tasks/{id}", params(("id" = crate::schema::TaskId, Path)),
    request_body = UpdateTask, responses((status = 200, body = crate::schema::Task)))]
async fn update_task(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<TaskId>,
    Body(change): Body<UpdateTask>,
) -> Reply<Json<Task>> {
    let expected = change.expected;
    let details = TaskDetails {
        title: change.title,
        description: change.description,
        priority: change.priority,
        assignees: change.assignees,
        labels: change.labels,
        start_on: change.start_on,
        due_on: change.due_on,
        estimate_min: change.estimate_min,
    };
    Ok(Json(app.engine.projects().update_task(&ctx, id, expected, details).await?))
}

/// Moves a task to another status, along the table of transitions.
#[erp_derive::endpoint(post, path = "/api/tasks/{id}/status", params(("id" = crate::schema::TaskId, Path)),
    request_body = SetTaskStatus, responses((status = 200, body = crate::schema::Task)))]
async fn set_task_status(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<TaskId>,
    Body(change): Body<SetTaskStatus>,
) -> Reply<Json<Task>> {
    let SetTaskStatus { expected, status } = change;
    Ok(Json(app.engine.projects().set_task_status(&ctx, id, expected, status).await?))
}

/// Puts a task under another of its project, or under none.
#[erp_derive::endpoint(post, path = "/api/tasks/{id}/parent", params(("id" = crate::schema::TaskId, Path)),
    request_body = MoveTask, responses((status = 200, body = crate::schema::Task)))]
async fn move_task(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<TaskId>,
    Body(change): Body<MoveTask>,
) -> Reply<Json<Task>> {
    let MoveTask { expected, parent } = change;
    Ok(Json(app.engine.projects().move_task(&ctx, id, expected, parent).await?))
}

/// Deletes a task with all its parts; it may be restored.
#[erp_derive::endpoint(delete, path = "/api/tasks/{id}",
    params(("id" = crate::schema::TaskId, Path), Expected), responses((status = 204)))]
async fn delete_task(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<TaskId>,
    Query(seen): Query<Expected>,
) -> Reply<StatusCode> {
    app.engine.projects().delete_task(&ctx, id, seen.expected).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Restores a deleted task and what was deleted with it.
#[erp_derive::endpoint(post, path = "/api/tasks/{id}/restore", params(("id" = crate::schema::TaskId, Path)),
    request_body = Expected, responses((status = 200, body = crate::schema::Task)))]
async fn restore_task(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<TaskId>,
    Body(seen): Body<Expected>,
) -> Reply<Json<Task>> {
    Ok(Json(app.engine.projects().restore_task(&ctx, id, seen.expected).await?))
}
