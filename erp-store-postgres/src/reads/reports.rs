//! What happened to stock, and what will be there.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use erp_core::{
    ids::{ItemId, PostingId, WarehouseId},
    inventory::{
        Movement, PostedStock, PostingQuery, StockProjection, Turnover, TurnoverQuery, Worth,
    },
    port::StoreResult,
    time::Timestamp,
};
use sqlx::{Row, postgres::PgRow};
use uuid::Uuid;

use super::limit;
use crate::{
    db::Db,
    numeric::decimal,
    rows::{self, movement_columns},
    sql,
};

pub(super) async fn postings(db: &Db, query: &PostingQuery) -> StoreResult<Vec<PostedStock>> {
    let statement = sql::query(
        "SELECT posting.id, posting.kind, posting.reference, posting.reverses, \
         posting.posted_by, posting.posted_at, posting.effective_at, reversal.id \
         FROM stock_postings AS posting \
         LEFT JOIN stock_postings AS reversal ON reversal.reverses = posting.id \
         WHERE posting.reference = ANY($1) AND (posting.reference, posting.id) > ($2, $3) \
         ORDER BY posting.reference, posting.id LIMIT $4",
    );
    let after = query.after.as_ref();
    let statement = statement
        .bind(&query.references)
        .bind(after.map_or("", |(reference, _)| reference))
        .bind(after.map_or(Uuid::nil(), |(_, id)| id.uuid()))
        .bind(limit(query.limit))
        .try_map(|row: PgRow| {
            let reversed_by = row.try_get::<Option<Uuid>, _>(7)?.map(PostingId::from_uuid);
            Ok(PostedStock { posting: rows::posting(&row)?, movements: Vec::new(), reversed_by })
        });
    let mut postings = db.run(statement.fetch_all(&db.pool)).await?;
    let mut movements = movements(db, &postings).await?;
    for posted in &mut postings {
        posted.movements = movements.remove(&posted.posting.id).unwrap_or_default();
    }
    Ok(postings)
}

/// What the postings did themselves. Postings and their movements never change, and come together.
async fn movements(
    db: &Db,
    postings: &[PostedStock],
) -> StoreResult<BTreeMap<PostingId, Vec<Movement>>> {
    let mut found = BTreeMap::<_, Vec<Movement>>::new();
    if postings.is_empty() {
        return Ok(found);
    }
    let query = sql::query(concat!(
        "SELECT ",
        movement_columns!(),
        " FROM stock_movements AS movement WHERE movement.posting_id = ANY($1) \
         AND (movement.kind = 'stock' \
             OR coalesce(movement.of_posting, movement.posting_id) = movement.posting_id) \
         ORDER BY movement.posting_id, movement.line"
    ));
    let ids: Vec<Uuid> = postings.iter().map(|posted| posted.posting.id.uuid()).collect();
    let query = query.bind(ids).try_map(|row| rows::movement(&row));
    for movement in db.run(query.fetch_all(&db.pool)).await? {
        found.entry(movement.posting).or_default().push(movement);
    }
    Ok(found)
}

