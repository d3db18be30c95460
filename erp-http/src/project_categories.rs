//! Categories of projects.

use crate::describe::ToSchema;
use axum::{extract::State, http::StatusCode};
use erp_core::{
    change::Version,
    ids::ProjectCategoryId,
    projects::{NewProjectCategory, ProjectCategory, ProjectCategoryUpdate},
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
        .routes(routes!(list_project_categories, create_project_category))
        .routes(routes!(update_project_category, delete_project_category))
}

/// A category of projects to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateProjectCategory {
    /// Its name, 1 to 200 characters, unique under its parent without regard to case.
    name: String,
    /// The category that it is in.
    #[schema(value_type = Option<crate::schema::ProjectCategoryId>)]
    parent: Option<ProjectCategoryId>,
}

/// The new name and place of a category of projects, both of them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UpdateProjectCategory {
    /// The version that the caller has seen.
    #[schema(value_type = i64)]
    expected: Version,
    /// Its name, 1 to 200 characters, unique under its parent without regard to case.
    name: String,
    /// The category that it is in.
    #[schema(value_type = Option<crate::schema::ProjectCategoryId>)]
    parent: Option<ProjectCategoryId>,
}

/// Every category of projects, by name; `parent` makes them a tree.
#[erp_derive::endpoint(get, path = "/api/project-categories",
    responses((status = 200, body = List<crate::schema::ProjectCategory>)))]
async fn list_project_categories(
    State(app): State<App>,
    Caller(ctx): Caller,
) -> Reply<Json<List<ProjectCategory>>> {
    Ok(Json(app.engine.projects().categories(&ctx).await?.into()))
}

/// Creates a category of projects.
#[erp_derive::endpoint(post, path = "/api/project-categories", params(crate::schema::IdempotencyHeader),
    request_body = CreateProjectCategory,
    responses((status = 201, body = crate::schema::ProjectCategory)))]
async fn create_project_category(
    State(app): State<App>,
    Caller(ctx): Caller,
    Body(new): Body<CreateProjectCategory>,
) -> Reply<(StatusCode, Json<ProjectCategory>)> {
    let new = NewProjectCategory { name: new.name, parent: new.parent };
    let category = app.engine.projects().create_category(&ctx, new).await?;
    Ok((StatusCode::CREATED, Json(category)))
}

/// Renames a category of projects, or moves it with all that is in it.
#[erp_derive::endpoint(put, path = "/api/project-categories/{id}",
    params(("id" = crate::schema::ProjectCategoryId, Path)), request_body = UpdateProjectCategory,
    responses((status = 200, body = crate::schema::ProjectCategory)))]
async fn update_project_category(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ProjectCategoryId>,
    Body(change): Body<UpdateProjectCategory>,
) -> Reply<Json<ProjectCategory>> {
    let UpdateProjectCategory { expected, name, parent } = change;
    let update = ProjectCategoryUpdate { expected, name, parent };
    Ok(Json(app.engine.projects().update_category(&ctx, id, update).await?))
}

/// Deletes a category of projects that nothing is in.
#[erp_derive::endpoint(delete, path = "/api/project-categories/{id}",
    params(("id" = crate::schema::ProjectCategoryId, Path), Expected), responses((status = 204)))]
async fn delete_project_category(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ProjectCategoryId>,
    Query(seen): Query<Expected>,
) -> Reply<StatusCode> {
    app.engine.projects().delete_category(&ctx, id, seen.expected).await?;
    Ok(StatusCode::NO_CONTENT)
}
