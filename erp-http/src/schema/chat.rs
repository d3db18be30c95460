//! Rooms, members and messages.

use chrono::{DateTime, Utc};
use utoipa::ToSchema;

use super::{
    BodyFormat, HistoryPolicy, MessageId, MessageKind, ProjectId, RoomId, RoomKind, RoomRole,
    UserId,
};

/// A place where messages are exchanged.
#[derive(ToSchema)]
pub(crate) struct Room {
    /// Its id.
    id: RoomId,
    /// What it is for.
    kind: RoomKind,
    /// Its name; a direct room has none.
    name: Option<String>,
    /// What it is about just now.
    topic: Option<String>,
    /// The project of a project room.
    project: Option<ProjectId>,
    /// The two of a direct room, the lesser id first.
    #[schema(min_items = 2, max_items = 2)]
    pair: Option<Vec<UserId>>,
    /// From where on a new member sees messages.
    history: HistoryPolicy,
    /// The number of its last message; 0 when there is none.
    last_seq: i64,
    /// When the latest of its messages was sent.
    last_message_at: Option<DateTime<Utc>>,
    /// How many members it has.
    member_count: i64,
    /// Rises with every change of the set of members or of their roles, and of what may be done in it.
    roster: i64,
    /// Rises with every change of name or topic, and when it is archived or restored.
    version: i64,
    /// Who opened it.
    created_by: Option<UserId>,
    /// When it was opened.
    created_at: DateTime<Utc>,
    /// When it was archived: it is read, and nothing is written into it.
    archived_at: Option<DateTime<Utc>>,
}

/// The caller's own membership in a room.
#[derive(ToSchema)]
pub(crate) struct Member {
    /// The room.
    room: RoomId,
    /// The user.
    user: UserId,
    /// What he may do.
    role: RoomRole,
    /// When he came in.
    joined_at: DateTime<Utc>,
    /// He sees the messages after this one.
    visible_after: i64,
    /// He has read the messages up to this one.
    read_seq: i64,
    /// The room is muted for him until then.
    muted_until: Option<DateTime<Utc>>,
}

/// A room in its member's list.
#[derive(ToSchema)]
pub(crate) struct RoomSummary {
    /// The room.
    room: Room,
    /// The membership.
    member: Member,
    /// How many messages count as unread.
    unread: i64,
}

/// A message in a room.
#[derive(ToSchema)]
pub(crate) struct Message {
    /// Its id.
    id: MessageId,
    /// Its room.
    room: RoomId,
    /// Its number in the room: 1, 2, 3 … without a gap.
    seq: i64,
    /// Who wrote it.
    author: UserId,
    /// Who speaks.
    kind: MessageKind,
    /// What it is written in.
    format: BodyFormat,
    /// What it says; empty when it is deleted.
    body: String,
    /// When it was sent.
    created_at: DateTime<Utc>,
    /// When it was last edited.
    edited_at: Option<DateTime<Utc>>,
    /// When it was deleted.
    deleted_at: Option<DateTime<Utc>>,
    /// Rises with every edit, deletion and restoring.
    version: i64,
}

/// A part of a room's messages, in order of their number.
#[derive(ToSchema)]
pub(crate) struct MessagePage {
    /// The messages.
    items: Vec<Message>,
    /// Whether there are messages before the first of them that the caller may see.
    has_before: bool,
    /// Whether there are messages after the last of them.
    has_after: bool,
}

/// What a message said before an edit.
#[derive(ToSchema)]
pub(crate) struct MessageEdit {
    /// The message.
    message: MessageId,
    /// The version that said so.
    version: i64,
    /// What it said.
    body: String,
    /// Who replaced it.
    edited_by: UserId,
    /// When it was replaced.
    edited_at: DateTime<Utc>,
}

/// The unread messages of a room.
#[derive(ToSchema)]
struct RoomBadge {
    /// The room.
    room: RoomId,
    /// How many messages count as unread.
    unread: i64,
    /// Whether the room is muted at this moment.
    muted: bool,
}

/// The caller's unread messages.
#[derive(ToSchema)]
pub(crate) struct Badge {
    /// The sum over the rooms; muted ones count only if the host has set it so.
    total: i64,
    /// The rooms with unread messages, muted ones included, by room id.
    rooms: Vec<RoomBadge>,
}
