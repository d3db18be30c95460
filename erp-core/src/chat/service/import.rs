//! Messages of the past, taken over from another system.

use sha2::{Digest, Sha256};
use uuid::Builder;

use super::{ChatService, message_entity, messages::append};
use crate::{
    change::{Audience, NewEvent, Version},
    chat::{BodyFormat, ChatEvent, Message, MessageKind, Seq},
    ctx::Ctx,
    error::{Conflict, Error, Result},
    forms,
    ids::{MessageId, RoomId, UserId},
    policy::{self, Action, Resource},
    time::{self, Timestamp},
};

/// The longest name of a source, and of an id in it, in bytes.
const MAX_SOURCE_BYTES: usize = 200;

/// A message of another system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedMessage {
    /// The system it comes from.
    pub source: String,
    /// Its id there: the same source and id are never imported twice.
    pub source_id: String,
    /// The room it goes to.
    pub room: RoomId,
    /// Who wrote it; must belong to the room.
    pub author: UserId,
    /// What it says.
    pub body: String,
    /// What it is written in.
    pub format: BodyFormat,
    /// When it was sent.
    pub sent_at: Timestamp,
}

/// What became of an imported message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Import {
    /// It was written.
    Written(Message),
    /// An earlier import had written it.
    AlreadyThere(MessageId),
}

#[erp_derive::boxed]
impl ChatService<'_> {
    /// Writes a message of the past. It comes after the room's messages by number, and leaves unread
    /// counts and what was last as they are (CHAT-41). Its id follows from source and source id, so that an import
    /// may be run again, at any later time, without doubling anything.
    ///
    /// # Errors
    /// Forbidden but for the host itself; validation errors on `source`, `source_id`, `body` and
    /// `sent_at`; not found when there is no such room or the author does not belong to it.
    pub async fn import_message(&self, ctx: &Ctx, message: ImportedMessage) -> Result<Import> {
        let subject = self.engine.subject(ctx).await?;
        policy::authorize(&subject, Action::ChatImport, &Resource::Global)?;
        let id = imported_id(&message.source, &message.source_id)?;
        let form = forms::MESSAGE.within_bytes(self.engine.options().chat.max_body_bytes);
        let body = form.check("body", &message.body)?;
        let sent_at = time::checked("sent_at", message.sent_at)?;
        if sent_at > self.engine.now() {
            return Err(Error::invalid("sent_at", "must not be in the future"));
        }
        // A read is cheaper than a commit that is refused; who is overtaken meets that.
        if self.engine.store().chat().message(id).await?.is_some() {
            return Ok(Import::AlreadyThere(id));
        }
        let room = message.room;
        let mut set = self.engine.change(ctx, Action::ChatImport, message_entity(id, room));
        let message = Message {
            id,
            room,
            seq: Seq(0),
            author: message.author,
            kind: MessageKind::Imported,
            format: message.format,
            body,
            created_at: sent_at,
            edited_at: None,
            deleted_at: None,
            version: Version::FIRST,
        };
        let change = set.change(append(&message));
        let event = ChatEvent::MessagePosted(message.clone());
        set.event(NewEvent::new(event, [Audience::Room(room)]).filled_by(change));
        match self.engine.commit(set).await {
            Ok(receipt) => {
                let seq = Seq(receipt.number(change)?);
                Ok(Import::Written(Message { seq, ..message }))
            }
            Err(Error::Conflict(Conflict::Exists { .. })) => Ok(Import::AlreadyThere(id)),
            Err(error) => Err(error),
        }
    }
}

/// The id of an imported message: a version-8 UUID over SHA-256 of source and source id.
fn imported_id(source: &str, source_id: &str) -> Result<MessageId> {
    for (field, text) in [("source", source), ("source_id", source_id)] {
        if !(1..=MAX_SOURCE_BYTES).contains(&text.len()) {
            return Err(Error::invalid(field, "must be 1 to 200 bytes"));
        }
    }
    let digest = Sha256::new()
        .chain_update((source.len() as u64).to_be_bytes())
        .chain_update(source)
        .chain_update(source_id)
        .finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Ok(MessageId::from_uuid(Builder::from_custom_bytes(bytes).into_uuid()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_imported_id_follows_from_its_source() {
        let id = imported_id("zulip", "173112136").unwrap();
        assert_eq!(imported_id("zulip", "173112136").unwrap(), id);
        assert_ne!(imported_id("zulip1", "73112136").unwrap(), id);
        assert!(imported_id("", "1").is_err());
        assert_eq!(id.uuid().get_version_num(), 8);
    }
}
