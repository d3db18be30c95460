//! Migrations: safe when several processes run them at once, also while others serve.

mod error;
mod keys;

use std::time::Duration;

use erp_core::{
    access::BUILT_IN_ROLES,
    port::{StoreError, StoreResult},
    text,
};
use erp_migrations::MIGRATIONS;
use sqlx::{AssertSqlSafe, Connection, PgConnection, migrate::Migrator};
use tokio::time::{Instant, sleep};

pub use self::error::{KeyCollision, MigrateError};
use crate::{constraint::store_error, event_log::partitions, sql};

/// Where sqlx notes what was applied: not in its default table, which a host's own migrations in the
/// same schema use.
const APPLIED: &str = "_erp_migrations";
/// How long a process waits while another migrates.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often it looks.
const POLL: Duration = Duration::from_millis(20);

/// Brings the schema of this connection up to date, creating it if it is named and missing.
pub(crate) async fn run(conn: &mut PgConnection, schema: Option<&str>) -> Result<(), MigrateError> {
    let key = lock_key(schema);
    lock(conn, &key).await?;
    let migrated = migrate(conn, schema).await;
    let unlocked = sql::query("SELECT pg_advisory_unlock(hashtextextended($1, 0))")
        .bind(&key)
        .execute(conn)
        .await;
    migrated.and(unlocked.map(drop).map_err(MigrateError::from))
}

/// Asks again and again instead of waiting in the server: a session that waits for a lock has a
/// snapshot, which `CREATE INDEX CONCURRENTLY` of the one who has the lock waits for in turn.
async fn lock(conn: &mut PgConnection, key: &str) -> StoreResult<()> {
    let start = Instant::now();
    loop {
        let locked = sql::query_scalar("SELECT pg_try_advisory_lock(hashtextextended($1, 0))")
            .bind(key)
            .fetch_one(&mut *conn)
            .await
            .map_err(store_error)?;
        if locked {
            return Ok(());
        }
        if start.elapsed() > PATIENCE {
            return Err(StoreError::Unavailable("another process is migrating".to_owned()));
        }
        sleep(POLL).await;
    }
}

fn lock_key(schema: Option<&str>) -> String {
    format!("erp_migrate.{}", schema.unwrap_or_default())
}

async fn migrate(conn: &mut PgConnection, schema: Option<&str>) -> Result<(), MigrateError> {
    if let Some(schema) = schema {
        let statement = format!("CREATE SCHEMA IF NOT EXISTS {schema}");
        sql::query(AssertSqlSafe(statement)).execute(&mut *conn).await?;
    }
    keys::check(conn).await?;
    let mut migrator = Migrator::with_migrations(MIGRATIONS.iter().cloned().collect());
    migrator.dangerous_set_table_name(APPLIED);
    // sqlx's own lock waits in the server.
    migrator.set_locking(false);
    // While a new version is rolled out, the old one starts on what the new one has migrated.
    migrator.set_ignore_missing(true);
    migrator
        .run_direct(None, &mut *conn, false)
        .await
        .map_err(|error| StoreError::Internal(format!("migration: {error}")))?;
    keys::renew(conn).await?;
    sync_roles(conn).await?;
    partitions::make_first(conn).await?;
    let kinds: Vec<_> = erp_core::record::kinds().collect();
    Ok(crate::records::compare(conn, &kinds).await?)
}

/// Writes the built-in roles as this engine has them.
async fn sync_roles(conn: &mut PgConnection) -> sqlx::Result<()> {
    let mut transaction = conn.begin().await?;
    let mut changed = 0;
    for built_in in BUILT_IN_ROLES {
        let names: Vec<&str> = built_in.permissions.iter().map(|one| one.as_str()).collect();
        let written = sql::query(
            "INSERT INTO roles AS role (id, name, name_key, permissions, built_in, version) \
             VALUES ($1, $2, $4, $3, true, 1) \
             ON CONFLICT (id) DO UPDATE SET permissions = excluded.permissions, \
             version = role.version + 1 WHERE role.permissions <> excluded.permissions",
        )
        .bind(built_in.id.uuid())
        .bind(built_in.name)
        .bind(names)
        .bind(text::key(built_in.name))
        .execute(&mut *transaction)
        .await?;
        changed += written.rows_affected();
    }
    if changed > 0 {
        sql::query("UPDATE access_graph SET version = version + 1")
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await
}
