//! Stock: the balances are locked and read in one statement, the book does the arithmetic, and one
//! statement writes what it came to.

mod write;

use std::collections::{BTreeMap, BTreeSet};

use erp_core::{
    Conflict,
    ids::{ItemId, ReservationId, StockAlertId, UserId, WarehouseId},
    inventory::{
        InventoryChange, StockKey, StockTerms,
        rules::{Shelf, StockBook},
    },
    time::Timestamp,
};
use sqlx::{PgConnection, Row, postgres::PgRow};
use uuid::Uuid;

use super::{Applied, Entity, missing, require};
use crate::{
    commit::Failure,
    rows::{self, reservation_columns},
};

/// Locks and reads the balances, if all of them are there; else nothing is locked. `$1` items, `$2`
/// warehouses, by item and warehouse.
const LOCK: &str = "SELECT balance.item_id, balance.warehouse_id, balance.on_hand, \
    balance.reserved, balance.value, balance.rate, balance.low, balance.seq, balance.last_at, \
    balance.layers, item.valuation, item.reorder_level, item.negative, warehouse.negative, \
    balance.closed_until \
    FROM stock_balances AS balance \
    JOIN items AS item ON item.id = balance.item_id \
    JOIN warehouses AS warehouse ON warehouse.id = balance.warehouse_id \
    WHERE (balance.item_id, balance.warehouse_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[])) \
    AND (SELECT count(*) FROM unnest($1::uuid[], $2::uuid[]) AS wanted (item_id, warehouse_id) \
        JOIN stock_balances AS there USING (item_id, warehouse_id)) = cardinality($1) \
    ORDER BY balance.item_id, balance.warehouse_id FOR NO KEY UPDATE OF balance";

/// Makes the balances that are not there, in the order of the locks. That of the item that the
/// foreign key takes keeps its unit and its valuation as they are. Nobody closes the books meanwhile.
const MAKE: &str = "INSERT INTO stock_balances \
    (item_id, warehouse_id, on_hand, reserved, value, rate, low, seq, layers, closed_until) \
    SELECT wanted.item_id, wanted.warehouse_id, 0, 0, 0, 0, false, 0, '[]', $3 \
    FROM unnest($1::uuid[], $2::uuid[]) AS wanted (item_id, warehouse_id) \
    WHERE NOT EXISTS (SELECT FROM stock_balances AS there \
        WHERE there.item_id = wanted.item_id AND there.warehouse_id = wanted.warehouse_id) \
    AND EXISTS (SELECT FROM items WHERE id = wanted.item_id) \
    AND EXISTS (SELECT FROM warehouses WHERE id = wanted.warehouse_id) \
    ORDER BY wanted.item_id, wanted.warehouse_id ON CONFLICT DO NOTHING";

/// Writes a change of stock, made at this instant.
pub(super) async fn apply(
    conn: &mut PgConnection,
    change: &InventoryChange,
    at: Timestamp,
) -> Result<Applied, Failure> {
    write::check_new(conn, change).await?;
    let keys = change.stock_keys();
    let mut book = StockBook { shelves: lock(conn, &keys).await?, ..StockBook::default() };
    for (item, warehouse) in &keys {
        if !book.shelves.contains_key(&(*item, *warehouse)) {
            require(conn, Entity::Item, item.uuid()).await?;
            require(conn, Entity::Warehouse, warehouse.uuid()).await?;
        }
    }
    read_reservations(conn, &mut book, &change.named_reservations()).await?;
    let outcome = book.apply(change, at)?;
    write::write(conn, &book, &outcome).await?;
    Ok(Applied { stock: Some(outcome), ..Applied::default() })
}

/// Locks the balances, which are made where there are none yet, and reads them. Those of unknown items
/// or warehouses are left out.
pub(crate) async fn lock(
    conn: &mut PgConnection,
    keys: &BTreeSet<StockKey>,
) -> Result<BTreeMap<StockKey, Shelf>, Failure> {
    let shelves = lock_all(conn, keys).await?;
    if shelves.len() == keys.len() {
        return Ok(shelves);
    }
    let (items, warehouses) = columns(keys.iter());
    // Nobody closes the books while a balance is made that does not know it yet.
    let closed = "SELECT closed_until FROM inventory_state FOR SHARE";
    let closed: Option<Timestamp> = sqlx::query_scalar(closed).fetch_one(&mut *conn).await?;
    let make = sqlx::query(MAKE).bind(items).bind(warehouses).bind(closed);
    make.execute(&mut *conn).await?;
    let known = known(conn, keys).await?;
    lock_all(conn, &known).await
}

