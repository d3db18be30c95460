//! Sending, reading, editing, deleting and restoring messages.

use serde::{Deserialize, Serialize};

use super::{ChatService, message_entity, visible_after};
use crate::{
    change::{Audience, Guard, Idempotency, NewEvent, Recorder, Version},
    chat::{
        BodyFormat, ChatChange, ChatEvent, Message, MessageAnchor, MessageEdit, MessageKind,
        MessageQuery, Posting, RoomAccess, RoomRole, Seq, rules,
    },
    ctx::Ctx,
    error::{Conflict, Error, Result},
    forms,
    ids::{MessageId, RoomId},
    page::Limit,
    policy::{self, Action, Resource},
};

/// A message to send.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewMessage {
    /// What it says: kept as sent, in NFC, never interpreted.
    pub body: String,
    /// What it is written in.
    #[serde(default)]
    pub format: BodyFormat,
}

impl NewMessage {
    /// A message in plain text.
    pub fn text(body: impl Into<String>) -> Self {
        Self { body: body.into(), format: BodyFormat::Text }
    }
}

/// A message's new body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditMessage {
    /// The version that the caller has seen.
    pub expected: Version,
    /// What it says now.
    pub body: String,
}

/// A part of a room's messages, in order of their number. Of deleted messages the body is empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessagePage {
    /// The messages.
    pub items: Vec<Message>,
    /// Whether there are messages before the first of them that the caller may see.
    pub has_before: bool,
    /// Whether there are messages after the last of them.
    pub has_after: bool,
}

