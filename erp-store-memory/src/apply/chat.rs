//! Changes of rooms, members and messages.

mod messages;
mod rooms;

use erp_core::{
    change::{Allocated, Version},
    chat::{ChatChange as C, Member, Message, Seq},
    ids::{RoomId, UserId},
    port::StoreResult,
};

use super::missing;
use crate::state::{ChatState, Domain, RoomState};

impl Domain {
    pub(super) fn apply_chat(&mut self, change: C) -> StoreResult<Allocated> {
        let state = &mut self.chat;
        match change {
            C::CreateRoom { room, members } => self.create_room(room, members)?,
            C::UpdateRoom { id, expected, name, topic } => {
                state.update_room(id, expected, name, topic)?;
            }
            C::SetRoomArchived { id, expected, archived_at } => {
                state.set_archived(id, expected, archived_at)?;
            }
            C::AddMember { room, user, role, at } => {
                return self.add_member(room, user, role, at).map(allocated);
            }
            C::RemoveMember { room, user } => state.remove_member(room, user)?,
            C::SetMemberRole { room, user, role } => state.member(room, user)?.role = role,
            C::SetMute { room, user, until } => state.member(room, user)?.muted_until = until,
            C::AppendMessage { id, room, author, kind, format, body, at } => {
                let message = Message {
                    id,
                    room,
                    seq: Seq(0),
                    author,
                    kind,
                    format,
                    body,
                    created_at: at,
                    edited_at: None,
                    deleted_at: None,
                    version: Version::FIRST,
                };
                return state.append_message(message).map(allocated);
            }
            C::EditMessage { id, expected, body, by, at } => {
                self.edit_message(id, expected, body, by, at)?;
            }
            C::SetMessageDeleted { id, expected, deleted_at } => {
                state.change_message(id, expected, |message| message.deleted_at = deleted_at)?;
            }
            C::MovePointer { room, user, to } => {
                return state.move_pointer(room, user, to).map(allocated);
            }
        }
        Ok(Allocated::default())
    }
}

impl ChatState {
    fn room(&mut self, id: RoomId) -> StoreResult<&mut RoomState> {
        self.rooms.get_mut(&id).ok_or_else(|| missing("room"))
    }

    fn member(&mut self, room: RoomId, user: UserId) -> StoreResult<&mut Member> {
        let state = self.room(room)?.members.get_mut(&user).ok_or_else(|| missing("member"))?;
        Ok(&mut state.member)
    }
}

fn allocated(seq: Seq) -> Allocated {
    Allocated::number(seq.0)
}