async fn lock_all(
    conn: &mut PgConnection,
    keys: &BTreeSet<StockKey>,
) -> Result<BTreeMap<StockKey, Shelf>, Failure> {
    let (items, warehouses) = columns(keys.iter());
    let query = sqlx::query(LOCK).bind(items).bind(warehouses).try_map(|row| shelf(&row));
    let shelves: Vec<Shelf> = query.fetch_all(conn).await?;
    Ok(shelves.into_iter().map(|shelf| (shelf.balance.level.key(), shelf)).collect())
}

/// Those of the keys that have a balance.
async fn known(
    conn: &mut PgConnection,
    keys: &BTreeSet<StockKey>,
) -> Result<BTreeSet<StockKey>, Failure> {
    let (items, warehouses) = columns(keys.iter());
    let known: Vec<(Uuid, Uuid)> = sqlx::query_as(
        "SELECT item_id, warehouse_id FROM stock_balances \
         WHERE (item_id, warehouse_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))",
    )
    .bind(items)
    .bind(warehouses)
    .fetch_all(conn)
    .await?;
    let key = |(item, warehouse)| (ItemId::from_uuid(item), WarehouseId::from_uuid(warehouse));
    Ok(known.into_iter().map(key).collect())
}

fn shelf(row: &PgRow) -> sqlx::Result<Shelf> {
    Ok(Shelf {
        balance: rows::balance(row)?,
        terms: StockTerms {
            valuation: rows::valuation(row.try_get(10)?)?,
            reorder_level: row.try_get(11)?,
            may_go_negative: rows::may_go_negative(row.try_get(12)?, row.try_get(13)?)?,
            closed_until: row.try_get(14)?,
        },
    })
}

/// Under the locks of their balances nobody else changes them.
async fn read_reservations(
    conn: &mut PgConnection,
    book: &mut StockBook,
    ids: &BTreeSet<ReservationId>,
) -> Result<(), Failure> {
    if ids.is_empty() {
        return Ok(());
    }
    let query = sqlx::query(concat!(
        "SELECT ",
        reservation_columns!(),
        " FROM stock_reservations AS reservation WHERE reservation.id = ANY($1)"
    ));
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let wanted = ids.len();
    let found = query.bind(ids).try_map(|row| rows::reservation(&row)).fetch_all(conn).await?;
    book.reservations = found.into_iter().map(|one| (one.id, one)).collect();
    if book.reservations.len() == wanted { Ok(()) } else { Err(missing("reservation")) }
}

/// Under the lock of every balance no posting is under way that knows nothing of it.
pub(super) async fn close_period(conn: &mut PgConnection, until: Timestamp) -> Result<(), Failure> {
    let moved = sqlx::query(
        "UPDATE inventory_state SET closed_until = $1 \
         WHERE closed_until IS NULL OR closed_until < $1",
    );
    if moved.bind(until).execute(&mut *conn).await?.rows_affected() == 0 {
        return Ok(());
    }
    sqlx::query("SELECT FROM stock_balances ORDER BY item_id, warehouse_id FOR NO KEY UPDATE")
        .execute(&mut *conn)
        .await?;
    let open: Option<Uuid> = sqlx::query_scalar(
        "SELECT id FROM stock_reservations WHERE state = 'active' AND created_at < $1 \
         ORDER BY id LIMIT 1",
    )
    .bind(until)
    .fetch_optional(&mut *conn)
    .await?;
    if let Some(open) = open {
        let reservation = ReservationId::from_uuid(open);
        return Err(Conflict::OpenReservation { reservation }.into());
    }
    let tell = sqlx::query("UPDATE stock_balances SET closed_until = $1").bind(until);
    tell.execute(conn).await?;
    Ok(())
}

pub(super) async fn acknowledge(
    conn: &mut PgConnection,
    id: StockAlertId,
    by: UserId,
    at: Timestamp,
) -> Result<(), Failure> {
    let done = sqlx::query(
        "UPDATE stock_alerts SET acknowledged_by = coalesce(acknowledged_by, $2), \
         acknowledged_at = coalesce(acknowledged_at, $3) WHERE id = $1",
    )
    .bind(id.uuid())
    .bind(by.uuid())
    .bind(at)
    .execute(conn)
    .await?;
    if done.rows_affected() == 0 { Err(missing("stock_alert")) } else { Ok(()) }
}

/// The keys, column by column.
fn columns<'a>(keys: impl Iterator<Item = &'a StockKey>) -> (Vec<Uuid>, Vec<Uuid>) {
    keys.map(|(item, warehouse)| (item.uuid(), warehouse.uuid())).unzip()
}
