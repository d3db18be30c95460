//! Lots, and what is on hand of them.

use chrono::NaiveDate;
use erp_core::{
    ids::{ItemId, LotId, WarehouseId},
    inventory::{Lot, LotLevel, LotQuery},
    port::StoreResult,
    text,
};
use sqlx::{Row, postgres::PgRow};
use uuid::Uuid;

use super::limit;
use crate::{
    db::Db,
    numeric::decimal,
    rows::{self, lot_columns},
    sql,
};

pub(super) async fn lot(db: &Db, id: LotId) -> StoreResult<Option<Lot>> {
    let query =
        sql::query(concat!("SELECT ", lot_columns!(), " FROM lots AS lot WHERE lot.id = $1"));
    let query = query.bind(id.uuid()).try_map(|row| rows::lot(&row));
    db.run(query.fetch_optional(&db.pool)).await
}

pub(super) async fn by_code(db: &Db, codes: &[(ItemId, String)]) -> StoreResult<Vec<Lot>> {
    let query = sql::query(concat!(
        "SELECT ",
        lot_columns!(),
        " FROM lots AS lot WHERE (lot.item_id, lot.code_key) \
         IN (SELECT * FROM unnest($1::uuid[], $2::text[])) ORDER BY lot.id"
    ));
    let (items, keys): (Vec<Uuid>, Vec<String>) =
        codes.iter().map(|(item, code)| (item.uuid(), text::key(code))).unzip();
    let query = query.bind(items).bind(keys).try_map(|row| rows::lot(&row));
    db.run(query.fetch_all(&db.pool)).await
}

/// The lots where this holds, after the place `$1`, `$2`, `$3`.
macro_rules! levels_where {
    ($condition:literal) => {
        concat!(
            "SELECT ",
            lot_columns!(),
            ", stock.warehouse_id, stock.on_hand FROM stock_lots AS stock \
             JOIN lots AS lot ON lot.id = stock.lot_id WHERE stock.on_hand > 0 \
             AND (stock.good_until, stock.lot_id, stock.warehouse_id) \
                 > (coalesce($1, 'infinity'), $2, $3) \
             AND stock.good_until <= coalesce($4::date - 1, 'infinity') \
             AND coalesce(stock.warehouse_id = $5, true) AND ",
            $condition,
            " ORDER BY stock.good_until, stock.lot_id, stock.warehouse_id LIMIT $6"
        )
    };
}

pub(super) async fn levels(db: &Db, query: &LotQuery) -> StoreResult<Vec<LotLevel>> {
    const ALL: &str = levels_where!("true");
    const OF_ITEM: &str = levels_where!("stock.item_id = $7");
    let (day, lot, warehouse) = match query.after {
        None => (Some(NaiveDate::default()), Uuid::nil(), Uuid::nil()),
        Some(place) => (place.expires_on, place.lot.uuid(), place.warehouse.uuid()),
    };
    let statement = sql::query(if query.item.is_some() { OF_ITEM } else { ALL })
        .bind(day)
        .bind(lot)
        .bind(warehouse)
        .bind(query.expires_before)
        .bind(query.warehouse.map(WarehouseId::uuid))
        .bind(limit(query.limit));
    let statement = match query.item {
        Some(item) => statement.bind(item.uuid()),
        None => statement,
    };
    let statement = statement.try_map(|row: PgRow| {
        let (warehouse, on_hand) = (WarehouseId::from_uuid(row.try_get(5)?), decimal(&row, 6)?);
        Ok(LotLevel { lot: rows::lot(&row)?, warehouse, on_hand })
    });
    db.run(statement.fetch_all(&db.pool)).await
}