#[erp_derive::boxed]
impl ChatService<'_> {
    /// Sends a message. With an idempotency key the same request gives the same message again.
    ///
    /// # Errors
    /// Not found (also when the caller may not read the room), forbidden (he reads it but is no
    /// member), a validation error on `body`, a precondition error in a direct room whose other
    /// user is shut out.
    pub async fn post(&self, ctx: &Ctx, room: RoomId, new: NewMessage) -> Result<Message> {
        let author = ctx.user_id()?;
        let chat = self.engine.store().chat();
        let form = forms::MESSAGE.within_bytes(self.engine.options().chat.max_body_bytes);
        let kept = form.check("body", &new.body).map(|body| NewMessage { body, ..new });
        if let Some(remembered) = chat.remembered_posting(room, author)
            && let Ok(new) = &kept
            && may_post(&remembered).is_ok()
        {
            match self.post_under(ctx, room, new.clone(), &remembered.guards()).await {
                // What the store has answered before it answers whatever holds: rights come first.
                Err(Error::Conflict(Conflict::Contention | Conflict::IdempotencyKeyReused)) => {}
                Ok((_, Answered::Before)) => {}
                done => return done.map(|(message, _)| message),
            }
        }
        let posting = chat.posting(room, author).await?;
        let allowed = posting.as_ref().map_or(Err(Error::NotFound { entity: "room" }), may_post);
        if let Err(Error::NotFound { .. }) = allowed {
            // No such user, or no such room: a user who is not let in is told so first. The same is
            // asked where the room is hidden from him.
            self.engine.subject(ctx).await?;
        }
        allowed?;
        self.post_under(ctx, room, kept?, &[]).await.map(|(message, _)| message)
    }

    /// Sends a message that the caller may send while these guards hold.
    async fn post_under(
        &self,
        ctx: &Ctx,
        room: RoomId,
        new: NewMessage,
        guards: &[Guard],
    ) -> Result<(Message, Answered)> {
        let author = ctx.user_id()?;
        let id = MessageId::generate(self.engine.ids());
        let mut set = self.engine.change(ctx, Action::ChatPost, message_entity(id, room));
        let message = Message {
            id,
            room,
            seq: Seq(0),
            author,
            kind: MessageKind::User,
            format: new.format,
            body: new.body,
            created_at: set.at(),
            edited_at: None,
            deleted_at: None,
            version: Version::FIRST,
        };
        if ctx.idempotency_key.is_some() {
            let request = (room, message.format, &message.body);
            set.idempotency = Idempotency::of(ctx, Action::ChatPost, &request, &message)?;
        }
        set.guards.extend_from_slice(guards);
        let change = set.change(append(&message));
        let event = ChatEvent::MessagePosted(message.clone());
        set.event(NewEvent::new(event, [Audience::Room(room)]).filled_by(change));
        let mut receipt = match self.engine.commit(set).await {
            // He was taken out of the room between the decision and the commit.
            Err(Error::NotFound { .. }) => return Err(Error::NotFound { entity: "room" }),
            other => other?,
        };
        let again = receipt.replayed.is_some();
        let mut message = receipt.answer(message)?;
        message.seq = Seq(receipt.number(change)?);
        Ok((message, if again { Answered::Before } else { Answered::Now }))
    }

    /// Messages of a room: the last ones, those before or after a number, or around one.
    ///
    /// # Errors
    /// Not found.
    pub async fn messages(
        &self,
        ctx: &Ctx,
        room: RoomId,
        anchor: MessageAnchor,
        limit: Limit,
    ) -> Result<MessagePage> {
        let subject = self.engine.subject(ctx).await?;
        let access = self.room_for(ctx, &subject, Action::ChatRoomRead, room).await?;
        let visible_after = visible_after(ctx, &access);
        let query = MessageQuery { room, visible_after, anchor, limit: limit.get() };
        let rows = self.engine.store().chat().messages(query).await?;
        // A room's numbers have no gap, so the ends tell whether there is more.
        let has_before = match (rows.first(), anchor) {
            (Some(first), _) => first.seq.0 > visible_after.0 + 1,
            (None, MessageAnchor::After(_)) => access.room.last_seq > visible_after,
            (None, _) => false,
        };
        let has_after = match (rows.last(), anchor) {
            (Some(last), _) => last.seq < access.room.last_seq,
            (None, MessageAnchor::Before(_)) => access.room.last_seq > visible_after,
            (None, _) => false,
        };
        let items = rows.into_iter().map(rules::shown).collect();
        Ok(MessagePage { items, has_before, has_after })
    }

    /// Edits a message; what it said before is kept. The same body writes nothing.
    ///
    /// # Errors
    /// Not found, forbidden, a validation error on `body`, a conflict when the version is not the
    /// present one, a precondition error when the message is deleted or the edit window is over.
    pub async fn edit(&self, ctx: &Ctx, id: MessageId, edit: EditMessage) -> Result<Message> {
        let by = ctx.user_id()?;
        let subject = self.engine.subject(ctx).await?;
        let (old, access) = self.message_for(ctx, &subject, Action::ChatEdit, id).await?;
        let options = &self.engine.options().chat;
        rules::editable(&old, moderates(&access), self.engine.now(), options.edit_window)?;
        rules::writable(&access)?;
        old.version.must_be(edit.expected, "message")?;
        let body = forms::MESSAGE.within_bytes(options.max_body_bytes).check("body", &edit.body)?;
        if old.body == body {
            return Ok(old);
        }
        let room = old.room;
        let mut set = self.engine.change(ctx, Action::ChatEdit, message_entity(id, room));
        let at = set.at();
        set.record(Recorder::new().field("body", &old.body, &body));
        let expected = edit.expected;
        let version = expected.next();
        let message = Message { body, edited_at: Some(at), version, ..old };
        set.change(ChatChange::EditMessage { id, expected, body: message.body.clone(), by, at });
        let event = ChatEvent::MessageEdited(message.clone());
        set.event(NewEvent::new(event, [Audience::Room(room)]));
        self.engine.commit(set).await?;
        Ok(message)
    }

    /// Deletes a message; deleting it twice deletes it once (CHAT-2).
    ///
    /// # Errors
    /// Not found, forbidden, a conflict when the version is not the present one.
    pub async fn delete(&self, ctx: &Ctx, id: MessageId, expected: Version) -> Result<Message> {
        let subject = self.engine.subject(ctx).await?;
        let (old, _) = self.message_for(ctx, &subject, Action::ChatDelete, id).await?;
        if old.deleted_at.is_some() {
            return Ok(rules::shown(old));
        }
        old.version.must_be(expected, "message")?;
        let room = old.room;
        let mut set = self.engine.change(ctx, Action::ChatDelete, message_entity(id, room));
        let at = set.at();
        set.record(Recorder::new().created("deleted_at", at));
        set.change(ChatChange::SetMessageDeleted { id, expected, deleted_at: Some(at) });
        let event = ChatEvent::MessageDeleted {
            room,
            message: id,
            seq: old.seq,
            author: old.author,
            version: expected.next(),
            deleted_at: at,
        };
        set.event(NewEvent::new(event, [Audience::Room(room)]));
        self.engine.commit(set).await?;
        let deleted_at = Some(at);
        Ok(rules::shown(Message { deleted_at, version: expected.next(), ..old }))
    }

    /// Restores a deleted message; it is unread again for whom it was.
    ///
    /// # Errors
    /// Not found, forbidden, a conflict when the version is not the present one.
    pub async fn restore(&self, ctx: &Ctx, id: MessageId, expected: Version) -> Result<Message> {
        let subject = self.engine.subject(ctx).await?;
        let (old, _) = self.message_for(ctx, &subject, Action::ChatRestore, id).await?;
        let Some(deleted_at) = old.deleted_at else {
            return Ok(old);
        };
        old.version.must_be(expected, "message")?;
        let room = old.room;
        let mut set = self.engine.change(ctx, Action::ChatRestore, message_entity(id, room));
        set.record(Recorder::new().field("deleted_at", deleted_at, serde_json::Value::Null));
        set.change(ChatChange::SetMessageDeleted { id, expected, deleted_at: None });
        let message = Message { deleted_at: None, version: expected.next(), ..old };
        let event = ChatEvent::MessageRestored(message.clone());
        set.event(NewEvent::new(event, [Audience::Room(room)]));
        self.engine.commit(set).await?;
        Ok(message)
    }

    /// What a message said before its edits, the oldest first: for its author and the moderators of
    /// its room. Of a deleted message nothing.
    ///
    /// # Errors
    /// Not found, forbidden.
    pub async fn edit_history(&self, ctx: &Ctx, id: MessageId) -> Result<Vec<MessageEdit>> {
        let subject = self.engine.subject(ctx).await?;
        let (message, _) = self.message_for(ctx, &subject, Action::ChatEdit, id).await?;
        if message.deleted_at.is_some() {
            return Ok(Vec::new());
        }
        Ok(self.engine.store().chat().edits(id).await?)
    }
}

/// When the answer to a post was made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answered {
    /// Now: the message was written.
    Now,
    /// When the same request came first.
    Before,
}

/// The change that writes this message.
pub(super) fn append(message: &Message) -> ChatChange {
    ChatChange::AppendMessage {
        id: message.id,
        room: message.room,
        author: message.author,
        kind: message.kind,
        format: message.format,
        body: message.body.clone(),
        at: message.created_at,
    }
}

/// Whether the author may post, by these facts.
fn may_post(posting: &Posting) -> Result<()> {
    policy::authorize(&posting.subject, Action::ChatPost, &Resource::Room(&posting.access))?;
    rules::writable(&posting.access)
}

fn moderates(access: &RoomAccess) -> bool {
    let role = access.member.as_ref().map(|member| member.role);
    matches!(role, Some(RoomRole::Owner | RoomRole::Moderator))
}
