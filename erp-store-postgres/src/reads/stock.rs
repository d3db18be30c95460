//! Stock.

use erp_core::{
    ids::{ItemId, PostingId, ReservationId, StockAlertId, WarehouseId},
    inventory::{
        AlertQuery, LevelQuery, Movement, MovementQuery, PostedStock, Reservation,
        ReservationQuery, StockAlert, StockAt, StockKey, StockLevel,
    },
    port::StoreResult,
    time::Timestamp,
};
use sqlx::{QueryBuilder, Row, postgres::PgRow};
use uuid::Uuid;

use super::limit;
use crate::{
    db::Db,
    numeric::decimal,
    rows::{self, alert_columns, movement_columns, reservation_columns},
    sql,
};

/// The columns of a level.
macro_rules! level_columns {
    () => {
        "balance.item_id, balance.warehouse_id, balance.on_hand, balance.reserved, balance.value"
    };
}

/// The levels after the key `$1`, `$2`, where this holds.
macro_rules! levels_where {
    ($condition:literal) => {
        concat!(
            "SELECT ",
            level_columns!(),
            " FROM stock_balances AS balance WHERE ",
            $condition,
            " AND ($3::date IS NULL OR balance.on_hand - balance.reserved - coalesce(( \
                 SELECT sum(stock.on_hand) FROM stock_lots AS stock \
                 WHERE stock.item_id = balance.item_id AND stock.on_hand > 0 \
                 AND stock.good_until < $3 AND stock.warehouse_id = balance.warehouse_id), 0) <= \
                 (SELECT item.reorder_level FROM items AS item WHERE item.id = balance.item_id)) \
             ORDER BY balance.item_id, balance.warehouse_id LIMIT $4"
        )
    };
}

pub(super) async fn level(db: &Db, (item, warehouse): StockKey) -> StoreResult<Option<StockLevel>> {
    let query = sql::query(concat!(
        "SELECT ",
        level_columns!(),
        " FROM stock_balances AS balance \
         WHERE balance.item_id = $1 AND balance.warehouse_id = $2"
    ));
    let query = query.bind(item.uuid()).bind(warehouse.uuid()).try_map(|row| rows::level(&row));
    db.run(query.fetch_optional(&db.pool)).await
}

pub(super) async fn levels(db: &Db, query: &LevelQuery) -> StoreResult<Vec<StockLevel>> {
    const ALL: &str = levels_where!("(balance.item_id, balance.warehouse_id) > ($1, $2)");
    const OF_ITEM: &str = levels_where!(
        "(balance.item_id, balance.warehouse_id) > ($1, $2) AND balance.item_id = $5 \
         AND coalesce(balance.warehouse_id = $6, true)"
    );
    const IN_WAREHOUSE: &str =
        levels_where!("balance.item_id > $1 AND $2 IS NOT NULL AND balance.warehouse_id = $5");
    let statement = match (query.item, query.warehouse) {
        (None, None) => ALL,
        (Some(_), _) => OF_ITEM,
        (None, Some(_)) => IN_WAREHOUSE,
    };
    let (item, warehouse) = query
        .after
        .map_or((Uuid::nil(), Uuid::nil()), |(item, warehouse)| (item.uuid(), warehouse.uuid()));
    let statement = sql::query(statement)
        .bind(item)
        .bind(warehouse)
        .bind(query.low_on)
        .bind(limit(query.limit));
    let wanted = query.warehouse.map(WarehouseId::uuid);
    let statement = match (query.item, wanted) {
        (None, None) => statement,
        (Some(item), wanted) => statement.bind(item.uuid()).bind(wanted),
        (None, wanted) => statement.bind(wanted),
    };
    let statement = statement.try_map(|row| rows::level(&row));
    db.run(statement.fetch_all(&db.pool)).await
}

