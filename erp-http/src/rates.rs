//! Hourly rates.

use crate::describe::ToSchema;
use axum::{extract::State, http::StatusCode};
use chrono::NaiveDate;
use erp_core::{
    change::Version,
    ids::{ProjectId, RateId, UserId},
    money::Money,
    page::Page,
    projects::{HourlyRate, NewRate},
};
use serde::Deserialize;

use super::route::{Json, Routes, routes};
use super::{
    extract::{Body, Caller, Expected, Paging, Path, Query},
    problem::Reply,
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .routes(routes!(list_rates, create_rate))
        .routes(routes!(update_rate, delete_rate))
}

/// What an hour of someone's work costs from a day on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateRate {
    /// In which project; in all when it is left out.
    #[schema(value_type = Option<crate::schema::ProjectId>)]
    project: Option<ProjectId>,
    /// From which day on.
    valid_from: NaiveDate,
    /// What an hour costs.
    #[schema(value_type = crate::schema::Money)]
    rate: Money,
}

/// What an hour costs, and from which day on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UpdateRate {
    /// The version that the caller has seen.
    #[schema(value_type = i64)]
    expected: Version,
    /// From which day on.
    valid_from: NaiveDate,
    /// What an hour costs.
    #[schema(value_type = crate::schema::Money)]
    rate: Money,
}

/// What an hour of a user's work costs, by first day. A page may have fewer than asked for.
#[erp_derive::endpoint(get, path = "/api/users/{id}/rates", params(("id" = crate::schema::UserId, Path), Paging),
    responses((status = 200, body = crate::schema::Page<crate::schema::HourlyRate>)))]
async fn list_rates(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<UserId>,
    Query(paging): Query<Paging>,
) -> Reply<Json<Page<HourlyRate>>> {
    Ok(Json(app.engine.projects().rates(&ctx, id, &paging.into()).await?))
}

/// Writes down what an hour of a user's work costs.
#[erp_derive::endpoint(post, path = "/api/users/{id}/rates",
    params(("id" = crate::schema::UserId, Path), crate::schema::IdempotencyHeader),
    request_body = CreateRate, responses((status = 201, body = crate::schema::HourlyRate)))]
async fn create_rate(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(user): Path<UserId>,
    Body(new): Body<CreateRate>,
) -> Reply<(StatusCode, Json<HourlyRate>)> {
    let CreateRate { project, valid_from, rate } = new;
    let new = NewRate { user, project, valid_from, rate };
    Ok((StatusCode::CREATED, Json(app.engine.projects().create_rate(&ctx, new).await?)))
}

/// Changes what an hour costs, or from which day on.
#[erp_derive::endpoint(put, path = "/api/rates/{id}", params(("id" = crate::schema::RateId, Path)),
    request_body = UpdateRate, responses((status = 200, body = crate::schema::HourlyRate)))]
async fn update_rate(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<RateId>,
    Body(change): Body<UpdateRate>,
) -> Reply<Json<HourlyRate>> {
    let UpdateRate { expected, valid_from, rate } = change;
    Ok(Json(app.engine.projects().update_rate(&ctx, id, expected, (valid_from, rate)).await?))
}

/// Deletes a rate: time costs what it would have without it.
#[erp_derive::endpoint(delete, path = "/api/rates/{id}",
    params(("id" = crate::schema::RateId, Path), Expected), responses((status = 204)))]
async fn delete_rate(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<RateId>,
    Query(seen): Query<Expected>,
) -> Reply<StatusCode> {
    app.engine.projects().delete_rate(&ctx, id, seen.expected).await?;
    Ok(StatusCode::NO_CONTENT)
}
