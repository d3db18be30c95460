//! Searching tasks and comments.

use crate::describe::IntoParams;
use axum::extract::State;
use erp_core::{ids::ProjectId, page::Page, projects::Hit};
use serde::Deserialize;

use super::route::{Json, Routes, routes};
use super::{
    extract::{Caller, Paging, Query},
    problem::Reply,
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default().routes(routes!(search_tasks))
}

/// What to search for, and where.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Search {
    /// 1 to 10 words. A word is a run of letters and digits; case does not matter.
    q: String,
    /// Only in this project; without it in all that the caller may see.
    #[param(value_type = Option<crate::schema::ProjectId>)]
    project: Option<ProjectId>,
    /// The most items on the page: 50 without it, at most 500 however many are asked for.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// The tasks and comments that have every word of the query, whole: a task in its title, description
/// and labels, a comment in its body. The newest comes first.
#[erp_derive::endpoint(get, path = "/api/tasks/search", params(Search),
    responses((status = 200, body = crate::schema::Page<crate::schema::Hit>)))]
async fn search_tasks(
    State(app): State<App>,
    Caller(ctx): Caller,
    Query(search): Query<Search>,
) -> Reply<Json<Page<Hit>>> {
    let Search { q, project, limit, cursor } = search;
    let page = Paging { limit, cursor }.into();
    Ok(Json(app.engine.projects().search(&ctx, &q, project, &page).await?))
}
