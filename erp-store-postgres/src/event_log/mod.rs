//! The event log as its readers see it.
//!
//! Positions are taken before transactions end, so rows appear out of order. One task per node, the
//! tailer, finds the settled mark: the highest position below which nothing can appear any more.
//! Readers never see beyond it. Most of them are served from a ring of the latest events.

mod gaps;
pub(crate) mod identity;
pub(crate) mod partitions;
mod ring;
mod row;
pub(crate) mod tail;
mod tailer;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use erp_core::{
    change::{Epoch, Position},
    port::{EventBatch, EventLog, StoreError, StoreResult},
};
use parking_lot::RwLock;
use tokio::{
    sync::{Notify, watch},
    time::timeout,
};

use self::{ring::Ring, row::event_columns};
use crate::{db::Db, options::EventLogOptions, reads::Memory, sql, tasks::Tasks};

/// The longest that a reader waits without a new event.
const WAIT: Duration = Duration::from_secs(1);
/// How long a reader who could have older events waits for this node's own commits to settle. They
/// have within a millisecond or two, unless an open transaction holds up the mark.
const CATCH_UP: Duration = Duration::from_millis(250);
/// The most events of one read from the database.
const MAX_BATCH: usize = 5_000;

/// What readers and tailer share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) db: Db,
    /// What was read of the history that the log tells of.
    memory: Memory,
    limits: EventLogOptions,
    view: RwLock<View>,
    standing: watch::Sender<Standing>,
    wake: Notify,
    started: AtomicBool,
    /// The highest position that a commit of this node was answered with.
    own: AtomicI64,
    tasks: Tasks,
}

/// The log as far as this node has read it.
#[derive(Debug)]
struct View {
    epoch: Option<Epoch>,
    ring: Ring,
}

/// Where the tailer stands.
#[derive(Clone, Debug, Default)]
struct Standing {
    /// The settled mark; none before the first was found.
    settled: Option<i64>,
    /// Why the tailer cannot go on at the moment.
    fault: Option<String>,
}

/// The event log.
#[derive(Clone, Debug)]
pub(crate) struct Log(Arc<Shared>);

impl Log {
    pub fn new(db: Db, memory: Memory, limits: EventLogOptions, tasks: Tasks) -> Self {
        Self(Arc::new(Shared {
            db,
            memory,
            limits,
            view: RwLock::new(View { epoch: None, ring: Ring::after(i64::MAX, limits) }),
            standing: watch::Sender::default(),
            wake: Notify::new(),
            started: AtomicBool::new(false),
            own: AtomicI64::new(0),
            tasks,
        }))
    }

    /// A commit of this node was answered with this position.
    pub fn committed(&self, position: Position) {
        self.0.own.fetch_max(position.0, Ordering::AcqRel);
        self.wake();
    }

    /// There may be something to read.
    pub fn wake(&self) {
        self.0.wake.notify_one();
    }

    fn start(&self) {
        if !self.0.started.swap(true, Ordering::AcqRel) {
            self.0.tasks.spawn(tailer::run(Arc::clone(&self.0)));
        }
    }

    /// The settled mark, once it is known.
    async fn ready(&self) -> StoreResult<i64> {
        self.start();
        let mut standing = self.0.standing.subscribe();
        let known = standing.wait_for(|now| now.settled.is_some() || now.fault.is_some());
        match timeout(self.0.db.deadline, known).await {
            Ok(Ok(now)) => now.settled.ok_or_else(|| now.unavailable()),
            _ => Err(StoreError::Unavailable("the event log is not read yet".to_owned())),
        }
    }

    /// The settled mark, as soon as it has reached this position or the time is up.
    async fn reach(&self, position: i64, limit: Duration) -> StoreResult<i64> {
        self.ready().await?;
        let mut standing = self.0.standing.subscribe();
        let reached = standing.wait_for(|now| now.settled.is_some_and(|mark| mark >= position));
        let _ = timeout(limit, reached).await;
        Ok(self.0.mark())
    }

    /// The settled mark, with this node's own answered commits below it as far as that does not take
    /// long: whoever has his commit answered and reads sees it.
    async fn catch_up(&self, after: i64) -> StoreResult<i64> {
        let own = self.0.own.load(Ordering::Acquire);
        let settled = self.ready().await?;
        if settled >= own {
            return Ok(settled);
        }
        self.wake();
        self.reach(own, if settled > after { CATCH_UP } else { WAIT }).await
    }

