//! Projects.

use crate::describe::{IntoParams, ToSchema};
use axum::{extract::State, http::StatusCode};
use chrono::NaiveDate;
use erp_core::{
    change::Version,
    ids::{ProjectCategoryId, ProjectId, UserId},
    money::Money,
    page::Page,
    projects::{
        BudgetOverrun, NewProject, Project, ProjectDetails, ProjectMember, ProjectQuery,
        ProjectRole, ProjectStatus,
    },
};
use serde::{Deserialize, Serialize};

use super::route::{Json, Routes, routes};
use super::{
    extract::{Body, Caller, Expected, Paging, Path, Query, names},
    problem::Reply,
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .routes(routes!(list_projects, create_project))
        .routes(routes!(get_project, update_project, delete_project))
        .routes(routes!(set_project_status))
        .routes(routes!(restore_project))
}

/// A project to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateProject {
    /// Its code: 1 to 20 letters, digits and inner hyphens, unique for ever.
    code: String,
    /// Its name, 1 to 200 characters.
    name: String,
    /// What it is about.
    description: Option<String>,
    /// What the codes of its tasks begin with; `TASK` when it is left out.
    task_prefix: Option<String>,
    /// The first day of its timeline.
    start_on: Option<NaiveDate>,
    /// The last day of its timeline.
    due_on: Option<NaiveDate>,
    /// The time zone (IANA name) of its days; `UTC` when it is left out.
    zone: Option<String>,
    /// What it may cost.
    #[schema(value_type = Option<crate::schema::Money>)]
    budget: Option<Money>,
    /// Whether the budgets of its phases may be more than that together; `forbidden` when it is left
    /// out.
    #[serde(default)]
    #[schema(value_type = Option<crate::schema::BudgetOverrun>)]
    budget_overrun: BudgetOverrun,
    /// The category that it is of.
    #[schema(value_type = Option<crate::schema::ProjectCategoryId>)]
    category: Option<ProjectCategoryId>,
    /// Its first members besides the caller, who becomes its owner.
    #[serde(default)]
    members: Vec<FirstMember>,
}

/// A first member of a project.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FirstMember {
    /// Who.
    #[schema(value_type = crate::schema::UserId)]
    user: UserId,
    /// What he may do.
    #[schema(value_type = crate::schema::ProjectRole)]
    role: ProjectRole,
}

/// What a project says of itself from now on, all of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UpdateProject {
    /// The version that the caller has seen.
    #[schema(value_type = i64)]
    expected: Version,
    /// Its name, 1 to 200 characters.
    name: String,
    /// What it is about.
    description: Option<String>,
    /// What the codes of its new tasks begin with.
    task_prefix: String,
    /// The first day of its timeline.
    start_on: Option<NaiveDate>,
    /// The last day of its timeline.
    due_on: Option<NaiveDate>,
    /// The time zone (IANA name) of its days.
    zone: String,
    /// What it may cost.
    #[schema(value_type = Option<crate::schema::Money>)]
    budget: Option<Money>,
    /// Whether the budgets of its phases may be more than that together; `forbidden` when it is left
    /// out.
    #[serde(default)]
    #[schema(value_type = Option<crate::schema::BudgetOverrun>)]
    budget_overrun: BudgetOverrun,
    /// The category that it is of.
    #[schema(value_type = Option<crate::schema::ProjectCategoryId>)]
    category: Option<ProjectCategoryId>,
}

/// How far a project is from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetProjectStatus {
    /// The version that the caller has seen.
    #[schema(value_type = i64)]
    expected: Version,
    /// The status.
    #[schema(value_type = crate::schema::ProjectStatus)]
    status: ProjectStatus,
}

/// A project as the caller stands to it.
#[derive(Serialize, ToSchema)]
struct ProjectView {
    /// The project.
    #[schema(value_type = crate::schema::Project)]
    project: Project,
    /// The caller's membership; null when he only looks in.
    #[schema(value_type = Option<crate::schema::ProjectMember>)]
    member: Option<ProjectMember>,
}

/// Which projects.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ProjectFilter {
    /// Only those of one of these statuses, with commas between.
    status: Option<String>,
    /// The most items on the page: 50 without it, at most 500 however many are asked for.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// The projects that the caller may see, by code.
#[erp_derive::endpoint(get, path = "/api/projects", params(ProjectFilter),
    responses((status = 200, body = crate::schema::Page<crate::schema::Project>)))]
