//! A PostgreSQL of the bench's own, as it comes (with fsync), and pgbench beside it.

use std::{io::Write as _, path::PathBuf, process::Command, sync::Arc};

use anyhow::{Context as _, Result, bail};
use erp_conformance::pg_cluster::{PgCluster, PgClusterOptions};
use erp_store_postgres::{PgStore, PgStoreOptions};

/// The table that pgbench inserts into: a row as large as a message.
const BASELINE_TABLE: &str = "create table if not exists baseline (
    id uuid primary key, room_id uuid not null, seq bigint not null, author_id uuid not null,
    body text not null, created_at timestamptz not null)";

/// Starts a cluster that flushes to disk.
pub fn cluster() -> Result<PgCluster> {
    let options = PgClusterOptions { fsync: true, max_connections: 100, ..Default::default() };
    Ok(PgCluster::start_with(&options)?)
}

/// A migrated store in a database of its own.
pub async fn store(cluster: &PgCluster, name: &str, connections: u32) -> Result<Arc<PgStore>> {
    cluster.create_database(name)?;
    let store = store_of(&cluster.url(name), connections).await?;
    store.migrate().await?;
    Ok(store)
}

/// A store of a database that is there.
pub async fn store_of(url: &str, connections: u32) -> Result<Arc<PgStore>> {
    let options = PgStoreOptions { max_connections: connections, ..Default::default() };
    Ok(Arc::new(PgStore::connect(url, options).await?))
}

/// pgbench over single-row inserts of bodies of this size.
pub struct Pgbench {
    url: String,
    script: tempfile::NamedTempFile,
    binary: PathBuf,
}

impl Pgbench {
    /// Creates the table and the script.
    pub async fn new(cluster: &PgCluster, body_bytes: usize) -> Result<Self> {
        cluster.create_database("baseline")?;
        let url = cluster.url("baseline");
        let pool = sqlx::PgPool::connect(&url).await?;
        sqlx::query(BASELINE_TABLE).execute(&pool).await?;
        pool.close().await;
        let mut script = tempfile::NamedTempFile::new()?;
        writeln!(
            script,
            "insert into baseline (id, room_id, seq, author_id, body, created_at) values \
             (gen_random_uuid(), gen_random_uuid(), 1, gen_random_uuid(), '{}', now());",
            "x".repeat(body_bytes)
        )?;
        script.flush()?;
        Ok(Self { url, script, binary: PathBuf::from("pgbench") })
    }

    /// Inserts per second with this many clients.
    pub fn run(&self, clients: usize, seconds: u64) -> Result<f64> {
        let output = Command::new(&self.binary)
            .args(["--no-vacuum", "--protocol=prepared", "--jobs=1"])
            .arg(format!("--client={clients}"))
            .arg(format!("--time={seconds}"))
            .arg("--file")
            .arg(self.script.path())
            .arg(&self.url)
            .output()
            .context("pgbench must be installed (Debian: postgresql)")?;
        let text = String::from_utf8_lossy(&output.stdout);
        let Some(tps) = text.lines().find_map(|line| line.strip_prefix("tps = ")) else {
            bail!("pgbench: {}", String::from_utf8_lossy(&output.stderr));
        };
        Ok(tps.split_whitespace().next().unwrap_or_default().parse()?)
    }
}
