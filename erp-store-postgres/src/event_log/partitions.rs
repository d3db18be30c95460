//! Partitions of the event log: ranges of positions, begun anew each day (UTC).
//!
//! They are made ahead of need, by whichever node comes to need them first. When that fails, events
//! go to the default partition, and are moved when it succeeds.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicI32, AtomicI64, Ordering},
};

use erp_core::{
    change::{ChangeSet, Position},
    time::Timestamp,
};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};

use crate::{db::Db, sql, tasks::Tasks};

/// How many positions a partition holds.
const WIDTH: i64 = 1 << 20;
/// A new day leaves a range alone that is about to begin anyway.
const MARGIN: i64 = 10_000;
/// No statement here waits longer for a table: who waits for it holds up everybody behind him.
const LOCK_TIMEOUT: &str = "SET LOCAL lock_timeout = '3s'";

/// What this node knows of the partitions.
#[derive(Clone, Debug)]
pub(crate) struct Partitions(Arc<Known>);

#[derive(Debug)]
struct Known {
    db: Db,
    tasks: Tasks,
    /// Every range before this position has its partition.
    made_before: AtomicI64,
    /// The latest day that has begun a partition.
    day: AtomicI32,
    /// Whether a task is making partitions.
    making: AtomicBool,
}

impl Partitions {
    pub fn new(db: Db, tasks: Tasks) -> Self {
        let (made_before, day) = (AtomicI64::new(0), AtomicI32::new(i32::MIN));
        Self(Arc::new(Known { db, tasks, made_before, day, making: AtomicBool::new(false) }))
    }

    /// A new day begins a partition, so that retention can drop the days before whole. That it
    /// cannot only makes the period longer, and is no reason to refuse a commit.
    pub async fn begin_day_of(&self, at: Timestamp, has_events: bool) {
        let day = day_of(at);
        if !has_events || self.has_begun(day) {
            return;
        }
        let begun = self.0.db.on_connection(async |conn| {
            begin_day(conn, day).await.map_err(crate::constraint::store_error)
        });
        match begun.await {
            Ok(()) => {
                self.0.day.fetch_max(day, Ordering::Relaxed);
            }
            Err(error) => tracing::warn!(%error, "the event log's new day has no partition yet"),
        }
    }

    /// Whether nothing is to be done for this change set.
    pub fn has_day_of(&self, set: &ChangeSet) -> bool {
        set.events.is_empty() || self.has_begun(day_of(set.at()))
    }

    fn has_begun(&self, day: i32) -> bool {
        day <= self.0.day.load(Ordering::Relaxed)
    }

    /// Makes the next partition in good time before the positions get there.
    pub fn used(&self, position: Position) {
        let known = &self.0;
        let ahead = position.0 + WIDTH / 2;
        if ahead < known.made_before.load(Ordering::Relaxed)
            || known.making.swap(true, Ordering::AcqRel)
        {
            return;
        }
        let known = Arc::clone(known);
        self.0.tasks.spawn(async move {
            let range = range_of(position.0);
            let made = known.db.on_connection(async |conn| {
                make(conn, range, range + 2).await.map_err(crate::constraint::store_error)
            });
            match made.await {
                Ok(()) => known.made_before.store((range + 2) * WIDTH, Ordering::Relaxed),
                Err(error) => tracing::warn!(%error, "the event log has no partition ahead yet"),
            }
            known.making.store(false, Ordering::Release);
        });
    }
}

/// The day (UTC) of an instant, counted from 1970.
pub(crate) fn day_of(at: Timestamp) -> i32 {
    i32::try_from(at.timestamp().div_euclid(86_400)).unwrap_or(i32::MAX)
}

fn range_of(position: i64) -> i64 {
    position.div_euclid(WIDTH)
}

/// Makes the partitions that the next events go to.
pub(crate) async fn make_first(conn: &mut PgConnection) -> sqlx::Result<()> {
    let next = range_of(last_position(conn).await? + 1);
    make(conn, next, next + 2).await
}

async fn last_position(conn: &mut PgConnection) -> sqlx::Result<i64> {
    sql::query_scalar(
        "SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END \
         FROM event_log_position",
    )
    .fetch_one(conn)
    .await
}

