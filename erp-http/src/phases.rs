//! Phases of projects.

use crate::describe::ToSchema;
use axum::{extract::State, http::StatusCode};
use chrono::NaiveDate;
use erp_core::{
    change::Version,
    ids::{PhaseDefinitionId, PhaseId, ProjectId, TaskId},
    money::Money,
    projects::{
        NewPhase, OpenTasks, Phase, PhaseDetails, PhaseUpdate, PhaseView, Task, rules::OnOverlap,
    },
};
use serde::Deserialize;

use super::route::{Json, Routes, routes};
use super::{
    extract::{Body, Caller, Expected, Path, Query},
    list::List,
    problem::Reply,
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .routes(routes!(list_phases, create_phase))
        .routes(routes!(get_phase, update_phase, cancel_phase))
        .routes(routes!(restore_phase))
        .routes(routes!(pass_gate, take_back_gate))
        .routes(routes!(set_task_phase))
}

/// A phase to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreatePhase {
    /// What kind of phase, which has its name.
    #[schema(value_type = crate::schema::PhaseDefinitionId)]
    definition: PhaseDefinitionId,
    /// Its first day.
    starts_on: NaiveDate,
    /// Its last day.
    ends_on: NaiveDate,
    /// What it may cost, in the currency of the project's budget.
    #[schema(value_type = Option<crate::schema::Money>)]
    budget: Option<Money>,
    /// What becomes of the phases that follow; `refuse` when it is left out.
    #[serde(default)]
    #[schema(value_type = Option<crate::schema::OnOverlap>)]
    on_overlap: OnOverlap,
}

/// The days of a phase and what it may cost from now on, all of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UpdatePhase {
    /// The version that the caller has seen.
    #[schema(value_type = i64)]
    expected: Version,
    /// Its first day.
    starts_on: NaiveDate,
    /// Its last day.
    ends_on: NaiveDate,
    /// What it may cost, in the currency of the project's budget.
    #[schema(value_type = Option<crate::schema::Money>)]
    budget: Option<Money>,
    /// What becomes of the phases that follow; `refuse` when it is left out.
    #[serde(default)]
    #[schema(value_type = Option<crate::schema::OnOverlap>)]
    on_overlap: OnOverlap,
}

/// How a gate is passed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PassGate {
    /// The version of the phase that the caller has seen.
    #[schema(value_type = i64)]
    expected: Version,
    /// What open tasks of the phase are to it; `block` when it is left out.
    #[serde(default)]
    #[schema(value_type = Option<crate::schema::OpenTasks>)]
    open_tasks: OpenTasks,
}

/// In which phase a task is from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetTaskPhase {
    /// The version of the task that the caller has seen.
    #[schema(value_type = i64)]
    expected: Version,
    /// An active phase of the same project; none when it is left out.
    #[schema(value_type = Option<crate::schema::PhaseId>)]
    phase: Option<PhaseId>,
}

/// The active phases of a project in their order; one of them at most is the current one.
#[erp_derive::endpoint(get, path = "/api/projects/{id}/phases", params(("id" = crate::schema::ProjectId, Path)),
    responses((status = 200, body = List<crate::schema::PhaseView>)))]
async fn list_phases(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ProjectId>,
) -> Reply<Json<List<PhaseView>>> {
    Ok(Json(app.engine.projects().phases(&ctx, id).await?.into()))
}

/// Makes a phase.
#[erp_derive::endpoint(post, path = "/api/projects/{id}/phases",
    params(("id" = crate::schema::ProjectId, Path), crate::schema::IdempotencyHeader),
    request_body = CreatePhase, responses((status = 201, body = crate::schema::Phase)))]
async fn create_phase(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ProjectId>,
    Body(new): Body<CreatePhase>,
) -> Reply<(StatusCode, Json<Phase>)> {
    let CreatePhase { definition, starts_on, ends_on, budget, on_overlap } = new;
    let details = PhaseDetails { starts_on, ends_on, budget };
    let new = NewPhase { definition, details, on_overlap };
    Ok((StatusCode::CREATED, Json(app.engine.projects().create_phase(&ctx, id, new).await?)))
}

