//! The storm: clients on SSE and WebSocket that are cut off again and again, writers, servers and a
//! PostgreSQL that are killed, and in the end a comparison of what every client got with the log.

mod check;
mod client;
mod nodes;
mod server;
mod setup;
mod writers;

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use clap::Args;
use erp_conformance::pg_cluster::{PgCluster, PgClusterOptions};
use tokio::sync::watch;

pub use server::{ServerArgs, serve};

/// How long a storm may take to calm down: every client at the head of the log.
const CALM: Duration = Duration::from_secs(120);

/// How hard it blows.
#[derive(Clone, Debug, Args)]
pub struct StormArgs {
    /// Clients, half on SSE and half on WebSocket.
    #[arg(long, default_value_t = 200)]
    clients: usize,
    /// Hard cuts of each client.
    #[arg(long, default_value_t = 50)]
    cuts: usize,
    /// Messages posted.
    #[arg(long, default_value_t = 200_000)]
    events: usize,
    /// Times that one of the two servers is killed.
    #[arg(long, default_value_t = 20)]
    server_kills: usize,
    /// Times that PostgreSQL is killed.
    #[arg(long, default_value_t = 10)]
    pg_kills: usize,
    /// Tasks that post.
    #[arg(long, default_value_t = 16)]
    writers: usize,
    /// Seed of all that is random.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Runs the storm, and fails when anything was lost, doubled, out of order or left over.
pub async fn run(args: StormArgs) -> Result<()> {
    let options = PgClusterOptions { max_connections: 200, ..Default::default() };
    let cluster = PgCluster::start_with(&options)?;
    cluster.create_database("storm")?;
    let url = cluster.url("storm");
    let org = Arc::new(setup::organisation(&url, args.clients).await?);
    let nodes = nodes::Nodes::start(&url).await?;

    let idle_tasks = check::stats(nodes.addrs()[0]).await?["tasks"].as_i64().unwrap_or_default();

    let (calm, calmed) = watch::channel(None);
    let mut clients = Vec::new();
    for number in 0..args.clients {
        let plan = client::Plan {
            user: number % org.users.len(),
            transport: if number % 2 == 0 {
                client::Transport::Sse
            } else {
                client::Transport::WebSocket
            },
            cuts: args.cuts,
            seed: args.seed.wrapping_mul(1_000_003).wrapping_add(number as u64),
        };
        let (org, addrs, calmed) = (org.clone(), nodes.addrs(), calmed.clone());
        clients.push(tokio::spawn(client::run(plan, org, addrs, calmed)));
    }

    let acked = writers::Writers::start(&args, org.clone(), nodes.addrs());
    let kills = args.server_kills + args.pg_kills;
    for kill in 0..kills {
        let share = (kill + 1) as f64 / (kills + 1) as f64;
        acked.reached((args.events as f64 * share) as usize).await;
        if kill % 3 == 2 && kill / 3 < args.pg_kills {
            cluster.kill_9_postmaster()?;
            cluster.restart()?;
        } else {
            nodes.kill_and_restart(kill % 2).await?;
        }
    }
    let acked = acked.finish().await?;
    println!("posted {} messages; {kills} kills", acked.len());

    let log = check::Log::read(&url).await?;
    calm.send_replace(Some(log.head));
    let mut received = Vec::new();
    for client in clients {
        let done =
            tokio::time::timeout(CALM, client).await.context("a client does not catch up")?;
        received.push(done??);
    }
    check::clients(&log, &org, &received)?;
    check::messages(&url, &log, &acked).await?;
    check::left_over(&url, &nodes, idle_tasks).await?;
    nodes.stop().await?;
    let cuts: usize = received.iter().map(|client| client.connections - 1).sum();
    let got: usize = received.iter().map(|client| client.positions.len()).sum();
    println!(
        "{} clients, {cuts} reconnects, {got} deliveries: nothing lost, doubled, out of order or \
         left over",
        received.len()
    );
    Ok(())
}
