//! The caller's own login: in, out, who he is, his password and his sessions.

use crate::describe::ToSchema;
use axum::{
    extract::State,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{SET_COOKIE, USER_AGENT},
    },
};
use erp_core::{
    access::{
        DeviceInfo, LoginRequest, Me, Password, PasswordChange, Session, SessionView, UserView,
    },
    ids::SessionId,
};
use serde::{Deserialize, Serialize};

use super::route::{Json, Routes, routes};
use super::{
    cookie,
    extract::{Body, Caller, Path, Visit},
    list::List,
    problem::Reply,
    state::App,
};

/// The longest user agent that is kept, in bytes.
const MAX_USER_AGENT: usize = 500;

pub(super) fn open_routes() -> Routes {
    Routes::default().routes(routes!(login))
}

pub(super) fn routes() -> Routes {
    Routes::default()
        .routes(routes!(logout))
        .routes(routes!(me))
        .routes(routes!(change_password))
        .routes(routes!(own_sessions, end_other_sessions))
        .routes(routes!(end_session))
}

/// What a person logs in with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Login {
    /// His e-mail address.
    email: String,
    /// His password.
    #[schema(value_type = String, format = Password)]
    password: Password,
    /// The device; its user agent is taken from the request.
    device: Option<Device>,
}

/// What a login says of the device it comes from.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Device {
    /// A name for the device, at most 200 bytes.
    name: Option<String>,
}

/// A successful login. Its cookie is set, too.
#[derive(Serialize, ToSchema)]
struct LoggedIn {
    /// The session's secret, to be sent as a bearer token. It is told here and never again.
    token: String,
    /// The session.
    #[schema(value_type = crate::schema::Session)]
    session: Session,
    /// The user.
    #[schema(value_type = crate::schema::User)]
    user: UserView,
}

/// A password to replace.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangePassword {
    /// The present password.
    #[schema(value_type = String, format = Password)]
    current: Password,
    /// The new one.
    #[schema(value_type = String, format = Password)]
    new: Password,
}

/// Logs a person in. The answer does not tell an unknown address from a wrong password.
#[erp_derive::endpoint(post, path = "/api/auth/login",
    request_body = Login, responses((status = 200, body = LoggedIn)))]
async fn login(
    State(app): State<App>,
    Visit(origin): Visit,
    headers: HeaderMap,
    Body(login): Body<Login>,
) -> Reply<(HeaderMap, Json<LoggedIn>)> {
    app.limits.login(origin.ip)?;
    let Login { email, password, device } = login;
    let name = device.and_then(|device| device.name);
    let device = DeviceInfo { name, user_agent: user_agent(&headers) };
    let request = LoginRequest { email, password, device };
    let outcome = app.engine.access().login(&origin, request).await?;
    let lifetime = app.engine.options().access.session_absolute;
    let cookie = cookie::set(app.options.cookies, &outcome.token, lifetime);
    let token = outcome.token.expose().to_owned();
    let logged_in = LoggedIn { token, session: outcome.session, user: outcome.user };
    Ok((with_cookie(cookie), Json(logged_in)))
}

/// Ends the session that the request comes from, and takes its cookie away.
#[erp_derive::endpoint(post, path = "/api/auth/logout", responses((status = 204)))]
async fn logout(State(app): State<App>, Caller(ctx): Caller) -> Reply<(StatusCode, HeaderMap)> {
    app.engine.access().logout(&ctx).await?;
    Ok((StatusCode::NO_CONTENT, with_cookie(cookie::clear(app.options.cookies))))
}

/// The caller himself, with what he may do at this moment.
#[erp_derive::endpoint(get, path = "/api/auth/me", responses((status = 200, body = crate::schema::Me)))]
async fn me(State(app): State<App>, Caller(ctx): Caller) -> Reply<Json<Me>> {
    Ok(Json(app.engine.access().me(&ctx).await?))
}

/// Changes the caller's password. All his other sessions end.
#[erp_derive::endpoint(put, path = "/api/auth/password",
    request_body = ChangePassword, responses((status = 204)))]
async fn change_password(
    State(app): State<App>,
    Caller(ctx): Caller,
    Body(change): Body<ChangePassword>,
) -> Reply<StatusCode> {
    let ChangePassword { current, new } = change;
    app.engine.access().change_password(&ctx, PasswordChange { current, new }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The caller's live sessions, the newest first.
#[erp_derive::endpoint(get, path = "/api/auth/sessions",
    responses((status = 200, body = List<crate::schema::SessionView>)))]
async fn own_sessions(
    State(app): State<App>,
    Caller(ctx): Caller,
) -> Reply<Json<List<SessionView>>> {
    let sessions = app.engine.access().sessions(&ctx, ctx.user_id()?).await?;
    Ok(Json(sessions.into()))
}

/// Ends all sessions of the caller but the one that the request comes from.
#[erp_derive::endpoint(delete, path = "/api/auth/sessions", responses((status = 204)))]
async fn end_other_sessions(State(app): State<App>, Caller(ctx): Caller) -> Reply<StatusCode> {
    app.engine.access().revoke_other_sessions(&ctx).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends a session; its live connections close.
#[erp_derive::endpoint(delete, path = "/api/auth/sessions/{id}", params(("id" = crate::schema::SessionId, Path)),
    responses((status = 204)))]
async fn end_session(
    State(app): State<App>,
    Caller(ctx): Caller,
    Path(id): Path<SessionId>,
) -> Reply<StatusCode> {
    app.engine.access().revoke_session(&ctx, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn with_cookie(cookie: Option<HeaderValue>) -> HeaderMap {
    cookie.map(|cookie| (SET_COOKIE, cookie)).into_iter().collect()
}

fn user_agent(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(USER_AGENT)?.to_str().ok()?;
    Some(text[..text.floor_char_boundary(MAX_USER_AGENT)].to_owned())
}
