//! Messages.

use crate::describe::{IntoParams, ToSchema};
use axum::{extract::State, http::StatusCode};
use erp_core::{
    change::Version,
    chat::{
        BodyFormat, EditMessage, Message, MessageAnchor, MessageEdit, MessagePage, NewMessage, Seq,
    },
    ids::{MessageId, RoomId},
    page::Limit,
};
use serde::{Deserialize, Serialize};

use super::route::{Json, Routes, routes};
use super::{
    extract::{Body, Caller, Expected, Path, Query},
    problem::{Failure, Reply},
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .routes(routes!(list_messages, post_message))
        .routes(routes!(edit_message, delete_message))
        .routes(routes!(restore_message))
        .routes(routes!(message_history))
}

/// Which messages of a room: the last ones, or those before, after or around a number.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Select {
    /// The room.
    #[param(value_type = crate::schema::RoomId)]
    room: RoomId,
    /// The messages just before this number.
    #[param(value_type = Option<i64>)]
    before: Option<Seq>,
    /// The messages just after this number.
    #[param(value_type = Option<i64>)]
    after: Option<Seq>,
    /// The messages around this number.
    #[param(value_type = Option<i64>)]
    around: Option<Seq>,
    /// The most messages: 50 without it, at most 500 however many are asked for.
    limit: Option<u32>,
}

impl Select {
    fn anchor(&self) -> Reply<MessageAnchor> {
        match (self.before, self.after, self.around) {
            (None, None, None) => Ok(MessageAnchor::Latest),
            (Some(seq), None, None) => Ok(MessageAnchor::Before(seq)),
            (None, Some(seq), None) => Ok(MessageAnchor::After(seq)),
            (None, None, Some(seq)) => Ok(MessageAnchor::Around(seq)),
            (Some(_), Some(_), _) => Err(Failure::field("after", "cannot stand beside `before`")),
            _ => Err(Failure::field("around", "cannot stand beside `before` or `after`")),
        }
    }
}

/// A message to send.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PostMessage {
    /// The room it goes to.
    #[schema(value_type = crate::schema::RoomId)]
    room: RoomId,
    /// What it says: kept as sent, never interpreted.
    body: String,
    /// What it is written in; plain text when it is left out.
    #[serde(default)]
    #[schema(value_type = Option<crate::schema::BodyFormat>)]
    format: BodyFormat,
}

/// A message's new body.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangeMessage {
    /// The version that the caller has seen.
    #[schema(value_type = i64)]
    expected: Version,
    /// What it says now.
    body: String,
}

/// What a message said before its edits.
#[derive(Serialize, ToSchema)]
struct History {
    /// The earlier versions, the oldest first.
    #[schema(value_type = Vec<crate::schema::MessageEdit>)]
    items: Vec<MessageEdit>,
}

/// Messages of a room in order of their number; of deleted ones the body is empty.
#[erp_derive::endpoint(get, path = "/api/chat/messages", params(Select),
    responses((status = 200, body = crate::schema::MessagePage)))]
async fn list_messages(
    State(app): State<App>,
    Caller(ctx): Caller,
    Query(select): Query<Select>,
) -> Reply<Json<MessagePage>> {
    let limit = Limit::clamped(select.limit);
    Ok(Json(app.engine.chat().messages(&ctx, select.room, select.anchor()?, limit).await?))
}

/// Sends a message.
#[erp_derive::endpoint(post, path = "/api/chat/messages", params(crate::schema::IdempotencyHeader),
    request_body = PostMessage, responses((status = 201, body = crate::schema::Message)))]
async fn post_message(
    State(app): State<App>,
    Caller(ctx): Caller,
    Body(new): Body<PostMessage>,
) -> Reply<(StatusCode, Json<Message>)> {
    let PostMessage { room, body, format } = new;
    let message = app.engine.chat().post(&ctx, room, NewMessage { body, format }).await?;
    Ok((StatusCode::CREATED, Json(message)))
}

/// Edits a message; what it said before is kept.
#[erp_derive::endpoint(patch, path = "/api/chat/messages/{id}", params(("id" = crate::schema::MessageId, Path)),
    request_body = ChangeMessage, responses((status = 200, body = crate::schema::Message)))]
async fn edit_message(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<MessageId>,
    Body(change): Body<ChangeMessage>,
) -> Reply<Json<Message>> {
    let ChangeMessage { expected, body } = change;
    Ok(Json(app.engine.chat().edit(&ctx, id, EditMessage { expected, body }).await?))
}

/// Deletes a message; it may be restored.
#[erp_derive::endpoint(delete, path = "/api/chat/messages/{id}",
    params(("id" = crate::schema::MessageId, Path), Expected),
    responses((status = 200, body = crate::schema::Message)))]
async fn delete_message(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<MessageId>,
    Query(seen): Query<Expected>,
) -> Reply<Json<Message>> {
    Ok(Json(app.engine.chat().delete(&ctx, id, seen.expected).await?))
}

/// Restores a deleted message.
#[erp_derive::endpoint(post, path = "/api/chat/messages/{id}/restore",
    params(("id" = crate::schema::MessageId, Path)),
    request_body = Expected, responses((status = 200, body = crate::schema::Message)))]
async fn restore_message(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<MessageId>,
    Body(seen): Body<Expected>,
) -> Reply<Json<Message>> {
    Ok(Json(app.engine.chat().restore(&ctx, id, seen.expected).await?))
}

/// What a message said before its edits; for those who may edit it.
#[erp_derive::endpoint(get, path = "/api/chat/messages/{id}/history",
    params(("id" = crate::schema::MessageId, Path)), responses((status = 200, body = History)))]
async fn message_history(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<MessageId>,
) -> Reply<Json<History>> {
    Ok(Json(History { items: app.engine.chat().edit_history(&ctx, id).await? }))
}
