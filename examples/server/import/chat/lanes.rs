//! Writes messages, several at a time. One room's messages always take the same lane.

use erp_core::{
    Ctx, Engine, Error,
    chat::{BodyFormat, Import, ImportedMessage, RoomRole},
    ids::{RoomId, UserId},
};
use tokio::{sync::mpsc, task::JoinSet};

use super::{SOURCE, row::Row};
use crate::import::{
    patience::patiently,
    tally::{Tally, refusal},
};

/// Messages that are written at the same time.
const LANES: usize = 8;
/// Messages that wait in front of a lane.
const WAITING: usize = 64;

/// A message to write.
pub struct Job {
    /// The line that it stands in.
    pub line: u64,
    /// What stands there.
    pub row: Row,
    /// Its room.
    pub room: RoomId,
    /// Its author.
    pub author: UserId,
}

/// The lanes.
pub struct Lanes {
    senders: Vec<mpsc::Sender<Job>>,
    tasks: JoinSet<(Tally, Option<anyhow::Error>)>,
}

impl Lanes {
    /// Starts the lanes.
    pub fn start(engine: &Engine) -> Self {
        let mut tasks = JoinSet::new();
        let lane = |_| {
            let (send, receive) = mpsc::channel(WAITING);
            tasks.spawn(write_all(engine.clone(), receive));
            send
        };
        let senders = (0..LANES).map(lane).collect();
        Self { senders, tasks }
    }

    /// Hands a message to its lane, and waits while that is full.
    pub async fn send(&self, job: Job) -> anyhow::Result<()> {
        let lane = (job.room.uuid().as_u128() % LANES as u128) as usize;
        // A lane that takes no more has failed, and says why when all are through.
        self.senders[lane].send(job).await.map_err(|_| anyhow::anyhow!("a lane has ended"))
    }

    /// Waits until all that was sent is written: what became of it, and the first failure.
    pub async fn finish(mut self) -> (Tally, Option<anyhow::Error>) {
        self.senders.clear();
        let mut all = Tally::default();
        let mut first = None;
        while let Some(ended) = self.tasks.join_next().await {
            let (tally, failed) =
                ended.unwrap_or_else(|error| (Tally::default(), Some(error.into())));
            all.add(tally);
            first = first.or(failed);
        }
        (all, first)
    }
}

async fn write_all(
    engine: Engine,
    mut jobs: mpsc::Receiver<Job>,
) -> (Tally, Option<anyhow::Error>) {
    let mut tally = Tally::default();
    while let Some(job) = jobs.recv().await {
        let line = job.line;
        match write(&engine, job).await {
            Ok(Import::Written(_)) => tally.written += 1,
            Ok(Import::AlreadyThere(_)) => tally.already_there += 1,
            Err(error) => match refusal(error) {
                Ok(reason) => tally.refuse(line, reason),
                Err(failed) => return (tally, Some(failed)),
            },
        }
    }
    (tally, None)
}

/// Writes a message; known by its id, it is written once.
async fn write(engine: &Engine, job: Job) -> Result<Import, Error> {
    let message = ImportedMessage {
        source: SOURCE.to_owned(),
        source_id: job.row.id,
        room: job.room,
        author: job.author,
        body: job.row.html,
        format: BodyFormat::Html,
        sent_at: job.row.sent_at,
    };
    patiently(|| write_once(engine, message.clone())).await
}

/// Writes a message; an author who does not belong to its room yet is put into it first.
async fn write_once(engine: &Engine, message: ImportedMessage) -> Result<Import, Error> {
    let ctx = Ctx::system();
    let chat = engine.chat();
    let (room, author) = (message.room, message.author);
    match chat.import_message(&ctx, message.clone()).await {
        Err(Error::NotFound { .. }) => {
            chat.add_member(&ctx, room, author, RoomRole::Member).await?;
            chat.import_message(&ctx, message).await
        }
        done => done,
    }
}
