//! Logging in.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use serde::Deserialize;

use super::{
    AccessService,
    input::Password,
    passwords::{Caller, Checked},
    throttle::Keys,
    users::UserView,
};
use crate::{
    access::{
        AccessChange, AccessEvent, CredentialRow, DeviceInfo, DeviceToken, Email, KnownDevice,
        PasswordHash, RevokedSessions, Session, SessionToken, UserStatus,
        rules::{login::Brake, reports::Mishap, sessions::beyond},
    },
    change::{Audience, ChangeSet, EntityRef, Guard, NewEvent, Recorder, Scope},
    ctx::{Ctx, household, truncate_ip},
    error::{Error, Result},
    forms,
    ids::{SessionId, UserId},
    policy::{self, Action, Resource, Subject},
    text,
};

/// What is kept of a user agent, in bytes.
const MAX_USER_AGENT_BYTES: usize = 500;

/// Where a request comes from, before anyone is known to have sent it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestOrigin {
    /// The client's address; the engine keeps it only truncated.
    pub ip: Option<IpAddr>,
    /// Joins everything that the request causes.
    pub correlation_id: Option<String>,
    /// The token of the device, which an earlier login from there was told.
    pub device: Option<DeviceToken>,
    /// The session that the client has: a login ends it (AUTH-19).
    pub session: Option<SessionToken>,
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

    pub(super) fn network(&self) -> Option<IpAddr> {
        self.ip.map(truncate_ip)
    }
}

/// A successful login.
#[derive(Clone, Debug)]
pub struct LoginOutcome {
    /// The session's secret. It is told here and never again.
    pub token: SessionToken,
    /// The secret of a device that was not known before. It is told here and never again; with the next
    /// login from there it goes into [`RequestOrigin::device`].
    pub device_token: Option<DeviceToken>,
    /// Whether the device was known.
    pub known_device: bool,
    /// The session.
    pub session: Session,
    /// The user.
    pub user: UserView,
}

/// What a login has told, but for the password.
struct Attempt<'a> {
    origin: &'a RequestOrigin,
    known: Option<&'a KnownDevice>,
    device: &'a DeviceInfo,
}

