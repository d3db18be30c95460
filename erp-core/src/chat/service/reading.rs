//! What a member has read, and what he has not.

use serde::{Deserialize, Serialize};

use super::{ChatService, MutedRooms, room_entity};
use crate::{
    change::{Audience, NewEvent, Recorder},
    chat::{ChatChange, ChatEvent, Member, PointerMove, RoomAccess, Seq, rules},
    ctx::Ctx,
    error::{Error, Result},
    ids::RoomId,
    policy::Action,
};

/// The unread messages of one room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomBadge {
    /// The room.
    pub room: RoomId,
    /// How many messages count as unread.
    pub unread: i64,
    /// Whether the room is muted at this moment.
    pub muted: bool,
}

/// A user's unread messages (CHAT-8).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Badge {
    /// The sum over the rooms; muted ones count only if the host has set it so.
    pub total: i64,
    /// The rooms with unread messages, muted ones included, by room id.
    pub rooms: Vec<RoomBadge>,
}

#[erp_derive::boxed]
impl ChatService<'_> {
    /// The caller has read the room up to this message. Never moves his pointer back; a number
    /// beyond the last message counts as the last (CHAT-4). Returns where the pointer is.
    ///
    /// # Errors
    /// Not found.
    pub async fn mark_read(&self, ctx: &Ctx, room: RoomId, up_to: Seq) -> Result<Seq> {
        let (access, member) = self.reader(ctx, Action::ChatMarkRead, room).await?;
        let target = rules::pointer_forward(member.read_seq, up_to, access.room.last_seq);
        self.move_pointer(ctx, Action::ChatMarkRead, &member, target, PointerMove::ForwardTo(up_to))
            .await
    }

    /// The messages from this one on are unread again (CHAT-5). Never moves the caller's pointer
    /// forward. Returns where the pointer is.
    ///
    /// # Errors
    /// Not found.
    pub async fn mark_unread(&self, ctx: &Ctx, room: RoomId, from: Seq) -> Result<Seq> {
        let (_, member) = self.reader(ctx, Action::ChatMarkUnread, room).await?;
        let target = rules::pointer_back(member.read_seq, from, member.visible_after);
        let to = PointerMove::BackBefore(from);
        self.move_pointer(ctx, Action::ChatMarkUnread, &member, target, to).await
    }

    /// The caller's unread messages.
    ///
    /// # Errors
    /// Unauthenticated.
    pub async fn badge(&self, ctx: &Ctx) -> Result<Badge> {
        let user = ctx.user_id()?;
        self.engine.subject(ctx).await?;
        let now = self.engine.now();
        let counts = self.engine.store().chat().unread(user).await?;
        let mut badge = Badge::default();
        for (room, unread, muted_until) in counts.rooms {
            let muted = muted_until.is_some_and(|until| now < until);
            if !muted || self.engine.options().chat.muted_rooms == MutedRooms::Count {
                badge.total += unread;
            }
            badge.rooms.push(RoomBadge { room, unread, muted });
        }
        Ok(badge)
    }

    async fn reader(
        &self,
        ctx: &Ctx,
        action: Action,
        room: RoomId,
    ) -> Result<(RoomAccess, Member)> {
        ctx.user_id()?;
        let subject = self.engine.subject(ctx).await?;
        let access = self.room_for(ctx, &subject, action, room).await?;
        let member = access.member.clone().ok_or(Error::NotFound { entity: "room" })?;
        Ok((access, member))
    }

    /// Moves the pointer; when it would stay where it is, nothing is written and nobody told.
    async fn move_pointer(
        &self,
        ctx: &Ctx,
        action: Action,
        member: &Member,
        target: Seq,
        to: PointerMove,
    ) -> Result<Seq> {
        if target == member.read_seq {
            return Ok(target);
        }
        let Member { room, user, .. } = *member;
        let mut set = self.engine.change(ctx, action, room_entity(room));
        set.record(Recorder::new().field("read_seq", member.read_seq, target));
        let change = set.change(ChatChange::MovePointer { room, user, to });
        let event = ChatEvent::ReadMoved { room, user, seq: target };
        set.event(NewEvent::new(event, [Audience::User(user)]).filled_by(change));
        match self.engine.commit(set).await {
            Err(Error::NotFound { .. }) => Err(Error::NotFound { entity: "room" }),
            receipt => receipt?.number(change).map(Seq),
        }
    }
}
