//! The memory of idempotency keys (rule X-6).

use erp_core::{
    change::{Allocated, Idempotency, Receipt},
    ctx::Actor,
    error::Conflict,
    time::Timestamp,
};
use sqlx::{PgConnection, Row, types::Json};
use uuid::Uuid;

use super::Failure;
use crate::sql;

/// Takes the key for this transaction, or finds the answer that it had before. Whoever comes with
/// the same key meanwhile waits for the end of this transaction.
pub(super) async fn claim(
    conn: &mut PgConnection,
    wanted: &Idempotency,
    at: Timestamp,
) -> Result<Option<Receipt>, Failure> {
    let claimed = sql::query(
        "INSERT INTO idempotency_keys (actor_id, key, fingerprint, answer, allocated, created_at) \
         VALUES ($1, $2, $3, $4::json, '{}', $5) ON CONFLICT (actor_id, key) DO NOTHING",
    )
    .bind(owner(wanted))
    .bind(wanted.key.as_str())
    .bind(&wanted.fingerprint[..])
    .bind(wanted.answer.to_string())
    .bind(at)
    .execute(&mut *conn)
    .await?;
    if claimed.rows_affected() == 1 {
        return Ok(None);
    }
    replay(conn, wanted).await
}

async fn replay(conn: &mut PgConnection, wanted: &Idempotency) -> Result<Option<Receipt>, Failure> {
    let row = sql::query(
        "SELECT fingerprint, answer, allocated FROM idempotency_keys \
         WHERE actor_id = $1 AND key = $2",
    )
    .bind(owner(wanted))
    .bind(wanted.key.as_str())
    .fetch_one(conn)
    .await?;
    if row.try_get::<&[u8], _>(0)? != wanted.fingerprint {
        return Err(Conflict::IdempotencyKeyReused.into());
    }
    let Json(answer) = row.try_get(1)?;
    let allocated: Vec<Option<i64>> = row.try_get(2)?;
    Ok(Some(Receipt {
        position: None,
        allocated: allocated.into_iter().map(|number| Allocated { number }).collect(),
        replayed: Some(answer),
        stock: Vec::new(),
    }))
}

/// Whose the key is; the nil id is the host itself.
pub(super) fn owner(wanted: &Idempotency) -> Uuid {
    match wanted.actor {
        Actor::User(user) => user.uuid(),
        Actor::System => Uuid::nil(),
    }
}
