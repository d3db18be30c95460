//! The hub's task.

use std::{collections::VecDeque, sync::Arc, sync::atomic::Ordering::Relaxed, time::Duration};

use erp_core::{
    Engine,
    change::{Epoch, Event, Position},
    ids::ConnectionId,
};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, MissedTickBehavior, interval},
};

use super::{
    Core, HubOptions,
    audience::AbsentRooms,
    batch::Batch,
    command::{Command, Opened},
    link::Link,
    presence::{self, PresenceChange},
    recent::RecentEvents,
    registry::Registry,
    resolve::Resolving,
    tail::{self, Tailed, Tailing},
};

/// How often heartbeats, expiries and closed connections are looked at.
const TICK: Duration = Duration::from_millis(250);
/// A round that took less is followed by the next at once.
const CHEAP_ROUND: Duration = Duration::from_micros(250);

/// The hub's task and all that it owns.
pub(super) struct HubTask {
    pub core: Arc<Core>,
    pub epoch: Epoch,
    /// Every event up to here is delivered.
    pub cursor: Position,
    pub registry: Registry,
    pub recent: RecentEvents,
    pub batch: Batch,
    /// Events that are read but not delivered, and where the log was read up to.
    pub backlog: VecDeque<Arc<Event>>,
    pub backlog_end: Position,
    /// What must be read before the backlog can go on.
    pub resolving: Option<Resolving>,
    pub absent: AbsentRooms,
    /// Connections in a fan-out; kept for its memory.
    pub targets: Vec<usize>,
    /// Closed ways, and when their clients are dropped.
    pub lingering: Vec<(Instant, Link)>,
    pub presence: mpsc::UnboundedSender<PresenceChange>,
    /// Set when the hub is told to end: by when, and who waits for it.
    pub leaving: Option<(Instant, oneshot::Sender<()>)>,
}

/// Starts the hub's tasks.
pub(super) fn start(engine: Engine, options: HubOptions) -> Arc<Core> {
    let (tell, commands) = mpsc::unbounded_channel();
    let core = Arc::new(Core::new(engine, options, tell));
    let (presence, changes) = mpsc::unbounded_channel();
    core.tasks().spawn(presence::run(core.clone(), changes));
    core.tasks().spawn(run(core.clone(), commands, presence));
    core
}

async fn run(
    core: Arc<Core>,
    mut commands: mpsc::UnboundedReceiver<Command>,
    presence: mpsc::UnboundedSender<PresenceChange>,
) {
    let stop = core.stop_token();
    let (epoch, cursor) = tokio::select! {
        () = stop.cancelled() => return abandon(commands),
        head = tail::head(core.engine()) => head,
    };
    let recent = RecentEvents::after(cursor, core.options().recent_bytes);
    let mut task = HubTask {
        core: core.clone(),
        epoch,
        cursor,
        registry: Registry::default(),
        recent,
        batch: Batch::new(),
        backlog: VecDeque::new(),
        backlog_end: cursor,
        resolving: None,
        absent: AbsentRooms::new(),
        targets: Vec::new(),
        lingering: Vec::new(),
        presence,
        leaving: None,
    };
    let in_order = tokio::select! {
        () = stop.cancelled() => false,
        () = task.serve(&mut commands) => true,
    };
    // Without these nobody would learn that the hub is over.
    task.abort_all();
    abandon(commands);
    if in_order { core.end_set_up() } else { core.end_at_once() }
}

/// Nobody will act on these commands.
fn abandon(mut commands: mpsc::UnboundedReceiver<Command>) {
    commands.close();
    while let Ok(command) = commands.try_recv() {
        command.abandon();
    }
}

