//! Retention and self-checks.

use std::time::Duration;

use async_trait::async_trait;
use erp_core::{
    access::AuditAnchor,
    change::Position,
    ids::AuditId,
    port::{Discrepancy, EventLog, Maintenance, StoreResult},
    time::Timestamp,
};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};
use tokio::time::sleep;
use uuid::Uuid;

use crate::{
    constraint::store_error,
    event_log::{partitions, tail},
    months::{self, Month},
    sql,
    store::Writer,
    verify,
};

/// How often retention looks whether open transactions have ended.
const POLL: Duration = Duration::from_millis(10);

/// Retention over one store.
#[derive(Clone)]
pub(crate) struct Keeper {
    pub writer: Writer,
}

#[async_trait]
impl Maintenance for Keeper {
    async fn drop_events_before(&self, before: Timestamp) -> StoreResult<Position> {
        let day = partitions::day_of(before);
        self.writer.db.on_connection(async |conn| drop_events(conn, day).await).await?;
        self.writer.waker.wake();
        self.writer.log.horizon().await
    }

    async fn drop_audit_before(&self, before: Timestamp) -> StoreResult<Vec<AuditAnchor>> {
        self.writer.db.on_connection(async |conn| drop_audit(conn, before).await).await
    }

    async fn purge_idempotency(&self, before: Timestamp) -> StoreResult<u64> {
        let db = &self.writer.db;
        let query = sql::query("DELETE FROM idempotency_keys WHERE created_at < $1").bind(before);
        Ok(db.run(query.execute(&db.pool)).await?.rows_affected())
    }

    async fn purge_sessions(&self, before: Timestamp) -> StoreResult<u64> {
        let db = &self.writer.db;
        let sessions = sql::query("DELETE FROM user_sessions WHERE expires_at < $1").bind(before);
        let sessions = db.run(sessions.execute(&db.pool)).await?.rows_affected();
        let devices = sql::query("DELETE FROM known_devices WHERE expires_at < $1").bind(before);
        let devices = db.run(devices.execute(&db.pool)).await?.rows_affected();
        let failures = sql::query("DELETE FROM login_failures WHERE last_at < $1").bind(before);
        Ok(sessions + devices + db.run(failures.execute(&db.pool)).await?.rows_affected())
    }

    async fn verify(&self) -> StoreResult<Vec<Discrepancy>> {
        verify::discrepancies(&self.writer.db).await
    }
}

/// Drops the partitions whose events are all of days before this one. The present day's partition is
/// begun first, so that a log which has been quiet for long can be dropped as well.
async fn drop_events(conn: &mut PgConnection, day: i32) -> StoreResult<()> {
    partitions::begin_day(conn, day).await.map_err(store_error)?;
    let old = partitions::older_than(conn, day).await.map_err(store_error)?;
    if old.is_empty() {
        return Ok(());
    }
    no_position_is_open(conn).await.map_err(store_error)?;
    for partition in &old {
        partitions::drop(conn, partition).await.map_err(store_error)?;
    }
    Ok(())
}

/// Waits until everybody has ended who may have taken a position before the newest partition began:
/// his event would come into a partition that is gone.
async fn no_position_is_open(conn: &mut PgConnection) -> sqlx::Result<()> {
    let key = sql::query_scalar("SELECT lock_key FROM event_log_state");
    let key: i64 = key.fetch_one(&mut *conn).await?;
    let mut open = tail::holders(conn, key).await?;
    while !open.is_empty() {
        sleep(POLL).await;
        let now = tail::holders(conn, key).await?;
        open.retain(|holder| now.contains(holder));
    }
    Ok(())
}

/// Drops the months that end at or before this instant, the oldest first.
async fn drop_audit(conn: &mut PgConnection, before: Timestamp) -> StoreResult<Vec<AuditAnchor>> {
    let strays: Vec<Timestamp> = sql::query_scalar(
        "SELECT DISTINCT date_trunc('month', at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' \
         FROM audit_log_default WHERE at < $1",
    )
    .bind(before)
    .fetch_all(&mut *conn)
    .await
    .map_err(store_error)?;
    for month in strays {
        months::make(conn, Month::of(month)).await?;
    }
    let mut anchors = Vec::new();
    for month in ended_months(conn, before).await.map_err(store_error)? {
        anchors.extend(drop_month(conn, month).await.map_err(store_error)?);
    }
    Ok(anchors)
}

async fn ended_months(conn: &mut PgConnection, before: Timestamp) -> sqlx::Result<Vec<Month>> {
    let names: Vec<String> = sql::query_scalar(
        "SELECT child.relname::text FROM pg_inherits \
         JOIN pg_class AS child ON child.oid = inhrelid \
         WHERE inhparent = 'audit_log'::regclass ORDER BY child.relname",
    )
    .fetch_all(conn)
    .await?;
    let months = names.iter().filter_map(|name| Month::of_partition(name));
    let ended = |month: &Month| month.bounds().is_some_and(|(_, end)| end <= before);
    Ok(months.filter(ended).collect())
}

/// Drops one month, and leaves an anchor if it had entries.
async fn drop_month(conn: &mut PgConnection, month: Month) -> sqlx::Result<Option<AuditAnchor>> {
    let name = month.partition();
    let mut transaction = conn.begin().await?;
    sql::query("SET LOCAL lock_timeout = '3s'").execute(&mut *transaction).await?;
    let lock = format!("LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE");
    sql::query(AssertSqlSafe(lock)).execute(&mut *transaction).await?;
    let anchor = anchor(&mut transaction, month).await?;
    if let Some(anchor) = &anchor {
        sql::query("INSERT INTO audit_anchors (period, entries, digest) VALUES ($1, $2, $3)")
            .bind(anchor.period)
            .bind(anchor.entries)
            .bind(&anchor.digest)
            .execute(&mut *transaction)
            .await?;
    }
    let drop = format!("DROP TABLE {name}");
    sql::query(AssertSqlSafe(drop)).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(anchor)
}

async fn anchor(conn: &mut PgConnection, month: Month) -> sqlx::Result<Option<AuditAnchor>> {
    let Some((period, _)) = month.bounds() else { return Ok(None) };
    let ids = format!("SELECT id FROM {} ORDER BY at, id", month.partition());
    let ids: Vec<Uuid> = sql::query_scalar(AssertSqlSafe(ids)).fetch_all(&mut *conn).await?;
    if ids.is_empty() {
        return Ok(None);
    }
    let previous = sql::query(
        "SELECT period, entries, digest FROM audit_anchors ORDER BY period DESC LIMIT 1",
    );
    let previous = match previous.fetch_optional(conn).await? {
        None => None,
        Some(row) => {
            let (period, entries) = (row.try_get(0)?, row.try_get(1)?);
            Some(AuditAnchor { period, entries, digest: row.try_get(2)? })
        }
    };
    let entries = i64::try_from(ids.len()).unwrap_or(i64::MAX);
    let ids = ids.into_iter().map(AuditId::from_uuid);
    let digest = AuditAnchor::digest_of(previous.as_ref(), ids);
    Ok(Some(AuditAnchor { period, entries, digest }))
}
