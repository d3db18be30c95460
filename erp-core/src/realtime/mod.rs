//! Broadcasts: messages of the host or of a user to everyone, to users or to a room, carried by the
//! event log like everything else.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    change::{Audience, BroadcastEvent, EntityRef, Idempotency, NewEvent, Position, Recorder},
    ctx::Ctx,
    engine::Engine,
    error::{Error, Result},
    ids::{AuditId, RoomId, UserId},
    policy::{self, Action, Resource},
};

/// The longest name of a broadcast, in bytes.
const MAX_NAME_BYTES: usize = 100;
/// The largest payload, in bytes of JSON.
const MAX_PAYLOAD_BYTES: usize = 32 * 1024;
/// The most users of one broadcast.
const MAX_USERS: usize = 1_000;

/// Who gets a broadcast.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Every user who is let in.
    Everyone,
    /// These users, at most 1,000.
    Users(Vec<UserId>),
    /// The members of a room.
    Room(RoomId),
}

/// A broadcast to send.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Broadcast {
    /// What the host calls it, 1 to 100 bytes.
    pub name: String,
    /// What it says, at most 32 KiB of JSON.
    pub payload: Value,
}

/// Sends broadcasts. Each is an event in the log: whoever may see it gets it exactly once, also
/// when he connects again within the log's retention. An audience of nobody is no error.
pub struct RealtimeService<'a> {
    engine: &'a Engine,
}

#[erp_derive::boxed]
impl<'a> RealtimeService<'a> {
    pub(crate) fn new(engine: &'a Engine) -> Self {
        Self { engine }
    }

    /// Sends to everyone or to chosen users. The sending connection (`ctx.connection`) is left out,
    /// the user's other devices are not. Returns where it stands in the log; sent again under its
    /// idempotency key, a place that it does not stand after.
    ///
    /// # Errors
    /// Validation errors on `name`, `payload` and `users`; forbidden without
    /// `realtime.broadcast`.
    pub async fn broadcast(
        &self,
        ctx: &Ctx,
        target: Target,
        broadcast: Broadcast,
    ) -> Result<Position> {
        let subject = self.engine.subject(ctx).await?;
        policy::authorize(&subject, Action::RealtimeBroadcast, &Resource::Global)?;
        let audience = audience(&target)?;
        check(&broadcast)?;
        let id = AuditId::generate(self.engine.ids());
        let entity = EntityRef::new("broadcast", id.uuid());
        let mut set = self.engine.change(ctx, Action::RealtimeBroadcast, entity);
        set.record(Recorder::new().created("target", &target).created("name", &broadcast.name));
        set.idempotency =
            Idempotency::of(ctx, Action::RealtimeBroadcast, &(&target, &broadcast), &())?;
        let event = BroadcastEvent::Sent { name: broadcast.name, payload: broadcast.payload };
        set.event(NewEvent::new(event, audience).excluding(ctx.connection));
        let receipt = self.engine.commit(set).await?;
        match receipt.position {
            Some(position) => Ok(position),
            None if receipt.replayed.is_some() => {
                Ok(self.engine.store().events().settled().await?)
            }
            None => Err(Error::Internal("the store gave no position".to_owned())),
        }
    }

    /// Sends to one user, on all his devices.
    ///
    /// # Errors
    /// As [`Self::broadcast`].
    pub async fn to_user(&self, ctx: &Ctx, user: UserId, broadcast: Broadcast) -> Result<Position> {
        self.broadcast(ctx, Target::Users(vec![user]), broadcast).await
    }

    /// Sends to the members of a room.
    ///
    /// # Errors
    /// As [`Self::broadcast`].
    pub async fn to_room(&self, ctx: &Ctx, room: RoomId, broadcast: Broadcast) -> Result<Position> {
        self.broadcast(ctx, Target::Room(room), broadcast).await
    }
}

fn audience(target: &Target) -> Result<Vec<Audience>> {
    match target {
        Target::Everyone => Ok(vec![Audience::Everyone]),
        Target::Room(room) => Ok(vec![Audience::Room(*room)]),
        Target::Users(users) if users.len() > MAX_USERS => {
            Err(Error::invalid("users", "must be at most 1,000"))
        }
        Target::Users(users) => {
            let mut audience: Vec<_> = users.iter().copied().map(Audience::User).collect();
            audience.sort_unstable();
            audience.dedup();
            Ok(audience)
        }
    }
}

fn check(broadcast: &Broadcast) -> Result<()> {
    let fits = (1..=MAX_NAME_BYTES).contains(&broadcast.name.len());
    if !fits || broadcast.name.chars().any(char::is_control) {
        return Err(Error::invalid("name", "must be 1 to 100 bytes on one line"));
    }
    let bytes = serde_json::to_vec(&broadcast.payload)
        .map_err(|error| Error::invalid("payload", error.to_string()))?;
    if bytes.len() > MAX_PAYLOAD_BYTES {
        return Err(Error::invalid("payload", "must be at most 32 KiB of JSON"));
    }
    Ok(())
}
