//! What changes of stock came to, in one statement.

use erp_core::{
    Conflict,
    inventory::{
        Balance, InventoryChange, Movement, MovementKind, PostingKind, Reservation,
        ReservationState, StockAlert, StockOutcome, StockPosting, rules::StockBook,
    },
};
use sqlx::PgConnection;

use super::super::exists;
use crate::{commit::Failure, numeric::Numeric, sql};

/// Statements that write what changes of stock came to if `sound` has a row, and nothing otherwise.
/// `$1` to `$10` balances, `$11` to `$17` postings, `$18` to `$35` movements, `$36` to `$45` new
/// reservations, `$46` to `$48` changed ones, `$49` to `$54` notices: what [`bind`] binds.
macro_rules! rows {
    () => {
        "balance AS (UPDATE stock_balances AS own SET on_hand = new.on_hand, \
            reserved = new.reserved, value = new.value, rate = new.rate, low = new.low, \
            seq = new.seq, last_at = new.last_at, layers = new.layers::json, \
            version = own.version + 1 \
            FROM sound CROSS JOIN unnest($1::uuid[], $2::uuid[], $3::numeric[], $4::numeric[], \
            $5::numeric[], $6::numeric[], $7::boolean[], $8::bigint[], $9::timestamptz[], \
            $10::text[]) AS new \
            (item_id, warehouse_id, on_hand, reserved, value, rate, low, seq, last_at, layers) \
            WHERE own.item_id = new.item_id AND own.warehouse_id = new.warehouse_id), \
        posting AS (INSERT INTO stock_postings \
            (id, kind, reference, reverses, posted_by, posted_at, effective_at) \
            SELECT new.id, new.kind, new.reference, new.reverses, new.posted_by, new.posted_at, \
            new.effective_at FROM sound CROSS JOIN unnest($11::uuid[], $12::text[], $13::text[], \
            $14::uuid[], $15::uuid[], $16::timestamptz[], $17::timestamptz[]) AS new \
            (id, kind, reference, reverses, posted_by, posted_at, effective_at)), \
        movement AS (INSERT INTO stock_movements (posting_id, line, item_id, warehouse_id, kind, \
            quantity, value, effective_at, seq, priced, stated, of_posting, of_line, lot_id, layers, \
            returns, reservation_id, consumed) \
            SELECT new.posting_id, new.line, new.item_id, new.warehouse_id, new.kind, \
            new.quantity, new.value, new.effective_at, new.seq, new.priced, new.stated, \
            new.of_posting, new.of_line, new.lot_id, new.layers::json, new.returns, \
            new.reservation_id, new.consumed \
            FROM sound CROSS JOIN unnest($18::uuid[], $19::integer[], \
            $20::uuid[], $21::uuid[], $22::text[], $23::numeric[], $24::numeric[], \
            $25::timestamptz[], $26::bigint[], $27::boolean[], $28::numeric[], $29::uuid[], \
            $30::integer[], $31::uuid[], $32::text[], $33::uuid[], $34::uuid[], $35::numeric[]) AS new \
            (posting_id, line, item_id, warehouse_id, kind, quantity, value, effective_at, seq, priced, \
            stated, of_posting, of_line, lot_id, layers, returns, reservation_id, consumed)), \
        reservation AS (INSERT INTO stock_reservations (id, item_id, warehouse_id, owner_id, \
            quantity, consumed, state, expires_at, reference, created_at) \
            SELECT new.id, new.item_id, new.warehouse_id, new.owner_id, new.quantity, \
            new.consumed, new.state, new.expires_at, new.reference, new.created_at \
            FROM sound CROSS JOIN unnest($36::uuid[], $37::uuid[], $38::uuid[], $39::uuid[], \
            $40::numeric[], $41::numeric[], $42::text[], $43::timestamptz[], $44::text[], \
            $45::timestamptz[]) AS new (id, item_id, warehouse_id, owner_id, quantity, consumed, \
            state, expires_at, reference, created_at)), \
        consumed AS (UPDATE stock_reservations AS own SET consumed = new.consumed, \
            state = new.state FROM sound CROSS JOIN unnest($46::uuid[], $47::numeric[], \
            $48::text[]) AS new (id, consumed, state) WHERE own.id = new.id), \
        alert AS (INSERT INTO stock_alerts (id, item_id, warehouse_id, available, reorder_level, \
            raised_at) SELECT new.id, new.item_id, new.warehouse_id, new.available, \
            new.reorder_level, new.raised_at FROM sound CROSS JOIN unnest($49::uuid[], \
            $50::uuid[], $51::uuid[], $52::numeric[], $53::numeric[], $54::timestamptz[]) AS new \
            (id, item_id, warehouse_id, available, reorder_level, raised_at))"
    };
}
pub(crate) use rows;

