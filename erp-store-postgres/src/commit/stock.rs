//! Changes of stock in one statement, those that wait for the same balances together.
//!
//! The balances are read without a lock, the book works out one change after the other, and what they
//! came to is written if the balances are still those that were read: a statement locks them, compares
//! their versions, and writes everything or nothing. So no lock is held while this process works or
//! waits for the network, and one flush serves all that go together. On one node the queue sees to it
//! that nobody else changes these balances meanwhile; between nodes the comparison does. What is
//! refused was refused by balances that were read after it came. The rest (reversals, postings of the
//! past, what lies in lots, whatever loses again and again) goes the general way, under locks.

use std::collections::{BTreeMap, BTreeSet};

use erp_core::{
    Conflict,
    change::{Allocated, Change, ChangeSet, NewEvent, Position, Receipt},
    ids::ReservationId,
    inventory::{
        InventoryChange, Reservation, StockKey, StockOutcome,
        rules::{Shelf, StockBook},
    },
    port::{StoreError, StoreResult},
    time::Timestamp,
};
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use super::{
    Failure,
    batch::{bind_audits, bind_keys, each},
    queue::{Answers, Queue, Together},
    record::{audience, payload},
};
use crate::{
    apply::stock::{self, Rows},
    sql,
    store::Writer,
};

/// How often balances are read again that others have changed meanwhile.
const MAX_ATTEMPTS: usize = 4;

/// `$1` to `$54` as [`stock::write_rows`], `$55` versions of the balances, `$56` to `$67` audit,
/// `$68` to `$71` events, `$72` to `$76` idempotency keys, `$77` until when the books are closed.
///
/// A balance of the version 0 is not there yet. Until it is, nobody closes the books and nobody deletes
/// its item: their rows are locked first, as everywhere.
const WRITE: &str = concat!(
    "WITH closed AS MATERIALIZED (
        SELECT closed_until FROM inventory_state WHERE 0 = ANY($55) FOR SHARE
    ), held AS MATERIALIZED (
        SELECT id FROM items WHERE (SELECT count(*) FROM closed) = 1 AND id IN
            (SELECT new.item_id FROM unnest($1::uuid[], $55::bigint[]) AS new (item_id, version)
            WHERE new.version = 0)
        ORDER BY id FOR KEY SHARE
    ), locked AS MATERIALIZED (
        SELECT balance.item_id, balance.warehouse_id, balance.version
        FROM unnest($1::uuid[], $2::uuid[]) AS given (item_id, warehouse_id)
        JOIN stock_balances AS balance USING (item_id, warehouse_id)
        WHERE (SELECT count(*) FROM held) >= 0
        ORDER BY balance.item_id, balance.warehouse_id FOR NO KEY UPDATE OF balance
    ), sound AS MATERIALIZED (
        SELECT 1 AS one FROM unnest($1::uuid[], $2::uuid[], $55::bigint[])
            AS given (item_id, warehouse_id, version)
        LEFT JOIN locked USING (item_id, warehouse_id)
        HAVING bool_and(coalesce(locked.version, 0) = given.version)
            AND NOT EXISTS (SELECT FROM closed WHERE closed_until IS DISTINCT FROM $77)
    ), made AS (
        INSERT INTO stock_balances (item_id, warehouse_id, on_hand, reserved, value, rate, low,
            seq, last_at, layers, closed_until, version)
        SELECT new.item_id, new.warehouse_id, new.on_hand, new.reserved, new.value, new.rate,
            new.low, new.seq, new.last_at, new.layers::json, $77, 1
        FROM sound CROSS JOIN unnest($1::uuid[], $2::uuid[], $3::numeric[], $4::numeric[],
            $5::numeric[], $6::numeric[], $7::boolean[], $8::bigint[], $9::timestamptz[],
            $10::text[], $55::bigint[]) AS new (item_id, warehouse_id, on_hand, reserved, value,
            rate, low, seq, last_at, layers, version)
        WHERE new.version = 0
    ), ",
    stock::write_rows!(),
    ", audit AS (
        INSERT INTO audit_log (id, at, actor_id, on_behalf_of, action, entity_kind, entity_id,
            entity_room, changes, session_id, ip, correlation_id)
        SELECT given.id, given.at, given.actor_id, given.on_behalf_of, given.action,
            given.entity_kind, given.entity_id, given.entity_room, given.changes::json,
            given.session_id, given.ip::inet, given.correlation_id
        FROM sound CROSS JOIN unnest($56::uuid[], $57::timestamptz[], $58::uuid[], $59::uuid[],
            $60::text[], $61::text[], $62::uuid[], $63::uuid[], $64::text[], $65::uuid[],
            $66::text[], $67::text[]) AS given (id, at, actor_id, on_behalf_of, action,
            entity_kind, entity_id, entity_room, changes, session_id, ip, correlation_id)
    ), answer AS (
        INSERT INTO idempotency_keys (actor_id, key, fingerprint, answer, allocated, created_at)
        SELECT given.actor_id, given.key, given.fingerprint, given.answer::json,
            ARRAY[NULL::bigint], ($57::timestamptz[])[given.place]
        FROM sound CROSS JOIN unnest($72::bigint[], $73::uuid[], $74::text[], $75::bytea[],
            $76::text[]) AS given (place, actor_id, key, fingerprint, answer)
    ), event AS (
        INSERT INTO event_log (at, actor_id, kind, data, audience, exclude_connection)
        SELECT given.at, given.actor_id, given.kind, given.data::json, given.audience,
            given.exclude
        FROM sound CROSS JOIN unnest($57::timestamptz[], $58::uuid[], $68::text[], $69::text[],
            $70::text[], $71::uuid[]) WITH ORDINALITY
            AS given (at, actor_id, kind, data, audience, exclude, place)
        ORDER BY given.place RETURNING position
    )
    SELECT ARRAY(SELECT position FROM event ORDER BY position) FROM sound"
);

