//! What the module keeps.

use serde::{Deserialize, Serialize};

use crate::{
    change::Version,
    ids::{MessageId, ProjectId, RoomId, UserId},
    time::Timestamp,
};

/// A message's number in its room: 1, 2, 3 … without a gap, in commit order. 0 is before the first.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Seq(pub i64);

impl std::fmt::Display for Seq {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// What a room is for, and so who may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomKind {
    /// Two people; one room for each pair.
    Direct,
    /// Some people, by invitation.
    Group,
    /// Open to all who may use channels.
    Channel,
    /// The people of a project.
    Project,
    /// Someone who needs help, and those who give it.
    Support,
}

impl RoomKind {
    /// Every kind.
    pub const ALL: &'static [Self] =
        &[Self::Direct, Self::Group, Self::Channel, Self::Project, Self::Support];

    /// The name that stores and lists use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Group => "group",
            Self::Channel => "channel",
            Self::Project => "project",
            Self::Support => "support",
        }
    }
}

/// What a member may do in a room beyond reading and writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomRole {
    /// Keeps order, and says who else does.
    Owner,
    /// Keeps order.
    Moderator,
    /// Reads and writes.
    Member,
}

impl RoomRole {
    /// The name that stores and lists use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Moderator => "moderator",
            Self::Member => "member",
        }
    }
}

/// From where on a new member sees a room's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryPolicy {
    /// From the first message.
    Full,
    /// From his joining.
    FromJoin,
}

impl HistoryPolicy {
    /// Where the view of someone begins who joins when this is the room's last message.
    pub const fn visible_after(self, last_seq: Seq) -> Seq {
        match self {
            Self::Full => Seq(0),
            Self::FromJoin => last_seq,
        }
    }

    /// The name that stores and lists use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::FromJoin => "from_join",
        }
    }
}

/// The two users of a direct room, the lesser id first; both may be the same user (notes to self).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DirectPair(UserId, UserId);

impl DirectPair {
    /// The unordered pair of these two.
    pub fn new(one: UserId, other: UserId) -> Self {
        if one <= other { Self(one, other) } else { Self(other, one) }
    }

    /// The two, the lesser id first.
    pub fn users(self) -> (UserId, UserId) {
        (self.0, self.1)
    }

    /// The one who is not this user; the user himself in a room of his own.
    pub fn peer_of(self, user: UserId) -> UserId {
        if self.0 == user { self.1 } else { self.0 }
    }
}

/// A place where messages are exchanged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// Its id.
    pub id: RoomId,
    /// What it is for.
    pub kind: RoomKind,
    /// Its name; a direct room has none. A channel's is unique without regard to case.
    pub name: Option<String>,
    /// What it is about just now.
    pub topic: Option<String>,
    /// The project of a project room.
    pub project: Option<ProjectId>,
    /// The two of a direct room.
    pub pair: Option<DirectPair>,
    /// From where on a new member sees messages.
    pub history: HistoryPolicy,
    /// The number of its last message.
    pub last_seq: Seq,
    /// When the latest of its messages was sent: history that is taken over does not set it back.
    pub last_message_at: Option<Timestamp>,
    /// How many members it has.
    pub member_count: i64,
    /// Rises with every change of the set of members or of their roles, and of what may be done in it.
    pub roster: Version,
    /// Rises with every change of name or topic, and when it is archived or restored.
    pub version: Version,
    /// Who opened it.
    pub created_by: Option<UserId>,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was archived: it is read, and nothing is written into it.
    #[serde(default)]
    pub archived_at: Option<Timestamp>,
}

/// Someone who belongs to a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The room.
    pub room: RoomId,
    /// The user.
    pub user: UserId,
    /// What he may do.
    pub role: RoomRole,
    /// When he came in.
    pub joined_at: Timestamp,
    /// He sees the messages after this one.
    pub visible_after: Seq,
    /// He has read the messages up to this one.
    pub read_seq: Seq,
    /// The room is muted for him until then.
    pub muted_until: Option<Timestamp>,
}

/// A room as one user stands to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomAccess {
    /// The room.
    pub room: Room,
    /// The user's membership, if he belongs to it.
    pub member: Option<Member>,
    /// In a direct room, whether the other one is let in; true elsewhere.
    pub peer_active: bool,
}

/// Who speaks in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// A person.
    User,
    /// The engine or the host, on a person's doing ("renamed the room"). Never counts as unread.
    System,
    /// A person, once, in another system: history that was taken over. Never counts as unread
    /// (CHAT-41).
    Imported,
}

impl MessageKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[Self::User, Self::System, Self::Imported];

    /// Whether a message of it counts as unread for others (CHAT-1).
    pub const fn counts(self) -> bool {
        matches!(self, Self::User)
    }

    /// The name that stores and lists use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::System => "system",
            Self::Imported => "imported",
        }
    }
}

/// What a message's body is written in. The engine keeps it as sent and never interprets it; who
/// shows it must not run it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyFormat {
    /// Plain text.
    #[default]
    Text,
    /// Markdown.
    Markdown,
    /// HTML, untrusted.
    Html,
}

impl BodyFormat {
    /// The name that stores and lists use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Markdown => "markdown",
            Self::Html => "html",
        }
    }
}

/// A message in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Its room.
    pub room: RoomId,
    /// Its number in the room.
    pub seq: Seq,
    /// Who wrote it.
    pub author: UserId,
    /// Who speaks.
    pub kind: MessageKind,
    /// What it is written in.
    pub format: BodyFormat,
    /// What it says. A store keeps the body of a deleted message; services show it empty.
    pub body: String,
    /// When it was sent.
    pub created_at: Timestamp,
    /// When it was last edited.
    pub edited_at: Option<Timestamp>,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
    /// Rises with every edit, deletion and restoring.
    pub version: Version,
}

/// What a message said before an edit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageEdit {
    /// The message.
    pub message: MessageId,
    /// The version that said so.
    pub version: Version,
    /// What it said.
    pub body: String,
    /// Who replaced it.
    pub edited_by: UserId,
    /// When it was replaced.
    pub edited_at: Timestamp,
}

/// A room in its member's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomSummary {
    /// The room.
    pub room: Room,
    /// The membership.
    pub member: Member,
    /// How many messages count as unread (CHAT-1).
    pub unread: i64,
}