const WRITE: &str = concat!("WITH sound AS (SELECT), ", rows!(), " SELECT 1");

/// What [`rows`] writes.
#[derive(Default)]
pub(crate) struct Rows<'a> {
    pub balances: Vec<&'a Balance>,
    pub postings: Vec<&'a StockPosting>,
    pub movements: Vec<&'a Movement>,
    pub reserved: Vec<&'a Reservation>,
    pub changed: Vec<&'a Reservation>,
    pub alerts: Vec<&'a StockAlert>,
}

impl<'a> Rows<'a> {
    /// Adds what stands in the ledger of an outcome.
    pub fn record(&mut self, outcome: &'a StockOutcome) {
        self.postings.extend(&outcome.posting);
        self.movements.extend(outcome.movements.iter().chain(&outcome.corrections));
        self.alerts.extend(&outcome.alerts);
    }
}

/// Binds `$1` to `$54`.
pub(crate) fn bind<'q>(
    query: sql::Statement<'q>,
    rows: &Rows<'_>,
) -> Result<sql::Statement<'q>, Failure> {
    let balances = &rows.balances;
    let layers: Result<Vec<_>, _> =
        balances.iter().map(|one| serde_json::to_string(&one.layers)).collect();
    let query = query
        .bind(column(balances, |one| one.level.item.uuid()))
        .bind(column(balances, |one| one.level.warehouse.uuid()))
        .bind(column(balances, |one| Numeric(one.level.on_hand)))
        .bind(column(balances, |one| Numeric(one.level.reserved)))
        .bind(column(balances, |one| Numeric(one.level.value)))
        .bind(column(balances, |one| Numeric(one.rate)))
        .bind(column(balances, |one| one.low))
        .bind(column(balances, |one| one.seq))
        .bind(column(balances, |one| one.last_at))
        .bind(layers?);
    let postings = &rows.postings;
    let query = query
        .bind(column(postings, |one| one.id.uuid()))
        .bind(column(postings, |one| PostingKind::as_str(one.kind)))
        .bind(column(postings, |one| one.reference.clone()))
        .bind(column(postings, |one| one.reverses.map(|old| old.uuid())))
        .bind(column(postings, |one| one.posted_by.map(|user| user.uuid())))
        .bind(column(postings, |one| one.posted_at))
        .bind(column(postings, |one| one.effective_at));
    let movements = &rows.movements;
    let parts: Result<Vec<Option<String>>, _> = movements
        .iter()
        .map(|one| (!one.layers.is_empty()).then(|| serde_json::to_string(&one.layers)).transpose())
        .collect();
    let query = query
        .bind(column(movements, |one| one.posting.uuid()))
        .bind(column(movements, |one| one.line))
        .bind(column(movements, |one| one.item.uuid()))
        .bind(column(movements, |one| one.warehouse.uuid()))
        .bind(column(movements, |one| MovementKind::as_str(one.kind)))
        .bind(column(movements, |one| Numeric(one.quantity)))
        .bind(column(movements, |one| Numeric(one.value)))
        .bind(column(movements, |one| one.effective_at))
        .bind(column(movements, |one| one.seq))
        .bind(column(movements, |one| one.priced))
        .bind(column(movements, |one| one.counted.or(one.unit_cost).map(Numeric)))
        .bind(column(movements, |one| one.of.map(|of| of.posting.uuid())))
        .bind(column(movements, |one| one.of.map(|of| of.line)))
        .bind(column(movements, |one| one.lot.map(|lot| lot.uuid())))
        .bind(parts?)
        .bind(column(movements, |one| one.returns.map(|receipt| receipt.uuid())))
        .bind(column(movements, |one| one.consumed.map(|part| part.reservation.uuid())))
        .bind(column(movements, |one| one.consumed.map(|part| Numeric(part.quantity))));
    let reserved = &rows.reserved;
    let query = query
        .bind(column(reserved, |one| one.id.uuid()))
        .bind(column(reserved, |one| one.item.uuid()))
        .bind(column(reserved, |one| one.warehouse.uuid()))
        .bind(column(reserved, |one| one.owner.uuid()))
        .bind(column(reserved, |one| Numeric(one.quantity)))
        .bind(column(reserved, |one| Numeric(one.consumed)))
        .bind(column(reserved, |one| ReservationState::as_str(one.state)))
        .bind(column(reserved, |one| one.expires_at))
        .bind(column(reserved, |one| one.reference.clone()))
        .bind(column(reserved, |one| one.created_at))
        .bind(column(&rows.changed, |one| one.id.uuid()))
        .bind(column(&rows.changed, |one| Numeric(one.consumed)))
        .bind(column(&rows.changed, |one| ReservationState::as_str(one.state)));
    let alerts = &rows.alerts;
    Ok(query
        .bind(column(alerts, |one| one.id.uuid()))
        .bind(column(alerts, |one| one.item.uuid()))
        .bind(column(alerts, |one| one.warehouse.uuid()))
        .bind(column(alerts, |one| Numeric(one.available)))
        .bind(column(alerts, |one| Numeric(one.reorder_level)))
        .bind(column(alerts, |one| one.raised_at)))
}

