//! Rooms: lists, opening and changing.

use crate::describe::ToSchema;
use axum::{extract::State, http::StatusCode};
use erp_core::{
    change::Version,
    chat::{HistoryPolicy, Member, NewRoom, Room, RoomKind, RoomPatch, RoomSummary},
    ids::{ProjectId, RoomId, UserId},
    page::Page,
};
use serde::{Deserialize, Serialize};

use super::route::{Json, Routes, routes};
use super::{
    extract::{Body, Caller, Expected, Paging, Path, Query},
    problem::{Failure, Reply},
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .routes(routes!(list_rooms, create_room))
        .routes(routes!(list_channels))
        .routes(routes!(get_room, update_room))
        .routes(routes!(archive_room))
        .routes(routes!(restore_room))
        .routes(routes!(take_over_room))
}

/// A room to open.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateRoom {
    /// What it is for.
    #[schema(value_type = crate::schema::RoomKind)]
    kind: RoomKind,
    /// Its name, 1 to 100 characters; a direct room has none.
    name: Option<String>,
    /// What it is about just now, at most 500 characters.
    topic: Option<String>,
    /// The project of a project room.
    #[schema(value_type = Option<crate::schema::ProjectId>)]
    project: Option<ProjectId>,
    /// From where on new members see messages; by kind when it is left out.
    #[schema(value_type = Option<crate::schema::HistoryPolicy>)]
    history: Option<HistoryPolicy>,
    /// Its first members besides the caller; for a direct room exactly the other person.
    #[serde(default)]
    #[schema(value_type = Vec<crate::schema::UserId>)]
    members: Vec<UserId>,
}

impl CreateRoom {
    fn direct_peer(&self) -> Reply<UserId> {
        let extra = [
            ("name", self.name.is_some()),
            ("topic", self.topic.is_some()),
            ("project", self.project.is_some()),
            ("history", self.history.is_some()),
        ];
        if let Some((field, _)) = extra.iter().find(|(_, given)| *given) {
            return Err(Failure::field(*field, "a direct room has none"));
        }
        match self.members.as_slice() {
            [peer] => Ok(*peer),
            _ => Err(Failure::field("members", "a direct room has exactly one other member")),
        }
    }

    fn into_room(self) -> Reply<NewRoom> {
        let Self { kind, name, topic, project, history, members } = self;
        let name = name.ok_or_else(|| Failure::field("name", "must be given"))?;
        Ok(NewRoom { kind, name, topic, project, history, members })
    }
}

/// New values of a room's fields; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UpdateRoom {
    /// The version that the caller has seen.
    #[schema(value_type = i64)]
    expected: Version,
    /// The name.
    name: Option<String>,
    /// The topic; an empty one takes it away.
    topic: Option<String>,
}

/// A room as the caller stands to it.
#[derive(Serialize, ToSchema)]
struct RoomView {
    /// The room.
    #[schema(value_type = crate::schema::Room)]
    room: Room,
    /// The caller's membership; null when he only looks in.
    #[schema(value_type = Option<crate::schema::Member>)]
    member: Option<Member>,
    /// In a direct room, whether the other person is still let in; true elsewhere.
    peer_active: bool,
}

/// The rooms that the caller belongs to, with unread counts, by room id.
#[erp_derive::endpoint(get, path = "/api/chat/rooms", params(Paging),
    responses((status = 200, body = crate::schema::Page<crate::schema::RoomSummary>)))]
async fn list_rooms(
    State(app): State<App>,
    Caller(ctx): Caller,
    Query(paging): Query<Paging>,
) -> Reply<Json<Page<RoomSummary>>> {
    Ok(Json(app.engine.chat().rooms(&ctx, &paging.into()).await?))
}

/// Opens a room. A direct room that these two already have is answered as it is.
#[erp_derive::endpoint(post, path = "/api/chat/rooms", params(crate::schema::IdempotencyHeader),
    request_body = CreateRoom, responses((status = 201, body = crate::schema::Room)))]
async fn create_room(
    State(app): State<App>,
    Caller(ctx): Caller,
    Body(new): Body<CreateRoom>,
) -> Reply<(StatusCode, Json<Room>)> {
    let room = if new.kind == RoomKind::Direct {
        app.engine.chat().open_direct(&ctx, new.direct_peer()?).await?
    } else {
        app.engine.chat().create_room(&ctx, new.into_room()?).await?
    };
    Ok((StatusCode::CREATED, Json(room)))
}

/// The channels that the caller has joined or may join, by room id.
#[erp_derive::endpoint(get, path = "/api/chat/channels", params(Paging),
    responses((status = 200, body = crate::schema::Page<crate::schema::Room>)))]
async fn list_channels(
    State(app): State<App>,
    Caller(ctx): Caller,
    Query(paging): Query<Paging>,
) -> Reply<Json<Page<Room>>> {
    Ok(Json(app.engine.chat().channels(&ctx, &paging.into()).await?))
}

/// A room.
#[erp_derive::endpoint(get, path = "/api/chat/rooms/{id}", params(("id" = crate::schema::RoomId, Path)),
    responses((status = 200, body = RoomView)))]
async fn get_room(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<RoomId>,
) -> Reply<Json<RoomView>> {
    let access = app.engine.chat().room(&ctx, id).await?;
    let view =
        RoomView { room: access.room, member: access.member, peer_active: access.peer_active };
    Ok(Json(view))
}

/// Changes a room's name or topic.
#[erp_derive::endpoint(patch, path = "/api/chat/rooms/{id}", params(("id" = crate::schema::RoomId, Path)),
    request_body = UpdateRoom, responses((status = 200, body = crate::schema::Room)))]
async fn update_room(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<RoomId>,
    Body(change): Body<UpdateRoom>,
) -> Reply<Json<Room>> {
    let patch = RoomPatch { name: change.name, topic: change.topic };
    Ok(Json(app.engine.chat().update_room(&ctx, id, change.expected, patch).await?))
}

/// Archives a room: it is read, and nothing is written into it, and nobody comes in. Archiving twice
/// archives once.
#[erp_derive::endpoint(post, path = "/api/chat/rooms/{id}/archive", params(("id" = crate::schema::RoomId, Path)),
    request_body = Expected, responses((status = 200, body = crate::schema::Room)))]
async fn archive_room(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<RoomId>,
    Body(seen): Body<Expected>,
) -> Reply<Json<Room>> {
    Ok(Json(app.engine.chat().archive_room(&ctx, id, seen.expected).await?))
}

/// Restores an archived room. Restoring twice restores once.
#[erp_derive::endpoint(post, path = "/api/chat/rooms/{id}/restore", params(("id" = crate::schema::RoomId, Path)),
    request_body = Expected, responses((status = 200, body = crate::schema::Room)))]
async fn restore_room(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<RoomId>,
    Body(seen): Body<Expected>,
) -> Reply<Json<Room>> {
    Ok(Json(app.engine.chat().restore_room(&ctx, id, seen.expected).await?))
}

/// The caller becomes an owner of a room none of whose owners is let in any more.
#[erp_derive::endpoint(post, path = "/api/chat/rooms/{id}/take-over",
    params(("id" = crate::schema::RoomId, Path)), responses((status = 204)))]
async fn take_over_room(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<RoomId>,
) -> Reply<StatusCode> {
    app.engine.chat().take_over(&ctx, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
