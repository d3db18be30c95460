//! Warehouses.

use erp_core::{change::Version, inventory::Warehouse, text};
use sqlx::PgConnection;

use super::{expect, stock};
use crate::{commit::Failure, sql};

pub(super) async fn create(conn: &mut PgConnection, new: &Warehouse) -> Result<(), Failure> {
    sql::query(
        "INSERT INTO warehouses (id, code, code_key, name, address, negative, active, version, \
         created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8)",
    )
    .bind(new.id.uuid())
    .bind(&new.code)
    .bind(text::key(&new.code))
    .bind(&new.name)
    .bind(new.address.as_deref())
    .bind(new.negative.as_str())
    .bind(new.active)
    .bind(new.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn update(
    conn: &mut PgConnection,
    expected: Version,
    new: &Warehouse,
) -> Result<(), Failure> {
    let present: Option<(i64, String)> =
        sql::query_as("SELECT version, negative FROM warehouses WHERE id = $1 FOR NO KEY UPDATE")
            .bind(new.id.uuid())
            .fetch_optional(&mut *conn)
            .await?;
    let (version, negative) = present.unzip();
    expect("warehouse", version, expected)?;
    sql::query(
        "UPDATE warehouses SET code = $2, code_key = $3, name = $4, address = $5, negative = $6, \
         active = $7, version = version + 1 WHERE id = $1",
    )
    .bind(new.id.uuid())
    .bind(&new.code)
    .bind(text::key(&new.code))
    .bind(&new.name)
    .bind(new.address.as_deref())
    .bind(new.negative.as_str())
    .bind(new.active)
    .execute(&mut *conn)
    .await?;
    if negative.as_deref() == Some(new.negative.as_str()) {
        return Ok(());
    }
    stock::outdate(conn, None, Some(new.id)).await
}
