//! Live delivery, presence and broadcasts.

use crate::describe::{IntoParams, ToSchema};
use axum::{
    body::Body as AxumBody,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use chrono::{DateTime, Utc};
use erp_core::{
    change::Position,
    ids::{RoomId, UserId},
    presence::OnlineUser,
    realtime::{Broadcast, Target},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::route::{Json, Routes, routes};
use super::{
    authenticate::Principal,
    extract::{Body, Caller, Query},
    list::List,
    problem::Reply,
    state::App,
};
use erp_realtime::{hub::Viewer, resume::Resume, sse, websocket};

const LAST_EVENT_ID: &str = "last-event-id";

pub(super) fn routes() -> Routes {
    Routes::default().routes(routes!(online_users)).routes(routes!(broadcast))
}

pub(super) fn streams() -> Routes {
    Routes::default().routes(routes!(stream)).routes(routes!(ws))
}

/// Where a client left off.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct LeftOff {
    /// The position of the last frame, `EPOCH-POSITION`; the `Last-Event-ID` header goes before.
    last_event_id: Option<String>,
}

/// Who is online.
#[derive(Serialize, ToSchema)]
struct Online {
    /// Who.
    #[schema(value_type = crate::schema::UserId)]
    user: UserId,
    /// Since when.
    since: DateTime<Utc>,
    /// How many connections he has.
    connections: i64,
}

impl From<OnlineUser> for Online {
    fn from(online: OnlineUser) -> Self {
        let OnlineUser { user, since, connections } = online;
        Self { user, since, connections }
    }
}

/// Who gets a broadcast: `"everyone"`, `{"users": […]}` or `{"room": …}`.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Receivers {
    /// Every user who is let in.
    Everyone,
    /// These users, at most 1,000.
    #[schema(value_type = Vec<crate::schema::UserId>)]
    Users(Vec<UserId>),
    /// The members of a room.
    #[schema(value_type = crate::schema::RoomId)]
    Room(RoomId),
}

impl From<Receivers> for Target {
    fn from(receivers: Receivers) -> Self {
        match receivers {
            Receivers::Everyone => Self::Everyone,
            Receivers::Users(users) => Self::Users(users),
            Receivers::Room(room) => Self::Room(room),
        }
    }
}

/// A broadcast to send.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SendBroadcast {
    /// Who gets it.
    target: Receivers,
    /// What it is called, 1 to 100 bytes.
    name: String,
    /// What it says, at most 32 KiB of JSON.
    payload: Value,
}

/// Where a broadcast stands in the log.
#[derive(Serialize, ToSchema)]
struct Sent {
    /// Its position.
    #[schema(value_type = i64)]
    position: Position,
}

/// Opens a live connection as server-sent events. `docs/protocol.md` describes the frames.
#[erp_derive::endpoint(get, path = "/api/realtime/stream", params(LeftOff),
    responses((status = 200, content_type = "text/event-stream", body = String)))]
async fn stream(
    State(app): State<App>,
    principal: Principal,
    headers: HeaderMap,
    Query(left_off): Query<LeftOff>,
) -> Reply<Response> {
    let header = headers.get(LAST_EVENT_ID).and_then(|value| value.to_str().ok());
    let resume = Resume::from_text(header.or(left_off.last_event_id.as_deref()));
    let response = sse::open(&app.hub, viewer(principal), resume).await?;
    Ok(response.map(AxumBody::new))
}

/// Opens a live connection as a WebSocket. `docs/protocol.md` describes the frames.
#[erp_derive::endpoint(get, path = "/api/realtime/ws", params(LeftOff), responses((status = 101)))]
async fn ws(
    State(app): State<App>,
    principal: Principal,
    Query(left_off): Query<LeftOff>,
    mut request: Request,
) -> Reply<Response> {
    let resume = left_off.last_event_id.map(|text| Resume::from_text(Some(&text)));
    let response = websocket::upgrade(&app.hub, viewer(principal), resume, &mut request)?;
    Ok(response.map(AxumBody::new))
}

/// Who is online, of those whom the caller may see, by user id.
#[erp_derive::endpoint(get, path = "/api/realtime/online-users",
    responses((status = 200, body = List<Online>)))]
async fn online_users(State(app): State<App>, Caller(ctx): Caller) -> Reply<Json<List<Online>>> {
    let online = app.engine.presence().online(&ctx).await?;
    Ok(Json(online.into_iter().map(Online::from).collect::<Vec<_>>().into()))
}

/// Sends a broadcast. An audience of nobody is no error.
#[erp_derive::endpoint(post, path = "/api/realtime/broadcast",
    params(crate::schema::IdempotencyHeader, crate::schema::ConnectionHeader),
    request_body = SendBroadcast, responses((status = 202, body = Sent)))]
async fn broadcast(
    State(app): State<App>,
    Caller(ctx): Caller,
    Body(send): Body<SendBroadcast>,
) -> Reply<(StatusCode, Json<Sent>)> {
    let SendBroadcast { target, name, payload } = send;
    let broadcast = Broadcast { name, payload };
    let position = app.engine.realtime().broadcast(&ctx, target.into(), broadcast).await?;
    Ok((StatusCode::ACCEPTED, Json(Sent { position })))
}

fn viewer(principal: Principal) -> Viewer {
    let Principal { user, session, valid_until } = principal;
    Viewer { user, session, valid_until }
}
