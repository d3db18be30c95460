//! Rooms, members and messages.

use std::sync::Arc;

use async_trait::async_trait;
use erp_core::{
    chat::{
        ChatReads, DirectPair, Member, Message, MessageAnchor, MessageEdit, MessageQuery, Posting,
        Room, RoomAccess, RoomQuery, RoomRole, RoomSummary, Seq, UnreadCounts,
    },
    ids::{MessageId, RoomId, UserId},
    port::StoreResult,
    text,
};

use super::after;
use crate::{
    MemoryStore,
    order::distinct,
    state::{ChatState, RoomState},
};

impl MemoryStore {
    fn with_chat<T>(&self, read: impl FnOnce(&ChatState) -> T) -> T {
        read(&self.state.read().domain.chat)
    }

    /// The present state, to be read outside the lock.
    fn chat_state(&self) -> ChatState {
        self.with_chat(ChatState::clone)
    }
}

#[async_trait]
impl ChatReads for MemoryStore {
    async fn access(&self, room: RoomId, user: UserId) -> StoreResult<Option<RoomAccess>> {
        let domain = &self.state.read().domain;
        Ok(domain.chat.rooms.get(&room).map(|room| room.access(user, &domain.access)))
    }

    async fn posting(&self, room: RoomId, user: UserId) -> StoreResult<Option<Posting>> {
        let domain = &self.state.read().domain;
        let Some(subject) = domain.access.subject(user) else {
            return Ok(None);
        };
        let graph = domain.access.version;
        let room = domain.chat.rooms.get(&room);
        Ok(room.map(|room| Posting { subject, access: room.access(user, &domain.access), graph }))
    }

    async fn room(&self, id: RoomId) -> StoreResult<Option<Room>> {
        Ok(self.with_chat(|state| state.rooms.get(&id).map(|state| state.room.clone())))
    }

    async fn direct(&self, pair: DirectPair) -> StoreResult<Option<Room>> {
        Ok(self.with_chat(|state| Some(state.rooms.get(&state.direct.get(&pair)?)?.room.clone())))
    }

    async fn channel(&self, name: &str) -> StoreResult<Option<Room>> {
        let key = text::key(name);
        Ok(self.with_chat(|state| {
            Some(state.rooms.get(&state.channel_names.get(&key)?)?.room.clone())
        }))
    }

    async fn rooms_of(&self, user: UserId, query: RoomQuery) -> StoreResult<Vec<RoomSummary>> {
        let state = self.chat_state();
        let rooms = state.rooms_of.after(user, query.after).filter_map(|id| {
            let state = state.rooms.get(&id)?;
            let member = state.members.get(&user)?;
            let (unread, member) = (state.unread(member), member.member.clone());
            Some(RoomSummary { room: state.room.clone(), member, unread })
        });
        Ok(rooms.take(query.limit).collect())
    }

    async fn channels(&self, query: RoomQuery) -> StoreResult<Vec<Room>> {
        let state = self.chat_state();
        let ids = state.channels.range(after(query.after));
        let rooms = ids.filter_map(|id| Some(state.rooms.get(&id)?.room.clone()));
        Ok(rooms.take(query.limit).collect())
    }

    async fn unread(&self, user: UserId) -> StoreResult<UnreadCounts> {
        let state = self.chat_state();
        let rooms = rooms_of(&state, user).filter_map(|room| {
            let member = room.members.get(&user)?;
            let unread = room.unread(member);
            (unread > 0).then_some((room.room.id, unread, member.member.muted_until))
        });
        Ok(UnreadCounts { rooms: rooms.collect() })
    }

    async fn memberships(&self, user: UserId) -> StoreResult<Vec<Member>> {
        let state = self.chat_state();
        let members = rooms_of(&state, user).filter_map(|room| room.members.get(&user));
        Ok(members.map(|state| state.member.clone()).collect())
    }

    async fn peers(&self, user: UserId) -> StoreResult<Vec<UserId>> {
        let state = self.chat_state();
        let peers = rooms_of(&state, user).flat_map(|room| room.members.keys());
        Ok(distinct(peers.filter(|peer| *peer != user)).collect())
    }

    async fn owners(&self, room: RoomId) -> StoreResult<Vec<UserId>> {
        let Some(room) = self.with_chat(|state| state.rooms.get(&room).cloned()) else {
            return Ok(Vec::new());
        };
        let members = room.members.values().map(|state| &state.member);
        Ok(members.filter(|one| one.role == RoomRole::Owner).map(|one| one.user).collect())
    }

    async fn members(
        &self,
        room: RoomId,
        start: Option<UserId>,
        limit: usize,
    ) -> StoreResult<Vec<Member>> {
        let Some(room) = self.with_chat(|state| state.rooms.shared(&room)) else {
            return Ok(Vec::new());
        };
        let members = room.members.range(after(start)).map(|(_, state)| state.member.clone());
        Ok(members.take(limit).collect())
    }

    async fn message(&self, id: MessageId) -> StoreResult<Option<Message>> {
        let message = self.with_chat(|state| state.message(id).cloned());
        Ok(message.map(|message| Message::clone(&message)))
    }

    async fn messages(&self, query: MessageQuery) -> StoreResult<Vec<Message>> {
        let Some(room) = self.with_chat(|state| state.rooms.shared(&query.room)) else {
            return Ok(Vec::new());
        };
        let (first, last) = part(&query, room.room.last_seq);
        let index = |seq: i64| usize::try_from(seq).unwrap_or(0);
        let mut focus = room.messages.focus();
        let messages = (index(first - 1)..index(last))
            .filter_map(|index| focus.get(index).map(|message| Message::clone(message)));
        Ok(messages.collect())
    }

    async fn edits(&self, message: MessageId) -> StoreResult<Vec<MessageEdit>> {
        let edits = self.with_chat(|state| state.edits.shared(&message));
        Ok(edits.map(Arc::unwrap_or_clone).unwrap_or_default())
    }
}

/// The rooms that a user belongs to, by room id.
fn rooms_of(state: &ChatState, user: UserId) -> impl Iterator<Item = &RoomState> {
    state.rooms_of.of(user).filter_map(|id| state.rooms.get(&id))
}

/// The first and the last number of the wanted part; an empty part ends before its first.
fn part(query: &MessageQuery, last: Seq) -> (i64, i64) {
    let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
    let (first, last) = (query.visible_after.0.max(0).saturating_add(1), last.0);
    let before = |seq: i64, limit: i64| {
        let end = seq.saturating_sub(1).min(last);
        (end.saturating_sub(limit).saturating_add(1).max(first), end)
    };
    let from = |seq: i64, limit: i64| {
        let start = seq.max(first);
        (start, start.saturating_add(limit).saturating_sub(1).min(last))
    };
    match query.anchor {
        MessageAnchor::Latest => before(i64::MAX, limit),
        MessageAnchor::Before(seq) => before(seq.0, limit),
        MessageAnchor::After(seq) => from(seq.0.saturating_add(1), limit),
        MessageAnchor::Around(seq) => {
            let half = limit / 2;
            let (start, end) = before(seq.0, half);
            let (next, last) = from(seq.0, limit - half);
            if start > end { (next, last) } else { (start, last.max(end)) }
        }
    }
}
