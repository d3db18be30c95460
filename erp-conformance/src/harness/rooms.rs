//! Rooms and messages of a case.

use erp_core::{
    Ctx,
    change::{Audience, ChangeSet, EntityRef, NewEvent, Receipt, Version},
    chat::{
        BodyFormat, ChatChange, ChatEvent, DirectPair, HistoryPolicy, Member, Message,
        MessageAnchor, MessageKind, MessageQuery, PointerMove, Room, RoomKind, RoomRole, Seq,
    },
    ids::{MessageId, RoomId, UserId},
    policy::Action,
    port::StoreResult,
};

use super::Harness;

impl Harness {
    /// A new room's value, with full history. Nothing is written.
    pub fn new_room(&self, kind: RoomKind, name: Option<&str>) -> Room {
        Room {
            id: RoomId::generate(&*self.ids),
            kind,
            name: name.map(str::to_owned),
            topic: None,
            project: None,
            pair: None,
            history: HistoryPolicy::Full,
            last_seq: Seq(0),
            last_message_at: None,
            archived_at: None,
            member_count: 0,
            roster: Version::FIRST,
            version: Version::FIRST,
            created_by: None,
            created_at: self.now(),
        }
    }

    /// Writes a room with these members: the first owns it. Returns it as the store has it.
    ///
    /// # Panics
    /// As [`Harness::commit`].
    pub async fn open(&self, mut room: Room, members: &[UserId]) -> Room {
        let id = room.id;
        room.created_by = members.first().copied();
        let members = members
            .iter()
            .enumerate()
            .map(|(n, user)| (*user, if n == 0 { RoomRole::Owner } else { RoomRole::Member }))
            .collect();
        self.commit(ChatChange::CreateRoom { room, members }).await;
        self.read_room(id).await
    }

    /// Writes a group with these members: the first owns it.
    ///
    /// # Panics
    /// As [`Harness::commit`].
    pub async fn group(&self, members: &[UserId]) -> Room {
        self.open(self.new_room(RoomKind::Group, Some("a group")), members).await
    }

    /// Writes a channel of this name; the first member owns it.
    ///
    /// # Panics
    /// As [`Harness::commit`].
    pub async fn channel(&self, name: &str, members: &[UserId]) -> Room {
        self.open(self.new_room(RoomKind::Channel, Some(name)), members).await
    }

    /// A direct room's value. Nothing is written.
    pub fn new_direct(&self, one: UserId, other: UserId) -> Room {
        Room { pair: Some(DirectPair::new(one, other)), ..self.new_room(RoomKind::Direct, None) }
    }

    /// The room as the store has it.
    ///
    /// # Panics
    /// When there is no such room.
    pub async fn read_room(&self, id: RoomId) -> Room {
        self.store.chat().room(id).await.expect("a read").expect("the room exists")
    }

    /// The membership as the store has it.
    ///
    /// # Panics
    /// When the user does not belong to the room.
    pub async fn member(&self, room: RoomId, user: UserId) -> Member {
        self.try_member(room, user).await.expect("a member")
    }

    /// The membership as the store has it, if there is one.
    ///
    /// # Panics
    /// When the store cannot read, or there is no such room.
    pub async fn try_member(&self, room: RoomId, user: UserId) -> Option<Member> {
        let access = self.store.chat().access(room, user).await.expect("a read");
        access.expect("the room exists").member
    }

    /// Adds a plain member.
    ///
    /// # Panics
    /// As [`Harness::commit`].
    pub async fn add_member(&self, room: RoomId, user: UserId) -> Receipt {
        let role = RoomRole::Member;
        self.commit(ChatChange::AddMember { room, user, role, at: self.now() }).await
    }

    /// Removes a member.
    ///
    /// # Panics
    /// As [`Harness::commit`].
    pub async fn remove_member(&self, room: RoomId, user: UserId) -> Receipt {
        self.commit(ChatChange::RemoveMember { room, user }).await
    }

    /// The change that posts a message of a person, with its id.
    pub fn append(&self, room: RoomId, author: UserId, body: &str) -> (MessageId, ChatChange) {
        let id = MessageId::generate(&*self.ids);
        let change = ChatChange::AppendMessage {
            id,
            room,
            author,
            kind: MessageKind::User,
            format: BodyFormat::Text,
            body: body.to_owned(),
            at: self.now(),
        };
        (id, change)
    }

    /// The whole set of a post as a service would make it: by its author, with its event.
    pub fn posting(&self, room: RoomId, author: UserId, body: &str) -> (MessageId, ChangeSet) {
        let (id, change) = self.append(room, author, body);
        let entity = EntityRef::in_room("message", id.uuid(), room);
        let mut set = self.set_by(&Ctx::user(author), Action::ChatPost, entity);
        let slot = set.change(change);
        let message = Message {
            id,
            room,
            seq: Seq(0),
            author,
            kind: MessageKind::User,
            format: BodyFormat::Text,
            body: body.to_owned(),
            created_at: self.now(),
            edited_at: None,
            deleted_at: None,
            version: Version::FIRST,
        };
        let event = NewEvent::new(ChatEvent::MessagePosted(message), [Audience::Room(room)]);
        set.event(event.filled_by(slot));
        (id, set)
    }

    /// Posts a message, with its event, and returns it as the store has it.
    ///
    /// # Panics
    /// When the store refuses it.
    pub async fn post(&self, room: RoomId, author: UserId, body: &str) -> Message {
        let (id, set) = self.posting(room, author, body);
        self.store.commit(set).await.expect("the post is valid");
        self.message(id).await
    }

    /// The message as the store has it.
    ///
    /// # Panics
    /// When there is no such message.
    pub async fn message(&self, id: MessageId) -> Message {
        self.store.chat().message(id).await.expect("a read").expect("the message exists")
    }

    /// Every message of a room, deleted ones included.
    ///
    /// # Panics
    /// When the store cannot read.
    pub async fn messages(&self, room: RoomId) -> Vec<Message> {
        let query = MessageQuery {
            room,
            visible_after: Seq(0),
            anchor: MessageAnchor::After(Seq(0)),
            limit: 100_000,
        };
        self.store.chat().messages(query).await.expect("a read")
    }

    /// Deletes or restores a message, whatever its version is.
    ///
    /// # Panics
    /// When there is no such message, and as [`Harness::commit`].
    pub async fn set_deleted(&self, id: MessageId, deleted: Deleted) {
        let expected = self.message(id).await.version;
        let deleted_at = (deleted == Deleted::Yes).then(|| self.now());
        self.commit(ChatChange::SetMessageDeleted { id, expected, deleted_at }).await;
    }

    /// Moves a read pointer, and returns where it arrived.
    ///
    /// # Errors
    /// As [`erp_core::port::Store::commit`].
    ///
    /// # Panics
    /// When the store does not say where it arrived.
    pub async fn move_pointer(
        &self,
        room: RoomId,
        user: UserId,
        to: PointerMove,
    ) -> StoreResult<Seq> {
        let receipt = self.try_commit(ChatChange::MovePointer { room, user, to }).await?;
        Ok(Seq(receipt.number(0).expect("the pointer's place")))
    }

    /// How many messages of a room count as unread for a member.
    ///
    /// # Panics
    /// When the store cannot read.
    pub async fn unread(&self, room: RoomId, user: UserId) -> i64 {
        let counts = self.store.chat().unread(user).await.expect("a read");
        counts.rooms.iter().find(|(id, ..)| *id == room).map_or(0, |(_, count, _)| *count)
    }
}

/// Whether a message is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deleted {
    /// It is.
    Yes,
    /// It is not.
    No,
}
