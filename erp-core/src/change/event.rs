//! Events: what the world learns of a change, where in the log it stands, and who may see it.

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use serde_json::{
    Value,
    value::{RawValue, to_raw_value},
};

use crate::{
    access::AccessEvent,
    chat::{ChatEvent, Seq},
    ctx::Actor,
    ids::{ConnectionId, ProjectId, RoomId, UserId},
    inventory::{InventoryEvent, StockOutcome},
    policy::Permission,
    presence::PresenceEvent,
    projects::ProjectEvent,
    time::Timestamp,
};

/// A place in the event log. Positions rise strictly; there may be holes.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Position(pub i64);

impl Position {
    /// Before the first event.
    pub const START: Self = Self(0);
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The identity of a log. It changes when positions start anew: a restored backup, a new memory
/// store. Letters and digits only.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub String);

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who may see an event. An event with several audiences is seen by all of them; with none, by the
/// engine alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Audience {
    /// Every user who is let in.
    Everyone,
    /// This user.
    User(UserId),
    /// The members of this room, from the message on from which they see its history.
    Room(RoomId),
    /// Those who hold this permission.
    Holders(Permission),
    /// This user, those who share a room with him, and those who may see all users.
    PeersOf(UserId),
    /// The members of this project, and those who may see all projects.
    Project(ProjectId),
}

/// A text that names no audience.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an audience: `{0}`")]
pub struct ParseAudienceError(pub String);

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everyone => f.write_str("everyone"),
            Self::User(user) => write!(f, "user:{user}"),
            Self::Room(room) => write!(f, "room:{room}"),
            Self::Holders(permission) => write!(f, "holders:{permission}"),
            Self::PeersOf(user) => write!(f, "peers:{user}"),
            Self::Project(project) => write!(f, "project:{project}"),
        }
    }
}

impl FromStr for Audience {
    type Err = ParseAudienceError;
    fn from_str(text: &str) -> Result<Self, ParseAudienceError> {
        let unknown = || ParseAudienceError(text.to_owned());
        if text == "everyone" {
            return Ok(Self::Everyone);
        }
        let (kind, id) = text.split_once(':').ok_or_else(unknown)?;
        match kind {
            "user" => id.parse().map(Self::User).ok(),
            "room" => id.parse().map(Self::Room).ok(),
            "holders" => id.parse().map(Self::Holders).ok(),
            "peers" => id.parse().map(Self::PeersOf).ok(),
            "project" => id.parse().map(Self::Project).ok(),
            _ => None,
        }
        .ok_or_else(unknown)
    }
}

/// What happened, typed by module.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum EventBody {
    /// Users, sessions, roles, teams.
    Access(AccessEvent),
    /// Rooms, members, messages.
    Chat(ChatEvent),
    /// Who is online.
    Presence(PresenceEvent),
    /// A message of the host or of a user to an audience.
    Broadcast(BroadcastEvent),
    /// Warehouses, items and stock.
    Inventory(InventoryEvent),
    /// Projects and their tasks.
    Projects(ProjectEvent),
    /// An event without a type of its own: of a record, or of a newer engine, which is passed on as it is.
    Other(OtherEvent),
}

/// A broadcast: a name and a payload that the engine does not look into.
#[derive(Clone, Debug, PartialEq, Serialize, erp_derive::Event)]
#[serde(tag = "type", content = "data")]
pub enum BroadcastEvent {
    /// A broadcast was sent.
    #[serde(rename = "broadcast.sent")]
    Sent {
        /// What the host calls it.
        name: String,
        /// What it says.
        payload: Value,
    },
}

/// An event without a type of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OtherEvent {
    /// The type's dotted name.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it says.
    pub data: Value,
}

