//! What is unread: badges, read pointers and muting.

use crate::describe::ToSchema;
use axum::{extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use erp_core::{
    chat::{Badge, Seq},
    ids::RoomId,
};
use serde::{Deserialize, Serialize};

use super::route::{Json, Routes, routes};
use super::{
    extract::{Body, Caller, Path},
    problem::Reply,
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .routes(routes!(unread))
        .routes(routes!(mark_read))
        .routes(routes!(mark_unread))
        .routes(routes!(mute_room))
}

/// Until when a room is muted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Mute {
    /// The instant; null ends the muting.
    until: Option<DateTime<Utc>>,
}

/// Up to which message the room is read.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MarkRead {
    /// The message's number; one beyond the last counts as the last.
    #[schema(value_type = i64)]
    seq: Seq,
}

/// From which message on the room is unread.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MarkUnread {
    /// The message's number.
    #[schema(value_type = i64)]
    from: Seq,
}

/// Where the read pointer is now.
#[derive(Serialize, ToSchema)]
struct Pointer {
    /// The number of the last message that is read.
    #[schema(value_type = i64)]
    seq: Seq,
}

/// The caller's unread messages: the badge, and the rooms that have some.
#[erp_derive::endpoint(get, path = "/api/chat/unread", responses((status = 200, body = crate::schema::Badge)))]
async fn unread(State(app): State<App>, Caller(ctx): Caller) -> Reply<Json<Badge>> {
    Ok(Json(app.engine.chat().badge(&ctx).await?))
}

/// Mutes a room for the caller, or ends that.
#[erp_derive::endpoint(put, path = "/api/chat/rooms/{id}/mute", params(("id" = crate::schema::RoomId, Path)),
    request_body = Mute, responses((status = 204)))]
async fn mute_room(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<RoomId>,
    Body(mute): Body<Mute>,
) -> Reply<StatusCode> {
    app.engine.chat().mute(&ctx, id, mute.until).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Marks a room read up to a message. Never moves the pointer back.
#[erp_derive::endpoint(post, path = "/api/chat/rooms/{id}/read", params(("id" = crate::schema::RoomId, Path)),
    request_body = MarkRead, responses((status = 200, body = Pointer)))]
async fn mark_read(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<RoomId>,
    Body(mark): Body<MarkRead>,
) -> Reply<Json<Pointer>> {
    Ok(Json(Pointer { seq: app.engine.chat().mark_read(&ctx, id, mark.seq).await? }))
}

/// Marks a room unread from a message on.
#[erp_derive::endpoint(post, path = "/api/chat/rooms/{id}/unread", params(("id" = crate::schema::RoomId, Path)),
    request_body = MarkUnread, responses((status = 200, body = Pointer)))]
async fn mark_unread(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<RoomId>,
    Body(mark): Body<MarkUnread>,
) -> Reply<Json<Pointer>> {
    Ok(Json(Pointer { seq: app.engine.chat().mark_unread(&ctx, id, mark.from).await? }))
}
