//! Logging in.

use std::net::IpAddr;

use serde::Deserialize;

use super::{AccessService, input::Password, throttle::LoginKeys, users::UserView};
use crate::{
    access::{
        AccessChange, CredentialRow, DeviceInfo, Email, Session, SessionToken, UserStatus,
        rules::{login::Brake, sessions::valid_until},
    },
    change::{EntityRef, Guard, Recorder},
    ctx::{Ctx, truncate_ip},
    error::{Error, Result},
    ids::{SessionId, UserId},
    policy::{self, Action, Resource, Subject},
};

/// The longest name of a device, in bytes.
const MAX_DEVICE_NAME_BYTES: usize = 200;
/// What is kept of a user agent, in bytes.
const MAX_USER_AGENT_BYTES: usize = 500;

/// Where a request comes from, before anyone is known to have sent it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestOrigin {
    /// The client's address; the engine keeps it only truncated.
    pub ip: Option<IpAddr>,
    /// Joins everything that the request causes.
    pub correlation_id: Option<String>,
}

/// What a person logs in with.
#[derive(Clone, Debug, Deserialize)]
pub struct LoginRequest {
    /// His e-mail address.
    pub email: String,
    /// His password.
    pub password: Password,
    /// The device.
    #[serde(default)]
    pub device: DeviceInfo,
}

impl RequestOrigin {
    /// The context of a call by this user from here.
    pub(super) fn ctx(&self, user: UserId, session: SessionId) -> Ctx {
        Ctx {
            ip: self.network(),
            correlation_id: self.correlation_id.clone(),
            ..Ctx::user(user).with_session(session)
        }
    }

    fn network(&self) -> Option<IpAddr> {
        self.ip.map(truncate_ip)
    }
}

/// A successful login.
#[derive(Clone, Debug)]
pub struct LoginOutcome {
    /// The session's secret. It is told here and never again.
    pub token: SessionToken,
    /// The session.
    pub session: Session,
    /// The user.
    pub user: UserView,
}

#[erp_derive::boxed]
impl AccessService<'_> {
    /// Logs a person in.
    ///
    /// Failures for one address from one network slow down further attempts from there. Failures
    /// from wherever slow down the address itself; attempts are then still judged with the same
    /// work, but only from a network where its user is logged in does the right password get in.
    ///
    /// The answer and the work are the same for an unknown address, a wrong password, a user who
    /// has none and one who is shut out (AUTH-4).
    ///
    /// # Errors
    /// [`Error::Unauthenticated`](crate::Error::Unauthenticated) when the login is not good;
    /// rate limited after repeated failures, and when too many passwords are being checked;
    /// a validation error on `device.name`.
    pub async fn login(
        &self,
        origin: &RequestOrigin,
        request: LoginRequest,
    ) -> Result<LoginOutcome> {
        let device = device(request.device)?;
        let options = &self.engine.options().access;
        let email = Email::new(&request.email).ok();
        let email_key =
            email.as_ref().map_or_else(|| request.email.to_lowercase(), |it| it.key().to_owned());
        let keys = LoginKeys::new(&email_key, origin.network());
        self.admit(&keys.network, Brake::network(options)).await?;
        let wait = self.brake(&keys.address, Brake::address(options)).await?;
        let refused = match wait {
            Some(retry_after) => Error::RateLimited { retry_after },
            None => Error::Unauthenticated,
        };
        let row = match &email {
            Some(email) => self.engine.store().access().credentials(email.key()).await?,
            None => None,
        };
        let hash = row.as_ref().and_then(|row| row.password.as_ref());
        let right = self.verify(&request.password, hash).await?;
        let row = row.filter(|row| right && row.user.status == UserStatus::Active);
        let Some(row) = row else { return Err(refused) };
        if wait.is_some() && !self.is_logged_in_from(row.user.id, origin.network()).await? {
            return Err(refused);
        }
        let outcome = self.engine.retry(|| self.open_session(origin, &row, &device)).await?;
        let sessions = self.engine.store().sessions();
        sessions.clear_failures(&keys.network).await?;
        sessions.clear_failures(&keys.address).await?;
        Ok(outcome)
    }

    /// Opens a session on credentials that were found good, unless they have changed since.
    async fn open_session(
        &self,
        origin: &RequestOrigin,
        good: &CredentialRow,
        device: &DeviceInfo,
    ) -> Result<LoginOutcome> {
        let store = self.engine.store().access();
        // The version first: a new password, or a user shut out, raises it.
        let version = store.graph_version().await?;
        let row = store.credentials(good.user.email.key()).await?;
        let row = row
            .filter(|row| row.user.id == good.user.id && row.password == good.password)
            .filter(|row| row.user.status == UserStatus::Active)
            .ok_or(Error::Unauthenticated)?;
        let now = self.engine.now();
        let session = Session {
            id: SessionId::generate(self.engine.ids()),
            user: row.user.id,
            device: device.clone(),
            ip: origin.network(),
            created_at: now,
            last_used_at: now,
            expires_at: now + self.engine.options().access.session_absolute,
        };
        let ctx = origin.ctx(row.user.id, session.id);
        let subject = self.engine.subject(&ctx).await?;
        self.authorize_own(&subject, Action::SessionCreate, row.user.id)?;
        let token = SessionToken::from_random(self.engine.ids().secret());
        let entity = EntityRef::new("session", session.id.uuid());
        let mut set = self.engine.change(&ctx, Action::SessionCreate, entity);
        set.change(AccessChange::CreateSession { session: session.clone(), token: token.hash() });
        set.guard(Guard::AccessGraph(version));
        set.record(
            Recorder::new().created("user", session.user).created("device", &session.device),
        );
        self.engine.commit(set).await?;
        Ok(LoginOutcome { token, session, user: UserView::of(row.user, &subject) })
    }

    async fn is_logged_in_from(&self, user: UserId, network: Option<IpAddr>) -> Result<bool> {
        let sessions = self.engine.store().sessions().of_user(user).await?;
        let (now, options) = (self.engine.now(), &self.engine.options().access);
        Ok(network.is_some()
            && sessions.iter().any(|session| {
                session.ip == network
                    && valid_until(session, UserStatus::Active, now, options).is_some()
            }))
    }

    fn authorize_own(&self, subject: &Subject, action: Action, user: UserId) -> Result<()> {
        let own = Resource::Account { user, permissions: subject.permissions };
        policy::authorize(subject, action, &own)
    }
}

/// The device as it is kept. Its name is the person's; the user agent is cut down silently, since
/// nobody can choose his browser's.
fn device(device: DeviceInfo) -> Result<DeviceInfo> {
    if let Some(name) = &device.name
        && (name.len() > MAX_DEVICE_NAME_BYTES || name.chars().any(char::is_control))
    {
        return Err(Error::invalid("device.name", "must be at most 200 printable bytes"));
    }
    let user_agent = device.user_agent.map(|text| {
        let mut text: String = text.chars().filter(|c| !c.is_control()).collect();
        text.truncate(text.floor_char_boundary(MAX_USER_AGENT_BYTES));
        text
    });
    Ok(DeviceInfo { name: device.name, user_agent })
}
