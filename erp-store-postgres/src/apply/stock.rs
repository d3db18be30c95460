//! Stock: the balances are locked and read, the book does the arithmetic, and one statement writes
//! what it came to.

mod history;
mod lots;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use erp_core::{
    Conflict,
    ids::{ItemId, ReservationId, StockAlertId, UserId, WarehouseId},
    inventory::{
        Balance, InventoryChange, Reservation, StockKey, StockOutcome, StockTerms,
        rules::{Shelf, StockBook},
    },
    port::{StoreError, StoreResult},
    time::Timestamp,
};
use sqlx::{PgConnection, Row, postgres::PgRow};
use uuid::Uuid;

pub(super) use lots::correct as correct_lot;
pub(crate) use write::{Rows, bind as bind_rows, rows as write_rows};

use super::{Applied, Entity, missing, require};
use crate::{
    commit::Failure,
    numeric::optional_decimal,
    rows::{self, reservation_columns},
    sql,
};

/// The balances, with what item and warehouse say about them: what [`shelf`] reads. `$1` items, `$2`
/// warehouses, each pair once. Each balance is looked up by both: a plan that was made while there were
/// few would otherwise read all of a warehouse for each.
const READ: &str = "SELECT balance.item_id, balance.warehouse_id, balance.on_hand, \
    balance.reserved, balance.value, balance.rate, balance.low, balance.seq, balance.last_at, \
    balance.layers, item.valuation, item.reorder_level, item.negative, warehouse.negative, \
    balance.closed_until, item.tracking, balance.version \
    FROM unnest($1::uuid[], $2::uuid[]) AS wanted (item_id, warehouse_id) \
    CROSS JOIN LATERAL (SELECT there.item_id, there.warehouse_id, there.on_hand, there.reserved, \
        there.value, there.rate, there.low, there.seq, there.last_at, there.layers, \
        there.closed_until, there.version FROM stock_balances AS there \
        WHERE there.item_id = wanted.item_id AND there.warehouse_id = wanted.warehouse_id \
        LIMIT 1) AS balance \
    JOIN items AS item ON item.id = balance.item_id \
    JOIN warehouses AS warehouse ON warehouse.id = balance.warehouse_id";

/// Locks the balances, if all of them are there; else nothing is locked. `$1` items, `$2` warehouses,
/// by item and warehouse.
const LOCK: &str = "SELECT FROM unnest($1::uuid[], $2::uuid[]) AS wanted (item_id, warehouse_id) \
    JOIN stock_balances AS balance USING (item_id, warehouse_id) \
    WHERE (SELECT count(*) FROM unnest($1::uuid[], $2::uuid[]) AS all_of (item_id, warehouse_id) \
        JOIN stock_balances AS there USING (item_id, warehouse_id)) = cardinality($1) \
    ORDER BY balance.item_id, balance.warehouse_id FOR NO KEY UPDATE OF balance";

/// Makes the balances that are not there, in the order of the locks. That of the item that the
/// foreign key takes keeps its unit and its valuation as they are. Nobody closes the books meanwhile.
const MAKE: &str = "INSERT INTO stock_balances \
    (item_id, warehouse_id, on_hand, reserved, value, rate, low, seq, layers, closed_until, version) \
    SELECT wanted.item_id, wanted.warehouse_id, 0, 0, 0, 0, false, 0, '[]', $3, 1 \
    FROM unnest($1::uuid[], $2::uuid[]) AS wanted (item_id, warehouse_id) \
    WHERE NOT EXISTS (SELECT FROM stock_balances AS there \
        WHERE there.item_id = wanted.item_id AND there.warehouse_id = wanted.warehouse_id) \
    AND EXISTS (SELECT FROM items WHERE id = wanted.item_id) \
    AND EXISTS (SELECT FROM warehouses WHERE id = wanted.warehouse_id) \
    ORDER BY wanted.item_id, wanted.warehouse_id ON CONFLICT DO NOTHING";

/// Which balances a change set locks.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    keys: BTreeSet<StockKey>,
    /// Every balance of these.
    items: BTreeSet<ItemId>,
}

impl Wanted {
    pub fn by<'a>(changes: impl Iterator<Item = &'a InventoryChange>) -> Self {
        let mut wanted = Self::default();
        for change in changes {
            wanted.keys.extend(change.stock_keys());
            wanted.items.extend(change.whole_items());
        }
        wanted
    }

    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

