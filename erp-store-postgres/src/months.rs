//! Months of the audit log: partitions that are made when their first entry comes. When that fails,
//! entries go to the default partition, and are moved when it succeeds.

use std::sync::{
    Arc,
    atomic::{AtomicI32, Ordering},
};

use chrono::{Datelike, Months as Span, NaiveTime};
use erp_core::{port::StoreResult, time::Timestamp};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::{constraint::store_error, db::Db, sql};

/// The audit log's columns.
const COLUMNS: &str = "id, at, actor_id, on_behalf_of, action, entity_kind, entity_id, \
    entity_room, changes, session_id, ip, correlation_id";

/// What this node knows of the months.
#[derive(Clone, Debug)]
pub(crate) struct Months {
    db: Db,
    /// The month that the last entry was in, counted from year 0: entries come in order of time.
    latest: Arc<AtomicI32>,
}

impl Months {
    pub fn new(db: Db) -> Self {
        Self { db, latest: Arc::new(AtomicI32::new(i32::MIN)) }
    }

    /// Whether this node has seen to the month of this instant.
    pub fn has(&self, at: Timestamp) -> bool {
        self.latest.load(Ordering::Relaxed) == Month::of(at).number()
    }

    /// Makes the partition for entries of this instant, unless the last one was in the same month.
    /// It is tried once: retention tries again.
    pub async fn make(&self, at: Timestamp) {
        if self.has(at) {
            return;
        }
        let month = Month::of(at);
        if let Err(error) = self.db.on_connection(async |conn| make(conn, month).await).await {
            tracing::warn!(%error, "the audit log's month has no partition of its own yet");
        }
        self.latest.store(month.number(), Ordering::Relaxed);
    }
}

/// A calendar month (UTC).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Month {
    year: i32,
    month: u32,
}

impl Month {
    pub fn of(at: Timestamp) -> Self {
        Self { year: at.year(), month: at.month() }
    }

    /// The month of a partition's name.
    pub fn of_partition(name: &str) -> Option<Self> {
        let (year, month) = name.strip_prefix("audit_log_y")?.split_once('m')?;
        Some(Self { year: year.parse().ok()?, month: month.parse().ok()? })
    }

    fn number(self) -> i32 {
        self.year.saturating_mul(12).saturating_add(self.month.cast_signed())
    }

    pub fn partition(self) -> String {
        format!("audit_log_y{:04}m{:02}", self.year, self.month)
    }

    /// The first instant, and that of the next month; none beyond the calendar.
    pub fn bounds(self) -> Option<(Timestamp, Timestamp)> {
        let first = chrono::NaiveDate::from_ymd_opt(self.year, self.month, 1)?;
        let next = first.checked_add_months(Span::new(1))?;
        let start = |date: chrono::NaiveDate| date.and_time(NaiveTime::MIN).and_utc();
        Some((start(first), start(next)))
    }
}

/// Makes the partition of this month, unless it exists; what the default partition took of the month
/// moves over. The whole log is locked meanwhile: a reader that had planned without the new partition
/// and then waited for the default one alone would find the entries in neither.
pub(crate) async fn make(conn: &mut PgConnection, month: Month) -> StoreResult<()> {
    let Some((start, end)) = month.bounds() else { return Ok(()) };
    let name = month.partition();
    if exists(conn, &name).await.map_err(store_error)? {
        return Ok(());
    }
    let (start, end) = (start.to_rfc3339(), end.to_rfc3339());
    let statements = format!(
        "SET LOCAL lock_timeout = '1s';
         SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '.audit_log', 0));
         LOCK TABLE audit_log IN ACCESS EXCLUSIVE MODE;
         CREATE TABLE {name} (LIKE audit_log INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
         WITH moved AS (DELETE FROM audit_log_default
             WHERE at >= '{start}' AND at < '{end}' RETURNING {COLUMNS})
         INSERT INTO {name} ({COLUMNS}) SELECT {COLUMNS} FROM moved;
         ALTER TABLE audit_log ATTACH PARTITION {name} FOR VALUES FROM ('{start}') TO ('{end}');"
    );
    let made = in_transaction(conn, statements).await;
    match made {
        Err(error) if is_duplicate(&error) => Ok(()),
        other => other.map_err(store_error),
    }
}

async fn in_transaction(conn: &mut PgConnection, statements: String) -> sqlx::Result<()> {
    let mut transaction = conn.begin().await?;
    sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut *transaction).await?;
    transaction.commit().await
}

async fn exists(conn: &mut PgConnection, name: &str) -> sqlx::Result<bool> {
    sql::query_scalar("SELECT to_regclass($1) IS NOT NULL").bind(name).fetch_one(conn).await
}

/// Whether another node was faster.
fn is_duplicate(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|refusal| refusal.code()).as_deref() == Some("42P07")
}
