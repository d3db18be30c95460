//! What the log is.
//!
//! Positions mean something only within an epoch. The state row notes where its epoch was given:
//! cluster, timeline, database and table. When it finds itself elsewhere it is a copy (a restored
//! dump has another table or database, a restored base backup and a promoted standby another
//! timeline), which may lack events that clients have seen and will give their positions to others.
//! It gets a new epoch then, and every client reloads. A copy of the data files that is started as
//! if nothing had happened looks the same as the original: whoever restores a snapshot of a volume
//! calls [`PgStore::renew_epoch`](crate::PgStore::renew_epoch).

use erp_core::change::Epoch;
use sqlx::{Connection, PgConnection, Row};
use uuid::Uuid;

use crate::sql;

/// What a tailer needs to know of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    pub epoch: Epoch,
    pub lock_key: i64,
    pub horizon: i64,
}

const BIRTHPLACE: &str = "SELECT concat_ws('/', control.system_identifier, \
    substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8), database.oid, \
    'event_log_state'::regclass::oid) \
    FROM pg_control_system() AS control, pg_database AS database \
    WHERE database.datname = current_database()";

/// Reads the identity; a log that finds itself elsewhere, or whose sequence is behind its rows, gets
/// a new epoch first.
pub(super) async fn check(conn: &mut PgConnection) -> sqlx::Result<Identity> {
    let here: String = sql::query_scalar(BIRTHPLACE).fetch_one(&mut *conn).await?;
    let row = sql::query("SELECT epoch, lock_key, horizon, birthplace FROM event_log_state")
        .fetch_one(&mut *conn)
        .await?;
    if row.try_get::<&str, _>(3)? != here {
        settle_in(conn, &here).await?;
        return Box::pin(check(conn)).await;
    }
    Ok(Identity {
        epoch: Epoch(row.try_get(0)?),
        lock_key: row.try_get(1)?,
        horizon: row.try_get(2)?,
    })
}

/// Gives the log a new epoch here, unless another node has just done it.
async fn settle_in(conn: &mut PgConnection, here: &str) -> sqlx::Result<()> {
    let mut transaction = conn.begin().await?;
    let moved =
        sql::query("UPDATE event_log_state SET epoch = $1, birthplace = $2 WHERE birthplace <> $2")
            .bind(new_epoch())
            .bind(here)
            .execute(&mut *transaction)
            .await?;
    if moved.rows_affected() == 1 {
        catch_up(&mut transaction).await?;
    }
    transaction.commit().await
}

/// Gives the log a new epoch where it is.
pub(crate) async fn renew(conn: &mut PgConnection) -> sqlx::Result<()> {
    let mut transaction = conn.begin().await?;
    sql::query("UPDATE event_log_state SET epoch = $1")
        .bind(new_epoch())
        .execute(&mut *transaction)
        .await?;
    catch_up(&mut transaction).await?;
    transaction.commit().await
}

/// A copy may have rows beyond the value that its sequence was copied with.
async fn catch_up(conn: &mut PgConnection) -> sqlx::Result<()> {
    sql::query(
        "SELECT setval('event_log_position', newest.position) \
         FROM (SELECT max(position) AS position FROM event_log) AS newest, \
              event_log_position AS sequence \
         WHERE newest.position > sequence.last_value",
    )
    .execute(conn)
    .await?;
    Ok(())
}

fn new_epoch() -> String {
    Uuid::new_v4().simple().to_string()
}
