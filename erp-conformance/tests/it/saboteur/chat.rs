//! Faults of the reads of rooms, members and messages.

use async_trait::async_trait;
use erp_core::{
    change::Version,
    chat::{
        ChatReads, DirectPair, Member, Message, MessageAnchor, MessageEdit, MessageKind,
        MessageQuery, Posting, Room, RoomAccess, RoomQuery, RoomSummary, Seq, UnreadCounts,
    },
    ids::{MessageId, RoomId, UserId},
    port::StoreResult,
};

use super::{Fault, Saboteur};

impl Saboteur {
    /// The count with what should not be in it.
    async fn miscount(&self, member: &Member, count: i64) -> StoreResult<i64> {
        let query = MessageQuery {
            room: member.room,
            visible_after: member.visible_after,
            anchor: MessageAnchor::After(member.read_seq),
            limit: 10_000,
        };
        let messages = self.inner.chat().messages(query).await?;
        let wrong = messages.iter().filter(|one| {
            let own = one.author == member.user;
            let deleted = one.deleted_at.is_some();
            one.kind == MessageKind::User
                && match self.fault {
                    Fault::UnreadCountsOwn => own && !deleted,
                    Fault::UnreadCountsDeleted => deleted && !own,
                    _ => false,
                }
        });
        Ok(count + i64::try_from(wrong.count()).unwrap())
    }

    fn falsify(&self, mut room: Room) -> Room {
        if self.is(Fault::RosterNotRaised) {
            room.roster = Version::FIRST;
        }
        room
    }
}

#[async_trait]
impl ChatReads for Saboteur {
    async fn access(&self, room: RoomId, user: UserId) -> StoreResult<Option<RoomAccess>> {
        let access = self.inner.chat().access(room, user).await?;
        Ok(access.map(|access| RoomAccess { room: self.falsify(access.room), ..access }))
    }

    async fn posting(&self, room: RoomId, user: UserId) -> StoreResult<Option<Posting>> {
        self.inner.chat().posting(room, user).await
    }

    async fn room(&self, id: RoomId) -> StoreResult<Option<Room>> {
        Ok(self.inner.chat().room(id).await?.map(|room| self.falsify(room)))
    }

    async fn direct(&self, pair: DirectPair) -> StoreResult<Option<Room>> {
        self.inner.chat().direct(pair).await
    }

    async fn channel(&self, name: &str) -> StoreResult<Option<Room>> {
        let found = self.inner.chat().channel(name).await?;
        let exact = |room: &Room| room.name.as_deref() == Some(name);
        Ok(found.filter(|room| !self.is(Fault::ChannelNameByCase) || exact(room)))
    }

    async fn rooms_of(&self, user: UserId, query: RoomQuery) -> StoreResult<Vec<RoomSummary>> {
        let mut rooms = self.inner.chat().rooms_of(user, query).await?;
        for summary in &mut rooms {
            summary.unread = self.miscount(&summary.member, summary.unread).await?;
        }
        Ok(rooms)
    }

    async fn channels(&self, query: RoomQuery) -> StoreResult<Vec<Room>> {
        self.inner.chat().channels(query).await
    }

    async fn unread(&self, user: UserId) -> StoreResult<UnreadCounts> {
        let query = RoomQuery { after: None, limit: 10_000 };
        let rooms = self.rooms_of(user, query).await?;
        let counted = rooms.into_iter().filter(|summary| summary.unread > 0);
        let rooms = counted.map(|one| (one.room.id, one.unread, one.member.muted_until));
        Ok(UnreadCounts { rooms: rooms.collect() })
    }

    async fn memberships(&self, user: UserId) -> StoreResult<Vec<Member>> {
        self.inner.chat().memberships(user).await
    }

    async fn peers(&self, user: UserId) -> StoreResult<Vec<UserId>> {
        self.inner.chat().peers(user).await
    }

    async fn owners(&self, room: RoomId) -> StoreResult<Vec<UserId>> {
        self.inner.chat().owners(room).await
    }

    async fn members(
        &self,
        room: RoomId,
        after: Option<UserId>,
        limit: usize,
    ) -> StoreResult<Vec<Member>> {
        self.inner.chat().members(room, after, limit).await
    }

    async fn message(&self, id: MessageId) -> StoreResult<Option<Message>> {
        self.inner.chat().message(id).await
    }

    async fn messages(&self, mut query: MessageQuery) -> StoreResult<Vec<Message>> {
        if self.is(Fault::HistoryShownBeforeTheJoining) {
            query.visible_after = Seq(0);
        }
        let mut messages = self.inner.chat().messages(query).await?;
        let notes = self.notes();
        messages.retain(|message| !notes.hidden_messages.contains(&message.id));
        Ok(messages)
    }

    async fn edits(&self, message: MessageId) -> StoreResult<Vec<MessageEdit>> {
        self.inner.chat().edits(message).await
    }
}