/// What is there now, less what moved afterwards.
pub(super) async fn stock_at(db: &Db, item: ItemId, at: Timestamp) -> StoreResult<Vec<StockAt>> {
    // Two bounds of the instant: of one alone, a plan for any item expects a third of its ledger, and
    // where there are few items it reads all of it.
    let query = sql::query(
        "SELECT balance.warehouse_id, balance.on_hand - coalesce(later.quantity, 0), \
         balance.value - coalesce(later.value, 0) FROM stock_balances AS balance \
         LEFT JOIN (SELECT warehouse_id, sum(quantity) AS quantity, sum(value) AS value \
             FROM stock_movements WHERE item_id = $1 AND effective_at > $2 \
             AND effective_at <= 'infinity' GROUP BY warehouse_id) \
         AS later ON later.warehouse_id = balance.warehouse_id \
         WHERE balance.item_id = $1 ORDER BY balance.warehouse_id",
    );
    let query = query.bind(item.uuid()).bind(at).try_map(|row: PgRow| {
        let warehouse = WarehouseId::from_uuid(row.try_get(0)?);
        Ok(StockAt { warehouse, on_hand: decimal(&row, 1)?, value: decimal(&row, 2)? })
    });
    db.run(query.fetch_all(&db.pool)).await
}

pub(super) async fn posting(db: &Db, id: PostingId) -> StoreResult<Option<PostedStock>> {
    // A posting and its movements never change, and come together: three reads see one state.
    let query = sql::query(
        "SELECT posting.id, posting.kind, posting.reference, posting.reverses, \
         posting.posted_by, posting.posted_at, posting.effective_at, reversal.id \
         FROM stock_postings AS posting \
         LEFT JOIN stock_postings AS reversal ON reversal.reverses = posting.id \
         WHERE posting.id = $1",
    );
    let query = query.bind(id.uuid()).try_map(|row: PgRow| {
        let reversed_by = row.try_get::<Option<Uuid>, _>(7)?.map(PostingId::from_uuid);
        Ok((rows::posting(&row)?, reversed_by))
    });
    let Some((posting, reversed_by)) = db.run(query.fetch_optional(&db.pool)).await? else {
        return Ok(None);
    };
    let query = sql::query(concat!(
        "SELECT ",
        movement_columns!(),
        " FROM stock_movements AS movement WHERE movement.posting_id = $1 \
         AND (movement.kind = 'stock' OR coalesce(movement.of_posting, $1) = $1) \
         ORDER BY movement.line"
    ));
    let query = query.bind(id.uuid()).try_map(|row| rows::movement(&row));
    let movements = db.run(query.fetch_all(&db.pool)).await?;
    Ok(Some(PostedStock { posting, movements, reversed_by }))
}

pub(super) async fn movements(db: &Db, query: &MovementQuery) -> StoreResult<Vec<Movement>> {
    const LATEST: &str = concat!(
        "SELECT ",
        movement_columns!(),
        " FROM stock_movements AS movement WHERE movement.item_id = $1 \
         AND coalesce(movement.warehouse_id = $2, true) \
         ORDER BY movement.effective_at DESC, movement.seq DESC, movement.posting_id DESC, \
         movement.line DESC LIMIT $3"
    );
    const BEFORE: &str = concat!(
        "SELECT ",
        movement_columns!(),
        " FROM stock_movements AS movement WHERE movement.item_id = $1 \
         AND coalesce(movement.warehouse_id = $2, true) \
         AND (movement.effective_at, movement.seq, movement.posting_id, movement.line) \
         < ($4, $5, $6, $7) \
         ORDER BY movement.effective_at DESC, movement.seq DESC, movement.posting_id DESC, \
         movement.line DESC LIMIT $3"
    );
    let statement = sql::query(if query.before.is_some() { BEFORE } else { LATEST })
        .bind(query.item.uuid())
        .bind(query.warehouse.map(WarehouseId::uuid))
        .bind(limit(query.limit));
    let statement = match query.before {
        None => statement,
        Some(key) => {
            statement.bind(key.effective_at).bind(key.seq).bind(key.posting.uuid()).bind(key.line)
        }
    };
    let statement = statement.try_map(|row| rows::movement(&row));
    db.run(statement.fetch_all(&db.pool)).await
}

