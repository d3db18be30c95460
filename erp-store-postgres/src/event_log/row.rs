//! Events as rows.

use std::sync::Arc;

use erp_core::{
    change::{Event, EventBody, Position},
    ids::ConnectionId,
};
use sqlx::{Row, postgres::PgRow};
use uuid::Uuid;

use crate::rows::actor;

/// The columns that [`event`] reads.
macro_rules! event_columns {
    () => {
        "position, at, actor_id, kind, data::text, audience, exclude_connection"
    };
}
pub(super) use event_columns;

/// The event, and how many bytes its payload has.
pub(super) fn event(row: &PgRow) -> sqlx::Result<(Arc<Event>, usize)> {
    let data: &str = row.try_get(4)?;
    let json = serde_json::from_str(data).map_err(|error| sqlx::Error::Decode(error.into()))?;
    let audience: &str = row.try_get(5)?;
    let event = Event {
        position: Position(row.try_get(0)?),
        at: row.try_get(1)?,
        actor: actor(row.try_get(2)?),
        body: EventBody::decode(row.try_get(3)?, json),
        // An audience that only a newer engine knows is nobody to this one.
        audience: audience.split(' ').filter_map(|text| text.parse().ok()).collect(),
        exclude: row.try_get::<Option<Uuid>, _>(6)?.map(ConnectionId::from_uuid),
    };
    Ok((Arc::new(event), data.len() + audience.len()))
}
