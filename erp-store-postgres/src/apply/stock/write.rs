//! What a change of stock came to, in one statement.

use erp_core::{
    Conflict,
    inventory::{
        InventoryChange, Movement, MovementKind, PostingKind, Reservation, ReservationState,
        StockAlert, StockOutcome, rules::StockBook,
    },
};
use sqlx::{PgConnection, types::Decimal};
use uuid::Uuid;

use super::super::exists;
use crate::commit::Failure;

/// `$1` to `$9` balances, `$10` to `$16` the posting, `$17` to `$23` its movements with its number,
/// `$24` to `$33` reservations, `$34` to `$39` notices.
const WRITE: &str = "WITH balance AS (UPDATE stock_balances AS own SET on_hand = new.on_hand, \
        reserved = new.reserved, value = new.value, rate = new.rate, low = new.low, \
        seq = new.seq, last_at = new.last_at, layers = new.layers::json \
        FROM unnest($1::uuid[], $2::uuid[], $3::numeric[], $4::numeric[], $5::numeric[], \
        $6::numeric[], $7::boolean[], $8::bigint[], $9::timestamptz[], $40::text[]) \
        AS new (item_id, warehouse_id, on_hand, reserved, value, rate, low, seq, last_at, layers) \
        WHERE own.item_id = new.item_id AND own.warehouse_id = new.warehouse_id), \
    posting AS (INSERT INTO stock_postings \
        (id, kind, reference, reverses, posted_by, posted_at, effective_at) \
        SELECT $10, $11, $12, $13, $14, $15, $16 WHERE $10::uuid IS NOT NULL), \
    movement AS (INSERT INTO stock_movements (posting_id, line, item_id, warehouse_id, kind, \
        quantity, value, effective_at, seq) \
        SELECT $10, new.line, new.item_id, new.warehouse_id, new.kind, new.quantity, new.value, \
        $16, $23 FROM unnest($17::integer[], $18::uuid[], $19::uuid[], $20::text[], \
        $21::numeric[], $22::numeric[]) \
        AS new (line, item_id, warehouse_id, kind, quantity, value)), \
    reservation AS (INSERT INTO stock_reservations AS own (id, item_id, warehouse_id, owner_id, \
        quantity, consumed, state, expires_at, reference, created_at) \
        SELECT * FROM unnest($24::uuid[], $25::uuid[], $26::uuid[], $27::uuid[], $28::numeric[], \
        $29::numeric[], $30::text[], $31::timestamptz[], $32::text[], $33::timestamptz[]) \
        ON CONFLICT (id) DO UPDATE SET consumed = excluded.consumed, state = excluded.state), \
    alert AS (INSERT INTO stock_alerts (id, item_id, warehouse_id, available, reorder_level, \
        raised_at) SELECT * FROM unnest($34::uuid[], $35::uuid[], $36::uuid[], $37::numeric[], \
        $38::numeric[], $39::timestamptz[])) \
    SELECT 1";

/// What the change makes must not be there yet.
pub(super) async fn check_new(
    conn: &mut PgConnection,
    change: &InventoryChange,
) -> Result<(), Failure> {
    match change {
        InventoryChange::Post(new) => {
            // Taken ids and reversals are seen by the constraints, too, but only after the book.
            let (taken, reversed): (bool, bool) = sqlx::query_as(
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
            let taken = sqlx::query_scalar(taken).bind(reservation.id.uuid());
            if taken.fetch_one(conn).await? { Err(exists("reservation")) } else { Ok(()) }
        }
        _ => Ok(()),
    }
}

/// Writes the balances and reservations of the book, and what else it came to.
pub(super) async fn write(
    conn: &mut PgConnection,
    book: &StockBook,
    outcome: &StockOutcome,
) -> Result<(), Failure> {
    let balances: Vec<_> = book.shelves.values().map(|shelf| &shelf.balance).collect();
    let layers: Result<Vec<_>, _> =
        balances.iter().map(|one| serde_json::to_string(&one.layers)).collect();
    let posting = outcome.posting.as_ref();
    let movements = &outcome.movements;
    let query = sqlx::query(WRITE)
        .bind(balances.iter().map(|one| one.level.item.uuid()).collect::<Vec<Uuid>>())
        .bind(balances.iter().map(|one| one.level.warehouse.uuid()).collect::<Vec<Uuid>>())
        .bind(balances.iter().map(|one| one.level.on_hand).collect::<Vec<Decimal>>())
        .bind(balances.iter().map(|one| one.level.reserved).collect::<Vec<Decimal>>())
        .bind(balances.iter().map(|one| one.level.value).collect::<Vec<Decimal>>())
        .bind(balances.iter().map(|one| one.rate).collect::<Vec<Decimal>>())
        .bind(balances.iter().map(|one| one.low).collect::<Vec<bool>>())
        .bind(balances.iter().map(|one| one.seq).collect::<Vec<i64>>())
        .bind(balances.iter().map(|one| one.last_at).collect::<Vec<_>>())
        .bind(posting.map(|one| one.id.uuid()))
        .bind(posting.map(|one| one.kind).map(PostingKind::as_str))
        .bind(posting.and_then(|one| one.reference.as_deref()))
        .bind(posting.and_then(|one| one.reverses).map(|old| old.uuid()))
        .bind(posting.and_then(|one| one.posted_by).map(|user| user.uuid()))
        .bind(posting.map(|one| one.posted_at))
        .bind(posting.map(|one| one.effective_at))
        .bind(column(movements, |one: &Movement| one.line))
        .bind(column(movements, |one| one.item.uuid()))
        .bind(column(movements, |one| one.warehouse.uuid()))
        .bind(column(movements, |one| MovementKind::as_str(one.kind)))
        .bind(column(movements, |one| one.quantity))
        .bind(column(movements, |one| one.value))
        .bind(movements.first().map(|one| one.seq));
    let reservations = &outcome.reservations;
    let query = query
        .bind(column(reservations, |one: &Reservation| one.id.uuid()))
        .bind(column(reservations, |one| one.item.uuid()))
        .bind(column(reservations, |one| one.warehouse.uuid()))
        .bind(column(reservations, |one| one.owner.uuid()))
        .bind(column(reservations, |one| one.quantity))
        .bind(column(reservations, |one| one.consumed))
        .bind(column(reservations, |one| ReservationState::as_str(one.state)))
        .bind(column(reservations, |one| one.expires_at))
        .bind(column(reservations, |one| one.reference.clone()))
        .bind(column(reservations, |one| one.created_at));
    let alerts = &outcome.alerts;
    let query = query
        .bind(column(alerts, |one: &StockAlert| one.id.uuid()))
        .bind(column(alerts, |one| one.item.uuid()))
        .bind(column(alerts, |one| one.warehouse.uuid()))
        .bind(column(alerts, |one| one.available))
        .bind(column(alerts, |one| one.reorder_level))
        .bind(column(alerts, |one| one.raised_at))
        .bind(layers?);
    query.execute(conn).await?;
    Ok(())
}

fn column<T, V>(rows: &[T], value: impl Fn(&T) -> V) -> Vec<V> {
    rows.iter().map(value).collect()
}
