//! What moved before, for postings of the past and reversals.

use std::collections::BTreeSet;

use erp_core::{
    ids::{ItemId, PostingId},
    inventory::{InventoryChange, Movement},
};
use sqlx::PgConnection;

use crate::{
    commit::Failure,
    rows::{self, movement_columns},
    sql,
};

/// The movements of an item in the order of the history; one more than the change allows at most.
pub(super) async fn of_item(
    conn: &mut PgConnection,
    item: ItemId,
    change: &InventoryChange,
) -> Result<Vec<Movement>, Failure> {
    let most = match change {
        InventoryChange::Post(new) => new.max_replayed.saturating_add(1),
        _ => 0,
    };
    let query = sql::query(concat!(
        "SELECT ",
        movement_columns!(),
        " FROM stock_movements AS movement WHERE movement.item_id = $1 \
         ORDER BY movement.effective_at, movement.seq, movement.posting_id, movement.line LIMIT $2"
    ));
    let query = query.bind(item.uuid()).bind(i64::try_from(most).unwrap_or(i64::MAX));
    Ok(query.try_map(|row| rows::movement(&row)).fetch_all(conn).await?)
}

/// What postings did, and what puts that right.
pub(super) async fn posted(
    conn: &mut PgConnection,
    ids: &BTreeSet<PostingId>,
) -> Result<Vec<Movement>, Failure> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let query = sql::query(concat!(
        "SELECT ",
        movement_columns!(),
        " FROM stock_movements AS movement WHERE movement.posting_id = ANY($1) UNION ALL SELECT ",
        movement_columns!(),
        " FROM stock_movements AS movement WHERE movement.of_posting = ANY($1) \
         AND movement.kind <> 'stock' AND movement.of_posting <> movement.posting_id"
    ));
    let query = query.bind(ids.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    Ok(query.try_map(|row| rows::movement(&row)).fetch_all(conn).await?)
}
