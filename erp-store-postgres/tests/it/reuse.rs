//! A database that is used again is as good as a fresh copy, or is not used again.

use std::{panic, sync::Arc};

use erp_conformance::{pg_cluster::PgCluster, walk::walk};
use erp_core::port::Store;
use sqlx::{Connection, PgConnection};

use crate::support::{Database, build_template, options};
use erp_store_postgres::PgStore;

const TEMPLATE: &str = "template";

/// A cluster of the test's own: the shared one's databases go to other tests.
async fn cluster() -> PgCluster {
    let cluster = PgCluster::start().unwrap();
    build_template(&cluster, TEMPLATE).await;
    cluster
}

/// Everything that a case can see or the planner reads, except the size of indexes.
const SHAPE: &str = "
    SELECT concat_ws(' ', 'relation', oid, oid::regclass, relkind, relnatts, relpages, reltuples,
            relallvisible, relchecks, relhasindex, relhastriggers, relhassubclass, reloptions,
            CASE WHEN relkind IN ('r', 't') THEN pg_relation_size(oid) END,
            pg_get_partkeydef(oid), pg_get_expr(relpartbound, oid))
        FROM pg_class WHERE oid >= 16384
    UNION ALL SELECT concat_ws(' ', 'column', attrelid::regclass, attnum, attname, atttypid::regtype,
            attnotnull, attidentity, attisdropped, pg_get_expr(adbin, adrelid))
        FROM pg_attribute LEFT JOIN pg_attrdef ON (adrelid, adnum) = (attrelid, attnum)
        WHERE attrelid >= 16384
    UNION ALL SELECT concat_ws(' ', 'constraint', oid, conrelid::regclass, convalidated,
            pg_get_constraintdef(oid)) FROM pg_constraint WHERE oid >= 16384
    UNION ALL SELECT concat_ws(' ', 'index', indisvalid, pg_get_indexdef(indexrelid))
        FROM pg_index WHERE indexrelid >= 16384
    UNION ALL SELECT concat_ws(' ', 'trigger', oid, tgname, tgenabled, pg_get_triggerdef(oid))
        FROM pg_trigger
    UNION ALL SELECT concat_ws(' ', 'function', oid, pg_get_functiondef(oid))
        FROM pg_proc WHERE oid >= 16384
    UNION ALL SELECT concat_ws(' ', 'schema', oid, nspname) FROM pg_namespace
    UNION ALL SELECT concat_ws(' ', 'type', oid, typname) FROM pg_type WHERE oid >= 16384
    UNION ALL SELECT concat_ws(' ', 'sequence', seqrelid::regclass, pg_sequence_last_value(seqrelid),
            seqstart, seqincrement, seqcache) FROM pg_sequence
    UNION ALL SELECT concat_ws(' ', 'statistics', starelid::regclass, staattnum)
        FROM pg_statistic WHERE starelid >= 16384
    UNION ALL SELECT concat_ws(' ', 'dependencies', count(*)) FROM pg_depend
    UNION ALL SELECT concat_ws(' ', 'database', datallowconn, datconnlimit,
            shobj_description(oid, 'pg_database'), setconfig)
        FROM pg_database LEFT JOIN pg_db_role_setting ON setdatabase = oid
        WHERE datname = current_database()
    ORDER BY 1";

/// The shape, and the rows of every table.
async fn described(url: &str) -> Vec<String> {
    let mut conn = PgConnection::connect(url).await.unwrap();
    let mut lines: Vec<String> = sqlx::query_scalar(SHAPE).fetch_all(&mut conn).await.unwrap();
    for table in tables(&mut conn).await {
        let rows = format!("SELECT concat_ws(' ', 'row of {table}', t::text) FROM {table} AS t");
        let rows: Vec<String> =
            sqlx::query_scalar(sqlx::AssertSqlSafe(rows)).fetch_all(&mut conn).await.unwrap();
        lines.extend(rows);
    }
    conn.close().await.unwrap();
    lines
}

