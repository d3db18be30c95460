//! One change of many tasks.

use crate::describe::ToSchema;
use axum::extract::State;
use chrono::NaiveDate;
use erp_core::{
    change::Version,
    error::Problem,
    ids::{TaskId, UserId},
    projects::{BulkChange, BulkOutcome, Priority, SeenTask, Task, TaskPatch, TaskStatus},
};
use serde::{Deserialize, Deserializer, Serialize};

use super::route::{Json, Routes, routes};
use super::{
    extract::{Body, Caller},
    list::List,
    problem::Reply,
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default().routes(routes!(change_tasks))
}

/// The same change of many tasks.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangeTasks {
    /// The tasks, each once: 1 to 200.
    tasks: Vec<ChangedTask>,
    /// What is set on each.
    set: SetOnTasks,
}

/// A task to be changed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangedTask {
    /// Which.
    #[schema(value_type = crate::schema::TaskId)]
    id: TaskId,
    /// The version that the caller has seen.
    #[schema(value_type = i64)]
    expected: Version,
}

/// What is set on each of many tasks; what is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetOnTasks {
    /// How far they are.
    #[schema(value_type = Option<crate::schema::TaskStatus>)]
    status: Option<TaskStatus>,
    /// Who is to do them, instead of those who were.
    #[schema(value_type = Option<Vec<crate::schema::UserId>>)]
    assignees: Option<Vec<UserId>>,
    /// How much they matter.
    #[schema(value_type = Option<crate::schema::Priority>)]
    priority: Option<Priority>,
    /// Their last day; null takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<NaiveDate>)]
    due_on: Option<Option<NaiveDate>>,
    /// Their labels, instead of those they had.
    labels: Option<Vec<String>>,
}

/// Null is given, too.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    value: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(value).map(Some)
}

/// What became of one task of many.
#[derive(Serialize)]
struct Outcome {
    id: TaskId,
    task: Option<Task>,
    refused: Option<Problem>,
}

impl From<BulkOutcome> for Outcome {
    fn from(outcome: BulkOutcome) -> Self {
        let BulkOutcome { id, task, refused } = outcome;
        Self { id, task, refused: refused.map(|error| error.problem()) }
    }
}

/// Sets the same on many tasks, one after the other: each as if it were changed alone. What becomes of
/// each is told; one that is refused holds up none of the others.
#[erp_derive::endpoint(post, path = "/api/tasks/bulk", request_body = ChangeTasks,
    responses((status = 200, body = List<crate::schema::BulkOutcome>)))]
async fn change_tasks(
    State(app): State<App>,
    Caller(ctx): Caller,
    Body(change): Body<ChangeTasks>,
) -> Reply<Json<List<Outcome>>> {
    let seen = |task: ChangedTask| SeenTask { id: task.id, expected: task.expected };
    let SetOnTasks { status, assignees, priority, due_on, labels } = change.set;
    let set = TaskPatch { status, assignees, priority, due_on, labels };
    let change = BulkChange { tasks: change.tasks.into_iter().map(seen).collect(), set };
    let outcomes = app.engine.projects().change_tasks(&ctx, change).await?;
    Ok(Json(outcomes.into_iter().map(Outcome::from).collect::<Vec<_>>().into()))
}
