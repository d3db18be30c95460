//! Hourly rates.

use erp_core::{change::Version, projects::HourlyRate};
use sqlx::PgConnection;

use super::seen;
use crate::{commit::Failure, numeric::Numeric, sql};

/// The row is locked, so that of two changes under one version one happens. References are checked
/// after the unique values, as everywhere.
pub(super) async fn put(
    conn: &mut PgConnection,
    new: &HourlyRate,
    expected: Option<Version>,
) -> Result<(), Failure> {
    let present = sql::query_scalar("SELECT version FROM hourly_rates WHERE id = $1 FOR UPDATE")
        .bind(new.id.uuid())
        .fetch_optional(&mut *conn)
        .await?;
    seen("rate", present, expected)?;
    sql::query(
        "INSERT INTO hourly_rates AS own (id, user_id, project_id, valid_from, rate, currency, \
         created_at, deleted_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1) \
         ON CONFLICT (id) DO UPDATE SET user_id = $2, project_id = $3, valid_from = $4, rate = $5, \
         currency = $6, created_at = $7, deleted_at = $8, version = own.version + 1",
    )
    .bind(new.id.uuid())
    .bind(new.user.uuid())
    .bind(new.project.map(|project| project.uuid()))
    .bind(new.valid_from)
    .bind(Numeric(new.rate.amount()))
    .bind(new.rate.currency().code().to_owned())
    .bind(new.created_at)
    .bind(new.deleted_at)
    .execute(conn)
    .await?;
    Ok(())
}
