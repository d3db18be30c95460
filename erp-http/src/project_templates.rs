//! Templates of projects, and projects made from them.

use crate::describe::{IntoParams, ToSchema};
use axum::{extract::State, http::StatusCode};
use erp_core::{
    change::Version,
    ids::{ProjectCategoryId, ProjectTemplateId},
    page::Page,
    projects::{
        FromTemplate, NewProjectTemplate, Project, ProjectTemplate, ProjectTemplateUpdate,
        TemplateBody, TemplateChoice, TemplateHead, TemplateQuery, TemplateRoles,
    },
};
use serde::Deserialize;

use super::route::{Json, Routes, routes};
use super::{
    extract::{Body, Caller, Paging, Path, Query},
    problem::Reply,
    projects::CreateProject,
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .routes(routes!(list_project_templates, create_project_template))
        .routes(routes!(get_project_template, update_project_template))
        .routes(routes!(create_project_from_template))
        .routes(routes!(create_project_in_category))
}

/// A template of projects to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateProjectTemplate {
    /// Its name, 1 to 200 characters, unique in its category without regard to case.
    name: String,
    /// The category that it is for.
    #[schema(value_type = Option<crate::schema::ProjectCategoryId>)]
    category: Option<ProjectCategoryId>,
    /// What a project begins with.
    #[schema(value_type = crate::schema::TemplateBody)]
    body: TemplateBody,
}

/// What a template of projects is from now on, all of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UpdateProjectTemplate {
    /// The version that the caller has seen.
    #[schema(value_type = i64)]
    expected: Version,
    /// Its name, 1 to 200 characters, unique in its category without regard to case.
    name: String,
    /// The category that it is for.
    #[schema(value_type = Option<crate::schema::ProjectCategoryId>)]
    category: Option<ProjectCategoryId>,
    /// What a project begins with.
    #[schema(value_type = crate::schema::TemplateBody)]
    body: TemplateBody,
    /// Whether no more projects are made from it.
    archived: bool,
}

/// A project to make from a template.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProjectFromTemplate {
    /// What it is made for, such as a lead that was won: 1 to 200 characters. A key makes one project
    /// for ever, whoever asks.
    key: String,
    /// The project. `start_on` must be given: offsets are counted from it, in working days.
    project: CreateProject,
    /// Who is what in it, by the role that the template names: each a member.
    #[schema(value_type = std::collections::BTreeMap<String, crate::schema::UserId>)]
    #[serde(default)]
    roles: TemplateRoles,
}

/// Which templates.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TemplateFilter {
    /// Only those that are for this category.
    #[param(value_type = Option<crate::schema::ProjectCategoryId>)]
    category: Option<ProjectCategoryId>,
    /// The archived ones instead of the others.
    #[serde(default)]
    archived: bool,
    /// The most items on the page: 50 without it, at most 500 however many are asked for.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// The templates of projects, by name.
#[erp_derive::endpoint(get, path = "/api/project-templates", params(TemplateFilter),
    responses((status = 200, body = crate::schema::Page<crate::schema::TemplateHead>)))]
async fn list_project_templates(
    State(app): State<App>,
    Caller(ctx): Caller,
    Query(filter): Query<TemplateFilter>,
) -> Reply<Json<Page<TemplateHead>>> {
    let TemplateFilter { category, archived, limit, cursor } = filter;
    let query = TemplateQuery { category, archived, ..TemplateQuery::default() };
    let page = Paging { limit, cursor }.into();
    Ok(Json(app.engine.projects().templates(&ctx, query, &page).await?))
}

/// Creates a template of projects.
#[erp_derive::endpoint(post, path = "/api/project-templates", params(crate::schema::IdempotencyHeader),
    request_body = CreateProjectTemplate,
    responses((status = 201, body = crate::schema::ProjectTemplate)))]
async fn create_project_template(
    State(app): State<App>,
    Caller(ctx): Caller,
    Body(new): Body<CreateProjectTemplate>,
) -> Reply<(StatusCode, Json<ProjectTemplate>)> {
    let CreateProjectTemplate { name, category, body } = new;
    let new = NewProjectTemplate { name, category, body };
    let template = app.engine.projects().create_template(&ctx, new).await?;
    Ok((StatusCode::CREATED, Json(template)))
}

/// A template of projects.
#[erp_derive::endpoint(get, path = "/api/project-templates/{id}",
    params(("id" = crate::schema::ProjectTemplateId, Path)),
    responses((status = 200, body = crate::schema::ProjectTemplate)))]
async fn get_project_template(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ProjectTemplateId>,
) -> Reply<Json<ProjectTemplate>> {
    Ok(Json(app.engine.projects().template(&ctx, id).await?))
}

/// Replaces what a template of projects is, archives it or takes it up again.
#[erp_derive::endpoint(put, path = "/api/project-templates/{id}",
    params(("id" = crate::schema::ProjectTemplateId, Path)), request_body = UpdateProjectTemplate,
    responses((status = 200, body = crate::schema::ProjectTemplate)))]
async fn update_project_template(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ProjectTemplateId>,
    Body(change): Body<UpdateProjectTemplate>,
) -> Reply<Json<ProjectTemplate>> {
    let UpdateProjectTemplate { expected, name, category, body, archived } = change;
    let template = NewProjectTemplate { name, category, body };
    let update = ProjectTemplateUpdate { expected, template, archived };
    Ok(Json(app.engine.projects().update_template(&ctx, id, update).await?))
}

/// Makes a project from a template, with all its tasks. The same request with the same key gives the
/// same project again.
#[erp_derive::endpoint(post, path = "/api/project-templates/{id}/projects",
    params(("id" = crate::schema::ProjectTemplateId, Path), crate::schema::IdempotencyHeader),
    request_body = ProjectFromTemplate, responses((status = 201, body = crate::schema::Project)))]
async fn create_project_from_template(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ProjectTemplateId>,
    Body(new): Body<ProjectFromTemplate>,
) -> Reply<(StatusCode, Json<Project>)> {
    let new = new.from(TemplateChoice::Template(id));
    let project = app.engine.projects().create_from_template(&ctx, new).await?;
    Ok((StatusCode::CREATED, Json(project)))
}

/// Makes a project from the template that is nearest to a category: its own first one by name, or else
/// that of what it lies in.
#[erp_derive::endpoint(post, path = "/api/project-categories/{id}/projects",
    params(("id" = crate::schema::ProjectCategoryId, Path), crate::schema::IdempotencyHeader),
    request_body = ProjectFromTemplate, responses((status = 201, body = crate::schema::Project)))]
async fn create_project_in_category(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ProjectCategoryId>,
    Body(new): Body<ProjectFromTemplate>,
) -> Reply<(StatusCode, Json<Project>)> {
    let new = new.from(TemplateChoice::Category(id));
    let project = app.engine.projects().create_from_template(&ctx, new).await?;
    Ok((StatusCode::CREATED, Json(project)))
}

impl ProjectFromTemplate {
    fn from(self, from: TemplateChoice) -> FromTemplate {
        let Self { key, project, roles } = self;
        FromTemplate { from, key, project: project.into(), roles }
    }
}
