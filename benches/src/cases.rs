//! What a case of the suite costs on PostgreSQL before it does anything: a database, a store over it,
//! and their end.

use std::{sync::Arc, time::Instant};

use anyhow::{Result, ensure};
use erp_conformance::{
    Harness, TestStore,
    pg_cluster::{PgCluster, PgClusterOptions},
};
use erp_store_postgres::{PgStore, PgStoreOptions};

use crate::report::{Figure, median};

const TEMPLATE: &str = "cases";
/// Cases of each kind in a round.
const CASES: usize = 20;

/// Where a case gets its database from.
#[derive(Clone, Copy, PartialEq)]
enum Source {
    /// A copy of the template for each case, made and dropped by `psql`.
    Copies,
    /// The database of the case before.
    CaseBefore,
}

/// The database that is used again, beside a copy for each case; medians of all cases of all rounds.
pub async fn run(rounds: usize) -> Result<()> {
    let cluster = PgCluster::start_with(&PgClusterOptions::default())?;
    cluster
        .ensure_template(TEMPLATE, async |url| {
            let store = PgStore::connect(&url, options()).await?;
            store.migrate().await?;
            store.close().await;
            anyhow::Ok(())
        })
        .await?;
    let [mut before, mut ours] = [Times::default(), Times::default()];
    for _ in 0..rounds {
        for _ in 0..CASES {
            case(&cluster, Source::Copies, &mut before).await?;
            case(&cluster, Source::CaseBefore, &mut ours).await?;
        }
    }
    Figure::print_head();
    let target = "≤ 0.25";
    for (what, ours, baseline, target) in [
        ("database of a case: had and ended", &mut ours.database, &mut before.database, target),
        ("the same with a store over it", &mut ours.with_store, &mut before.with_store, ""),
    ] {
        let (ours, baseline) = (median(ours), median(baseline));
        Figure { what: what.to_owned(), ours, baseline, unit: "ms", target }.print();
    }
    Ok(())
}

#[derive(Default)]
struct Times {
    database: Vec<f64>,
    with_store: Vec<f64>,
}

async fn case(cluster: &PgCluster, from: Source, times: &mut Times) -> Result<()> {
    let begun = Instant::now();
    let url = match from {
        Source::Copies => {
            psql(cluster, &format!("select 1 from pg_database where datname = '{TEMPLATE}'"))?;
            let name = format!("copy_{}", uuid::Uuid::new_v4().simple());
            psql(cluster, &format!("create database {name} template {TEMPLATE}"))?;
            cluster.url(&name)
        }
        Source::CaseBefore => match cluster.reused_database_from(TEMPLATE)? {
            Some(url) => url,
            None => cluster.fresh_database_from(TEMPLATE)?,
        },
    };
    let had = begun.elapsed();
    let store = Arc::new(PgStore::connect(&url, options()).await?);
    let connected = begun.elapsed();

    let harness = Harness::new(TestStore::shared(store.clone()));
    let people = [harness.user("Ada").await.id, harness.user("Bob").await.id];
    harness.group(&people).await;
    drop(harness);

    let over = Instant::now();
    drop(store);
    match from {
        Source::Copies => {
            let name = url.rsplit('/').next().unwrap_or_default();
            psql(cluster, &format!("drop database if exists {name} with (force)"))?;
        }
        Source::CaseBefore => cluster.give_back(&url, TEMPLATE)?,
    }
    let ended = over.elapsed();
    times.database.push((had + ended).as_secs_f64() * 1e3);
    times.with_store.push((connected + ended).as_secs_f64() * 1e3);
    Ok(())
}

/// As the suite's store has them.
fn options() -> PgStoreOptions {
    PgStoreOptions { max_connections: 8, ..PgStoreOptions::default() }
}

fn psql(cluster: &PgCluster, sql: &str) -> Result<()> {
    let status = cluster.psql("postgres").args(["-o", "/dev/null", "-c", sql]).status()?;
    ensure!(status.success(), "psql: {status}");
    Ok(())
}
