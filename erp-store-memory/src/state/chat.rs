//! Rooms, members and messages.

use std::{ops::Bound, sync::Arc};

use erp_core::{
    access::UserStatus,
    chat::{DirectPair, Member, Message, MessageEdit, Room, RoomAccess, RoomKind, Seq},
    ids::{MessageId, RoomId, UserId},
};
use imbl::{OrdMap, Vector};

use super::{access::AccessState, seq_list::SeqList};
use crate::map::{Index, Names, Set, Table};

#[derive(Clone, Default)]
pub(crate) struct ChatState {
    pub rooms: Table<RoomId, RoomState>,
    /// The rooms that a user belongs to.
    pub rooms_of: Set<(UserId, RoomId)>,
    pub direct: Index<DirectPair, RoomId>,
    pub channels: Set<RoomId>,
    /// Lower-cased.
    pub channel_names: Names<str, RoomId>,
    /// Where a message stands. Ids rise with time, so a new one goes to the end.
    pub messages: OrdMap<MessageId, (RoomId, Seq)>,
    pub edits: Table<MessageId, Vec<MessageEdit>>,
}

/// A room with all that belongs to it.
#[derive(Clone)]
pub(crate) struct RoomState {
    pub room: Room,
    pub members: Table<UserId, MemberState>,
    /// The message of number n at index n - 1.
    pub messages: Vector<Arc<Message>>,
    /// The system's messages, and those that were taken over: unread for nobody.
    pub silent: SeqList,
    /// The persons' messages that are deleted, with their authors: unread for nobody.
    pub deleted: Index<Seq, UserId>,
    /// What those who left had written, as in [`MemberState::written`].
    pub left: Table<UserId, SeqList>,
}

/// A member with what he wrote.
#[derive(Clone)]
pub(crate) struct MemberState {
    pub member: Member,
    /// What he wrote, deleted or not: unread for all but him.
    pub written: SeqList,
}

impl ChatState {
    pub fn message(&self, id: MessageId) -> Option<&Arc<Message>> {
        let (room, seq) = self.messages.get(&id)?;
        self.rooms.get(room)?.message(*seq)
    }
}

impl RoomState {
    pub fn new(room: Room) -> Self {
        Self {
            room,
            members: Table::new(),
            messages: Vector::new(),
            silent: SeqList::default(),
            deleted: Index::new(),
            left: Table::new(),
        }
    }

    pub fn message(&self, seq: Seq) -> Option<&Arc<Message>> {
        self.messages.get(usize::try_from(seq.0.checked_sub(1)?).ok()?)
    }

    /// How many messages are unread for this member (CHAT-1): those after his pointer, less those that
    /// count for nobody, his own, and others' that are deleted.
    pub fn unread(&self, MemberState { member, written }: &MemberState) -> i64 {
        let after = member.read_seq.max(member.visible_after);
        let newer = self.room.last_seq.0 - after.0;
        if newer <= 0 {
            return 0;
        }
        let deleted = self.deleted.range((Bound::Excluded(after), Bound::Unbounded));
        let deleted = deleted.filter(|(_, author)| *author != member.user).count();
        let deleted = i64::try_from(deleted).unwrap_or(i64::MAX);
        newer - self.silent.count_after(after) - written.count_after(after) - deleted
    }

    /// The room as this user stands to it.
    pub fn access(&self, user: UserId, users: &AccessState) -> RoomAccess {
        let peer = match self.room.kind {
            RoomKind::Direct => self.room.pair.map(|pair| pair.peer_of(user)),
            _ => None,
        };
        let active = |peer| users.user(peer).is_some_and(|user| user.status == UserStatus::Active);
        RoomAccess {
            room: self.room.clone(),
            member: self.members.get(&user).map(|state| state.member.clone()),
            peer_active: peer.is_none_or(active),
        }
    }
}
