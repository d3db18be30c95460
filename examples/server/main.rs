//! An example server: the engine behind HTTP, with a page to use it.
//!
//! ```sh
//! cargo run -p erp-examples
//! cargo run -p erp-examples -- --database-url postgres://…
//! cargo run --release -p erp-examples --bin server -- import-chat messages.jsonl.gz --serve
//! cargo run --release -p erp-examples --bin server -- import-tasks issues.jsonl.gz edges.csv --serve
//! cargo run --release -p erp-examples --bin server -- import-stock online_retail.csv.gz --serve
//! ```

mod cli;
mod demo;
mod import;
mod maintenance;
mod page;
mod serve;
mod store;

use clap::Parser;
use tracing_subscriber::EnvFilter;

use self::cli::{Cli, Command};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match cli.command {
        Some(Command::ImportChat(args)) => import::chat::command(args).await,
        Some(Command::ImportTasks(args)) => import::tasks::command(args).await,
        Some(Command::ImportStock(args)) => import::stock::command(args).await,
        Some(Command::Ready(args)) => import::tasks::ready::command(args).await,
        Some(Command::Serve(args)) => serve::command(args).await,
        None => serve::command(cli.serve).await,
    }
}