/// Writes a change of stock, made at this instant.
pub(super) async fn apply(
    conn: &mut PgConnection,
    change: &InventoryChange,
    at: Timestamp,
) -> Result<Applied, Failure> {
    write::check_new(conn, change).await?;
    let shelves = lock(conn, Wanted::by(std::iter::once(change))).await?;
    let mut book = StockBook { shelves, ..StockBook::default() };
    book.reservations = reservations(conn, &change.named_reservations()).await?;
    book.named = history::posted(conn, &change.named_postings()).await?;
    complete(conn, &mut book, change).await?;
    let outcome = book.apply(change, at)?;
    write::write(conn, change, &book, &outcome).await?;
    lots::put(conn, &outcome.lots).await?;
    Ok(Applied { stock: Some(outcome), ..Applied::default() })
}

/// Writes postings that say when they had effect, worked out together; each is made at its instant.
pub(crate) async fn apply_each(
    conn: &mut PgConnection,
    changes: &[(&InventoryChange, Timestamp)],
) -> Result<Vec<StoreResult<StockOutcome>>, Failure> {
    let mut answers: Vec<Option<StoreResult<StockOutcome>>> = Vec::with_capacity(changes.len());
    for (change, _) in changes {
        answers.push(refusal(write::check_new(conn, change).await)?);
    }
    let shelves = lock(conn, Wanted::by(changes.iter().map(|(change, _)| *change))).await?;
    let named = changes.iter().flat_map(|(change, _)| change.named_reservations()).collect();
    let mut book = StockBook { shelves, ..StockBook::default() };
    book.reservations = reservations(conn, &named).await?;
    let named = changes.iter().flat_map(|(change, _)| change.named_postings()).collect();
    book.named = history::posted(conn, &named).await?;
    for ((change, _), answer) in changes.iter().zip(&mut answers) {
        if answer.is_none() {
            *answer = refusal(complete(conn, &mut book, change).await)?;
        }
    }
    let open = changes.iter().zip(&answers).filter(|(_, answer)| answer.is_none());
    let open: Vec<_> = open.map(|(change, _)| *change).collect();
    let came_to = book.apply_each(&open);
    let written: Vec<&StockOutcome> = came_to.iter().flatten().collect();
    if !written.is_empty() {
        write::write_all(conn, &book, &written).await?;
        for outcome in &written {
            lots::put(conn, &outcome.lots).await?;
        }
    }
    let mut came_to = came_to.into_iter();
    let lacking = || Err(StoreError::Internal("a posting has no answer".to_owned()));
    let answers = answers.into_iter();
    Ok(answers.map(|one| one.unwrap_or_else(|| came_to.next().unwrap_or_else(lacking))).collect())
}

/// That all is there which the change touches, with what the book must know of the past and of lots.
async fn complete(
    conn: &mut PgConnection,
    book: &mut StockBook,
    change: &InventoryChange,
) -> Result<(), Failure> {
    for (item, warehouse) in change.stock_keys() {
        if !book.shelves.contains_key(&(item, warehouse)) {
            require(conn, Entity::Item, item.uuid()).await?;
            require(conn, Entity::Warehouse, warehouse.uuid()).await?;
        }
    }
    if change.named_reservations().iter().any(|id| !book.reservations.contains_key(id)) {
        return Err(missing("reservation"));
    }
    for item in book.replayed(change) {
        if let std::collections::btree_map::Entry::Vacant(place) = book.histories.entry(item) {
            place.insert(history::of_item(conn, item, change).await?);
        }
    }
    lots::tell(conn, book, change).await
}

/// What is refused is an answer; what the database did not do is none.
fn refusal<T>(done: Result<(), Failure>) -> Result<Option<StoreResult<T>>, Failure> {
    match done {
        Ok(()) => Ok(None),
        Err(Failure::Refused(error)) => Ok(Some(Err(error))),
        Err(failure) => Err(failure),
    }
}

/// Locks the balances, which are made where there are none yet, and reads them. Those of unknown items
/// or warehouses are left out.
pub(crate) async fn lock(
    conn: &mut PgConnection,
    Wanted { mut keys, items }: Wanted,
) -> Result<BTreeMap<StockKey, Shelf>, Failure> {
    if !items.is_empty() {
        // Nobody makes a balance of these meanwhile.
        let ids: Vec<Uuid> = items.iter().map(|item| item.uuid()).collect();
        sql::query("SELECT FROM items WHERE id = ANY($1) ORDER BY id FOR UPDATE")
            .bind(&ids)
            .execute(&mut *conn)
            .await?;
        // Not those that this change set has made for a change to come.
        let there = "SELECT item_id, warehouse_id FROM stock_balances WHERE item_id = ANY($1) \
            AND NOT (version = 1 AND seq = 0 AND reserved = 0 AND last_at IS NULL)";
        let there: Vec<(Uuid, Uuid)> =
            sql::query_as(there).bind(&ids).fetch_all(&mut *conn).await?;
        keys.extend(there.into_iter().map(key));
    }
    if !lock_all(conn, &keys).await? {
        make(conn, &keys).await?;
        keys = known(conn, &keys).await?;
        lock_all(conn, &keys).await?;
    }
    // A statement of its own, begun under the locks, sees what item and warehouse say by now.
    let shelves = read(conn, &keys).await?;
    Ok(shelves.into_iter().map(|(key, (shelf, _))| (key, shelf)).collect())
}

