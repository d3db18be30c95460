//! Broadcasts: messages of the host or of a user to everyone, to users or to a room, carried by the
//! event log like everything else.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    change::{Audience, BroadcastEvent, EntityRef, Idempotency, NewEvent, Position, Recorder},
    ctx::Ctx,
    engine::Engine,
    error::{Error, Result},
    forms,
    ids::{AuditId, RoomId, UserId},
    policy::{self, Action, Resource},
};

/// The largest payload, in bytes of JSON.
const MAX_PAYLOAD_BYTES: usize = 32 * 1024;
/// How deep arrays and objects of a payload may lie in each other (RTS-14): what holds the payload is
/// around it, and readers of JSON stop at a depth of their own.
const MAX_PAYLOAD_LEVELS: usize = 32;
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
    /// What it says, at most 32 KiB of JSON, with at most 32 arrays and objects in each other.
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
        let broadcast = Broadcast { name: check(&broadcast)?, ..broadcast };
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

/// The name of the broadcast as it is told, when the whole of it may be sent.
fn check(broadcast: &Broadcast) -> Result<String> {
    let name = forms::BROADCAST.check("name", &broadcast.name)?;
    if let Some(place) = too_deep(&broadcast.payload, MAX_PAYLOAD_LEVELS) {
        let message = format!("must not nest more than {MAX_PAYLOAD_LEVELS} levels");
        return Err(Error::invalid(format!("payload{place}"), message));
    }
    let bytes = serde_json::to_vec(&broadcast.payload)
        .map_err(|error| Error::invalid("payload", error.to_string()))?;
    if bytes.len() > MAX_PAYLOAD_BYTES {
        return Err(Error::invalid("payload", "must be at most 32 KiB of JSON"));
    }
    Ok(name)
}

/// The longest path that is told, in bytes.
const MAX_PATH_BYTES: usize = 300;

/// Where a value has an array or an object that lies in as many others as may be.
fn too_deep(value: &Value, levels: usize) -> Option<String> {
    // The last step leads out of what may be, so it is never deeper than that.
    let within = |step: &dyn Fn() -> String, inner: &Value| {
        let rest = too_deep(inner, levels.checked_sub(1)?)?;
        let mut path = step() + &rest;
        path.truncate(path.floor_char_boundary(MAX_PATH_BYTES));
        Some(path)
    };
    match value {
        Value::Array(_) | Value::Object(_) if levels == 0 => Some(String::new()),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, inner)| within(&|| format!("[{index}]"), inner)),
        Value::Object(members) => {
            members.iter().find_map(|(name, inner)| within(&|| format!(".{name}"), inner))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn nested(levels: usize) -> Value {
        (0..levels).fold(json!(1), |inner, level| {
            if level % 2 == 0 {
                Value::Array(vec![json!(0), inner])
            } else {
                Value::Object([("a".to_owned(), inner)].into_iter().collect())
            }
        })
    }

    fn refused(payload: Value) -> Option<String> {
        match check(&Broadcast { name: "n".to_owned(), payload }) {
            Ok(_) => None,
            Err(Error::Validation(wrong)) => Some(wrong[0].field.clone()),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn rts_14_a_payload_nests_32_levels_and_no_more() {
        for levels in [0, 1, 31, 32] {
            assert_eq!(refused(nested(levels)), None, "{levels}");
        }
        let path = refused(nested(33)).unwrap();
        assert_eq!(path, format!("payload{}", "[1].a".repeat(16)));
        // Looked at before it is written: deep enough, that alone would end the program.
        assert!(refused(nested(5_000)).is_some());
        let wide = json!([[], {}, [[]], nested(32)]);
        // The innermost of the 32 is an array of two numbers.
        assert_eq!(refused(wide).unwrap(), format!("payload[3]{}.a", ".a[1]".repeat(15)));
        let names = (0..40).fold(json!(1), |inner, _| json!({ "ä".repeat(100): inner }));
        assert!(refused(names).unwrap().len() <= MAX_PATH_BYTES + "payload".len());
    }
}