impl EventBody {
    /// The type's dotted name, such as `chat.message_posted`.
    pub fn kind(&self) -> Cow<'_, str> {
        match self {
            Self::Access(event) => event.kind().into(),
            Self::Chat(event) => event.kind().into(),
            Self::Presence(event) => event.kind().into(),
            Self::Broadcast(_) => "broadcast.sent".into(),
            Self::Inventory(event) => event.kind().into(),
            Self::Projects(event) => event.kind().into(),
            Self::Other(event) => event.kind.as_str().into(),
        }
    }

    /// What it says, in JSON: the same as serde writes under `data`, but compiled once.
    ///
    /// # Errors
    /// When a value is none of JSON's.
    pub fn data(&self) -> serde_json::Result<Box<RawValue>> {
        match self {
            Self::Access(event) => event.data(),
            Self::Chat(event) => event.data(),
            Self::Presence(event) => event.data(),
            Self::Broadcast(event) => event.data(),
            Self::Inventory(event) => event.data(),
            Self::Projects(event) => event.data(),
            Self::Other(event) => to_raw_value(&event.data),
        }
    }

    /// Reads a body of this kind. A kind or a shape that is not known becomes [`Self::Other`].
    pub fn decode(kind: &str, data: Value) -> Self {
        Self::read(kind, &data)
            .unwrap_or_else(|_| Self::Other(OtherEvent { kind: kind.to_owned(), data }))
    }

    /// Reads a body of this kind. A kind that is not known becomes [`Self::Other`].
    ///
    /// # Errors
    /// The kind is known, but its data has another shape.
    pub fn read(kind: &str, data: &Value) -> serde_json::Result<Self> {
        let event = OtherEvent { kind: kind.to_owned(), data: data.clone() };
        let among = |kinds: &[&str]| kinds.contains(&kind);
        match kind.split_once('.').map(|(module, _)| module) {
            Some("access") if among(AccessEvent::KINDS) => event.try_into().map(Self::Access),
            Some("chat") if among(ChatEvent::KINDS) => event.try_into().map(Self::Chat),
            Some("presence") if among(PresenceEvent::KINDS) => event.try_into().map(Self::Presence),
            Some("broadcast") if among(BroadcastEvent::KINDS) => {
                event.try_into().map(Self::Broadcast)
            }
            Some("inventory") if among(InventoryEvent::KINDS) => {
                event.try_into().map(Self::Inventory)
            }
            Some("projects") if among(ProjectEvent::KINDS) => event.try_into().map(Self::Projects),
            _ => Ok(Self::Other(event)),
        }
    }

    /// Puts what the store allocated into its place. A store calls it on every event with a slot.
    pub fn fill(&mut self, number: i64) {
        match self {
            Self::Chat(event) => event.fill(Seq(number)),
            Self::Projects(event) => event.fill(number),
            _ => {}
        }
    }

    /// Puts what a change of stock came to into its place. A store calls it on every event whose
    /// slot names such a change.
    pub fn fill_stock(&mut self, came_to: &StockOutcome) {
        if let Self::Inventory(event) = self {
            event.fill(came_to);
        }
    }

    /// The sequence of the message that the event is about: whoever joined later does not see it.
    pub fn room_seq(&self) -> Option<Seq> {
        match self {
            Self::Chat(event) => event.room_seq(),
            _ => None,
        }
    }
}

/// An event to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    /// What happened.
    pub body: EventBody,
    /// Who may see it.
    pub audience: Vec<Audience>,
    /// The index of the change of which the store puts into the body what it allocated, or what it
    /// came to.
    pub slot: Option<usize>,
    /// The one connection that does not get it, because it sent it.
    pub exclude: Option<ConnectionId>,
}

impl NewEvent {
    /// An event for this audience.
    pub fn new(body: impl Into<EventBody>, audience: impl IntoIterator<Item = Audience>) -> Self {
        let audience = audience.into_iter().collect();
        Self { body: body.into(), audience, slot: None, exclude: None }
    }

    /// The store fills in the number that it allocates for this change.
    #[must_use]
    pub fn filled_by(mut self, change: usize) -> Self {
        self.slot = Some(change);
        self
    }

    /// This connection does not get it.
    #[must_use]
    pub fn excluding(mut self, connection: Option<ConnectionId>) -> Self {
        self.exclude = connection;
        self
    }
}

impl From<OtherEvent> for EventBody {
    fn from(event: OtherEvent) -> Self {
        Self::Other(event)
    }
}

impl From<AccessEvent> for EventBody {
    fn from(event: AccessEvent) -> Self {
        Self::Access(event)
    }
}

impl From<ChatEvent> for EventBody {
    fn from(event: ChatEvent) -> Self {
        Self::Chat(event)
    }
}

impl From<PresenceEvent> for EventBody {
    fn from(event: PresenceEvent) -> Self {
        Self::Presence(event)
    }
}

impl From<BroadcastEvent> for EventBody {
    fn from(event: BroadcastEvent) -> Self {
        Self::Broadcast(event)
    }
}

impl From<InventoryEvent> for EventBody {
    fn from(event: InventoryEvent) -> Self {
        Self::Inventory(event)
    }
}

impl From<ProjectEvent> for EventBody {
    fn from(event: ProjectEvent) -> Self {
        Self::Projects(event)
    }
}

/// An event as it stands in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Where.
    pub position: Position,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: Actor,
    /// What.
    pub body: EventBody,
    /// For whom.
    pub audience: Vec<Audience>,
    /// The one connection that does not get it.
    pub exclude: Option<ConnectionId>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rts_14_what_is_not_known_is_told_from_what_cannot_be_read() {
        let read = |kind: &str, data: Value| EventBody::read(kind, &data);
        let other = |kind: &str| matches!(read(kind, json!([])), Ok(EventBody::Other(_)));
        assert!(other("chat.of_a_newer_engine") && other("later.thing") && other("nothing"));
        for kind in ["chat.read_moved", "presence.online", "broadcast.sent"] {
            assert!(read(kind, json!({ "odd": "chat.of_a_newer_engine" })).is_err(), "{kind}");
            assert!(matches!(EventBody::decode(kind, json!([])), EventBody::Other(_)), "{kind}");
        }
        // An unknown value within is not an unknown kind.
        let which = json!({ "user": UserId::from_uuid(uuid::Uuid::nil()), "which": "odd" });
        assert!(read("access.sessions_revoked", which).is_err());
    }
}