/// Changes of stock, by balance.
#[derive(Debug)]
pub(crate) struct Stock;

impl Together for Stock {
    type Key = StockKey;
    const LEAST: usize = 1;
    // Postings of the past that came together are worked out together.
    const MOST: usize = 256;

    async fn write(conn: &mut PgConnection, sets: &[&ChangeSet]) -> Result<Answers, Failure> {
        for _ in 0..MAX_ATTEMPTS {
            let mut together = Work::read(conn, sets).await?;
            together.work_out(sets);
            together.tell_taken(conn, sets).await?;
            if together.write(conn, sets).await? {
                return Ok(together.answers);
            }
        }
        Ok(sets.iter().map(|_| None).collect())
    }

    fn queue(writer: &Writer) -> &Queue<Self> {
        &writer.stock
    }
}

/// The balances that the set touches, if it has the hot shape: one change of stock, with one event that
/// tells what it came to.
pub(super) fn keys_of(set: &ChangeSet) -> Option<BTreeSet<StockKey>> {
    let (change, event) = hot(set)?;
    let elsewhere = set.audit.entity.project.is_some();
    let plain = set.guards.is_empty() && event.slot == Some(0) && !elsewhere;
    (plain && change.named_postings().is_empty()).then(|| change.stock_keys())
}

fn hot(set: &ChangeSet) -> Option<(&InventoryChange, &NewEvent)> {
    match (set.changes.as_slice(), set.events.as_slice()) {
        ([Change::Inventory(change)], [event]) if change.moves_stock() => Some((change, event)),
        _ => None,
    }
}

/// Change sets that are worked out together.
struct Work {
    /// With the versions that they were read at.
    shelves: BTreeMap<StockKey, (Shelf, i64)>,
    /// Until when the books are closed, if a balance is new.
    closed: Option<Timestamp>,
    reservations: BTreeMap<ReservationId, Reservation>,
    answers: Answers,
    /// The places of those that are written, with what they came to.
    outcomes: Vec<(usize, StockOutcome)>,
}