/// An active phase as it is now.
#[erp_derive::endpoint(get, path = "/api/phases/{id}", params(("id" = crate::schema::PhaseId, Path)),
    responses((status = 200, body = crate::schema::PhaseView)))]
async fn get_phase(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<PhaseId>,
) -> Reply<Json<PhaseView>> {
    Ok(Json(app.engine.projects().phase(&ctx, id).await?))
}

/// Changes the days of a phase and what it may cost.
#[erp_derive::endpoint(put, path = "/api/phases/{id}", params(("id" = crate::schema::PhaseId, Path)),
    request_body = UpdatePhase, responses((status = 200, body = crate::schema::Phase)))]
async fn update_phase(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<PhaseId>,
    Body(change): Body<UpdatePhase>,
) -> Reply<Json<Phase>> {
    let UpdatePhase { expected, starts_on, ends_on, budget, on_overlap } = change;
    let details = PhaseDetails { starts_on, ends_on, budget };
    let update = PhaseUpdate { expected, details, on_overlap };
    Ok(Json(app.engine.projects().update_phase(&ctx, id, update).await?))
}

/// Cancels a phase in which no task is; it may be restored.
#[erp_derive::endpoint(delete, path = "/api/phases/{id}",
    params(("id" = crate::schema::PhaseId, Path), Expected), responses((status = 204)))]
async fn cancel_phase(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<PhaseId>,
    Query(seen): Query<Expected>,
) -> Reply<StatusCode> {
    app.engine.projects().cancel_phase(&ctx, id, seen.expected).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Restores a cancelled phase, if there is still room for it.
#[erp_derive::endpoint(post, path = "/api/phases/{id}/restore", params(("id" = crate::schema::PhaseId, Path)),
    request_body = Expected, responses((status = 200, body = crate::schema::Phase)))]
async fn restore_phase(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<PhaseId>,
    Body(seen): Body<Expected>,
) -> Reply<Json<Phase>> {
    Ok(Json(app.engine.projects().restore_phase(&ctx, id, seen.expected).await?))
}

/// Passes a phase's gate: it is over.
#[erp_derive::endpoint(post, path = "/api/phases/{id}/gate", params(("id" = crate::schema::PhaseId, Path)),
    request_body = PassGate, responses((status = 200, body = crate::schema::Phase)))]
async fn pass_gate(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<PhaseId>,
    Body(gate): Body<PassGate>,
) -> Reply<Json<Phase>> {
    let PassGate { expected, open_tasks } = gate;
    Ok(Json(app.engine.projects().pass_gate(&ctx, id, expected, open_tasks).await?))
}

/// Takes back that a phase's gate was passed.
#[erp_derive::endpoint(delete, path = "/api/phases/{id}/gate",
    params(("id" = crate::schema::PhaseId, Path), Expected),
    responses((status = 200, body = crate::schema::Phase)))]
async fn take_back_gate(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<PhaseId>,
    Query(seen): Query<Expected>,
) -> Reply<Json<Phase>> {
    Ok(Json(app.engine.projects().take_back_gate(&ctx, id, seen.expected).await?))
}

/// Puts a task into a phase, or into none.
#[erp_derive::endpoint(put, path = "/api/tasks/{id}/phase", params(("id" = crate::schema::TaskId, Path)),
    request_body = SetTaskPhase, responses((status = 200, body = crate::schema::Task)))]
async fn set_task_phase(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<TaskId>,
    Body(change): Body<SetTaskPhase>,
) -> Reply<Json<Task>> {
    let SetTaskPhase { expected, phase } = change;
    Ok(Json(app.engine.projects().set_task_phase(&ctx, id, expected, phase).await?))
}
