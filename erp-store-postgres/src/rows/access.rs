//! Users, sessions, roles and teams.

use std::net::IpAddr;

use erp_core::{
    access::{
        DeviceInfo, Email, KnownDevice, Role, Session, SessionRow, Team, TokenHash, User,
        UserStatus,
    },
    change::Version,
    ctx::Actor,
    ids::{RoleId, SessionId, TeamId, UserId},
    policy::{PermissionSet, Subject},
};
use sqlx::{Result, Row, postgres::PgRow};

use super::{audit::parse_ip, unreadable};

pub(crate) fn user(row: &PgRow) -> Result<User> {
    let email: String = row.try_get(1)?;
    Ok(User {
        id: UserId::from_uuid(row.try_get(0)?),
        email: Email::kept(email),
        display_name: row.try_get(2)?,
        status: status(row.try_get(3)?)?,
        version: Version(row.try_get(4)?),
        created_at: row.try_get(5)?,
        updated_at: row.try_get(6)?,
    })
}

pub(crate) fn status(text: &str) -> Result<UserStatus> {
    [UserStatus::Active, UserStatus::Deactivated, UserStatus::Deleted]
        .into_iter()
        .find(|status| status.as_str() == text)
        .ok_or_else(|| unreadable("user status", text))
}

/// Reads [`session_columns`](super::session_columns).
pub(crate) fn session(row: &PgRow) -> Result<Session> {
    Ok(Session {
        id: SessionId::from_uuid(row.try_get(0)?),
        user: UserId::from_uuid(row.try_get(1)?),
        device: DeviceInfo { name: row.try_get(2)?, user_agent: row.try_get(3)? },
        ip: row.try_get::<Option<&str>, _>(4)?.map(parse_ip).transpose()?,
        created_at: row.try_get(5)?,
        last_used_at: row.try_get(6)?,
        expires_at: row.try_get(7)?,
    })
}

/// Reads the columns of a session, and the status after them.
pub(crate) fn session_row(row: &PgRow) -> Result<SessionRow> {
    Ok(SessionRow { session: session(row)?, status: status(row.try_get(8)?)? })
}

/// Reads [`device_columns`](super::device_columns).
pub(crate) fn device(row: &PgRow) -> Result<KnownDevice> {
    let token: &[u8] = row.try_get(0)?;
    let token = token.try_into().map_err(|_| unreadable("token", "of another length"))?;
    Ok(KnownDevice {
        token: TokenHash(token),
        user: UserId::from_uuid(row.try_get(1)?),
        session: SessionId::from_uuid(row.try_get(2)?),
        created_at: row.try_get(3)?,
        last_used_at: row.try_get(4)?,
        expires_at: row.try_get(5)?,
    })
}

/// What a session's insert binds of device and address.
pub(crate) fn device_and_ip(session: &Session) -> (Option<&str>, Option<&str>, Option<String>) {
    let DeviceInfo { name, user_agent } = &session.device;
    (name.as_deref(), user_agent.as_deref(), session.ip.map(|ip: IpAddr| ip.to_string()))
}

pub(crate) fn role(row: &PgRow) -> Result<Role> {
    Ok(Role {
        id: RoleId::from_uuid(row.try_get(0)?),
        name: row.try_get(1)?,
        permissions: permissions(row.try_get(2)?),
        built_in: row.try_get(3)?,
        version: Version(row.try_get(4)?),
    })
}

/// The permissions of these names. One that a newer engine has written is left out: during a rolling
/// upgrade this engine could not check it anyway, and fewer rights are the safe side.
pub(crate) fn permissions(names: &str) -> PermissionSet {
    names.split(' ').filter_map(|name| name.parse().ok()).collect()
}

/// A user's status and his permissions, as the policy takes them.
pub(crate) fn subject(
    id: UserId,
    status_text: &str,
    permissions: PermissionSet,
) -> Result<Subject> {
    Ok(Subject {
        actor: Actor::User(id),
        active: status(status_text)? == UserStatus::Active,
        permissions,
    })
}

pub(crate) fn team(row: &PgRow) -> Result<Team> {
    Ok(Team {
        id: TeamId::from_uuid(row.try_get(0)?),
        name: row.try_get(1)?,
        version: Version(row.try_get(2)?),
        created_at: row.try_get(3)?,
    })
}