impl HubTask {
    /// Returns when the hub has been told to end, and has.
    async fn serve(&mut self, commands: &mut mpsc::UnboundedReceiver<Command>) {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut tailing = self.tail(Instant::now());
        loop {
            tokio::select! {
                Some(command) = commands.recv() => self.command(command),
                _ = tick.tick() => self.tick(),
                resolved = some(&mut self.resolving) => {
                    self.resolving = None;
                    self.resolved(resolved);
                    tailing = self.round(tailing);
                }
                tailed = &mut tailing, if self.resolving.is_none() => {
                    self.tailed(tailed);
                    tailing = self.round(tailing);
                }
            }
            if self.has_left() {
                return;
            }
        }
    }

    fn tail(&self, not_before: Instant) -> Tailing {
        tail::next(self.core.engine().clone(), self.epoch.clone(), self.cursor, not_before)
    }

    fn tailed(&mut self, tailed: Tailed) {
        match tailed {
            Tailed::Batch(batch) => {
                self.core.seats.events.fetch_add(batch.events.len() as u64, Relaxed);
                self.backlog_end = batch.reached;
                self.backlog.extend(batch.events);
            }
            Tailed::NewLog(epoch, head) => {
                tracing::warn!(%epoch, "the event log is another one; every client begins anew");
                self.bye_all();
                self.epoch = epoch;
                (self.cursor, self.backlog_end) = (head, head);
                self.recent = RecentEvents::after(head, self.core.options().recent_bytes);
            }
        }
    }

    /// Delivers what can be delivered, and reads on. A round that cost much is followed by a pause
    /// in which the next events gather: under load, one write carries several of them.
    fn round(&mut self, tailing: Tailing) -> Tailing {
        let started = Instant::now();
        self.deliver_backlog();
        self.core.seats.position.store(self.cursor.0, Relaxed);
        if self.resolving.is_some() {
            return tailing;
        }
        let took = started.elapsed();
        let pause = if took < CHEAP_ROUND { Duration::ZERO } else { took };
        self.tail(started + took + pause.min(self.core.options().coalesce))
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::Open { connection, user, session, link, reply } => {
                self.registry.open(connection, user, session, link);
                let known = self.registry.loaded(user);
                let known = known.map(|user| (user.subject, user.rooms.len()));
                let (epoch, position) = (self.epoch.clone(), self.cursor);
                // Whoever asked may be gone; then his place tells so, too.
                let _ = reply.send(Opened { epoch, position, known });
            }
            Command::Load { user, loaded, reply } => {
                let _ = reply.send(self.load(user, loaded));
            }
            Command::Join { connection, start, valid_until, peers, reply } => {
                let _ = reply.send(self.join(connection, start, valid_until, &peers));
            }
            Command::Page { connection, batch, peers, reply } => {
                let _ = reply.send(self.page(connection, &batch, &peers));
            }
            Command::Cut { connection, bye } => {
                if let Some(key) = self.registry.conn_key(connection) {
                    self.close(key, bye);
                }
            }
            Command::Gone { connection } => self.gone(connection),
            Command::Linger { link } => self.linger(link),
            Command::Validity { connection, asked } => self.validity(connection, asked),
            Command::Shutdown { reply } => {
                self.bye_all();
                let until = Instant::now() + self.core.options().close_linger;
                self.leaving = Some((until, reply));
            }
        }
    }

    fn gone(&mut self, connection: ConnectionId) {
        if let Some(key) = self.registry.conn_key(connection) {
            self.forget(key);
        }
    }

    /// Whether the hub was told to end, and nothing holds it any more.
    fn has_left(&mut self) -> bool {
        let over = |until: Instant| {
            self.core.seats.connections.load(Relaxed) == 0 || Instant::now() >= until
        };
        if !self.leaving.as_ref().is_some_and(|(until, _)| over(*until)) {
            return false;
        }
        if let Some((_, reply)) = self.leaving.take() {
            let _ = reply.send(());
        }
        true
    }
}

/// The future's output; never when there is none.
async fn some(resolving: &mut Option<Resolving>) -> super::resolve::Resolved {
    match resolving {
        Some(resolving) => resolving.await,
        None => std::future::pending().await,
    }
}
