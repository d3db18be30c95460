//! Rooms, members and messages.

use erp_core::{
    Conflict,
    access::UserStatus,
    change::Version,
    chat::{
        ChatChange as C, Member, Message, MessageEdit, MessageKind, PointerMove, Room, RoomAccess,
        RoomKind, RoomRole, Seq,
    },
    ids::{MessageId, RoomId, UserId},
    port::StoreResult,
    time::Timestamp,
};

use super::{Model, Outcome, exists, missing, raise, same_name};

impl Model {
    pub(in crate::walk) fn room(&self, id: RoomId) -> StoreResult<&Room> {
        self.rooms.iter().find(|room| room.id == id).ok_or_else(|| missing("room"))
    }

    fn room_mut(&mut self, id: RoomId) -> StoreResult<&mut Room> {
        self.rooms.iter_mut().find(|room| room.id == id).ok_or_else(|| missing("room"))
    }

    pub(in crate::walk) fn member(&self, room: RoomId, user: UserId) -> StoreResult<&Member> {
        self.room(room)?;
        let found = self.members.iter().find(|one| one.room == room && one.user == user);
        found.ok_or_else(|| missing("member"))
    }

    fn member_mut(&mut self, room: RoomId, user: UserId) -> StoreResult<&mut Member> {
        self.room(room)?;
        let found = self.members.iter_mut().find(|one| one.room == room && one.user == user);
        found.ok_or_else(|| missing("member"))
    }

    fn message_mut(&mut self, id: MessageId) -> StoreResult<&mut Message> {
        self.messages.iter_mut().find(|one| one.id == id).ok_or_else(|| missing("message"))
    }

    pub(super) fn change_chat(&mut self, change: C) -> Outcome {
        match change {
            C::CreateRoom { room, members } => self.create_room(room, &members).map(|()| None),
            C::UpdateRoom { id, expected, name, topic } => {
                let mut room = self.room(id)?.clone();
                raise("room", &mut room.version, expected)?;
                (room.name, room.topic) = (name, topic);
                self.check_room_name(&room)?;
                *self.room_mut(id)? = room;
                Ok(None)
            }
            C::SetRoomArchived { id, expected, archived_at } => {
                let room = self.room_mut(id)?;
                raise("room", &mut room.version, expected)?;
                room.archived_at = archived_at;
                Ok(None)
            }
            C::AddMember { room, user, role, at } => {
                let last_seq = self.room(room)?.last_seq;
                self.user(user)?;
                self.add_member(room, user, role, at)?;
                Ok(Some(last_seq.0))
            }
            C::RemoveMember { room, user } => {
                self.members.retain(|one| one.room != room || one.user != user);
                self.count_members(room)?;
                Ok(None)
            }
            C::SetMemberRole { room, user, role } => {
                self.member_mut(room, user)?.role = role;
                Ok(None)
            }
            C::SetMute { room, user, until } => {
                self.member_mut(room, user)?.muted_until = until;
                Ok(None)
            }
            C::MovePointer { room, user, to } => {
                self.move_pointer(room, user, to).map(|seq| Some(seq.0))
            }
            other => self.change_message(other),
        }
    }

    fn create_room(&mut self, room: Room, members: &[(UserId, RoomRole)]) -> StoreResult<()> {
        if self.room(room.id).is_ok() {
            return Err(exists("room"));
        }
        if room.pair.is_some() && self.rooms.iter().any(|other| other.pair == room.pair) {
            return Err(Conflict::DirectRoomExists.into());
        }
        self.check_room_name(&room)?;
        for (user, _) in members {
            self.user(*user)?;
        }
        let (id, at) = (room.id, room.created_at);
        self.rooms.push(room);
        for (user, role) in members {
            self.add_member(id, *user, *role, at)?;
        }
        Ok(())
    }

    /// Of channels, no other one has this one's name.
    fn check_room_name(&self, room: &Room) -> StoreResult<()> {
        let is_channel = |one: &Room| one.kind == RoomKind::Channel;
        let taken = self.rooms.iter().any(|other| {
            let names = other.name.as_deref().zip(room.name.as_deref());
            other.id != room.id
                && is_channel(other)
                && is_channel(room)
                && names.is_some_and(|(one, other)| same_name(one, other))
        });
        if taken { Err(Conflict::taken("room", "name").into()) } else { Ok(()) }
    }

