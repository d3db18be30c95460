//! Frames as JSON.

use std::borrow::Cow;

use bytes::Bytes;
use erp_core::{
    change::{Epoch, Event},
    ctx::Actor,
    time::Timestamp,
};
use serde::Serialize;
use serde_json::value::RawValue;

use super::{Frame, WireFrame};
use crate::resume::ResumePoint;

#[derive(Serialize)]
struct EventOut<'a> {
    frame: &'static str,
    position: &'a str,
    at: Timestamp,
    actor: Actor,
    r#type: Cow<'a, str>,
    data: Box<RawValue>,
}

/// The frame of an event. It is the only place where an event becomes JSON, once for everybody.
pub(crate) fn event(epoch: &Epoch, event: &Event) -> serde_json::Result<WireFrame> {
    let id = ResumePoint { epoch: epoch.clone(), position: event.position }.to_string();
    let out = EventOut {
        frame: "event",
        position: &id,
        at: event.at,
        actor: event.actor,
        r#type: event.body.kind(),
        data: event.body.data()?,
    };
    let json = serde_json::to_vec(&out)?;
    Ok(WireFrame { id: Some(id), json: Bytes::from(json) })
}

/// Any other frame.
pub(crate) fn frame(frame: &Frame) -> WireFrame {
    let id = frame.position().map(ToString::to_string);
    // Strings, numbers and ids only: it cannot fail.
    let json = serde_json::to_vec(frame).unwrap_or_default();
    WireFrame { id, json: Bytes::from(json) }
}

#[cfg(test)]
mod tests {
    use erp_core::{
        change::{Audience, BroadcastEvent, Position},
        ids::UserId,
    };

    use super::*;

    #[test]
    fn an_event_reads_back_as_it_was_written() {
        let user = UserId::from_uuid(uuid::Uuid::from_u128(9));
        for actor in [Actor::System, Actor::User(user)] {
            let body = BroadcastEvent::Sent {
                name: "n".into(),
                payload: serde_json::json!({"text": "a\nb\r\nc\rd\0\u{2028}"}),
            };
            let one = Event {
                position: Position(7),
                at: Timestamp::from_timestamp_micros(1_700_000_000_123_456).unwrap(),
                actor,
                body: body.into(),
                audience: vec![Audience::Everyone],
                exclude: None,
            };
            let wire = event(&Epoch("e1".into()), &one).unwrap();
            assert!(!wire.json.iter().any(|byte| matches!(byte, b'\n' | b'\r' | 0)));
            let Frame::Event(read) = serde_json::from_slice(&wire.json).unwrap() else {
                panic!("not an event frame")
            };
            assert_eq!(read.position.to_string(), "e1-7");
            assert_eq!(wire.id.as_deref(), Some("e1-7"));
            assert_eq!((read.at, read.actor, read.body()), (one.at, one.actor, one.body));
        }
    }
}