/// Whether all are there, and locked.
async fn lock_all(conn: &mut PgConnection, keys: &BTreeSet<StockKey>) -> Result<bool, Failure> {
    let (items, warehouses) = columns(keys.iter());
    let locked = sql::query(LOCK).bind(items).bind(warehouses).execute(conn).await?;
    Ok(locked.rows_affected() == keys.len() as u64)
}

async fn make(conn: &mut PgConnection, keys: &BTreeSet<StockKey>) -> Result<(), Failure> {
    let (items, warehouses) = columns(keys.iter());
    // Nobody closes the books while a balance is made that does not know it yet.
    let closed = "SELECT closed_until FROM inventory_state FOR SHARE";
    let closed: Option<Timestamp> = sql::query_scalar(closed).fetch_one(&mut *conn).await?;
    // The foreign key would take these after the rows are there, which others may wait for.
    sql::query("SELECT FROM items WHERE id = ANY($1) ORDER BY id FOR KEY SHARE")
        .bind(&items)
        .execute(&mut *conn)
        .await?;
    let make = sql::query(MAKE).bind(items).bind(warehouses).bind(closed);
    make.execute(conn).await?;
    Ok(())
}

/// Those of the keys that have a balance.
async fn known(
    conn: &mut PgConnection,
    keys: &BTreeSet<StockKey>,
) -> Result<BTreeSet<StockKey>, Failure> {
    let (items, warehouses) = columns(keys.iter());
    let known: Vec<(Uuid, Uuid)> = sql::query_as(
        "SELECT item_id, warehouse_id FROM unnest($1::uuid[], $2::uuid[]) \
         AS wanted (item_id, warehouse_id) \
         JOIN stock_balances AS balance USING (item_id, warehouse_id)",
    )
    .bind(items)
    .bind(warehouses)
    .fetch_all(conn)
    .await?;
    Ok(known.into_iter().map(key).collect())
}

fn key((item, warehouse): (Uuid, Uuid)) -> StockKey {
    (ItemId::from_uuid(item), WarehouseId::from_uuid(warehouse))
}

/// The balances as they are now, each with its version; those that are not there are left out.
pub(crate) async fn read(
    conn: &mut PgConnection,
    keys: &BTreeSet<StockKey>,
) -> Result<BTreeMap<StockKey, (Shelf, i64)>, Failure> {
    let (items, warehouses) = columns(keys.iter());
    let query = sql::query(READ).bind(items).bind(warehouses).try_map(|row| shelf(&row));
    let shelves: Vec<(Shelf, i64)> = query.fetch_all(conn).await?;
    Ok(shelves.into_iter().map(|one| (one.0.balance.level.key(), one)).collect())
}

fn shelf(row: &PgRow) -> sqlx::Result<(Shelf, i64)> {
    let shelf =
        Shelf { balance: rows::balance(row)?, terms: terms(row, 10)?, lots: BTreeMap::new() };
    Ok((shelf, row.try_get(16)?))
}

/// What item and warehouse say, in six columns from this one on.
fn terms(row: &PgRow, first: usize) -> sqlx::Result<StockTerms> {
    let negative = (row.try_get(first + 2)?, row.try_get(first + 3)?);
    Ok(StockTerms {
        valuation: rows::valuation(row.try_get(first)?)?,
        reorder_level: optional_decimal(row, first + 1)?,
        may_go_negative: rows::may_go_negative(negative.0, negative.1)?,
        closed_until: row.try_get(first + 4)?,
        tracking: rows::tracking(row.try_get(first + 5)?)?,
    })
}