/// Moves the sequence on to a range of its own for the day, unless that has been done.
pub(crate) async fn begin_day(conn: &mut PgConnection, day: i32) -> sqlx::Result<()> {
    let mut transaction = conn.begin().await?;
    sql::query(LOCK_TIMEOUT).execute(&mut *transaction).await?;
    let newest: i32 = sql::query_scalar("SELECT newest_day FROM event_log_state FOR UPDATE")
        .fetch_one(&mut *transaction)
        .await?;
    if newest < day {
        let last = last_position(&mut transaction).await?;
        if has_events_in(&mut transaction, range_of(last)).await? {
            let next = range_of(last + MARGIN) + 1;
            make_locked(&mut transaction, next).await?;
            // Nobody takes a position from here on below the range: the sequence only rises, and the
            // lock of the state row lets one node at a time move it on.
            sql::query("SELECT setval('event_log_position', $1)")
                .bind(next * WIDTH - 1)
                .execute(&mut *transaction)
                .await?;
        }
        sql::query("UPDATE event_log_state SET newest_day = $1")
            .bind(day)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await
}

async fn has_events_in(conn: &mut PgConnection, range: i64) -> sqlx::Result<bool> {
    sql::query_scalar(
        "SELECT EXISTS (SELECT FROM event_log WHERE position >= $1 AND position < $2)",
    )
    .bind(range * WIDTH)
    .bind((range + 1) * WIDTH)
    .fetch_one(conn)
    .await
}

/// Makes the partitions of these ranges, each unless it exists.
async fn make(conn: &mut PgConnection, first: i64, end: i64) -> sqlx::Result<()> {
    for range in first..end {
        let mut transaction = conn.begin().await?;
        sql::query(LOCK_TIMEOUT).execute(&mut *transaction).await?;
        sql::query("SELECT FROM event_log_state FOR UPDATE").execute(&mut *transaction).await?;
        make_locked(&mut transaction, range).await?;
        transaction.commit().await?;
    }
    Ok(())
}

/// Makes a partition under the lock of the state row. Attaching a table, unlike creating it in
/// place, needs no lock on the parts; the whole log is locked all the same while what the default
/// partition took of the range moves over, since a reader that had planned without the new partition
/// would find the events in neither.
async fn make_locked(conn: &mut PgConnection, range: i64) -> sqlx::Result<()> {
    let (name, low, high) = (name_of(range), range * WIDTH, (range + 1) * WIDTH);
    let there: bool = sql::query_scalar("SELECT to_regclass($1) IS NOT NULL")
        .bind(&name)
        .fetch_one(&mut *conn)
        .await?;
    if there {
        return Ok(());
    }
    const COLUMNS: &str = "position, at, actor_id, kind, data, audience, exclude_connection";
    sqlx::raw_sql(AssertSqlSafe(format!(
        "LOCK TABLE event_log IN ACCESS EXCLUSIVE MODE;
         CREATE TABLE {name} (LIKE event_log INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
         WITH moved AS (DELETE FROM event_log_default
             WHERE position >= {low} AND position < {high} RETURNING {COLUMNS})
         INSERT INTO {name} ({COLUMNS}) SELECT {COLUMNS} FROM moved;
         ALTER TABLE event_log ATTACH PARTITION {name} FOR VALUES FROM ({low}) TO ({high});"
    )))
    .execute(conn)
    .await?;
    Ok(())
}

fn name_of(range: i64) -> String {
    format!("event_log_p{range}")
}

/// A partition that may be dropped: its name, and the position after its range.
pub(crate) struct Old {
    pub name: String,
    pub end: i64,
}

/// The partitions before the newest range, the oldest first, up to the first that has an event of
/// this day or a later one.
pub(crate) async fn older_than(conn: &mut PgConnection, day: i32) -> sqlx::Result<Vec<Old>> {
    let newest = range_of(last_position(conn).await? + 1);
    let rows = sql::query(
        "SELECT child.relname::text, substr(child.relname::text, 12)::bigint \
         FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid \
         WHERE inhparent = 'event_log'::regclass AND child.relname ~ '^event_log_p[0-9]+$' \
         ORDER BY 2",
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut old = Vec::new();
    for row in rows {
        let (name, range): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
        if range >= newest || has_events_since(conn, range, day).await? {
            break;
        }
        old.push(Old { name, end: (range + 1) * WIDTH });
    }
    Ok(old)
}

async fn has_events_since(conn: &mut PgConnection, range: i64, day: i32) -> sqlx::Result<bool> {
    sql::query_scalar(
        "SELECT EXISTS (SELECT FROM event_log WHERE position >= $1 AND position < $2 \
         AND at >= to_timestamp($3::double precision * 86400))",
    )
    .bind(range * WIDTH)
    .bind((range + 1) * WIDTH)
    .bind(day)
    .fetch_one(conn)
    .await
}

/// Drops the partition and raises the horizon.
pub(crate) async fn drop(conn: &mut PgConnection, old: &Old) -> sqlx::Result<()> {
    let mut transaction = conn.begin().await?;
    sql::query(LOCK_TIMEOUT).execute(&mut *transaction).await?;
    sql::query("UPDATE event_log_state SET horizon = greatest(horizon, $1)")
        .bind(old.end - 1)
        .execute(&mut *transaction)
        .await?;
    let statement = format!("DROP TABLE IF EXISTS {}", old.name);
    sql::query(AssertSqlSafe(statement)).execute(&mut *transaction).await?;
    transaction.commit().await
}
