//! Takes over the messages of another chat, one JSON object per line.
//!
//! A row is known by its room's and its own id, so an import may be broken off and run again, at any
//! later time: what is there already is counted, not written. The room belongs to it because an
//! archive lists a message that was moved in both of its rooms.
//!
//! Rows flow from a thread that reads and parses, through the directory, which finds or makes rooms
//! and authors, to lanes that write: one room always takes the same lane, so its messages keep
//! their order. Nothing grows with the file but the names of rooms and authors.

mod directory;
mod lanes;
mod report;
mod row;

use std::path::Path;

use anyhow::Context;
use erp_core::{Ctx, Engine};

use self::{
    directory::Directory,
    lanes::{Job, Lanes},
    report::Report,
    row::Row,
};
use super::{
    source::{self, Progress},
    tally::Tally,
};
use crate::{cli::ImportArgs, demo, serve, store};

/// What the ids of imported messages are derived from, with their own ids.
const SOURCE: &str = "chat-archive";

/// Imports a file, and serves afterwards if that is wanted.
pub async fn command(args: ImportArgs) -> anyhow::Result<()> {
    let engine = store::open(&args.server.store).await?;
    // An organisation without an owner would be one that nobody can log in to.
    demo::seed(&engine).await?;
    let report = import(&engine, &args.file).await?;
    println!("{report}");
    if let Some(broken) = report.broken_off {
        return Err(broken).context("the import broke off; run it again to go on");
    }
    if args.serve {
        serve::serve(engine, &args.server).await?;
    }
    Ok(())
}

/// Imports a file. What was written until an error broke it off stands in the report.
async fn import(engine: &Engine, file: &Path) -> anyhow::Result<Report> {
    let progress = Progress::over(file)?;
    let mut rows = source::rows(file, &progress, Row::parse)?;
    let ctx = Ctx::system();
    let mut directory = Directory::open(engine, &ctx).await?;
    let mut lanes = Lanes::start(engine);
    let mut tally = Tally::default();
    let mut broken_off = None;
    while let Some(read) = rows.recv().await {
        if let Err(error) = take(read, &mut directory, &mut lanes, &mut tally, &progress).await {
            broken_off = Some(error);
            break;
        }
    }
    drop(rows);
    let (written, failed) = lanes.finish().await;
    tally.add(written);
    progress.finish();
    Ok(Report::new(file, tally, &directory, failed.or(broken_off)))
}

/// One row: to its lane, or to the list of those that cannot be taken.
async fn take(
    read: source::Read<Row>,
    directory: &mut Directory<'_>,
    lanes: &mut Lanes,
    tally: &mut Tally,
    progress: &Progress,
) -> anyhow::Result<()> {
    let source::Numbered { line, row } = read?;
    tally.rows += 1;
    progress.rows(tally.rows);
    let row = match row {
        Ok(row) => row,
        Err(reason) => {
            tally.refuse(line, reason);
            return Ok(());
        }
    };
    match directory.place(&row).await? {
        Ok((room, author)) => lanes.send(Job { line, row, room, author }).await,
        Err(reason) => {
            tally.refuse(line, reason);
            Ok(())
        }
    }
}
