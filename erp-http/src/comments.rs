//! Comments on tasks.

use crate::describe::ToSchema;
use axum::{extract::State, http::StatusCode};
use erp_core::{
    change::Version,
    ids::{CommentId, TaskId},
    page::Page,
    projects::{Comment, NewComment},
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
        .routes(routes!(list_comments, create_comment))
        .routes(routes!(edit_comment, delete_comment))
        .routes(routes!(restore_comment))
}

/// A comment to write.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateComment {
    /// What it says, in plain text: 1 byte to 64 KiB.
    body: String,
    /// The comment that it answers.
    #[schema(value_type = Option<crate::schema::CommentId>)]
    answers: Option<CommentId>,
}

/// What a comment says from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EditComment {
    /// The version that the caller has seen.
    #[schema(value_type = i64)]
    expected: Version,
    /// What it says, in plain text: 1 byte to 64 KiB.
    body: String,
}

/// The comments of a task, in the order in which they were written. Of deleted ones the body is empty.
#[erp_derive::endpoint(get, path = "/api/tasks/{id}/comments",
    params(("id" = crate::schema::TaskId, Path), Paging),
    responses((status = 200, body = crate::schema::Page<crate::schema::Comment>)))]
async fn list_comments(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<TaskId>,
    Query(paging): Query<Paging>,
) -> Reply<Json<Page<Comment>>> {
    Ok(Json(app.engine.projects().comments(&ctx, id, &paging.into()).await?))
}

/// Writes a comment on a task.
#[erp_derive::endpoint(post, path = "/api/tasks/{id}/comments",
    params(("id" = crate::schema::TaskId, Path), crate::schema::IdempotencyHeader),
    request_body = CreateComment, responses((status = 201, body = crate::schema::Comment)))]
async fn create_comment(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<TaskId>,
    Body(new): Body<CreateComment>,
) -> Reply<(StatusCode, Json<Comment>)> {
    let new = NewComment { body: new.body, answers: new.answers };
    Ok((StatusCode::CREATED, Json(app.engine.projects().comment(&ctx, id, new).await?)))
}

/// Edits what a comment of the caller's says.
#[erp_derive::endpoint(patch, path = "/api/comments/{id}", params(("id" = crate::schema::CommentId, Path)),
    request_body = EditComment, responses((status = 200, body = crate::schema::Comment)))]
async fn edit_comment(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<CommentId>,
    Body(change): Body<EditComment>,
) -> Reply<Json<Comment>> {
    let EditComment { expected, body } = change;
    Ok(Json(app.engine.projects().edit_comment(&ctx, id, expected, body).await?))
}

/// Deletes a comment; answers to it stay.
#[erp_derive::endpoint(delete, path = "/api/comments/{id}",
    params(("id" = crate::schema::CommentId, Path), Expected),
    responses((status = 200, body = crate::schema::Comment)))]
async fn delete_comment(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<CommentId>,
    Query(seen): Query<Expected>,
) -> Reply<Json<Comment>> {
    Ok(Json(app.engine.projects().delete_comment(&ctx, id, seen.expected).await?))
}

/// Restores a deleted comment.
#[erp_derive::endpoint(post, path = "/api/comments/{id}/restore", params(("id" = crate::schema::CommentId, Path)),
    request_body = Expected, responses((status = 200, body = crate::schema::Comment)))]
async fn restore_comment(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<CommentId>,
    Body(seen): Body<Expected>,
) -> Reply<Json<Comment>> {
    Ok(Json(app.engine.projects().restore_comment(&ctx, id, seen.expected).await?))
}
