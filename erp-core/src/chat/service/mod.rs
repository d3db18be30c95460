//! Rooms, members and messages.

mod import;
mod members;
mod messages;
mod options;
mod reading;
mod rooms;

pub use import::{Import, ImportedMessage};
pub use messages::{EditMessage, MessagePage, NewMessage};
pub use options::{ChatOptions, MutedRooms};
pub use reading::{Badge, RoomBadge};
pub use rooms::{NewRoom, RoomPatch};

use super::model::{Message, Room, RoomAccess, RoomKind, Seq};
use crate::{
    change::{Audience, EntityRef},
    ctx::{Actor, Ctx},
    engine::Engine,
    error::{Error, Result},
    ids::{MessageId, RoomId, UserId},
    policy::{self, Action, Permission, Resource, Subject},
};

/// Rooms, members and messages.
pub struct ChatService<'a> {
    engine: &'a Engine,
}

impl<'a> ChatService<'a> {
    pub(crate) fn new(engine: &'a Engine) -> Self {
        Self { engine }
    }

    /// The room as the caller stands to it, when he may do this there.
    async fn room_for(
        &self,
        ctx: &Ctx,
        subject: &Subject,
        action: Action,
        room: RoomId,
    ) -> Result<RoomAccess> {
        let access = self.access(ctx, room).await?;
        policy::authorize(subject, action, &Resource::Room(&access))?;
        Ok(access)
    }

    async fn access(&self, ctx: &Ctx, room: RoomId) -> Result<RoomAccess> {
        let not_found = Error::NotFound { entity: "room" };
        let chat = self.engine.store().chat();
        match ctx.actor {
            Actor::User(user) => chat.access(room, user).await?.ok_or(not_found),
            Actor::System => {
                let room = chat.room(room).await?.ok_or(not_found)?;
                Ok(RoomAccess { room, member: None, peer_active: true })
            }
        }
    }

    /// The message and its room, when the caller may do this to it. A message that lies before what
    /// he may see looks as if it did not exist.
    async fn message_for(
        &self,
        ctx: &Ctx,
        subject: &Subject,
        action: Action,
        id: MessageId,
    ) -> Result<(Message, RoomAccess)> {
        let not_found = Error::NotFound { entity: "message" };
        let message = self.engine.store().chat().message(id).await?;
        // Where there is no such message the same is asked of the store as where it is hidden.
        let nowhere = RoomId::from_uuid(uuid::Uuid::nil());
        let room = message.as_ref().map_or(nowhere, |message| message.room);
        let access = match self.access(ctx, room).await {
            Err(Error::NotFound { .. }) => return Err(not_found),
            other => other?,
        };
        let message = message.ok_or(not_found.clone())?;
        let resource = Resource::Message { room: &access, author: message.author };
        policy::authorize(subject, action, &resource)?;
        if message.seq <= visible_after(ctx, &access) {
            return Err(not_found);
        }
        Ok((message, access))
    }
}

/// What the caller sees of the room: the messages after this one.
fn visible_after(ctx: &Ctx, access: &RoomAccess) -> Seq {
    match (&access.member, ctx.actor) {
        (Some(member), _) => member.visible_after,
        (None, Actor::System) => Seq(0),
        // A visitor sees what he would see if he joined now.
        (None, Actor::User(_)) => access.room.history.visible_after(access.room.last_seq),
    }
}

fn room_entity(room: RoomId) -> EntityRef {
    EntityRef::in_room("room", room.uuid(), room)
}

fn message_entity(message: MessageId, room: RoomId) -> EntityRef {
    EntityRef::in_room("message", message.uuid(), room)
}

/// Who learns of a room as such: its members, and those who may walk into it.
fn room_audience(room: &Room) -> Vec<Audience> {
    let mut audience = vec![Audience::Room(room.id)];
    match room.kind {
        RoomKind::Channel => audience.push(Audience::Holders(Permission::ChatChannels)),
        RoomKind::Support => audience.push(Audience::Holders(Permission::ChatSupport)),
        RoomKind::Direct | RoomKind::Group | RoomKind::Project => {}
    }
    audience
}

/// Checks that these users exist and are let in.
async fn active_users(engine: &Engine, field: &str, users: &[UserId]) -> Result<()> {
    let found = engine.store().access().users_by_id(users).await?;
    for (index, id) in users.iter().enumerate() {
        let active = found
            .iter()
            .any(|user| user.id == *id && user.status == crate::access::UserStatus::Active);
        if !active {
            return Err(Error::invalid(format!("{field}[{index}]"), "no such active user"));
        }
    }
    Ok(())
}