#[erp_derive::boxed]
impl AccessService<'_> {
    /// Logs a person in.
    ///
    /// Failures slow further attempts down: each is held back for a while that grows with the failures
    /// for one address from one household, and from wherever, and is then judged. The longest wait
    /// (`login_max_wait`) is short, so that the right password opens from anywhere within it, whatever
    /// strangers try; with the token of a device that its user has logged in from it opens at once
    /// (AUTH-16).
    ///
    /// The answer, the work and the wait are the same for an unknown address, a wrong password, a user
    /// who has none and one who is shut out (AUTH-4).
    ///
    /// The device's old session ends, and of more than `sessions_per_user` the oldest (AUTH-19).
    ///
    /// # Errors
    /// [`Error::Unauthenticated`](crate::Error::Unauthenticated) when the login is not good;
    /// rate limited when too many wait or too many passwords are being checked;
    /// a validation error on `device.name`.
    pub async fn login(
        &self,
        origin: &RequestOrigin,
        request: LoginRequest,
    ) -> Result<LoginOutcome> {
        let device = device(request.device)?;
        let options = &self.engine.options().access;
        let email = Email::new(&request.email).ok();
        let known = match &email {
            Some(email) => self.known_device(origin, email).await?,
            None => None,
        };
        let keys = match &known {
            Some(known) => Keys::of_device(Brake::place(options), &known.token),
            None => {
                let brakes = (Brake::place(options), Brake::address(options));
                let typed = || text::key(&request.email);
                let email_key = email.as_ref().map_or_else(typed, |it| it.key().to_owned());
                Keys::of_stranger(brakes, &email_key, origin.ip.map(household))
            }
        };
        self.hold(origin, &keys).await?;
        // Read after the wait: so long ago the password may have been another.
        let row = match &email {
            Some(email) => self.engine.store().access().credentials(email.key()).await?,
            None => None,
        };
        let caller = known.as_ref().map_or(Caller::Stranger, |_| Caller::Known);
        let attempt = Attempt { origin, known: known.as_ref(), device: &device };
        let outcome = self.judge(&attempt, &request.password, row, caller).await;
        match &outcome {
            Err(Error::Unauthenticated) => self.note(origin, Mishap::Failed).await,
            Ok(_) if known.is_some() => self.forgive(&keys).await?,
            Ok(_) | Err(_) => self.release(&keys).await?,
        }
        if let Err(Error::RateLimited { .. }) = &outcome {
            self.note(origin, Mishap::Refused).await;
        }
        outcome
    }

    async fn judge(
        &self,
        attempt: &Attempt<'_>,
        password: &Password,
        row: Option<CredentialRow>,
        caller: Caller,
    ) -> Result<LoginOutcome> {
        let hash = row.as_ref().and_then(|row| row.password.as_ref());
        let checked = self.verify(password, hash, caller).await?;
        let row = row.filter(|row| checked.is_right() && row.user.status == UserStatus::Active);
        let row = row.ok_or(Error::Unauthenticated)?;
        let renewed = match checked {
            Checked::RightButOld => Some(self.hash(password).await?),
            Checked::Right | Checked::Wrong => None,
        };
        let opened = self.engine.retry(|| self.open_session(attempt, &row, renewed.as_ref()));
        let outcome = opened.await?;
        self.end_sessions_beyond(attempt.origin, &outcome.session).await?;
        Ok(outcome)
    }

    /// Opens a session on credentials that were found good, unless they have changed since.
    async fn open_session(
        &self,
        attempt: &Attempt<'_>,
        good: &CredentialRow,
        renewed: Option<&PasswordHash>,
    ) -> Result<LoginOutcome> {
        let Attempt { origin, known, device } = attempt;
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
            device: (*device).clone(),
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
        set.guard(Guard::Held(Scope::access_graph(), version));
        let replaced = self.end_replaced(&mut set, attempt, &session).await?;
        if let Some(password) = renewed.cloned() {
            set.change(AccessChange::SetPassword { id: session.user, password });
        }
        let device_token =
            self.remember_device(&mut set, *known, (session.user, session.id)).await?;
        set.record(
            Recorder::new()
                .created("user", session.user)
                .created("device", &session.device)
                .created("replaced", (!replaced.is_empty()).then_some(&replaced))
                .created("hash_renewed", renewed.is_some().then_some(true)),
        );
        self.engine.commit(set).await?;
        let known_device = known.is_some();
        let user = UserView::of(row.user, &subject);
        Ok(LoginOutcome { token, device_token, known_device, session, user })
    }

    /// Ends the sessions that the new one takes the place of: the one that the device has, by its own
    /// account or by that of the last login from it, and the user's oldest when there are too many.
    async fn end_replaced(
        &self,
        set: &mut ChangeSet,
        attempt: &Attempt<'_>,
        new: &Session,
    ) -> Result<BTreeSet<SessionId>> {
        let store = self.engine.store().sessions();
        let own = store.of_user(new.user).await?;
        let stay = self.engine.options().access.sessions_per_user.saturating_sub(1);
        let of_device = attempt.known.map(|known| known.session);
        let of_device = of_device.filter(|id| own.iter().any(|session| session.id == *id));
        let mut ended: BTreeMap<SessionId, UserId> =
            beyond(&own, stay).chain(of_device).map(|id| (id, new.user)).collect();
        if let Some(token) = &attempt.origin.session
            && let Some(row) = store.by_token(&token.hash()).await?
        {
            ended.insert(row.session.id, row.session.user);
        }
        for (session, user) in &ended {
            end_session(set, *user, *session);
        }
        Ok(ended.into_keys().collect())
    }

    /// Logins at the same time do not see each other's sessions: whoever comes last sees all of them.
    async fn end_sessions_beyond(&self, origin: &RequestOrigin, new: &Session) -> Result<()> {
        let stay = self.engine.options().access.sessions_per_user;
        let own = self.engine.store().sessions().of_user(new.user).await?;
        let ctx = origin.ctx(new.user, new.id);
        for id in beyond(&own, stay).filter(|id| *id != new.id) {
            self.revoke(&ctx, new.user, RevokedSessions::Only(id)).await?;
        }
        Ok(())
    }

    fn authorize_own(&self, subject: &Subject, action: Action, user: UserId) -> Result<()> {
        let own = Resource::Account { user, permissions: subject.permissions };
        policy::authorize(subject, action, &own)
    }
}

fn end_session(set: &mut ChangeSet, user: UserId, session: SessionId) {
    let which = RevokedSessions::Only(session);
    set.change(AccessChange::RevokeSessions { user, which });
    let ended = AccessEvent::SessionsRevoked { user, which };
    set.event(NewEvent::new(ended, [Audience::User(user)]));
}

/// The device as it is kept. Its name is the person's; the user agent is cut down silently, since
/// nobody can choose his browser's.
fn device(device: DeviceInfo) -> Result<DeviceInfo> {
    let name = forms::DEVICE.check_optional("device.name", device.name.as_deref())?;
    let user_agent = device.user_agent.map(|text| {
        let mut text: String = text.chars().filter(|c| !c.is_control()).collect();
        text.truncate(text.floor_char_boundary(MAX_USER_AGENT_BYTES));
        text
    });
    Ok(DeviceInfo { name, user_agent })
}
