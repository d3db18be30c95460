//! Changes of messages and read pointers.

use std::sync::Arc;

use erp_core::{
    change::Version,
    chat::{Message, MessageEdit, MessageKind, PointerMove, Seq},
    ids::{MessageId, RoomId, UserId},
    port::StoreResult,
    time::Timestamp,
};

use crate::{
    apply::{exists, fresh, missing, require},
    state::{ChatState, Domain},
};

impl Domain {
    pub(super) fn edit_message(
        &mut self,
        id: MessageId,
        expected: Version,
        body: String,
        by: UserId,
        at: Timestamp,
    ) -> StoreResult<()> {
        let old = self.chat.message(id).ok_or_else(|| missing("message"))?;
        fresh("message", expected, old.version)?;
        require(self.access.users.contains_key(&by), "user")?;
        let mut before = String::new();
        self.chat.change_message(id, expected, |message| {
            before = std::mem::replace(&mut message.body, body);
            message.edited_at = Some(at);
        })?;
        let edit = MessageEdit {
            message: id,
            version: expected,
            body: before,
            edited_by: by,
            edited_at: at,
        };
        self.chat.edits.upsert(id, |edits| edits.push(edit));
        Ok(())
    }
}

impl ChatState {
    pub(super) fn append_message(&mut self, mut message: Message) -> StoreResult<Seq> {
        if self.messages.contains_key(&message.id) {
            return Err(exists("message"));
        }
        let state = self.room(message.room)?;
        let author = state.members.get_mut(&message.author).ok_or_else(|| missing("member"))?;
        let before = state.room.last_seq;
        let seq = Seq(before.0 + 1);
        message.seq = seq;
        if author.member.read_seq == before {
            author.member.read_seq = seq;
        }
        match message.kind {
            MessageKind::User => author.written.push(seq),
            MessageKind::System | MessageKind::Imported => state.silent.push(seq),
        }
        state.room.last_seq = seq;
        state.room.last_message_at = state.room.last_message_at.max(Some(message.created_at));
        let place = (message.id, (message.room, seq));
        state.messages.push_back(Arc::new(message));
        self.messages.insert(place.0, place.1);
        Ok(seq)
    }

    pub(super) fn change_message(
        &mut self,
        id: MessageId,
        expected: Version,
        change: impl FnOnce(&mut Message),
    ) -> StoreResult<()> {
        let old = self.message(id).ok_or_else(|| missing("message"))?;
        fresh("message", expected, old.version)?;
        let (room, index) = (old.room, usize::try_from(old.seq.0 - 1).unwrap_or(usize::MAX));
        let room = self.room(room)?;
        let message = room.messages.get_mut(index).ok_or_else(|| missing("message"))?;
        let message = Arc::make_mut(message);
        change(message);
        message.version = message.version.next();
        match (message.kind, message.deleted_at) {
            (MessageKind::User, None) => {
                room.deleted.remove(&message.seq);
            }
            (MessageKind::User, Some(_)) => {
                room.deleted.insert(message.seq, message.author);
            }
            (MessageKind::System | MessageKind::Imported, _) => {}
        }
        Ok(())
    }

    pub(super) fn move_pointer(
        &mut self,
        room: RoomId,
        user: UserId,
        to: PointerMove,
    ) -> StoreResult<Seq> {
        let last = self.rooms.get(&room).ok_or_else(|| missing("room"))?.room.last_seq;
        let member = self.member(room, user)?;
        member.read_seq = match to {
            PointerMove::ForwardTo(seq) => seq.min(last).max(member.read_seq),
            PointerMove::BackBefore(seq) => {
                Seq(seq.0.saturating_sub(1)).max(member.visible_after).min(member.read_seq)
            }
        };
        Ok(member.read_seq)
    }
}
