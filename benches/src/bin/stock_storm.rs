//! Mixed operations on hot stock by many callers, while a reader looks, over and over, whether every
//! balance is what the ledger says; in the end nobody may have met a deadlock.
//!
//! ```sh
//! cargo run --release -p erp-benches --bin stock_storm
//! cargo run --release -p erp-benches --bin stock_storm -- --memory
//! ```

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use clap::Parser;
use erp_conformance::{
    pg_cluster::{PgCluster, PgClusterOptions},
    stock_storm::{StockStorm, Tally},
};
use erp_core::{
    Ctx, Engine,
    access::{NewOwner, Password},
    port::Store,
};
use erp_store_memory::MemoryStore;
use erp_store_postgres::{PgStore, PgStoreOptions};

/// Between two looks of the reader, at least: he rests as long as he has looked, since a look at a long
/// ledger would have the machine to itself otherwise.
const PAUSE: Duration = Duration::from_millis(50);
/// Operations after which the reader's and the callers' accounts are compared.
const ROUND: usize = 100_000;

#[derive(Parser)]
struct Cli {
    /// How many operations in all.
    #[arg(long, default_value_t = 1_000_000)]
    operations: usize,
    #[arg(long, default_value_t = 16)]
    callers: usize,
    #[arg(long, default_value_t = 20)]
    items: usize,
    /// On the memory store instead of PostgreSQL.
    #[arg(long)]
    memory: bool,
}

#[tokio::main]
async fn main() -> Result<()> {
    let cli = Cli::parse();
    if cli.memory {
        return storm(Arc::new(MemoryStore::new()), &cli).await;
    }
    let options = PgClusterOptions { max_connections: 60, ..PgClusterOptions::default() };
    let cluster = PgCluster::start_with(&options)?;
    let url = cluster.fresh_database()?;
    let store = Arc::new(PgStore::connect(&url, PgStoreOptions::default()).await?);
    store.migrate().await?;
    storm(store.clone(), &cli).await?;
    // The statistics of a session are sent when it ends.
    store.close().await;
    let pool = sqlx::PgPool::connect(&url).await?;
    let query = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    let deadlocks: i64 = sqlx::query_scalar(query).fetch_one(&pool).await?;
    pool.close().await;
    println!("deadlocks: {deadlocks}");
    ensure!(deadlocks == 0, "somebody met a deadlock");
    Ok(())
}

async fn storm(store: Arc<dyn Store>, cli: &Cli) -> Result<()> {
    let engine = Engine::builder(store.clone()).build()?;
    let owner = NewOwner {
        email: "owner@bench.invalid".to_owned(),
        display_name: "Owner".to_owned(),
        password: Password::new("a long enough password"),
    };
    let ctx = Ctx::user(engine.access().set_up(&Ctx::system(), owner).await?.id);
    let (storm, mut tally) = StockStorm::prepare(&engine, &ctx, cli.items).await?;
    let looks = Arc::new(AtomicUsize::new(0));
    let reader = tokio::spawn(watch(store, looks.clone()));
    let started = Instant::now();
    let rounds = cli.operations.div_ceil(ROUND).max(1);
    for round in 0..rounds {
        let each = cli.operations / rounds / cli.callers;
        let told = storm.run(cli.callers, each, round as u64).await;
        report(&told, started);
        tally.add(told);
    }
    let took = started.elapsed();
    ensure!(!reader.is_finished(), "the reader saw a balance that is not its ledger's");
    reader.abort();
    storm.assert_sound(&tally).await;
    engine.inventory().expire_reservations(&Ctx::system()).await?;
    storm.assert_sound(&tally).await;
    let all = tally.done + tally.refused;
    let rate = all as f64 / took.as_secs_f64();
    let looks = looks.load(Ordering::Relaxed);
    println!("{all} operations by {} callers: {rate:.0}/s, {looks} looks, all equal", cli.callers);
    Ok(())
}

fn report(told: &Tally, started: Instant) {
    let Tally { done, refused, .. } = told;
    println!("{:>7.1} s: {done} done, {refused} refused", started.elapsed().as_secs_f64());
}

/// Looks for ever: it ends when something is wrong.
async fn watch(store: Arc<dyn Store>, looks: Arc<AtomicUsize>) {
    loop {
        let began = Instant::now();
        match store.maintenance().verify().await {
            Ok(wrong) if wrong.is_empty() => {}
            other => {
                println!("the reader saw {other:?}");
                return;
            }
        }
        looks.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(began.elapsed().max(PAUSE)).await;
    }
}