pub(super) async fn reservation(db: &Db, id: ReservationId) -> StoreResult<Option<Reservation>> {
    let query = sql::query(concat!(
        "SELECT ",
        reservation_columns!(),
        " FROM stock_reservations AS reservation WHERE reservation.id = $1"
    ));
    let query = query.bind(id.uuid()).try_map(|row| rows::reservation(&row));
    db.run(query.fetch_optional(&db.pool)).await
}

pub(super) async fn reservations_by_id(
    db: &Db,
    ids: &[ReservationId],
) -> StoreResult<Vec<Reservation>> {
    let query = sql::query(concat!(
        "SELECT ",
        reservation_columns!(),
        " FROM stock_reservations AS reservation WHERE reservation.id = ANY($1) \
         ORDER BY reservation.id"
    ));
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let query = query.bind(ids).try_map(|row| rows::reservation(&row));
    db.run(query.fetch_all(&db.pool)).await
}

pub(super) async fn reservations(
    db: &Db,
    query: &ReservationQuery,
) -> StoreResult<Vec<Reservation>> {
    let statement = sql::query(concat!(
        "SELECT ",
        reservation_columns!(),
        " FROM stock_reservations AS reservation WHERE reservation.state = 'active' \
         AND reservation.item_id = $1 AND reservation.id > $2 ORDER BY reservation.id LIMIT $3"
    ));
    let statement = statement
        .bind(query.item.uuid())
        .bind(query.after.map_or(Uuid::nil(), ReservationId::uuid))
        .bind(limit(query.limit))
        .try_map(|row| rows::reservation(&row));
    db.run(statement.fetch_all(&db.pool)).await
}

pub(super) async fn due(
    db: &Db,
    at: Timestamp,
    of: Option<StockKey>,
    rows: usize,
) -> StoreResult<Vec<Reservation>> {
    let mut sql = QueryBuilder::new(concat!(
        "SELECT ",
        reservation_columns!(),
        " FROM stock_reservations AS reservation WHERE reservation.state = 'active' \
         AND reservation.expires_at <= "
    ));
    sql.push_bind(at);
    if let Some((item, warehouse)) = of {
        sql.push(" AND reservation.item_id = ").push_bind(item.uuid());
        sql.push(" AND reservation.warehouse_id = ").push_bind(warehouse.uuid());
    }
    sql.push(" ORDER BY reservation.expires_at, reservation.id LIMIT ").push_bind(limit(rows));
    let query = sql::Statement::from(sql.build()).try_map(|row| rows::reservation(&row));
    db.run(query.fetch_all(&db.pool)).await
}

pub(super) async fn alert(db: &Db, id: StockAlertId) -> StoreResult<Option<StockAlert>> {
    let query = sql::query(concat!(
        "SELECT ",
        alert_columns!(),
        " FROM stock_alerts AS alert WHERE alert.id = $1"
    ));
    let query = query.bind(id.uuid()).try_map(|row| rows::alert(&row));
    db.run(query.fetch_optional(&db.pool)).await
}

pub(super) async fn alerts(db: &Db, query: &AlertQuery) -> StoreResult<Vec<StockAlert>> {
    let statement = sql::query(concat!(
        "SELECT ",
        alert_columns!(),
        " FROM stock_alerts AS alert WHERE alert.acknowledged_at IS NULL AND alert.id > $1 \
         ORDER BY alert.id LIMIT $2"
    ));
    let statement = statement
        .bind(query.after.map_or(Uuid::nil(), StockAlertId::uuid))
        .bind(limit(query.limit))
        .try_map(|row| rows::alert(&row));
    db.run(statement.fetch_all(&db.pool)).await
}