    fn add_member(
        &mut self,
        room: RoomId,
        user: UserId,
        role: RoomRole,
        joined_at: Timestamp,
    ) -> StoreResult<()> {
        if self.member(room, user).is_ok() {
            return Ok(());
        }
        let Room { history, last_seq, .. } = *self.room(room)?;
        self.members.push(Member {
            room,
            user,
            role,
            joined_at,
            visible_after: history.visible_after(last_seq),
            read_seq: last_seq,
            muted_until: None,
        });
        self.count_members(room)
    }

    fn count_members(&mut self, room: RoomId) -> StoreResult<()> {
        let count = self.members.iter().filter(|one| one.room == room).count();
        self.room_mut(room)?.member_count = i64::try_from(count).expect("it is small");
        Ok(())
    }

    fn move_pointer(&mut self, room: RoomId, user: UserId, to: PointerMove) -> StoreResult<Seq> {
        let last_seq = self.room(room)?.last_seq;
        let member = self.member_mut(room, user)?;
        member.read_seq = match to {
            PointerMove::ForwardTo(seq) => member.read_seq.max(seq.min(last_seq)),
            PointerMove::BackBefore(seq) => {
                member.read_seq.min(Seq(seq.0.saturating_sub(1))).max(member.visible_after)
            }
        };
        Ok(member.read_seq)
    }

    fn change_message(&mut self, change: C) -> Outcome {
        match change {
            C::AppendMessage { id, room, author, kind, format, body, at } => {
                let seq = Seq(self.room(room)?.last_seq.0 + 1);
                if self.messages.iter().any(|one| one.id == id) {
                    return Err(exists("message"));
                }
                let member = self.member_mut(room, author)?;
                if member.read_seq.0 == seq.0 - 1 {
                    member.read_seq = seq;
                }
                let room_now = self.room_mut(room)?;
                room_now.last_seq = seq;
                room_now.last_message_at = room_now.last_message_at.max(Some(at));
                self.messages.push(Message {
                    id,
                    room,
                    seq,
                    author,
                    kind,
                    format,
                    body,
                    created_at: at,
                    edited_at: None,
                    deleted_at: None,
                    version: Version::FIRST,
                });
                Ok(Some(seq.0))
            }
            C::EditMessage { id, expected, body, by, at } => {
                let message = self.message_mut(id)?;
                raise("message", &mut message.version, expected)?;
                let before = std::mem::replace(&mut message.body, body);
                message.edited_at = Some(at);
                self.edits.push(MessageEdit {
                    message: id,
                    version: expected,
                    body: before,
                    edited_by: by,
                    edited_at: at,
                });
                Ok(None)
            }
            C::SetMessageDeleted { id, expected, deleted_at } => {
                let message = self.message_mut(id)?;
                raise("message", &mut message.version, expected)?;
                message.deleted_at = deleted_at;
                Ok(None)
            }
            other => panic!("a change of another part: {other:?}"),
        }
    }

    /// CHAT-1.
    pub(in crate::walk) fn unread(&self, member: &Member) -> i64 {
        let counts = self.messages.iter().filter(|message| {
            message.room == member.room
                && message.seq > member.read_seq
                && message.seq > member.visible_after
                && message.deleted_at.is_none()
                && message.kind == MessageKind::User
                && message.author != member.user
        });
        i64::try_from(counts.count()).expect("it is small")
    }

    pub(in crate::walk) fn access(&self, room: RoomId, user: UserId) -> Option<RoomAccess> {
        let room = self.room(room).ok()?.clone();
        let member = self.member(room.id, user).ok().cloned();
        let peer = room.pair.map(|pair| pair.peer_of(user));
        let active = |peer| self.user(peer).is_ok_and(|user| user.status == UserStatus::Active);
        Some(RoomAccess { room, member, peer_active: peer.is_none_or(active) })
    }
}