impl Work {
    async fn read(conn: &mut PgConnection, sets: &[&ChangeSet]) -> Result<Self, Failure> {
        let changes = || sets.iter().filter_map(|set| hot(set)).map(|(change, _)| change);
        let keys: BTreeSet<_> = changes().flat_map(InventoryChange::stock_keys).collect();
        let mut ids: BTreeSet<_> =
            changes().flat_map(InventoryChange::named_reservations).collect();
        ids.extend(changes().filter_map(reserved));
        // Reservations change under the versions of their balances, so they are read after these.
        let mut shelves = stock::read(conn, &keys).await?;
        let mut closed = None;
        if shelves.len() < keys.len() {
            let new = keys.into_iter().filter(|key| !shelves.contains_key(key)).collect();
            for shelf in stock::read_new(conn, &new).await? {
                closed = shelf.terms.closed_until;
                shelves.insert(shelf.balance.level.key(), (shelf, 0));
            }
        }
        let reservations = stock::reservations(conn, &ids).await?;
        let answers = sets.iter().map(|_| None).collect();
        Ok(Self { shelves, closed, reservations, answers, outcomes: Vec::new() })
    }

    /// One after the other: each sees those before it. One that is refused changes nothing; what must
    /// go the general way is not overtaken by what touches the same.
    fn work_out(&mut self, sets: &[&ChangeSet]) {
        let mut held = BTreeSet::new();
        for (place, set) in sets.iter().enumerate() {
            let Some((change, _)) = hot(set) else { continue };
            let keys = change.stock_keys();
            let worked =
                if keys.is_disjoint(&held) { self.work_out_one(set, change) } else { None };
            match worked {
                None => held.extend(keys),
                Some(Ok(outcome)) => self.outcomes.push((place, outcome)),
                Some(Err(error)) => {
                    if let Some(answer) = self.answers.get_mut(place) {
                        *answer = Some(Err(error));
                    }
                }
            }
        }
    }

    /// Of postings that the book refuses, those whose id is in use: that is told first, as everywhere.
    async fn tell_taken(
        &mut self,
        conn: &mut PgConnection,
        sets: &[&ChangeSet],
    ) -> Result<(), Failure> {
        let mut refused = BTreeMap::new();
        for (set, answer) in sets.iter().zip(&mut self.answers) {
            if let (Some((InventoryChange::Post(new), _)), Some(Err(_))) = (hot(set), &answer) {
                refused.insert(new.posting.id.uuid(), answer);
            }
        }
        if refused.is_empty() {
            return Ok(());
        }
        let taken: Vec<Uuid> =
            sql::query_scalar("SELECT id FROM stock_postings WHERE id = ANY($1)")
                .bind(Vec::from_iter(refused.keys().copied()))
                .fetch_all(conn)
                .await?;
        for answer in taken.iter().filter_map(|id| refused.remove(id)) {
            *answer = Some(Err(Conflict::Exists { entity: "posting".into() }.into()));
        }
        Ok(())
    }

    /// What the change comes to; none when it must go the general way.
    fn work_out_one(
        &mut self,
        set: &ChangeSet,
        change: &InventoryChange,
    ) -> Option<StoreResult<StockOutcome>> {
        let mut book = self.book(change)?;
        let outcome = match book.apply(change, set.at()) {
            Ok(outcome) => outcome,
            // A key may have been used before: then the first answer is this one's, too.
            Err(_) if set.idempotency.is_some() => return None,
            Err(error) => return Some(Err(error)),
        };
        for (key, shelf) in book.shelves {
            if let Some(there) = self.shelves.get_mut(&key) {
                there.0 = shelf;
            }
        }
        self.reservations.extend(book.reservations);
        Some(Ok(outcome))
    }

    /// What the change touches; none when it must go the general way.
    fn book(&self, change: &InventoryChange) -> Option<StockBook> {
        let mut book = StockBook::default();
        for key in change.stock_keys() {
            let shelf = &self.shelves.get(&key)?.0;
            // What lies in lots needs to be told of these.
            if shelf.terms.tracking.has_lots() {
                return None;
            }
            book.shelves.insert(key, shelf.clone());
        }
        for id in change.named_reservations() {
            book.reservations.insert(id, self.reservations.get(&id)?.clone());
        }
        let taken = reserved(change).is_some_and(|id| self.reservations.contains_key(&id));
        (!taken && book.replayed(change).is_empty()).then_some(book)
    }

