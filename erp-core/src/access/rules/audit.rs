//! What of an audit entry a viewer may see at this moment (AUTH-14).

use crate::{
    change::AuditEntry,
    chat::{HistoryPolicy, RoomAccess, Seq},
    ctx::Actor,
    ids::{RoomId, UserId},
    policy::{Permission as P, Subject},
    time::Timestamp,
};

/// How far back the viewer sees into a room that he may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoomSight {
    /// All of it.
    Whole,
    /// From this instant on.
    Since(Timestamp),
    /// Nothing of what was: he has not joined yet.
    Nothing,
}

impl RoomSight {
    /// Of a room that the viewer may read.
    pub fn of(access: &RoomAccess) -> Self {
        match &access.member {
            Some(member) if member.visible_after == Seq(0) => Self::Whole,
            Some(member) => Self::Since(member.joined_at),
            None if access.room.history == HistoryPolicy::Full => Self::Whole,
            None => Self::Nothing,
        }
    }

    /// Whether the entry is within sight.
    pub fn covers(self, entry: &AuditEntry) -> bool {
        match self {
            Self::Whole => true,
            Self::Since(joined_at) => entry.at >= joined_at,
            Self::Nothing => false,
        }
    }
}

/// The room whose readers may see the entry's values.
pub fn room_of(entry: &AuditEntry) -> Option<RoomId> {
    let is_room = entry.entity.kind == "room";
    entry.entity.room.or_else(|| is_room.then(|| RoomId::from_uuid(entry.entity.id)))
}

/// Whether the viewer may see this field's values; `reads_home` is whether he may read, now, what
/// the entry's room or project said then.
pub fn shows(subject: &Subject, entry: &AuditEntry, field: &str, reads_home: bool) -> bool {
    if subject.actor == Actor::System {
        return true;
    }
    if room_of(entry).is_some() || entry.entity.project.is_some() {
        return reads_home;
    }
    let own = match entry.entity.kind.as_ref() {
        "user" => subject.is(UserId::from_uuid(entry.entity.id)),
        "session" => entry.actor == subject.actor,
        _ => false,
    };
    own || needs(&entry.entity.kind, field).is_none_or(|permission| subject.has(permission))
}

/// The right that it takes to see a field where it lives.
fn needs(kind: &str, field: &str) -> Option<P> {
    match (kind, field) {
        (_, "email") => Some(P::UsersReadEmail),
        ("user", _) => Some(P::UsersRead),
        ("session", _) => Some(P::SessionsManage),
        ("role", _) => Some(P::RolesRead),
        ("team", _) => Some(P::TeamsRead),
        ("rate", _) => Some(P::RatesRead),
        _ => None,
    }
}
