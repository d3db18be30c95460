//! The statements of the tailer, on its own connection.

use std::{collections::BTreeSet, sync::Arc};

use erp_core::change::Event;
use sqlx::PgConnection;

use super::{
    gaps::Holder,
    row::{self, event_columns},
};
use crate::sql;

/// The most rows of one read.
const BATCH: i64 = 1_000;

/// An event with the bytes of its payload.
pub(super) type Row = (Arc<Event>, usize);

/// The rows that are visible after this position, in order.
pub(super) async fn rows(conn: &mut PgConnection, after: i64) -> sqlx::Result<Vec<Row>> {
    sql::query(concat!(
        "SELECT ",
        event_columns!(),
        " FROM event_log WHERE position > $1 \
         ORDER BY position LIMIT $2"
    ))
    .bind(after)
    .bind(BATCH)
    .try_map(|row| row::event(&row))
    .fetch_all(conn)
    .await
}

/// The highest visible position.
pub(super) async fn newest(conn: &mut PgConnection) -> sqlx::Result<i64> {
    sql::query_scalar("SELECT coalesce(max(position), 0) FROM event_log").fetch_one(conn).await
}

/// The horizon, and the identity that it belongs to.
pub(super) async fn horizon(conn: &mut PgConnection) -> sqlx::Result<(i64, String)> {
    sql::query_as("SELECT horizon, epoch FROM event_log_state").fetch_one(conn).await
}

/// The transactions that hold the log's lock: those that may have taken a position. Prepared
/// transactions are among them, with virtual ids of their own.
pub(crate) async fn holders(
    conn: &mut PgConnection,
    lock_key: i64,
) -> sqlx::Result<BTreeSet<Holder>> {
    let holders: Vec<Holder> = sql::query_scalar(
        "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'advisory' AND granted \
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
         AND objsubid = 1 AND classid = (($1 >> 32) & 4294967295)::oid \
         AND objid = ($1 & 4294967295)::oid",
    )
    .bind(lock_key)
    .fetch_all(conn)
    .await?;
    Ok(holders.into_iter().collect())
}
