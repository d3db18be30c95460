//! What the module asks a store to read.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::model::{Member, Message, MessageEdit, Room, RoomAccess, RoomSummary, Seq};
use crate::{
    change::{Guard, Scope, Version},
    ids::{MessageId, RoomId, UserId},
    policy::Subject,
    port::StoreResult,
};

/// All that a post is decided on, in one read.
#[derive(Clone, Debug, PartialEq)]
pub struct Posting {
    /// The author.
    pub subject: Subject,
    /// The room as the author stands to it.
    pub access: RoomAccess,
    /// The version of the access graph that the author's rights are of.
    pub graph: Version,
}

impl Posting {
    /// What must still hold when a post is written that was decided on these facts.
    pub fn guards(&self) -> [Guard; 2] {
        let Room { id, roster, .. } = self.access.room;
        [Guard::Seen(Scope::access_graph(), self.graph), Guard::Held(Scope::roster(id), roster)]
    }
}

/// Which part of a room's messages to read. All are bounded by the query's limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageAnchor {
    /// The last ones.
    Latest,
    /// The ones just before this number.
    Before(Seq),
    /// The ones just after this number.
    After(Seq),
    /// Those around this number, itself included: half of the limit before it (rounded down), the
    /// rest from it on.
    Around(Seq),
}

/// Which messages to read. The answer is in order of their number, whatever the anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageQuery {
    /// The room.
    pub room: RoomId,
    /// Only messages after this number: what the viewer may see.
    pub visible_after: Seq,
    /// Which part.
    pub anchor: MessageAnchor,
    /// The most messages to return.
    pub limit: usize,
}

/// Which rooms to list, by room id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomQuery {
    /// Start after this room.
    pub after: Option<RoomId>,
    /// The most rooms to return.
    pub limit: usize,
}

/// A user's unread counts, for his badge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnreadCounts {
    /// The rooms with unread messages, by room id: the count, and until when the room is muted.
    pub rooms: Vec<(RoomId, i64, Option<crate::time::Timestamp>)>,
}

/// Reads of rooms, members and messages. Every read sees all commits that were answered before it.
#[async_trait]
pub trait ChatReads: Send + Sync {
    /// The room as this user stands to it.
    async fn access(&self, room: RoomId, user: UserId) -> StoreResult<Option<RoomAccess>>;

    /// All that a post of this user into this room is decided on. None when there is no such room
    /// or no such user.
    async fn posting(&self, room: RoomId, user: UserId) -> StoreResult<Option<Posting>>;

    /// What [`Self::posting`] answered some time ago, if the store remembers it, which saves the
    /// read. It may be outdated: whoever decides on it refuses nobody, commits under
    /// [`Posting::guards`], and reads anew when they do not hold. A store need not remember.
    fn remembered_posting(&self, room: RoomId, user: UserId) -> Option<Posting> {
        let _ = (room, user);
        None
    }

    /// The room.
    async fn room(&self, id: RoomId) -> StoreResult<Option<Room>>;

    /// The direct room of these two.
    async fn direct(&self, pair: super::DirectPair) -> StoreResult<Option<Room>>;

    /// The channel of this name, without regard to case.
    async fn channel(&self, name: &str) -> StoreResult<Option<Room>>;

    /// The rooms that the user belongs to, with his unread counts.
    async fn rooms_of(&self, user: UserId, query: RoomQuery) -> StoreResult<Vec<RoomSummary>>;

    /// The channels, whether the user belongs to them or not.
    async fn channels(&self, query: RoomQuery) -> StoreResult<Vec<Room>>;

    /// A user's unread counts, rooms without any left out.
    async fn unread(&self, user: UserId) -> StoreResult<UnreadCounts>;

    /// Every membership of a user, by room id.
    async fn memberships(&self, user: UserId) -> StoreResult<Vec<Member>>;

    /// The other users who belong to a room that this user belongs to, each once, by user id.
    async fn peers(&self, user: UserId) -> StoreResult<Vec<UserId>>;

    /// The owners of a room, let in or not, by user id.
    async fn owners(&self, room: RoomId) -> StoreResult<Vec<UserId>>;

    /// The members of a room, by user id.
    async fn members(
        &self,
        room: RoomId,
        after: Option<UserId>,
        limit: usize,
    ) -> StoreResult<Vec<Member>>;

    /// The message, deleted or not.
    async fn message(&self, id: MessageId) -> StoreResult<Option<Message>>;

    /// Messages of a room, deleted ones included, in order of their number.
    async fn messages(&self, query: MessageQuery) -> StoreResult<Vec<Message>>;

    /// What a message said before its edits, the oldest first.
    async fn edits(&self, message: MessageId) -> StoreResult<Vec<MessageEdit>>;
}
