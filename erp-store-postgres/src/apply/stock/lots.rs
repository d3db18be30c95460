//! Lots: those that come in for the first time, what a change must know of them, and what is on hand of
//! them now. Where stock lies in no lots nothing is asked.

use chrono::NaiveDate;
use erp_core::{
    ids::{ItemId, LotId, WarehouseId},
    inventory::{
        InventoryChange, Lot, LotLevel,
        rules::{LotsWanted, StockBook},
    },
    money::Decimal,
    port::StoreError,
    text,
};
use sqlx::{PgConnection, Row, postgres::PgRow};
use uuid::Uuid;

use super::{columns, outdate};
use crate::{
    apply::missing,
    commit::Failure,
    numeric::{Numeric, optional_decimal},
    rows::{self, lot_columns},
    sql,
};

/// `$1` lots that are named, `$2` and `$3` balances of which all lots are wanted, `$4` items of which
/// every lot is. Each lot comes with all the places where there is something of it.
const READ: &str = concat!(
    "SELECT ",
    lot_columns!(),
    ", stock.warehouse_id, stock.on_hand FROM lots AS lot \
     LEFT JOIN stock_lots AS stock ON stock.lot_id = lot.id AND stock.on_hand > 0 \
     WHERE lot.id = ANY(ARRAY(SELECT unnest($1::uuid[]) \
         UNION SELECT lot_id FROM stock_lots WHERE on_hand > 0 \
             AND (item_id, warehouse_id) IN (SELECT * FROM unnest($2::uuid[], $3::uuid[])) \
         UNION SELECT id FROM lots WHERE item_id = ANY($4)))"
);

/// Writes the lots that come in for the first time, and tells the book what it must know. Under the locks
/// of the balances.
pub(super) async fn tell(
    conn: &mut PgConnection,
    book: &mut StockBook,
    change: &InventoryChange,
) -> Result<(), Failure> {
    if let InventoryChange::Post(new) = change {
        create(conn, &new.new_lots).await?;
    }
    let wanted = book.lots_wanted(change);
    if wanted.is_empty() {
        return Ok(());
    }
    for (lot, place) in read(conn, &wanted).await? {
        match place {
            Some((warehouse, on_hand)) => book.know_level(LotLevel { lot, warehouse, on_hand }),
            None => book.know(lot),
        }
    }
    Ok(())
}

async fn create(conn: &mut PgConnection, lots: &[Lot]) -> Result<(), Failure> {
    if lots.is_empty() {
        return Ok(());
    }
    sql::query(
        "INSERT INTO lots (id, item_id, code, code_key, expires_on, created_at) \
         SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::date[], \
         $6::timestamptz[])",
    )
    .bind(column(lots, |lot| lot.id.uuid()))
    .bind(column(lots, |lot| lot.item.uuid()))
    .bind(column(lots, |lot| lot.code.clone()))
    .bind(column(lots, |lot| text::key(&lot.code)))
    .bind(column(lots, |lot| lot.expires_on))
    .bind(column(lots, |lot| lot.created_at))
    .execute(conn)
    .await?;
    Ok(())
}

/// A lot, and how much of it is where, if anywhere.
type Found = (Lot, Option<(WarehouseId, Decimal)>);

async fn read(conn: &mut PgConnection, wanted: &LotsWanted) -> Result<Vec<Found>, Failure> {
    let (items, warehouses) = columns(wanted.on_hand.iter());
    let query = sql::query(READ)
        .bind(wanted.named.iter().map(|lot| lot.uuid()).collect::<Vec<_>>())
        .bind(items)
        .bind(warehouses)
        .bind(wanted.items.iter().map(|item| item.uuid()).collect::<Vec<_>>());
    let query = query.try_map(|row: PgRow| {
        let place: (Option<Uuid>, _) = (row.try_get(5)?, optional_decimal(&row, 6)?);
        let place = place.0.zip(place.1).map(|(id, many)| (WarehouseId::from_uuid(id), many));
        Ok((rows::lot(&row)?, place))
    });
    Ok(query.fetch_all(conn).await?)
}

/// Puts the last good day of a lot right. Under the locks of its item and of every balance of that
/// nothing is picked, and nothing comes in, by the day that was seen.
pub(crate) async fn correct(
    conn: &mut PgConnection,
    id: LotId,
    seen: Option<NaiveDate>,
    expires_on: Option<NaiveDate>,
) -> Result<(), Failure> {
    let item = sql::query_scalar("SELECT item_id FROM lots WHERE id = $1").bind(id.uuid());
    let item: Option<Uuid> = item.fetch_optional(&mut *conn).await?;
    let item = item.ok_or_else(|| missing("lot"))?;
    sql::query("SELECT FROM items WHERE id = $1 FOR UPDATE").bind(item).execute(&mut *conn).await?;
    outdate(conn, Some(ItemId::from_uuid(item)), None).await?;
    let put =
        "UPDATE lots SET expires_on = $3 WHERE id = $1 AND expires_on IS NOT DISTINCT FROM $2";
    let put = sql::query(put).bind(id.uuid()).bind(seen).bind(expires_on);
    if put.execute(&mut *conn).await?.rows_affected() == 0 {
        return Err(StoreError::Stale { entity: "lot", current: None }.into());
    }
    let places = "UPDATE stock_lots SET good_until = coalesce($2, 'infinity') WHERE lot_id = $1";
    sql::query(places).bind(id.uuid()).bind(expires_on).execute(conn).await?;
    Ok(())
}

/// Writes what is on hand now.
pub(super) async fn put(conn: &mut PgConnection, levels: &[LotLevel]) -> Result<(), Failure> {
    if levels.is_empty() {
        return Ok(());
    }
    sql::query(
        "INSERT INTO stock_lots (lot_id, warehouse_id, item_id, good_until, on_hand) \
         SELECT new.lot_id, new.warehouse_id, new.item_id, coalesce(new.good_until, 'infinity'), \
         new.on_hand FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::date[], $5::numeric[]) \
         AS new (lot_id, warehouse_id, item_id, good_until, on_hand) \
         ON CONFLICT (lot_id, warehouse_id) DO UPDATE SET on_hand = excluded.on_hand",
    )
    .bind(column(levels, |one| one.lot.id.uuid()))
    .bind(column(levels, |one| one.warehouse.uuid()))
    .bind(column(levels, |one| one.lot.item.uuid()))
    .bind(column(levels, |one| one.lot.expires_on))
    .bind(column(levels, |one| Numeric(one.on_hand)))
    .execute(conn)
    .await?;
    Ok(())
}

fn column<T, V>(rows: &[T], value: impl Fn(&T) -> V) -> Vec<V> {
    rows.iter().map(value).collect()
}
