//! A server to measure fan-out with: the engine's hub, or one of the baselines beside it. One
//! thread, so that a core can be given to it. `benches/fanout.sh` runs the rounds.

mod fanout;

use std::{future::Future, net::SocketAddr, pin::Pin};

use anyhow::Result;
use clap::{Parser, ValueEnum};

/// What serves.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Server {
    /// The engine on the memory store: SSE at `/sse`, WebSocket at `/ws`.
    Engine,
    /// What one would write by hand: axum's SSE over `tokio::sync::broadcast`.
    AxumBroadcast,
    /// A loop over sockets that writes the bytes as they come: the floor.
    BareLoop,
}

#[derive(Parser)]
struct Cli {
    #[arg(value_enum)]
    server: Server,
    #[arg(long, default_value = "127.0.0.1:7101")]
    listen: SocketAddr,
    /// Users of the engine's room; connection after connection is the next user's.
    #[arg(long, default_value_t = 50)]
    users: usize,
    /// What carries the engine's HTTP.
    #[arg(long, value_enum, default_value = "hyper")]
    http: fanout::engine::Http,
}

fn main() -> Result<()> {
    let Cli { server, listen, users, http } = Cli::parse();
    let serve: Pin<Box<dyn Future<Output = Result<()>>>> = match server {
        Server::Engine => Box::pin(fanout::engine::serve(listen, users, http)),
        Server::AxumBroadcast => Box::pin(fanout::axum_broadcast::serve(listen)),
        Server::BareLoop => return fanout::bare_loop::serve(listen),
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(serve)
}