    async fn read_database(&self, after: i64, upto: i64, limit: usize) -> StoreResult<EventBatch> {
        let wanted = limit.min(MAX_BATCH);
        let query = sql::query(concat!(
            "SELECT ",
            event_columns!(),
            " FROM event_log \
             WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3"
        ));
        let query = query
            .bind(after)
            .bind(upto)
            .bind(i64::try_from(wanted).unwrap_or(i64::MAX))
            .try_map(|row| row::event(&row));
        let rows = self.0.db.run(query.fetch_all(&self.0.db.pool)).await?;
        let events = rows.into_iter().map(|(event, _)| event).collect();
        Ok(batch(events, wanted, upto))
    }
}

#[async_trait]
impl EventLog for Log {
    async fn epoch(&self) -> StoreResult<Epoch> {
        self.ready().await?;
        let epoch = self.0.view.read().epoch.clone();
        epoch.ok_or_else(|| StoreError::Unavailable("the event log is not read yet".to_owned()))
    }

    async fn settled(&self) -> StoreResult<Position> {
        let ends = sql::query_as(
            "SELECT (SELECT coalesce(max(position), 0) FROM event_log), \
             (SELECT horizon FROM event_log_state)",
        );
        let (newest, horizon): (i64, i64) = self.0.db.run(ends.fetch_one(&self.0.db.pool)).await?;
        self.ready().await?;
        self.0.raise_horizon(horizon);
        self.wake();
        let settled = self.reach(newest, self.0.db.deadline).await?;
        if settled < newest {
            let text = "an open transaction holds up the event log".to_owned();
            return Err(StoreError::Unavailable(text));
        }
        Ok(Position(settled))
    }

    async fn horizon(&self) -> StoreResult<Position> {
        let query = sql::query_scalar("SELECT horizon FROM event_log_state");
        Ok(Position(self.0.db.run(query.fetch_one(&self.0.db.pool)).await?))
    }

    async fn read(&self, after: Position, limit: usize) -> StoreResult<EventBatch> {
        let settled = self.catch_up(after.0).await?;
        if limit == 0 {
            return Ok(EventBatch { events: Vec::new(), reached: after });
        }
        let recent = {
            let view = self.0.view.read();
            view.ring.read(after.0, limit).map(|events| batch(events, limit, self.0.mark()))
        };
        match recent {
            Some(recent) => Ok(recent),
            None => self.read_database(after.0, settled, limit).await,
        }
    }

    async fn wait(&self, after: Position) -> StoreResult<Position> {
        let settled = self.ready().await?;
        if settled > after.0 {
            return Ok(Position(settled));
        }
        self.reach(after.0.saturating_add(1), WAIT).await.map(Position)
    }
}

fn batch(events: Vec<Arc<erp_core::change::Event>>, limit: usize, mark: i64) -> EventBatch {
    let reached = match events.last() {
        Some(last) if events.len() == limit => last.position,
        _ => Position(mark),
    };
    EventBatch { events, reached }
}

impl Standing {
    fn unavailable(&self) -> StoreError {
        StoreError::Unavailable(self.fault.clone().unwrap_or_default())
    }
}

/// What the tailer tells the readers.
impl Shared {
    fn mark(&self) -> i64 {
        self.standing.borrow().settled.unwrap_or(0)
    }

    fn knows(&self, epoch: &Epoch) -> bool {
        self.standing.borrow().settled.is_some() && self.view.read().epoch.as_ref() == Some(epoch)
    }

    /// Begins to read a log at this mark, also when it takes the place of another.
    fn begin(&self, epoch: Epoch, mark: i64, horizon: i64) {
        let mark = mark.max(horizon);
        let mut view = self.view.write();
        if view.epoch.is_some() {
            self.memory.forget();
        }
        *view = View { epoch: Some(epoch), ring: Ring::after(mark, self.limits) };
        self.standing.send_replace(Standing { settled: Some(mark), fault: None });
    }

    /// Shows the rows up to the mark.
    fn advance(&self, rows: Vec<tail::Row>, mark: i64) {
        let mut view = self.view.write();
        if mark > self.mark() {
            for (event, bytes) in rows {
                if event.position.0 <= mark {
                    view.ring.push(event, bytes);
                }
            }
            self.standing.send_replace(Standing { settled: Some(mark), fault: None });
        }
    }

    /// Below the horizon nothing can appear.
    fn raise_horizon(&self, horizon: i64) {
        let _view = self.view.write();
        if horizon > self.mark() {
            self.standing.send_replace(Standing { settled: Some(horizon), fault: None });
        }
    }

    /// Whoever waits for the first mark is told why there is none.
    fn fail(&self, error: &sqlx::Error) {
        self.standing.send_modify(|now| now.fault = Some(error.to_string()));
    }
}
