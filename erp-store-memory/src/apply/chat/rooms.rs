//! Changes of rooms and their members.

use std::sync::Arc;

use erp_core::{
    Conflict,
    change::Version,
    chat::{Member, Room, RoomKind, RoomRole, Seq},
    ids::{RoomId, UserId},
    port::StoreResult,
    text,
    time::Timestamp,
};

use crate::{
    apply::{exists, free, fresh, missing, require},
    state::{ChatState, Domain, MemberState, RoomState},
};

impl Domain {
    pub(super) fn create_room(
        &mut self,
        room: Room,
        members: Vec<(UserId, RoomRole)>,
    ) -> StoreResult<()> {
        let state = &mut self.chat;
        if state.rooms.contains_key(&room.id) {
            return Err(exists("room"));
        }
        if room.pair.is_some_and(|pair| state.direct.contains_key(&pair)) {
            return Err(Conflict::DirectRoomExists.into());
        }
        let name = channel_key(room.kind, room.name.as_deref());
        if let Some(name) = &name {
            free(state.channel_names.get(name), &room.id, Conflict::taken("room", "name"))?;
        }
        let pair = room.pair.map(|pair| pair.users());
        let named = members.iter().map(|(user, _)| *user).chain(room.created_by);
        for user in named.chain(pair.into_iter().flat_map(|(one, other)| [one, other])) {
            require(self.access.users.contains_key(&user), "user")?;
        }
        if room.kind == RoomKind::Channel {
            state.channels.insert(room.id);
        }
        if let Some(name) = name {
            state.channel_names.insert(&name, room.id);
        }
        if let Some(pair) = room.pair {
            state.direct.insert(pair, room.id);
        }
        let (id, at) = (room.id, room.created_at);
        let mut new = RoomState::new(Room {
            last_seq: Seq(0),
            last_message_at: None,
            member_count: 0,
            roster: Version::FIRST,
            version: Version::FIRST,
            archived_at: None,
            ..room
        });
        for (user, role) in members {
            new.join(user, role, at);
            state.rooms_of.insert((user, id));
        }
        state.rooms.insert(id, Arc::new(new));
        Ok(())
    }

    pub(super) fn add_member(
        &mut self,
        room: RoomId,
        user: UserId,
        role: RoomRole,
        at: Timestamp,
    ) -> StoreResult<Seq> {
        let there = self.chat.rooms.get_mut(&room).ok_or_else(|| missing("room"))?;
        require(self.access.users.contains_key(&user), "user")?;
        if !there.members.contains_key(&user) {
            there.join(user, role, at);
            self.chat.rooms_of.insert((user, room));
        }
        Ok(there.room.last_seq)
    }
}

impl ChatState {
    pub(super) fn update_room(
        &mut self,
        id: RoomId,
        expected: Version,
        name: Option<String>,
        topic: Option<String>,
    ) -> StoreResult<()> {
        let old = &self.rooms.get(&id).ok_or_else(|| missing("room"))?.room;
        fresh("room", expected, old.version)?;
        let old_key = channel_key(old.kind, old.name.as_deref());
        let new_key = channel_key(old.kind, name.as_deref());
        if let Some(key) = &new_key {
            free(self.channel_names.get(key), &id, Conflict::taken("room", "name"))?;
        }
        if let Some(key) = old_key {
            self.channel_names.remove(&key);
        }
        if let Some(key) = new_key {
            self.channel_names.insert(&key, id);
        }
        let room = &mut self.room(id)?.room;
        (room.name, room.topic, room.version) = (name, topic, room.version.next());
        Ok(())
    }

    pub(super) fn set_archived(
        &mut self,
        id: RoomId,
        expected: Version,
        archived_at: Option<Timestamp>,
    ) -> StoreResult<()> {
        let room = &mut self.room(id)?.room;
        fresh("room", expected, room.version)?;
        (room.archived_at, room.version) = (archived_at, room.version.next());
        Ok(())
    }

    pub(super) fn remove_member(&mut self, room: RoomId, user: UserId) -> StoreResult<()> {
        let there = self.room(room)?;
        if let Some(state) = there.members.remove(&user) {
            there.room.member_count -= 1;
            there.left.insert(user, Arc::new(state.written.clone()));
        }
        self.rooms_of.remove(&(user, room));
        Ok(())
    }
}

impl RoomState {
    /// Puts a user into the room, who was not in it.
    fn join(&mut self, user: UserId, role: RoomRole, at: Timestamp) {
        let last = self.room.last_seq;
        let member = Member {
            room: self.room.id,
            user,
            role,
            joined_at: at,
            visible_after: self.room.history.visible_after(last),
            read_seq: last,
            muted_until: None,
        };
        let written = self.left.remove(&user).map(Arc::unwrap_or_clone).unwrap_or_default();
        let state = MemberState { member, written };
        if self.members.insert(user, Arc::new(state)) {
            self.room.member_count += 1;
        }
    }
}

/// What is unique of a room's name: a channel's, without regard to case.
fn channel_key(kind: RoomKind, name: Option<&str>) -> Option<String> {
    name.filter(|_| kind == RoomKind::Channel).map(text::key)
}
