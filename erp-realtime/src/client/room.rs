//! A room as a client knows it.

use std::collections::BTreeMap;

use erp_core::{
    change::Version,
    chat::{Member, Message, Room, RoomRole, Seq},
    ids::UserId,
    time::Timestamp,
};

use super::state::{Differences, RoomSnapshot};

/// A count of unread messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// So many.
    Known(i64),
    /// It depends on messages that were not loaded: ask the server.
    Unknown,
}

/// A room as a client knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct RoomView {
    /// The room. Its `member_count` and `roster` are those of the snapshot.
    pub room: Room,
    /// The client's own membership.
    pub member: Member,
    /// Its members, if they were loaded.
    pub members: Option<BTreeMap<UserId, RoomRole>>,
    /// Its messages after `loaded_after`, all of them.
    pub messages: BTreeMap<Seq, Message>,
    /// The messages up to here were not loaded.
    pub loaded_after: Seq,
    /// The count of unread messages, while it cannot be derived from the messages.
    counted: Unread,
}

impl RoomView {
    pub(super) fn new(snapshot: RoomSnapshot) -> Self {
        Self {
            room: snapshot.room,
            member: snapshot.member,
            members: snapshot.members.map(|members| members.into_iter().collect()),
            messages: snapshot.messages.into_iter().map(|one| (one.seq, one)).collect(),
            loaded_after: snapshot.loaded_after,
            counted: Unread::Known(snapshot.unread),
        }
    }

    /// How many messages count as unread (CHAT-1).
    pub fn unread(&self) -> Unread {
        let from = self.member.read_seq.max(self.member.visible_after);
        if from < self.loaded_after {
            return self.counted;
        }
        let counts = |message: &Message| {
            message.seq > from
                && message.deleted_at.is_none()
                && message.kind.counts()
                && message.author != self.member.user
        };
        Unread::Known(self.messages.values().filter(|message| counts(message)).count() as i64)
    }

    pub(super) fn posted(&mut self, message: Message) {
        let (seq, me) = (message.seq, self.member.user);
        if seq <= self.member.visible_after {
            return;
        }
        if seq > self.room.last_seq {
            self.room.last_seq = seq;
            self.room.last_message_at = self.room.last_message_at.max(Some(message.created_at));
            if let Unread::Known(count) = &mut self.counted
                && message.author != me
                && message.kind.counts()
            {
                *count += 1;
            }
        }
        if message.author == me && self.member.read_seq == Seq(seq.0 - 1) {
            self.member.read_seq = seq;
        }
        self.replace(message);
    }

    /// Takes the message in, unless a later version of it is here.
    pub(super) fn replace(&mut self, message: Message) {
        let newer = |known: &Message| known.version > message.version;
        if message.seq <= self.loaded_after || self.messages.get(&message.seq).is_some_and(newer) {
            return;
        }
        self.messages.insert(message.seq, message);
    }

    pub(super) fn changed_unloaded(&mut self, seq: Seq) {
        if seq <= self.loaded_after && seq > self.member.read_seq {
            self.counted = Unread::Unknown;
        }
    }

    pub(super) fn deleted(&mut self, seq: Seq, version: Version, at: Timestamp) {
        self.changed_unloaded(seq);
        if let Some(message) = self.messages.get_mut(&seq)
            && message.version < version
        {
            message.deleted_at = Some(at);
            message.version = version;
            message.body.clear();
        }
    }

    pub(super) fn read_to(&mut self, seq: Seq) {
        if seq >= self.room.last_seq {
            self.counted = Unread::Known(0);
        } else if seq != self.member.read_seq {
            self.counted = Unread::Unknown;
        }
        self.member.read_seq = seq;
    }

    pub(super) fn compare(&self, other: &Self, found: &mut Differences) {
        let id = self.room.id;
        let facts = |view: &Self| {
            let Room { kind, version, last_seq, last_message_at, archived_at, .. } = view.room;
            let names = (view.room.name.clone(), view.room.topic.clone());
            (kind, names, version, last_seq, last_message_at, archived_at)
        };
        found.compare(format!("{id}: room"), &facts(self), &facts(other));
        found.compare(format!("{id}: member"), &self.member, &other.member);
        if let (Some(one), Some(two)) = (&self.members, &other.members) {
            found.compare(format!("{id}: members"), one, two);
        }
        if let (Unread::Known(one), Unread::Known(two)) = (self.unread(), other.unread()) {
            found.compare(format!("{id}: unread"), &one, &two);
        }
        let loaded = self.loaded_after.max(other.loaded_after);
        let tail = |view: &Self| -> Vec<Message> {
            view.messages.values().filter(|message| message.seq > loaded).cloned().collect()
        };
        found.compare(format!("{id}: messages"), &tail(self), &tail(other));
    }
}
