//! The last statement of a transaction: the audit entry, the events and what the idempotency key
//! remembers. The events come last because a position that is taken holds up every reader of the log
//! until the transaction ends.

use erp_core::{
    change::{Allocated, AuditEntry, ChangeSet, EventBody, NewEvent, Position},
    ids::UserId,
    inventory::StockOutcome,
    time::Timestamp,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Failure, idempotency};
use crate::sql;

/// The columns that [`bind_audit`] binds as `$1` to `$12`, and the project that the entity is in.
macro_rules! audit_columns {
    () => {
        "id, at, actor_id, on_behalf_of, action, entity_kind, entity_id, entity_room, changes, \
         session_id, ip, correlation_id, entity_project"
    };
}
pub(super) use audit_columns;

/// The audit entry of those columns.
macro_rules! insert_audit {
    ($project:literal) => {
        concat!(
            "INSERT INTO audit_log (",
            $crate::commit::record::audit_columns!(),
            ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::json, $10, $11::inet, $12, ",
            $project,
            ")"
        )
    };
}
pub(super) use insert_audit;

/// `$2` and `$3` are the audit entry's time and actor: they are the events', too.
macro_rules! insert_events {
    () => {
        "INSERT INTO event_log (at, actor_id, kind, data, audience, exclude_connection) \
         SELECT $2, $3, event.kind, event.data::json, event.audience, event.exclude \
         FROM unnest($13::text[], $14::text[], $15::text[], $16::uuid[]) \
         WITH ORDINALITY AS event (kind, data, audience, exclude, place) \
         ORDER BY event.place RETURNING position"
    };
}

const RECORD: &str = concat!(
    "WITH audit AS (",
    insert_audit!("$17"),
    "), events AS (",
    insert_events!(),
    ") \
     SELECT max(position) FROM events"
);

const RECORD_WITH_KEY: &str = concat!(
    "WITH audit AS (",
    insert_audit!("$17"),
    "), events AS (",
    insert_events!(),
    "), \
     answer AS (UPDATE idempotency_keys SET allocated = $20 WHERE actor_id = $18 AND key = $19) \
     SELECT max(position) FROM events"
);

/// Writes audit entry, events and answer; returns the position of the last event.
pub(super) async fn write(
    conn: &mut PgConnection,
    set: &ChangeSet,
    allocated: &[Allocated],
    stock: &[(usize, StockOutcome)],
) -> Result<Option<Position>, Failure> {
    let events = Columns::of(&set.events, allocated, stock)?;
    let statement = if set.idempotency.is_some() { RECORD_WITH_KEY } else { RECORD };
    let query = bind_audit(sql::query(statement), &set.audit)?;
    let query = query
        .bind(events.kinds)
        .bind(events.data)
        .bind(events.audiences)
        .bind(events.excluded)
        .bind(set.audit.entity.project.map(|project| project.uuid()));
    let query = match &set.idempotency {
        None => query,
        Some(wanted) => query
            .bind(idempotency::owner(wanted))
            .bind(wanted.key.as_str().to_owned())
            .bind(numbers(allocated)),
    };
    let row = query.fetch_one(conn).await?;
    Ok(sqlx::Row::try_get::<Option<i64>, _>(&row, 0)?.map(Position))
}

/// Writes the audit entries of what was done along with a change set, in one statement.
pub(super) async fn write_along(
    conn: &mut PgConnection,
    along: &[AuditEntry],
) -> Result<(), Failure> {
    let Some(first) = along.first() else { return Ok(()) };
    let changes: Result<Vec<String>, _> =
        along.iter().map(|entry| serde_json::to_string(&entry.changes)).collect();
    let uuids = |of: fn(&AuditEntry) -> Option<Uuid>| along.iter().map(of).collect::<Vec<_>>();
    sql::query(
        "INSERT INTO audit_log (id, at, actor_id, on_behalf_of, action, entity_kind, entity_id, \
         entity_room, entity_project, changes, session_id, ip, correlation_id) \
         SELECT one.id, $1, $2, $3, one.action, one.kind, one.entity, one.room, one.project, \
         one.changes::json, $4, $5::inet, $6 \
         FROM unnest($7::uuid[], $8::text[], $9::text[], $10::uuid[], $11::uuid[], $12::uuid[], \
         $13::text[]) AS one (id, action, kind, entity, room, project, changes)",
    )
    .bind(first.at)
    .bind(first.actor.user().map(|user| user.uuid()))
    .bind(first.on_behalf_of.map(|user| user.uuid()))
    .bind(first.session.map(|session| session.uuid()))
    .bind(first.ip.map(|ip| ip.to_string()))
    .bind(first.correlation_id.clone())
    .bind(along.iter().map(|entry| entry.id.uuid()).collect::<Vec<_>>())
    .bind(along.iter().map(|entry| entry.action.as_str()).collect::<Vec<_>>())
    .bind(along.iter().map(|entry| entry.entity.kind.clone().into_owned()).collect::<Vec<_>>())
    .bind(along.iter().map(|entry| entry.entity.id).collect::<Vec<_>>())
    .bind(uuids(|entry| entry.entity.room.map(|room| room.uuid())))
    .bind(uuids(|entry| entry.entity.project.map(|project| project.uuid())))
    .bind(changes?)
    .execute(conn)
    .await?;
    Ok(())
}

