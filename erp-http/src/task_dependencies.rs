//! Which task waits for which.

use crate::describe::ToSchema;
use axum::{extract::State, http::StatusCode};
use erp_core::{
    ids::{ProjectId, TaskId},
    projects::{Dependency, DependencyKind, NewDependency, TaskNode},
};
use serde::{Deserialize, Serialize};

use super::route::{Json, Routes, routes};
use super::{
    extract::{Body, Caller, Path, PathPair},
    list::List,
    problem::Reply,
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .routes(routes!(list_dependencies, link_tasks))
        .routes(routes!(unlink_tasks))
        .routes(routes!(task_graph))
}

/// A dependency to make: the task of the path waits.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LinkTasks {
    /// The task that is waited for, of the same project.
    #[schema(value_type = crate::schema::TaskId)]
    predecessor: TaskId,
    /// What is waited for.
    #[schema(value_type = crate::schema::DependencyKind)]
    kind: DependencyKind,
    /// How long it waits after that, in minutes of work; negative to begin before.
    #[serde(default)]
    lag_min: i64,
}

/// The live tasks of a project and how they hang together.
#[derive(Serialize, ToSchema)]
struct GraphView {
    /// Rises with every change of a parent, a dependency, or of what is deleted.
    version: i64,
    /// The tasks by number.
    #[schema(value_type = Vec<crate::schema::TaskNode>)]
    nodes: Vec<TaskNode>,
    /// The dependencies by predecessor and successor.
    #[schema(value_type = Vec<crate::schema::Dependency>)]
    edges: Vec<Dependency>,
}

/// The dependencies that a task is in, by predecessor and successor.
#[erp_derive::endpoint(get, path = "/api/tasks/{id}/dependencies",
    params(("id" = crate::schema::TaskId, Path)),
    responses((status = 200, body = List<crate::schema::Dependency>)))]
async fn list_dependencies(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<TaskId>,
) -> Reply<Json<List<Dependency>>> {
    Ok(Json(app.engine.projects().dependencies(&ctx, id).await?.into()))
}

/// Makes a task wait for another. A ring is refused, with the tasks along it.
#[erp_derive::endpoint(post, path = "/api/tasks/{id}/dependencies", params(("id" = crate::schema::TaskId, Path)),
    request_body = LinkTasks, responses((status = 201, body = crate::schema::Dependency)))]
async fn link_tasks(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(successor): Path<TaskId>,
    Body(link): Body<LinkTasks>,
) -> Reply<(StatusCode, Json<Dependency>)> {
    let LinkTasks { predecessor, kind, lag_min } = link;
    let new = NewDependency { predecessor, successor, kind, lag_min };
    Ok((StatusCode::CREATED, Json(app.engine.projects().link_tasks(&ctx, new).await?)))
}

/// Makes a task wait for another no more.
#[erp_derive::endpoint(delete, path = "/api/tasks/{id}/dependencies/{predecessor}",
    params(("id" = crate::schema::TaskId, Path), ("predecessor" = crate::schema::TaskId, Path)),
    responses((status = 204)))]
async fn unlink_tasks(
    State(app): State<App>,
    Caller(ctx): Caller,
    PathPair(id, predecessor): PathPair<TaskId, TaskId>,
) -> Reply<StatusCode> {
    app.engine.projects().unlink_tasks(&ctx, predecessor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The tasks of a project and how they hang together, as a chart draws them.
#[erp_derive::endpoint(get, path = "/api/projects/{id}/graph", params(("id" = crate::schema::ProjectId, Path)),
    responses((status = 200, body = GraphView)))]
async fn task_graph(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ProjectId>,
) -> Reply<Json<GraphView>> {
    let graph = app.engine.projects().task_graph(&ctx, id).await?;
    Ok(Json(GraphView { version: graph.version.0, nodes: graph.nodes, edges: graph.edges }))
}