/// Each line is what is there now, less what moved afterwards, and so backwards to the beginning. A
/// correction stands with what it puts right.
const TURNOVER: &str = "SELECT balance.item_id, balance.warehouse_id, \
    balance.on_hand - moved.quantity, balance.value - moved.value, \
    moved.received, moved.received_value, moved.issued, moved.issued_value, moved.revalued, \
    balance.on_hand - moved.later, balance.value - moved.later_value \
    FROM (SELECT item_id, warehouse_id, on_hand, value FROM stock_balances \
        WHERE (item_id, warehouse_id) > ($1, $2) AND coalesce(warehouse_id = $3, true) \
        ORDER BY item_id, warehouse_id LIMIT $4) AS balance \
    CROSS JOIN LATERAL (SELECT coalesce(sum(row.quantity), 0) AS quantity, \
        coalesce(sum(row.value), 0) AS value, \
        coalesce(sum(row.quantity) FILTER (WHERE row.effective_at >= $6), 0) AS later, \
        coalesce(sum(row.value) FILTER (WHERE row.effective_at >= $6), 0) AS later_value, \
        coalesce(sum(row.quantity) FILTER (WHERE row.within AND row.came_in), 0) AS received, \
        coalesce(sum(row.value) FILTER (WHERE row.within AND row.came_in), 0) AS received_value, \
        coalesce(-sum(row.quantity) FILTER (WHERE row.within AND NOT row.came_in), 0) AS issued, \
        coalesce(-sum(row.value) FILTER (WHERE row.within AND NOT row.came_in), 0) AS issued_value, \
        coalesce(sum(row.value) FILTER \
            (WHERE row.kind = 'revaluation' AND row.effective_at < $6), 0) AS revalued \
        FROM (SELECT own.quantity, own.value, own.kind, own.effective_at, \
            own.kind <> 'revaluation' AND own.effective_at < $6 AS within, \
            coalesce(nullif(original.quantity, 0), own.quantity) > 0 AS came_in \
            FROM stock_movements AS own LEFT JOIN stock_movements AS original \
            ON own.kind = 'correction' AND original.posting_id = own.of_posting \
            AND original.line = own.of_line \
            WHERE own.item_id = balance.item_id AND own.warehouse_id = balance.warehouse_id \
            AND own.effective_at >= $5) AS row) AS moved \
    ORDER BY balance.item_id, balance.warehouse_id";

pub(super) async fn turnover(db: &Db, query: &TurnoverQuery) -> StoreResult<Vec<Turnover>> {
    let after = query.after.map(|(item, warehouse)| (item.uuid(), warehouse.uuid()));
    let (item, warehouse) = after.unwrap_or((Uuid::nil(), Uuid::nil()));
    let statement = sql::query(TURNOVER)
        .bind(item)
        .bind(warehouse)
        .bind(query.warehouse.map(WarehouseId::uuid))
        .bind(limit(query.limit))
        .bind(query.from)
        .bind(query.to)
        .try_map(|row: PgRow| {
            let worth = |first: usize| {
                Ok::<_, sqlx::Error>(Worth {
                    quantity: decimal(&row, first)?,
                    value: decimal(&row, first + 1)?,
                })
            };
            Ok(Turnover {
                item: ItemId::from_uuid(row.try_get(0)?),
                warehouse: WarehouseId::from_uuid(row.try_get(1)?),
                opening: worth(2)?,
                received: worth(4)?,
                issued: worth(6)?,
                revalued: decimal(&row, 8)?,
                closing: worth(9)?,
            })
        });
    db.run(statement.fetch_all(&db.pool)).await
}

pub(super) async fn projection(
    db: &Db,
    item: ItemId,
    at: Timestamp,
    day: NaiveDate,
) -> StoreResult<Vec<StockProjection>> {
    let query = sql::query(
        "SELECT balance.warehouse_id, balance.on_hand, coalesce(lot.expired, 0), \
         coalesce(reservation.held, 0) FROM stock_balances AS balance \
         LEFT JOIN (SELECT warehouse_id, sum(on_hand) AS expired FROM stock_lots \
             WHERE item_id = $1 AND good_until < $3 AND on_hand > 0 GROUP BY warehouse_id) \
         AS lot ON lot.warehouse_id = balance.warehouse_id \
         LEFT JOIN (SELECT warehouse_id, sum(quantity - consumed) AS held \
             FROM stock_reservations WHERE item_id = $1 AND state = 'active' \
             AND coalesce(expires_at, 'infinity') > $2 GROUP BY warehouse_id) \
         AS reservation ON reservation.warehouse_id = balance.warehouse_id \
         WHERE balance.item_id = $1 ORDER BY balance.warehouse_id",
    );
    let query = query.bind(item.uuid()).bind(at).bind(day).try_map(|row: PgRow| {
        let warehouse = WarehouseId::from_uuid(row.try_get(0)?);
        Ok(StockProjection::new(warehouse, decimal(&row, 1)?, decimal(&row, 2)?, decimal(&row, 3)?))
    });
    db.run(query.fetch_all(&db.pool)).await
}