/// Binds the twelve columns of the audit entry.
pub(super) fn bind_audit<'q>(
    query: sql::Statement<'q>,
    audit: &AuditEntry,
) -> Result<sql::Statement<'q>, Failure> {
    Ok(query
        .bind(audit.id.uuid())
        .bind(audit.at)
        .bind(audit.actor.user().map(|user| user.uuid()))
        .bind(audit.on_behalf_of.map(|user| user.uuid()))
        .bind(audit.action.as_str())
        .bind(audit.entity.kind.clone().into_owned())
        .bind(audit.entity.id)
        .bind(audit.entity.room.map(|room| room.uuid()))
        .bind(serde_json::to_string(&audit.changes)?)
        .bind(audit.session.map(|session| session.uuid()))
        .bind(audit.ip.map(|ip| ip.to_string()))
        .bind(audit.correlation_id.clone()))
}

/// What was allocated, as `idempotency_keys` keeps it.
pub(super) fn numbers(allocated: &[Allocated]) -> Vec<Option<i64>> {
    allocated.iter().map(|allocated| allocated.number).collect()
}

/// The events, column by column.
#[derive(Default)]
struct Columns {
    kinds: Vec<String>,
    data: Vec<String>,
    audiences: Vec<String>,
    excluded: Vec<Option<Uuid>>,
}

impl Columns {
    fn of(
        events: &[NewEvent],
        allocated: &[Allocated],
        stock: &[(usize, StockOutcome)],
    ) -> Result<Self, Failure> {
        let mut columns = Self::default();
        for event in events {
            columns.kinds.push(event.body.kind().into_owned());
            columns.data.push(filled(event, allocated, stock)?);
            columns.audiences.push(audience(event));
            columns.excluded.push(event.exclude.map(|connection| connection.uuid()));
        }
        Ok(columns)
    }
}

/// The event's payload with the number that was allocated for its change, or with what its change
/// of stock came to.
fn filled(
    event: &NewEvent,
    allocated: &[Allocated],
    stock: &[(usize, StockOutcome)],
) -> Result<String, Failure> {
    if let Some((_, outcome)) = stock.iter().find(|(index, _)| event.slot == Some(*index)) {
        let mut body = event.body.clone();
        body.fill_stock(outcome);
        return payload(&body);
    }
    let Some(number) = event.slot.and_then(|slot| allocated.get(slot)?.number) else {
        return payload(&event.body);
    };
    let mut body = event.body.clone();
    body.fill(number);
    payload(&body)
}

/// The event's payload, without the type that frames it.
pub(super) fn payload(body: &EventBody) -> Result<String, Failure> {
    Ok(body.data()?.get().to_owned())
}

/// The audience's texts with spaces between; none of them has one.
pub(super) fn audience(event: &NewEvent) -> String {
    event.audience.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// Writes one event outside a change set.
pub(crate) async fn write_event(
    conn: &mut PgConnection,
    at: Timestamp,
    actor: UserId,
    event: &NewEvent,
) -> Result<Position, Failure> {
    let position = sql::query_scalar(
        "INSERT INTO event_log (at, actor_id, kind, data, audience, exclude_connection) \
         VALUES ($1, $2, $3, $4::json, $5, $6) RETURNING position",
    )
    .bind(at)
    .bind(actor.uuid())
    .bind(event.body.kind().into_owned())
    .bind(payload(&event.body)?)
    .bind(audience(event))
    .bind(event.exclude.map(|connection| connection.uuid()))
    .fetch_one(conn)
    .await?;
    Ok(Position(position))
}
