//! Who calls: the port that a host can replace, the engine's own sessions, and the layer that asks.

use std::net::IpAddr;

use async_trait::async_trait;
use axum::{
    extract::{FromRequestParts, Request, State},
    http::{
        Extensions, HeaderMap, HeaderValue,
        header::{AUTHORIZATION, COOKIE},
        request::Parts,
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use erp_core::{
    Engine,
    access::SessionToken,
    error::Error,
    ids::{SessionId, UserId},
    time::Timestamp,
};

use super::{
    address::ClientAddress,
    cookie, extract,
    limits::Fingerprint,
    options::CookieSecurity,
    problem::{Failure, Reply},
    state::App,
};

/// The user behind a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Who.
    pub user: UserId,
    /// His session of the engine, if that is what he came with: its end closes his streams.
    pub session: Option<SessionId>,
    /// When a login of the host's own ends; it closes his streams then. Not asked of a session.
    pub valid_until: Option<Timestamp>,
}

impl Principal {
    /// A user with a session of the engine.
    pub fn with_session(user: UserId, session: SessionId) -> Self {
        Self { user, session: Some(session), valid_until: None }
    }

    /// A user whom the host lets in by its own means.
    pub fn trusted(user: UserId) -> Self {
        Self { user, session: None, valid_until: None }
    }
}

impl FromRequestParts<App> for Principal {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Failure> {
        parts.extensions.get().copied().ok_or_else(|| Error::Unauthenticated.into())
    }
}

/// Says who calls. A host with logins of its own replaces it; rights stay with the engine's roles.
#[async_trait]
pub trait Authenticator: Send + Sync + 'static {
    /// The user behind this request; none when it carries no credentials.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for credentials that do not hold; others as they are.
    async fn authenticate(&self, parts: &Parts) -> Result<Option<Principal>, Error>;
}

/// The engine's own sessions: a bearer token, or the cookie that the login has set.
#[derive(Clone, Debug)]
pub struct SessionAuthenticator {
    engine: Engine,
    cookies: CookieSecurity,
}

impl SessionAuthenticator {
    /// Over this engine's sessions.
    pub fn new(engine: Engine, cookies: CookieSecurity) -> Self {
        Self { engine, cookies }
    }
}

#[async_trait]
impl Authenticator for SessionAuthenticator {
    async fn authenticate(&self, parts: &Parts) -> Result<Option<Principal>, Error> {
        let Some(token) = token(&parts.headers, self.cookies) else { return Ok(None) };
        let origin = extract::origin(parts);
        let session = self.engine.access().authenticate(&origin, &token).await?.session;
        Ok(Some(Principal::with_session(session.user, session.id)))
    }
}

/// The token that came with a request. One in the header is meant, one in the cookie may be stale.
pub(super) fn token(headers: &HeaderMap, cookies: CookieSecurity) -> Option<SessionToken> {
    let bearer = headers.get(AUTHORIZATION).and_then(bearer);
    let text = bearer.or_else(|| cookie::find(headers, cookies.name()))?;
    Some(SessionToken::from_text(text))
}

/// The token in an `Authorization` header of the bearer scheme.
pub(super) fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Lets nobody pass without a login, nor more often than the limits allow.
pub(super) async fn require(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match admit(&app, &parts).await {
        Ok(principal) => {
            parts.extensions.insert(principal);
            next.run(Request::from_parts(parts, body)).await
        }
        Err(failure) => failure.into_response(),
    }
}

async fn admit(app: &App, parts: &Parts) -> Reply<Principal> {
    let admitted = try_admit(app, parts).await;
    if let Err(Error::RateLimited { .. }) = &admitted {
        app.engine.access().note_refusal(&extract::origin(parts)).await;
    }
    admitted.map_err(Failure::from)
}

/// Whoever would be refused by a limit is refused before anything is looked up.
async fn try_admit(app: &App, parts: &Parts) -> Result<Principal, Error> {
    let ip = address(&parts.extensions);
    let credentials = credentials(&parts.headers, app.options.cookies);
    if let Some(credentials) = &credentials {
        app.limits.before_look_up(ip, credentials)?;
    }
    let principal = match app.authenticator.authenticate(parts).await {
        Ok(Some(principal)) => principal,
        Ok(None) | Err(Error::Unauthenticated) => {
            app.limits.stranger(ip)?;
            return Err(Error::Unauthenticated);
        }
        Err(error) => return Err(error),
    };
    app.limits.user(principal.user, credentials.as_ref())?;
    Ok(principal)
}

/// What stands for the credentials of a request, whatever a host's authenticator makes of them: a hash.
fn credentials(headers: &HeaderMap, cookies: CookieSecurity) -> Option<Fingerprint> {
    if let Some(token) = token(headers, cookies) {
        return Some(Fingerprint::of(&[token.expose().as_bytes()]));
    }
    let said = [AUTHORIZATION, COOKIE].map(|name| headers.get(name).map(HeaderValue::as_bytes));
    let said = said.map(Option::unwrap_or_default);
    said.iter().any(|value| !value.is_empty()).then(|| Fingerprint::of(&said))
}

/// Counts requests to routes that need no login.
pub(super) async fn count_strangers(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    match app.limits.stranger(address(&parts.extensions)) {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(error) => {
            app.engine.access().note_refusal(&extract::origin(&parts)).await;
            Failure::from(error).without_retry().into_response()
        }
    }
}

/// Whether a request to log in is within the limit of those without a login.
#[derive(Clone, Debug)]
pub(super) struct WithinLimit(pub(super) Result<(), Error>);

/// Counts requests to log in. Whoever is beyond the limit is refused only once it is clear that he does
/// not come from a known device, which others behind the same address must not shut out (AUTH-16).
pub(super) async fn count_logins(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Response {
    let within = WithinLimit(app.limits.stranger(address(request.extensions())));
    request.extensions_mut().insert(within);
    next.run(request).await
}

/// The client's address, when it is known.
pub(super) fn address(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<ClientAddress>().and_then(|client| client.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(headers: &[(&'static str, &'static str)]) -> Option<String> {
        let headers = headers
            .iter()
            .map(|(name, value)| {
                let name = axum::http::HeaderName::from_static(name);
                (name, HeaderValue::from_static(value))
            })
            .collect();
        token(&headers, CookieSecurity::Host).map(|token| token.expose().to_owned())
    }

    #[test]
    fn the_token_is_read_from_the_header_before_the_cookie() {
        assert_eq!(read(&[]), None);
        assert_eq!(read(&[("authorization", "Basic dXNlcg==")]), None);
        assert_eq!(read(&[("authorization", "bearer t1")]).as_deref(), Some("t1"));
        let cookie = ("cookie", "a=b; __Host-erp_session=t2; c=d");
        assert_eq!(read(&[cookie]).as_deref(), Some("t2"));
        assert_eq!(read(&[cookie, ("authorization", "Bearer t1")]).as_deref(), Some("t1"));
        assert_eq!(read(&[("cookie", "erp_session=t3")]), None, "the name is the options'");
    }
}
