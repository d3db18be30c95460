//! The caller's own login: in, out, who he is, his password and his sessions.

use crate::describe::ToSchema;
use axum::{
    Extension,
    extract::State,
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{SET_COOKIE, USER_AGENT},
    },
    response::AppendHeaders,
};
use erp_core::{
    access::{
        DeviceInfo, DeviceToken, LoginOutcome, LoginRequest, Me, Password, PasswordChange,
        RequestOrigin, Session, SessionView, UserView,
    },
    error::Error,
    ids::SessionId,
};
use serde::{Deserialize, Serialize};

use super::route::{Json, Routes, routes};
use super::{
    authenticate::{self, WithinLimit},
    cookie,
    extract::{Body, Caller, Path, Visit},
    limits::Fingerprint,
    list::List,
    problem::{Failure, Reply},
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
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Device {
    /// A name for the device, at most 200 bytes.
    name: Option<String>,
    /// The `device_token` of an earlier login of the same user from there, for clients that keep no
    /// cookies: with it the login is not slowed down by what others try, and the device's old session
    /// ends. In a browser the device's cookie does the same.
    token: Option<String>,
}

/// A successful login. Its cookie is set, too.
#[derive(Serialize, ToSchema)]
struct LoggedIn {
    /// The session's secret, to be sent as a bearer token. It is told here and never again.
    token: String,
    /// The device's secret, when the device was not known before: to be sent as `device.token` with the
    /// next login from there. It is told here and never again; its cookie is set, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    device_token: Option<String>,
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

/// Logs a person in. The answer does not tell an unknown address from a wrong password. After failures it
/// comes later, by at most ten seconds; from a known device at once. The device's old session ends.
#[erp_derive::endpoint(post, path = "/api/auth/login",
    request_body = Login, responses((status = 200, body = LoggedIn)))]
async fn login(
    State(app): State<App>,
    Visit(origin): Visit,
    Extension(within): Extension<WithinLimit>,
    headers: HeaderMap,
    Body(login): Body<Login>,
) -> Reply<(AppendHeaders<Vec<(HeaderName, HeaderValue)>>, Json<LoggedIn>)> {
    let Login { email, password, device } = login;
    let Device { name, token } = device.unwrap_or_default();
    let cookies = app.options.cookies;
    let in_cookie = || cookie::find(&headers, cookies.device_name()).map(str::to_owned);
    let device = token.or_else(in_cookie).map(DeviceToken::from_text);
    let session = authenticate::token(&headers, cookies);
    let origin = RequestOrigin { device: device.clone(), session, ..origin };
    admit_login(&app, &origin, &email, within).await?;
    let info = DeviceInfo { name, user_agent: user_agent(&headers) };
    let request = LoginRequest { email, password, device: info };
    let outcome = app.engine.access().login(&origin, request).await.map_err(quiet)?;
    let options = &app.engine.options().access;
    let new_device = outcome.device_token.as_ref().map(|token| token.expose().to_owned());
    if let Some(device) = &outcome.device_token {
        app.limits.opened(Fingerprint::of_device(device));
    }
    // A device that is known is remembered for longer by the login.
    let device = outcome.device_token.or(device);
    let device = device.and_then(|it| cookie::set_device(cookies, &it, options.device_remembered));
    let session = cookie::set(cookies, &outcome.token, options.session_absolute);
    let token = outcome.token.expose().to_owned();
    app.limits.opened(Fingerprint::of(&[token.as_bytes()]));
    let LoginOutcome { session: opened, user, .. } = outcome;
    let logged_in = LoggedIn { token, device_token: new_device, session: opened, user };
    let cookies = session.into_iter().chain(device).map(|cookie| (SET_COOKIE, cookie));
    Ok((AppendHeaders(cookies.collect()), Json(logged_in)))
}

/// Counts an attempt: one from a known device for itself, so that others behind the same address do not
/// shut it out; all others by the address. What a device says of itself is looked up only while few from
/// there have said wrong things.
async fn admit_login(
    app: &App,
    origin: &RequestOrigin,
    email: &str,
    within: WithinLimit,
) -> Reply<()> {
    let access = app.engine.access();
    if let Some(device) = &origin.device
        && app.limits.may_look_up_device(origin.ip, device)
    {
        if access.knows_device(email, device).await? {
            let admitted = app.limits.known_device(device);
            return refuse_quietly(app, origin, admitted).await;
        }
        app.limits.unknown_device(origin.ip);
    }
    let admitted = within.0.and_then(|()| app.limits.login(origin.ip));
    refuse_quietly(app, origin, admitted).await
}

async fn refuse_quietly(
    app: &App,
    origin: &RequestOrigin,
    admitted: Result<(), Error>,
) -> Reply<()> {
    if admitted.is_err() {
        app.engine.access().note_refusal(origin).await;
    }
    admitted.map_err(quiet)
}

/// When to come again is nothing for strangers to know.
fn quiet(error: Error) -> Failure {
    Failure::from(error).without_retry()
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