async fn list_projects(
    State(app): State<App>,
    Caller(ctx): Caller,
    Query(filter): Query<ProjectFilter>,
) -> Reply<Json<Page<Project>>> {
    let ProjectFilter { status, limit, cursor } = filter;
    let query = ProjectQuery { status: names("status", status)?, ..ProjectQuery::default() };
    let page = Paging { limit, cursor }.into();
    Ok(Json(app.engine.projects().projects(&ctx, query, &page).await?))
}

/// Makes a project. The caller becomes its owner.
#[erp_derive::endpoint(post, path = "/api/projects", params(crate::schema::IdempotencyHeader),
    request_body = CreateProject, responses((status = 201, body = crate::schema::Project)))]
async fn create_project(
    State(app): State<App>,
    Caller(ctx): Caller,
    Body(new): Body<CreateProject>,
) -> Reply<(StatusCode, Json<Project>)> {
    let project = app.engine.projects().create(&ctx, new.into()).await?;
    Ok((StatusCode::CREATED, Json(project)))
}

impl From<CreateProject> for NewProject {
    fn from(new: CreateProject) -> Self {
        let CreateProject { code, name, description, start_on, due_on, budget, category, .. } = new;
        let mut details = ProjectDetails::named(name);
        details = ProjectDetails { description, start_on, due_on, budget, category, ..details };
        details.task_prefix = new.task_prefix.unwrap_or(details.task_prefix);
        details.zone = new.zone.unwrap_or(details.zone);
        details.budget_overrun = new.budget_overrun;
        let members = new.members.into_iter().map(|member| (member.user, member.role)).collect();
        Self { code, details, members }
    }
}

/// A project.
#[erp_derive::endpoint(get, path = "/api/projects/{id}", params(("id" = crate::schema::ProjectId, Path)),
    responses((status = 200, body = ProjectView)))]
async fn get_project(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ProjectId>,
) -> Reply<Json<ProjectView>> {
    let access = app.engine.projects().project(&ctx, id).await?;
    Ok(Json(ProjectView { project: access.project, member: access.member }))
}

/// Replaces what a project says of itself.
#[erp_derive::endpoint(put, path = "/api/projects/{id}", params(("id" = crate::schema::ProjectId, Path)),
    request_body = UpdateProject, responses((status = 200, body = crate::schema::Project)))]
async fn update_project(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ProjectId>,
    Body(change): Body<UpdateProject>,
) -> Reply<Json<Project>> {
    let expected = change.expected;
    let details = ProjectDetails {
        name: change.name,
        description: change.description,
        task_prefix: change.task_prefix,
        start_on: change.start_on,
        due_on: change.due_on,
        zone: change.zone,
        budget: change.budget,
        budget_overrun: change.budget_overrun,
        category: change.category,
    };
    Ok(Json(app.engine.projects().update(&ctx, id, expected, details).await?))
}

/// Says how far a project is.
#[erp_derive::endpoint(post, path = "/api/projects/{id}/status",
    params(("id" = crate::schema::ProjectId, Path)),
    request_body = SetProjectStatus, responses((status = 200, body = crate::schema::Project)))]
async fn set_project_status(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ProjectId>,
    Body(change): Body<SetProjectStatus>,
) -> Reply<Json<Project>> {
    let SetProjectStatus { expected, status } = change;
    Ok(Json(app.engine.projects().set_status(&ctx, id, expected, status).await?))
}

/// Deletes a project; it may be restored.
#[erp_derive::endpoint(delete, path = "/api/projects/{id}",
    params(("id" = crate::schema::ProjectId, Path), Expected), responses((status = 204)))]
async fn delete_project(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ProjectId>,
    Query(seen): Query<Expected>,
) -> Reply<StatusCode> {
    app.engine.projects().delete(&ctx, id, seen.expected).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Restores a deleted project.
#[erp_derive::endpoint(post, path = "/api/projects/{id}/restore",
    params(("id" = crate::schema::ProjectId, Path)), request_body = Expected,
    responses((status = 200, body = crate::schema::Project)))]
async fn restore_project(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<ProjectId>,
    Body(seen): Body<Expected>,
) -> Reply<Json<Project>> {
    Ok(Json(app.engine.projects().restore(&ctx, id, seen.expected).await?))
}
