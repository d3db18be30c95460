//! Rooms, members and messages.

use erp_core::{
    access::UserStatus,
    change::Version,
    chat::{
        BodyFormat, DirectPair, HistoryPolicy, Member, Message, MessageEdit, MessageKind, Room,
        RoomAccess, RoomKind, RoomRole, Seq,
    },
    ids::{MessageId, ProjectId, RoomId, UserId},
};
use sqlx::{Result, Row, postgres::PgRow};
use uuid::Uuid;

use super::{MEMBER_COLUMNS, ROOM_COLUMNS, unreadable};

/// The room in the columns from `at` on.
pub(crate) fn room(row: &PgRow, at: usize) -> Result<Room> {
    Ok(Room {
        id: RoomId::from_uuid(row.try_get(at)?),
        kind: room_kind(row.try_get(at + 1)?)?,
        name: row.try_get(at + 2)?,
        topic: row.try_get(at + 3)?,
        project: row.try_get::<Option<Uuid>, _>(at + 4)?.map(ProjectId::from_uuid),
        pair: pair(row.try_get(at + 5)?, row.try_get(at + 6)?),
        history: history(row.try_get(at + 7)?)?,
        last_seq: Seq(row.try_get(at + 8)?),
        last_message_at: row.try_get(at + 9)?,
        member_count: row.try_get(at + 10)?,
        roster: Version(row.try_get(at + 11)?),
        version: Version(row.try_get(at + 12)?),
        created_by: row.try_get::<Option<Uuid>, _>(at + 13)?.map(UserId::from_uuid),
        created_at: row.try_get(at + 14)?,
        archived_at: row.try_get(at + 15)?,
    })
}

/// The membership in the columns from `at` on.
pub(crate) fn member(row: &PgRow, at: usize) -> Result<Member> {
    Ok(Member {
        room: RoomId::from_uuid(row.try_get(at)?),
        user: UserId::from_uuid(row.try_get(at + 1)?),
        role: room_role(row.try_get(at + 2)?)?,
        joined_at: row.try_get(at + 3)?,
        visible_after: Seq(row.try_get(at + 4)?),
        read_seq: Seq(row.try_get(at + 5)?),
        muted_until: row.try_get(at + 6)?,
    })
}

/// A room, the membership that may be missing, and the status of a direct room's other user, in the
/// columns from `at` on.
pub(crate) fn room_access(row: &PgRow, at: usize) -> Result<RoomAccess> {
    let room = room(row, at)?;
    let at = at + ROOM_COLUMNS;
    let member = match row.try_get::<Option<Uuid>, _>(at)? {
        Some(_) => Some(member(row, at)?),
        None => None,
    };
    let peer: Option<&str> = row.try_get(at + MEMBER_COLUMNS)?;
    let peer_active = room.pair.is_none() || peer == Some(UserStatus::Active.as_str());
    Ok(RoomAccess { room, member, peer_active })
}

pub(crate) fn message(row: &PgRow) -> Result<Message> {
    Ok(Message {
        id: MessageId::from_uuid(row.try_get(0)?),
        room: RoomId::from_uuid(row.try_get(1)?),
        seq: Seq(row.try_get(2)?),
        author: UserId::from_uuid(row.try_get(3)?),
        kind: message_kind(row.try_get(4)?)?,
        format: format(row.try_get(5)?)?,
        body: row.try_get(6)?,
        created_at: row.try_get(7)?,
        edited_at: row.try_get(8)?,
        deleted_at: row.try_get(9)?,
        version: Version(row.try_get(10)?),
    })
}

pub(crate) fn edit(row: &PgRow) -> Result<MessageEdit> {
    Ok(MessageEdit {
        message: MessageId::from_uuid(row.try_get(0)?),
        version: Version(row.try_get(1)?),
        body: row.try_get(2)?,
        edited_by: UserId::from_uuid(row.try_get(3)?),
        edited_at: row.try_get(4)?,
    })
}

fn pair(low: Option<Uuid>, high: Option<Uuid>) -> Option<DirectPair> {
    Some(DirectPair::new(UserId::from_uuid(low?), UserId::from_uuid(high?)))
}

fn room_kind(text: &str) -> Result<RoomKind> {
    let mut kinds = RoomKind::ALL.iter().copied();
    kinds.find(|kind| kind.as_str() == text).ok_or_else(|| unreadable("room kind", text))
}

fn history(text: &str) -> Result<HistoryPolicy> {
    match text {
        "full" => Ok(HistoryPolicy::Full),
        "from_join" => Ok(HistoryPolicy::FromJoin),
        _ => Err(unreadable("history policy", text)),
    }
}

fn room_role(text: &str) -> Result<RoomRole> {
    match text {
        "owner" => Ok(RoomRole::Owner),
        "moderator" => Ok(RoomRole::Moderator),
        "member" => Ok(RoomRole::Member),
        _ => Err(unreadable("room role", text)),
    }
}

fn message_kind(text: &str) -> Result<MessageKind> {
    let mut kinds = MessageKind::ALL.iter().copied();
    kinds.find(|kind| kind.as_str() == text).ok_or_else(|| unreadable("message kind", text))
}

fn format(text: &str) -> Result<BodyFormat> {
    match text {
        "text" => Ok(BodyFormat::Text),
        "markdown" => Ok(BodyFormat::Markdown),
        "html" => Ok(BodyFormat::Html),
        _ => Err(unreadable("body format", text)),
    }
}
