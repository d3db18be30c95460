//! Who belongs to a room.

use crate::describe::ToSchema;
use axum::{extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use erp_core::{
    chat::{Member, RoomRole},
    error::Error,
    ids::{RoomId, UserId},
    page::Page,
};
use serde::{Deserialize, Serialize};

use super::route::{Json, Routes, routes};
use super::{
    extract::{Body, Caller, Paging, Path, PathPair, Query},
    problem::Reply,
    state::App,
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .routes(routes!(join_room))
        .routes(routes!(leave_room))
        .routes(routes!(list_members))
        .routes(routes!(put_member, remove_member))
}

/// Someone who belongs to a room, as others see him: how far he has read is his own affair.
#[derive(Serialize, ToSchema)]
struct RoomMember {
    /// Who.
    #[schema(value_type = crate::schema::UserId)]
    user: UserId,
    /// What he may do.
    #[schema(value_type = crate::schema::RoomRole)]
    role: RoomRole,
    /// When he came in.
    joined_at: DateTime<Utc>,
}

impl From<Member> for RoomMember {
    fn from(member: Member) -> Self {
        let Member { user, role, joined_at, .. } = member;
        Self { user, role, joined_at }
    }
}

/// A place in a room.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PutMember {
    /// What he may do. Without it he comes in as a member, and keeps his role if he is in.
    #[schema(value_type = Option<crate::schema::RoomRole>)]
    role: Option<RoomRole>,
}

/// Joins an open room.
#[erp_derive::endpoint(post, path = "/api/chat/rooms/{id}/join", params(("id" = crate::schema::RoomId, Path)),
    responses((status = 204)))]
async fn join_room(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<RoomId>,
) -> Reply<StatusCode> {
    app.engine.chat().join(&ctx, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Leaves a room.
#[erp_derive::endpoint(post, path = "/api/chat/rooms/{id}/leave", params(("id" = crate::schema::RoomId, Path)),
    responses((status = 204)))]
async fn leave_room(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<RoomId>,
) -> Reply<StatusCode> {
    app.engine.chat().leave(&ctx, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The members of a room, by user id.
#[erp_derive::endpoint(get, path = "/api/chat/rooms/{id}/members",
    params(("id" = crate::schema::RoomId, Path), Paging),
    responses((status = 200, body = crate::schema::Page<RoomMember>)))]
async fn list_members(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<RoomId>,
    Query(paging): Query<Paging>,
) -> Reply<Json<Page<RoomMember>>> {
    let page = app.engine.chat().members(&ctx, id, &paging.into()).await?;
    Ok(Json(page.map(RoomMember::from)))
}

/// Puts someone into a room, or changes his role in it.
#[erp_derive::endpoint(put, path = "/api/chat/rooms/{id}/members/{user}",
    params(("id" = crate::schema::RoomId, Path), ("user" = crate::schema::UserId, Path)),
    request_body = PutMember, responses((status = 204)))]
async fn put_member(
    State(app): State<App>,
    Caller(ctx): Caller,
    PathPair(id, user): PathPair<RoomId, UserId>,
    Body(put): Body<PutMember>,
) -> Reply<StatusCode> {
    let chat = app.engine.chat();
    match put.role {
        None => chat.add_member(&ctx, id, user, RoomRole::Member).await?,
        Some(role) => match chat.set_role(&ctx, id, user, role).await {
            Err(Error::NotFound { entity: "member" }) => {
                chat.add_member(&ctx, id, user, role).await?;
            }
            set => set?,
        },
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Takes someone out of a room.
#[erp_derive::endpoint(delete, path = "/api/chat/rooms/{id}/members/{user}",
    params(("id" = crate::schema::RoomId, Path), ("user" = crate::schema::UserId, Path)),
    responses((status = 204)))]
async fn remove_member(
    State(app): State<App>,
    Caller(ctx): Caller,
    PathPair(id, user): PathPair<RoomId, UserId>,
) -> Reply<StatusCode> {
    app.engine.chat().remove_member(&ctx, id, user).await?;
    Ok(StatusCode::NO_CONTENT)
}