/// Empty balances, where there are none yet, of items and warehouses that are there.
pub(crate) async fn read_new(
    conn: &mut PgConnection,
    keys: &BTreeSet<StockKey>,
) -> Result<Vec<Shelf>, Failure> {
    let (items, warehouses) = columns(keys.iter());
    let query = sql::query(
        "SELECT item.id, warehouse.id, item.valuation, item.reorder_level, item.negative, \
         warehouse.negative, state.closed_until, item.tracking \
         FROM unnest($1::uuid[], $2::uuid[]) AS wanted (item_id, warehouse_id) \
         JOIN items AS item ON item.id = wanted.item_id \
         JOIN warehouses AS warehouse ON warehouse.id = wanted.warehouse_id \
         CROSS JOIN inventory_state AS state",
    );
    let query = query.bind(items).bind(warehouses).try_map(|row: PgRow| {
        let key = key((row.try_get(0)?, row.try_get(1)?));
        let (balance, lots) = (Balance::empty(key), BTreeMap::new());
        Ok(Shelf { balance, terms: terms(&row, 2)?, lots })
    });
    Ok(query.fetch_all(conn).await?)
}

/// Item or warehouse say something else about these balances: nothing is written any more that was
/// worked out before.
pub(super) async fn outdate(
    conn: &mut PgConnection,
    item: Option<ItemId>,
    warehouse: Option<WarehouseId>,
) -> Result<(), Failure> {
    sql::query(
        "WITH locked AS MATERIALIZED (SELECT item_id, warehouse_id FROM stock_balances \
             WHERE item_id = $1 OR warehouse_id = $2 \
             ORDER BY item_id, warehouse_id FOR NO KEY UPDATE) \
         UPDATE stock_balances AS own SET version = own.version + 1 FROM locked \
         WHERE own.item_id = locked.item_id AND own.warehouse_id = locked.warehouse_id",
    )
    .bind(item.map(ItemId::uuid))
    .bind(warehouse.map(WarehouseId::uuid))
    .execute(conn)
    .await?;
    Ok(())
}

/// Those of the reservations that are there. Under the locks of their balances nobody else changes
/// them.
pub(crate) async fn reservations(
    conn: &mut PgConnection,
    ids: &BTreeSet<ReservationId>,
) -> Result<BTreeMap<ReservationId, Reservation>, Failure> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let query = sql::query(concat!(
        "SELECT ",
        reservation_columns!(),
        " FROM stock_reservations AS reservation WHERE reservation.id = ANY($1)"
    ));
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let found = query.bind(ids).try_map(|row| rows::reservation(&row)).fetch_all(conn).await?;
    Ok(found.into_iter().map(|one| (one.id, one)).collect())
}

/// Under the lock of every balance no posting is under way that knows nothing of it.
pub(super) async fn close_period(conn: &mut PgConnection, until: Timestamp) -> Result<(), Failure> {
    let moved = sql::query(
        "UPDATE inventory_state SET closed_until = $1 \
         WHERE closed_until IS NULL OR closed_until < $1",
    );
    if moved.bind(until).execute(&mut *conn).await?.rows_affected() == 0 {
        let closed = "SELECT coalesce(closed_until, $1) FROM inventory_state";
        let closed = sql::query_scalar(closed).bind(until).fetch_one(conn).await?;
        return Err(Conflict::PeriodClosed { until: closed }.into());
    }
    sql::query("SELECT FROM stock_balances ORDER BY item_id, warehouse_id FOR NO KEY UPDATE")
        .execute(&mut *conn)
        .await?;
    let open: Option<Uuid> = sql::query_scalar(
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
    let tell = sql::query("UPDATE stock_balances SET closed_until = $1, version = version + 1")
        .bind(until);
    tell.execute(conn).await?;
    Ok(())
}

pub(super) async fn acknowledge(
    conn: &mut PgConnection,
    id: StockAlertId,
    by: UserId,
    at: Timestamp,
) -> Result<(), Failure> {
    let done = sql::query(
        "UPDATE stock_alerts SET acknowledged_by = $2, acknowledged_at = $3 \
         WHERE id = $1 AND acknowledged_at IS NULL",
    )
    .bind(id.uuid())
    .bind(by.uuid())
    .bind(at)
    .execute(&mut *conn)
    .await?;
    if done.rows_affected() > 0 {
        return Ok(());
    }
    let there = sql::query_scalar("SELECT exists (SELECT FROM stock_alerts WHERE id = $1)");
    if there.bind(id.uuid()).fetch_one(conn).await? {
        return Err(Conflict::AlertAcknowledged.into());
    }
    Err(missing("stock_alert"))
}

/// The keys, column by column.
fn columns<'a>(keys: impl Iterator<Item = &'a StockKey>) -> (Vec<Uuid>, Vec<Uuid>) {
    keys.map(|(item, warehouse)| (item.uuid(), warehouse.uuid())).unzip()
}
