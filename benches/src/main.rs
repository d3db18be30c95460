//! What it costs: figures with a baseline from the same run. `benches/README.md` has the results.

mod back_dated;
mod callers;
mod cases;
mod delivery;
mod fixture;
mod logins;
mod pg;
mod post;
mod projects;
mod reads;
mod records;
mod report;
mod stock;
mod storm;

use clap::{Parser, Subcommand};

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    figure: FigureName,
    /// Rounds; the median is printed.
    #[arg(long, default_value_t = 5, global = true)]
    rounds: usize,
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 5, global = true)]
    seconds: u64,
}

#[derive(Clone, Subcommand)]
enum FigureName {
    /// Chat posts on PostgreSQL, beside pgbench.
    PostPostgres,
    /// Chat posts on the memory store, beside the bare map operation.
    PostMemory,
    /// The last 50 messages of a large and of a small room.
    LastMessages,
    /// The list of 400 rooms with unread counts.
    Rooms,
    /// Reading 100 missed events among a million.
    Resume,
    /// Memory that logins keep, beside that of the hashes that run at once.
    Logins,
    /// Boards and critical paths of large projects.
    Projects,
    /// From the answer of a commit to the client's socket, at 500 posts a second.
    Delivery,
    /// A hot item and orders of five lines on PostgreSQL, beside what one would write by hand.
    StockPostgres,
    /// The balance of an item with 1,000,000 movements, beside one with 1,000.
    StockBalance,
    /// Postings of the past on an item with 40,000 movements: 100 in one call, beside one.
    BackDated,
    /// Creates, reads and lists of records on PostgreSQL, beside the same rows written by hand.
    RecordsPostgres,
    /// Creates and lists of records on the memory store, beside maps of their own type.
    RecordsMemory,
    /// The database of a test's own, used again, beside a copy for each test.
    Cases,
    /// Clients, servers and a PostgreSQL that are cut off and killed.
    Storm(storm::StormArgs),
    /// A server of the storm.
    #[command(hide = true)]
    StormServer(storm::ServerArgs),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Cli { figure, rounds, seconds } = Cli::parse();
    match figure {
        FigureName::PostPostgres => post::postgres(rounds, seconds).await,
        FigureName::PostMemory => post::memory(rounds, seconds).await,
        FigureName::LastMessages => reads::last_messages().await,
        FigureName::Rooms => reads::rooms().await,
        FigureName::Resume => reads::resume().await,
        FigureName::Logins => logins::run().await,
        FigureName::Projects => projects::run().await,
        FigureName::Delivery => delivery::run(seconds).await,
        FigureName::StockPostgres => stock::postgres(rounds, seconds).await,
        FigureName::StockBalance => stock::balance().await,
        FigureName::BackDated => back_dated::run(rounds).await,
        FigureName::RecordsPostgres => records::postgres(rounds, seconds).await,
        FigureName::RecordsMemory => records::memory(rounds, seconds).await,
        FigureName::Cases => cases::run(rounds).await,
        FigureName::Storm(args) => storm::run(args).await,
        FigureName::StormServer(args) => storm::serve(args).await,
    }
}