    /// Whether it was written, or nothing was to write; else the balances have changed meanwhile.
    async fn write(
        &mut self,
        conn: &mut PgConnection,
        sets: &[&ChangeSet],
    ) -> Result<bool, Failure> {
        if self.outcomes.is_empty() {
            return Ok(true);
        }
        let written: Vec<&ChangeSet> =
            self.outcomes.iter().filter_map(|(place, _)| sets.get(*place).copied()).collect();
        let Some(positions) = self.statement(conn, &written).await? else { return Ok(false) };
        if positions.len() != self.outcomes.len() {
            let fault = format!("{} changes have {} events", self.outcomes.len(), positions.len());
            return Err(StoreError::Internal(fault).into());
        }
        for ((place, outcome), position) in self.outcomes.drain(..).zip(positions) {
            if let Some(answer) = self.answers.get_mut(place) {
                *answer = Some(Ok(receipt(position, outcome)));
            }
        }
        Ok(true)
    }

    async fn statement(
        &self,
        conn: &mut PgConnection,
        sets: &[&ChangeSet],
    ) -> Result<Option<Vec<i64>>, Failure> {
        let (rows, versions) = self.rows(sets);
        let mut events = Vec::with_capacity(sets.len());
        for (set, (_, outcome)) in sets.iter().zip(&self.outcomes) {
            let Some((_, event)) = hot(set) else { continue };
            let mut body = event.body.clone();
            body.fill_stock(outcome);
            events.push((event, payload(&body)?));
        }
        let query = stock::bind_rows(sql::query(WRITE), &rows)?.bind(versions);
        let query = bind_audits(query, sets)?
            .bind(each(&events, |(event, _)| event.body.kind().into_owned()))
            .bind(each(&events, |(_, data)| data.clone()))
            .bind(each(&events, |(event, _)| audience(event)))
            .bind(each(&events, |(event, _)| event.exclude.map(|connection| connection.uuid())));
        let row = bind_keys(query, sets).bind(self.closed).fetch_optional(conn).await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    /// What has changed, with the versions that it must still have.
    fn rows(&self, sets: &[&ChangeSet]) -> (Rows<'_>, Vec<i64>) {
        let changes: Vec<_> =
            sets.iter().filter_map(|set| hot(set)).map(|(change, _)| change).collect();
        let keys: BTreeSet<_> = changes.iter().flat_map(|change| change.stock_keys()).collect();
        let touched: Vec<_> = keys.iter().filter_map(|key| self.shelves.get(key)).collect();
        let new: BTreeSet<_> = changes.iter().filter_map(|change| reserved(change)).collect();
        let named: BTreeSet<_> =
            changes.iter().flat_map(|change| change.named_reservations()).collect();
        let mut rows = Rows {
            balances: touched.iter().map(|(shelf, _)| &shelf.balance).collect(),
            reserved: new.iter().filter_map(|id| self.reservations.get(id)).collect(),
            changed: named.difference(&new).filter_map(|id| self.reservations.get(id)).collect(),
            ..Rows::default()
        };
        for (_, outcome) in &self.outcomes {
            rows.record(outcome);
        }
        (rows, touched.iter().map(|(_, version)| *version).collect())
    }
}

/// The reservation that the change makes.
fn reserved(change: &InventoryChange) -> Option<ReservationId> {
    match change {
        InventoryChange::Reserve { reservation, .. } => Some(reservation.id),
        _ => None,
    }
}

fn receipt(position: i64, outcome: StockOutcome) -> Receipt {
    Receipt {
        position: Some(Position(position)),
        allocated: vec![Allocated::default()],
        replayed: None,
        stock: vec![(0, outcome)],
    }
}