async fn tables(conn: &mut PgConnection) -> Vec<String> {
    let all =
        "SELECT oid::regclass::text FROM pg_class WHERE oid >= 16384 AND relkind = 'r' ORDER BY 1";
    sqlx::query_scalar(all).fetch_all(conn).await.unwrap()
}

/// How many tables have a row that a fresh copy has not.
async fn written(url: &str, fresh: &[String]) -> usize {
    let lines = described(url).await;
    let new = lines.iter().filter(|line| line.starts_with("row of ") && !fresh.contains(line));
    let mut tables: Vec<&str> = new.filter_map(|line| line.split(' ').nth(2)).collect();
    tables.dedup();
    tables.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_used_again_equals_a_fresh_copy() {
    let cluster = cluster().await;
    let fresh = described(&cluster.fresh_database_from(TEMPLATE).unwrap()).await;
    let mut url = cluster.fresh_database_from(TEMPLATE).unwrap();
    let mut epochs = Vec::new();
    for seed in 31..34 {
        // It is connected still when the database is given back.
        let store = PgStore::connect(&url, options()).await.unwrap();
        epochs.push(store.events().epoch().await.unwrap());
        let walked: Arc<dyn Store> = Arc::new(store.clone());
        walk(&walked, seed, 200).await;
        sqlx::raw_sql("ANALYZE").execute(store.pool()).await.unwrap();
        let written = written(&url, &fresh).await;
        assert!(written >= 25, "the walk wrote to {written} tables only");

        cluster.give_back(&url, TEMPLATE).unwrap();
        let again = cluster.reused_database_from(TEMPLATE).unwrap().expect("it was given back");
        assert_ne!(again, url, "who knew it does not find it");
        assert_eq!(cluster.reused_database_from(TEMPLATE).unwrap(), None, "one has it");
        for (now, then) in described(&again).await.iter().zip(&fresh) {
            assert_eq!(now, then);
        }
        assert_eq!(described(&again).await.len(), fresh.len());
        url = again;
    }
    epochs.dedup();
    assert_eq!(epochs.len(), 3, "each time it is another log");
}

#[tokio::test]
async fn a_database_with_another_schema_or_with_much_in_it_is_not_used_again() {
    let cluster = cluster().await;
    for statement in [
        "CREATE TABLE more (number bigint)",
        "CREATE SCHEMA more",
        "CREATE INDEX ON users (status)",
        "CREATE FUNCTION more() RETURNS bigint LANGUAGE sql AS 'SELECT 1'",
        "ALTER TABLE users ADD COLUMN more text",
        "ALTER TABLE users ALTER COLUMN timesheet SET DEFAULT 7",
        "ALTER TABLE users ALTER COLUMN status DROP NOT NULL",
        "ALTER TABLE users RENAME TO people",
        "ALTER TABLE users DISABLE TRIGGER ALL",
        "ALTER TABLE users DROP CONSTRAINT users_status_known",
        "ALTER TABLE event_log DETACH PARTITION event_log_default",
        "DROP INDEX users_by_name",
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = 1024', current_database()); END $$",
        "INSERT INTO idempotency_keys SELECT gen_random_uuid(), repeat(md5(n::text), 50), \
            sha256('x'), '{}', '{}', now() FROM generate_series(1, 9000) AS n",
    ] {
        let url = cluster.fresh_database_from(TEMPLATE).unwrap();
        let mut conn = PgConnection::connect(&url).await.unwrap();
        sqlx::raw_sql(statement).execute(&mut conn).await.unwrap();
        cluster.give_back(&url, TEMPLATE).unwrap();
        assert_eq!(cluster.reused_database_from(TEMPLATE).unwrap(), None, "{statement}");
        let name = url.rsplit('/').next().unwrap();
        assert!(!cluster.has_database(name).unwrap(), "{statement}");
    }
}

#[tokio::test]
async fn a_case_that_fails_does_not_give_its_database_back() {
    let database = Database::migrated().await;
    let name = database.url.rsplit('/').next().unwrap().to_owned();
    let failed = panic::catch_unwind(move || {
        let _database = database;
        panic!("as a case does that fails");
    });
    assert!(failed.is_err());
    assert!(!PgCluster::shared().unwrap().has_database(&name).unwrap());
}
