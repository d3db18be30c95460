//! Items.

use erp_core::{
    Conflict,
    change::Version,
    ids::{ItemCategoryId, ItemId},
    inventory::{Item, NegativeStock},
    text,
};
use sqlx::PgConnection;

use super::{expect, stock};
use crate::{commit::Failure, numeric::Numeric, sql};

pub(super) async fn create(conn: &mut PgConnection, new: &Item) -> Result<(), Failure> {
    sql::query(
        "INSERT INTO items (id, sku, sku_key, name, category_id, unit, scale, reorder_level, \
         valuation, negative, active, version, created_at, tracking) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $12, $13)",
    )
    .bind(new.id.uuid())
    .bind(&new.sku)
    .bind(text::key(&new.sku))
    .bind(&new.name)
    .bind(new.category.map(ItemCategoryId::uuid))
    .bind(&new.unit.name)
    .bind(i16::from(new.unit.scale))
    .bind(new.reorder_level.map(Numeric))
    .bind(new.valuation.as_str())
    .bind(new.negative.map(NegativeStock::as_str))
    .bind(new.active)
    .bind(new.created_at)
    .bind(new.tracking.as_str())
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn update(
    conn: &mut PgConnection,
    expected: Version,
    new: &Item,
    unused: bool,
) -> Result<(), Failure> {
    lock(conn, new.id, expected).await?;
    sql::query(
        "UPDATE items SET sku = $2, sku_key = $3, name = $4, category_id = $5, unit = $6, \
         scale = $7, reorder_level = $8, valuation = $9, negative = $10, active = $11, \
         tracking = $12, version = version + 1 WHERE id = $1",
    )
    .bind(new.id.uuid())
    .bind(&new.sku)
    .bind(text::key(&new.sku))
    .bind(&new.name)
    .bind(new.category.map(ItemCategoryId::uuid))
    .bind(&new.unit.name)
    .bind(i16::from(new.unit.scale))
    .bind(new.reorder_level.map(Numeric))
    .bind(new.valuation.as_str())
    .bind(new.negative.map(NegativeStock::as_str))
    .bind(new.active)
    .bind(new.tracking.as_str())
    .execute(&mut *conn)
    .await?;
    if unused {
        require_unused(conn, new.id).await
    } else {
        stock::outdate(conn, Some(new.id), None).await
    }
}

pub(super) async fn delete(
    conn: &mut PgConnection,
    id: ItemId,
    expected: Version,
) -> Result<(), Failure> {
    lock(conn, id, expected).await?;
    require_unused(conn, id).await?;
    sql::query("DELETE FROM stock_balances WHERE item_id = $1")
        .bind(id.uuid())
        .execute(&mut *conn)
        .await?;
    sql::query("DELETE FROM items WHERE id = $1").bind(id.uuid()).execute(conn).await?;
    Ok(())
}

/// Nothing of the item ever moved (INV-14). Under the item's lock nothing begins to. A balance that was only made
/// to be locked, for a later change of the set, is none.
async fn require_unused(conn: &mut PgConnection, id: ItemId) -> Result<(), Failure> {
    let used = "SELECT EXISTS (SELECT FROM stock_balances \
        WHERE item_id = $1 AND (version > 1 OR seq > 0 OR reserved <> 0))";
    match sql::query_scalar(used).bind(id.uuid()).fetch_one(conn).await? {
        true => Err(Conflict::in_use("item", "stock").into()),
        false => Ok(()),
    }
}

/// Locks the item, which must have the expected version, against everything: also against the first
/// balance of it.
async fn lock(conn: &mut PgConnection, id: ItemId, expected: Version) -> Result<(), Failure> {
    let present = sql::query_scalar("SELECT version FROM items WHERE id = $1 FOR UPDATE")
        .bind(id.uuid())
        .fetch_optional(conn)
        .await?;
    expect("item", present, expected)
}
