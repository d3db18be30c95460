//! Changes of warehouses, items and stock, each to its place.

use erp_core::{inventory::InventoryChange, time::Timestamp};
use sqlx::PgConnection;

use super::{Applied, items, stock};
use crate::commit::Failure;

/// Writes the change, made at this instant.
pub(crate) async fn inventory(
    conn: &mut PgConnection,
    change: &InventoryChange,
    at: Timestamp,
) -> Result<Applied, Failure> {
    use InventoryChange as C;
    match change {
        C::TermsChanged { warehouse } => stock::outdate(conn, None, Some(*warehouse)).await?,
        C::CreateItem(item) => items::create(conn, item).await?,
        C::UpdateItem { expected, item, unused } => {
            items::update(conn, *expected, item, *unused).await?;
        }
        C::DeleteItem { id, expected } => items::delete(conn, *id, *expected).await?,
        C::Post(_) | C::Reserve { .. } | C::EndReservation { .. } => {
            return stock::apply(conn, change, at).await;
        }
        C::CorrectLot { id, seen, expires_on } => {
            stock::correct_lot(conn, *id, *seen, *expires_on).await?;
        }
        C::ClosePeriod { until } => stock::close_period(conn, *until).await?,
        C::AcknowledgeAlert { id, by, at } => stock::acknowledge(conn, *id, *by, *at).await?,
    }
    Ok(Applied::default())
}
