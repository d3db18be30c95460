//! Audit entries.

use std::net::IpAddr;

use erp_core::{
    change::{AuditEntry, EntityRef},
    ctx::Actor,
    ids::{AuditId, ProjectId, RoomId, SessionId, UserId},
    policy::Action,
};
use sqlx::{Result, Row, postgres::PgRow, types::Json};
use uuid::Uuid;

use super::unreadable;

pub(crate) fn audit_entry(row: &PgRow) -> Result<AuditEntry> {
    let action: &str = row.try_get(4)?;
    let Json(changes) = row.try_get(8)?;
    Ok(AuditEntry {
        id: AuditId::from_uuid(row.try_get(0)?),
        at: row.try_get(1)?,
        actor: actor(row.try_get(2)?),
        on_behalf_of: row.try_get::<Option<Uuid>, _>(3)?.map(UserId::from_uuid),
        action: Action::read(action),
        entity: EntityRef {
            kind: row.try_get::<String, _>(5)?.into(),
            id: row.try_get(6)?,
            room: row.try_get::<Option<Uuid>, _>(7)?.map(RoomId::from_uuid),
            project: row.try_get::<Option<Uuid>, _>(12)?.map(ProjectId::from_uuid),
        },
        changes,
        session: row.try_get::<Option<Uuid>, _>(9)?.map(SessionId::from_uuid),
        ip: row.try_get::<Option<&str>, _>(10)?.map(parse_ip).transpose()?,
        correlation_id: row.try_get(11)?,
    })
}

/// No user is the host itself.
pub(crate) fn actor(user: Option<Uuid>) -> Actor {
    user.map_or(Actor::System, |id| Actor::User(UserId::from_uuid(id)))
}

pub(crate) fn parse_ip(text: &str) -> Result<IpAddr> {
    text.parse().map_err(|_| unreadable("address", text))
}
