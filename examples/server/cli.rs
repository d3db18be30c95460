//! The command line.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};
use erp_http::ProxyNetwork;

/// An ERP engine behind HTTP, with a page to use it.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What to do; without one, serve.
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub serve: ServeArgs,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the page and the HTTP interface (the default).
    Serve(ServeArgs),
    /// Take over the messages of another chat.
    ImportChat(ImportArgs),
    /// Take over the issues of another tracker, and what depends on what.
    ImportTasks(ImportTasksArgs),
    /// Take over what a shop has sold.
    ImportStock(ImportStockArgs),
    /// List the tasks of a project that nothing holds up.
    Ready(ReadyArgs),
}

/// How to serve.
#[derive(Clone, Debug, Args)]
pub struct ServeArgs {
    /// The address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    #[command(flatten)]
    pub store: StoreArgs,
    /// Browsers reach the server over TLS: the session's cookie is then bound to it.
    #[arg(long)]
    pub behind_tls: bool,
    /// A proxy whose X-Forwarded-For is believed, as an address or a network (10.0.0.0/8); may be
    /// given several times.
    #[arg(long)]
    pub trusted_proxy: Vec<ProxyNetwork>,
}

/// Where everything is kept.
#[derive(Clone, Debug, Args)]
pub struct StoreArgs {
    /// A PostgreSQL database, as postgres://user@host/name; the tables are made as needed. Without
    /// it everything is kept in memory, and gone when the server ends.
    #[arg(long, env = "ERP_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// A directory for the files of tasks, made as needed. Without it they are kept in memory.
    #[arg(long)]
    pub files: Option<PathBuf>,
}

/// What to import.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// A file of JSON lines, plain or gzip: {"id", "ts", "room_id", "room", "user", "html"}.
    pub file: PathBuf,
    /// Serves afterwards; without a database there is nothing left of the import otherwise.
    #[arg(long)]
    pub serve: bool,
    #[command(flatten)]
    pub server: ServeArgs,
}

/// Which tasks to import, and where to.
#[derive(Debug, Args)]
pub struct ImportTasksArgs {
    /// A file of JSON lines, plain or gzip: {"id", "title", "status", "priority", "issue_type", …}.
    pub issues: PathBuf,
    /// A file of CSV, plain or gzip: issue_id,depends_on_id,type.
    pub dependencies: PathBuf,
    /// The code of the project that they go into; it is made if there is none.
    #[arg(long, default_value = "TASKS")]
    pub project: String,
    /// The address of the one who owns the project, if it is made.
    #[arg(long, default_value = "anna@brightwater.example")]
    pub owner: String,
    /// Serves afterwards; without a database there is nothing left of the import otherwise.
    #[arg(long)]
    pub serve: bool,
    #[command(flatten)]
    pub server: ServeArgs,
}

/// Which sales to import, and where to.
#[derive(Debug, Args)]
pub struct ImportStockArgs {
    /// A file of CSV, plain or gzip: InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice, …
    pub file: PathBuf,
    /// The code of the warehouse that the goods are of; it is made if there is none.
    #[arg(long, default_value = "SHOP")]
    pub warehouse: String,
    /// Where the shop is: its clocks are those of the invoices.
    #[arg(long, default_value = "Europe/London")]
    pub zone: String,
    /// How much of every item was there from the beginning; nothing without it.
    #[arg(long)]
    pub opening_stock: Option<u32>,
    /// Lets stock of the warehouse be negative, if it is made.
    #[arg(long)]
    pub allow_negative: bool,
    /// Serves afterwards; without a database there is nothing left of the import otherwise.
    #[arg(long)]
    pub serve: bool,
    #[command(flatten)]
    pub server: ServeArgs,
}

/// Of which project.
#[derive(Debug, Args)]
pub struct ReadyArgs {
    /// Its code.
    #[arg(long, default_value = "TASKS")]
    pub project: String,
    #[command(flatten)]
    pub store: StoreArgs,
}