fn column<T, V>(rows: &[&T], value: impl Fn(&T) -> V) -> Vec<V> {
    rows.iter().map(|row| value(row)).collect()
}

/// What the change makes must not be there yet.
pub(super) async fn check_new(
    conn: &mut PgConnection,
    change: &InventoryChange,
) -> Result<(), Failure> {
    match change {
        InventoryChange::Post(new) => {
            // Taken ids and reversals are seen by the constraints, too, but only after the book.
            let (taken, reversed): (bool, bool) = sql::query_as(
                "SELECT EXISTS (SELECT FROM stock_postings WHERE id = $1), \
                 EXISTS (SELECT FROM stock_postings WHERE reverses = $2)",
            )
            .bind(new.posting.id.uuid())
            .bind(new.posting.reverses.map(|old| old.uuid()))
            .fetch_one(conn)
            .await?;
            match (taken, reversed) {
                (true, _) => Err(exists("posting")),
                (false, true) => Err(Conflict::AlreadyReversed.into()),
                (false, false) => Ok(()),
            }
        }
        InventoryChange::Reserve { reservation, .. } => {
            let taken = "SELECT EXISTS (SELECT FROM stock_reservations WHERE id = $1)";
            let taken = sql::query_scalar(taken).bind(reservation.id.uuid());
            if taken.fetch_one(conn).await? { Err(exists("reservation")) } else { Ok(()) }
        }
        _ => Ok(()),
    }
}

/// Writes the balances and reservations of the book, and what else postings came to.
pub(super) async fn write_all(
    conn: &mut PgConnection,
    book: &StockBook,
    outcomes: &[&StockOutcome],
) -> Result<(), Failure> {
    let mut rows = Rows {
        balances: book.shelves.values().map(|shelf| &shelf.balance).collect(),
        changed: book.reservations.values().collect(),
        ..Rows::default()
    };
    outcomes.iter().for_each(|outcome| rows.record(outcome));
    bind(sql::query(WRITE), &rows)?.execute(conn).await?;
    Ok(())
}

/// Writes the balances and reservations of the book, and what else a change came to.
pub(super) async fn write(
    conn: &mut PgConnection,
    change: &InventoryChange,
    book: &StockBook,
    outcome: &StockOutcome,
) -> Result<(), Failure> {
    let mut rows = Rows {
        balances: book.shelves.values().map(|shelf| &shelf.balance).collect(),
        ..Rows::default()
    };
    rows.record(outcome);
    let reservations = book.reservations.values().collect();
    match change {
        InventoryChange::Reserve { .. } => rows.reserved = reservations,
        _ => rows.changed = reservations,
    }
    bind(sql::query(WRITE), &rows)?.execute(conn).await?;
    Ok(())
}
