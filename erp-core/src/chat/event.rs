//! What the world learns of the module's changes.

use serde::Serialize;

use super::model::{Member, Message, Room, RoomRole, Seq};
use crate::{
    change::Version,
    ids::{MessageId, RoomId, UserId},
    time::Timestamp,
};

/// A change of rooms, members or messages that has happened.
#[derive(Clone, Debug, PartialEq, Serialize, erp_derive::Event)]
#[serde(tag = "type", content = "data")]
pub enum ChatEvent {
    /// A room was opened.
    #[serde(rename = "chat.room_created")]
    RoomCreated {
        /// The room.
        room: Room,
        /// Its members.
        members: Vec<(UserId, RoomRole)>,
    },
    /// A room was renamed, or its topic changed.
    #[serde(rename = "chat.room_updated")]
    RoomUpdated {
        /// The room.
        room: RoomId,
        /// Its version.
        version: Version,
        /// The name.
        name: Option<String>,
        /// The topic.
        topic: Option<String>,
    },
    /// A room was archived: nothing is written into it any more.
    #[serde(rename = "chat.room_archived")]
    RoomArchived {
        /// The room.
        room: RoomId,
        /// Its version.
        version: Version,
        /// When.
        archived_at: Timestamp,
    },
    /// An archived room was restored.
    #[serde(rename = "chat.room_restored")]
    RoomRestored {
        /// The room.
        room: RoomId,
        /// Its version.
        version: Version,
    },
    /// Someone came into a room. He learns of the room by this event, too.
    #[serde(rename = "chat.member_added")]
    MemberAdded {
        /// The room as it was before; its `member_count` and `roster` are not counted on.
        room: Box<Room>,
        /// The user.
        user: UserId,
        /// What he may do.
        role: RoomRole,
        /// When.
        joined_at: Timestamp,
        /// The room's last message when he came in: his read pointer.
        seq: Seq,
    },
    /// Someone left a room, or was taken out.
    #[serde(rename = "chat.member_removed")]
    MemberRemoved {
        /// The room.
        room: RoomId,
        /// The user.
        user: UserId,
    },
    /// A member's role changed.
    #[serde(rename = "chat.member_role_changed")]
    MemberRoleChanged {
        /// The room.
        room: RoomId,
        /// The user.
        user: UserId,
        /// What he may do now.
        role: RoomRole,
    },
    /// A member muted a room, or ended that. Only he learns of it.
    #[serde(rename = "chat.room_muted")]
    RoomMuted {
        /// The room.
        room: RoomId,
        /// The user.
        user: UserId,
        /// Until when.
        until: Option<Timestamp>,
    },
    /// A message was sent.
    #[serde(rename = "chat.message_posted")]
    MessagePosted(Message),
    /// A message was edited.
    #[serde(rename = "chat.message_edited")]
    MessageEdited(Message),
    /// A message was deleted.
    #[serde(rename = "chat.message_deleted")]
    MessageDeleted {
        /// The room.
        room: RoomId,
        /// The message.
        message: MessageId,
        /// Its number in the room.
        seq: Seq,
        /// Who wrote it: it lowers nothing for him.
        author: UserId,
        /// Its version.
        version: Version,
        /// When.
        deleted_at: Timestamp,
    },
    /// A deleted message was restored.
    #[serde(rename = "chat.message_restored")]
    MessageRestored(Message),
    /// A member's read pointer moved. Only he learns of it, on all his devices.
    #[serde(rename = "chat.read_moved")]
    ReadMoved {
        /// The room.
        room: RoomId,
        /// The user.
        user: UserId,
        /// Where the pointer is now.
        seq: Seq,
    },
}

impl ChatEvent {
    pub(crate) fn fill(&mut self, allocated: Seq) {
        match self {
            Self::MessagePosted(message) => message.seq = allocated,
            Self::ReadMoved { seq, .. } | Self::MemberAdded { seq, .. } => *seq = allocated,
            _ => {}
        }
    }

    /// The sequence of the message that the event is about.
    pub fn room_seq(&self) -> Option<Seq> {
        match self {
            Self::MessagePosted(message)
            | Self::MessageEdited(message)
            | Self::MessageRestored(message) => Some(message.seq),
            Self::MessageDeleted { seq, .. } => Some(*seq),
            _ => None,
        }
    }

    /// The membership that begins with this event.
    pub fn joined(&self) -> Option<Member> {
        let Self::MemberAdded { room, user, role, joined_at, seq } = self else {
            return None;
        };
        Some(Member {
            room: room.id,
            user: *user,
            role: *role,
            joined_at: *joined_at,
            visible_after: room.history.visible_after(*seq),
            read_seq: *seq,
            muted_until: None,
        })
    }
}
