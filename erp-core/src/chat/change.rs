//! What the module asks a store to write.

use super::model::{BodyFormat, MessageKind, Room, RoomRole, Seq};
use crate::{
    change::{Lock, Locks, Scope, Scopes, Version},
    ids::{MessageId, RoomId, UserId},
    time::Timestamp,
};

/// How a read pointer moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointerMove {
    /// To this message, unless it is there or beyond; never beyond the room's last message.
    ForwardTo(Seq),
    /// To just before this message, unless it is there or before (marking unread); never before
    /// what the member may see.
    BackBefore(Seq),
}

/// A change of rooms, members or messages.
#[derive(Clone, Debug, PartialEq)]
pub enum ChatChange {
    /// A new room with its first members. `last_seq`, `member_count`, `roster`, `version` and
    /// `archived_at` of the value are those of a new room. Conflicts: `DirectRoomExists`, `Taken` (name), `Exists`.
    CreateRoom {
        /// The room.
        room: Room,
        /// Its members, each once.
        members: Vec<(UserId, RoomRole)>,
    },
    /// A room's name and topic. Conflicts: `Taken` (name), stale version.
    UpdateRoom {
        /// Which.
        id: RoomId,
        /// The version that the caller has seen.
        expected: Version,
        /// The name.
        name: Option<String>,
        /// The topic.
        topic: Option<String>,
    },
    /// Archives a room, or restores it (`archived_at` none). Bumps the roster, since what may be done in
    /// the room changes. Conflicts: stale version.
    SetRoomArchived {
        /// Which.
        id: RoomId,
        /// The version that the caller has seen.
        expected: Version,
        /// When it was archived; none restores it.
        archived_at: Option<Timestamp>,
    },
    /// Puts a user into a room; no error when he is in it, and then nothing of his membership
    /// changes. Bumps the roster. His read pointer starts at the room's last message, so that
    /// nothing before his joining is unread; what he sees starts there too in a room with
    /// `FromJoin` history, else at the first message. The receipt has the room's last sequence.
    AddMember {
        /// The room.
        room: RoomId,
        /// The user.
        user: UserId,
        /// What he may do.
        role: RoomRole,
        /// When.
        at: Timestamp,
    },
    /// Takes a user out of a room. Bumps the roster.
    RemoveMember {
        /// The room.
        room: RoomId,
        /// The user.
        user: UserId,
    },
    /// A member's role. Bumps the roster. `NotFound` when he is no member.
    SetMemberRole {
        /// The room.
        room: RoomId,
        /// The user.
        user: UserId,
        /// What he may do.
        role: RoomRole,
    },
    /// Mutes a room for a member, or ends that. `NotFound` when he is no member.
    SetMute {
        /// The room.
        room: RoomId,
        /// The user.
        user: UserId,
        /// Until when.
        until: Option<Timestamp>,
    },
    /// A new message, numbered by the store: the receipt has its sequence. `NotFound` when the
    /// author is no member at that moment. Conflicts: `Exists`. When the author had read everything
    /// before it, his read pointer moves on to it: nothing of others becomes read by that. The room's
    /// last message was sent then, unless a later one was (CHAT-41).
    AppendMessage {
        /// Its id.
        id: MessageId,
        /// Its room.
        room: RoomId,
        /// Who wrote it.
        author: UserId,
        /// Who speaks.
        kind: MessageKind,
        /// What it is written in.
        format: BodyFormat,
        /// What it says.
        body: String,
        /// When it was sent.
        at: Timestamp,
    },
    /// A message's body; the body before goes to the history. Conflicts: stale version.
    EditMessage {
        /// Which.
        id: MessageId,
        /// The version that the caller has seen.
        expected: Version,
        /// What it says now.
        body: String,
        /// Who edits.
        by: UserId,
        /// When.
        at: Timestamp,
    },
    /// Deletes a message softly, or restores it (`deleted_at` none). Conflicts: stale version.
    SetMessageDeleted {
        /// Which.
        id: MessageId,
        /// The version that the caller has seen.
        expected: Version,
        /// When it was deleted; none restores it.
        deleted_at: Option<Timestamp>,
    },
    /// Moves a member's read pointer: the receipt has where it arrived. `NotFound` when he is no
    /// member.
    MovePointer {
        /// The room.
        room: RoomId,
        /// The user.
        user: UserId,
        /// How.
        to: PointerMove,
    },
}

impl ChatChange {
    /// The scopes that the store raises: the roster of a room, or nothing.
    pub fn touches(&self) -> Scopes {
        match self {
            Self::AddMember { room, .. }
            | Self::RemoveMember { room, .. }
            | Self::SetMemberRole { room, .. }
            | Self::SetRoomArchived { id: room, .. } => Scopes::from([Scope::roster(*room)]),
            _ => Scopes::new(),
        }
    }

    /// Whether the receipt has a number for this change.
    pub fn allocates(&self) -> bool {
        matches!(
            self,
            Self::AppendMessage { .. } | Self::MovePointer { .. } | Self::AddMember { .. }
        )
    }

    /// What the change needs to itself: its room.
    pub fn locks(&self) -> Locks {
        let lock = match self {
            Self::UpdateRoom { id, .. } | Self::SetRoomArchived { id, .. } => Lock::Room(*id),
            Self::AddMember { room, .. }
            | Self::RemoveMember { room, .. }
            | Self::SetMemberRole { room, .. }
            | Self::AppendMessage { room, .. } => Lock::Room(*room),
            Self::EditMessage { id, .. } | Self::SetMessageDeleted { id, .. } => Lock::RoomOf(*id),
            // A new room is seen by nobody; mute and pointer are the member's own row.
            Self::CreateRoom { .. } | Self::SetMute { .. } | Self::MovePointer { .. } => {
                return Locks::new();
            }
        };
        Locks::from([lock])
    }
}
