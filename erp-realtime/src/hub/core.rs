//! What the hub's task shares with everything that sets up connections.

use std::{
    future::Future,
    hash::{BuildHasher, RandomState},
    ops::Range,
    sync::Arc,
    time::Duration,
};

use erp_core::{
    Engine,
    ids::{ConnectionId, NodeId, UserId},
};
use tokio::{
    sync::{
        mpsc::{self, error::SendError},
        oneshot,
    },
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    HubOptions, Refusal,
    command::Command,
    link::Link,
    refusal::Attempt,
    seat::{HubStats, Seat, Seats},
};

/// What the hub's task shares with everything that sets up connections.
pub(crate) struct Core {
    engine: Engine,
    options: HubOptions,
    node: NodeId,
    pub(super) seats: Seats,
    commands: mpsc::UnboundedSender<Command>,
    tasks: TaskTracker,
    /// Ends the hub's task.
    stop: CancellationToken,
    /// Ends the tasks that set up connections.
    kill: CancellationToken,
    /// Ends the task that keeps the leases, with what it still has to do.
    halt: CancellationToken,
}

impl Core {
    pub(super) fn new(
        engine: Engine,
        options: HubOptions,
        commands: mpsc::UnboundedSender<Command>,
    ) -> Self {
        let node = options.node.unwrap_or_else(|| NodeId::generate(engine.ids()));
        Self {
            engine,
            options,
            node,
            seats: Seats::default(),
            commands,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            kill: CancellationToken::new(),
            halt: CancellationToken::new(),
        }
    }

    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    pub fn options(&self) -> &HubOptions {
        &self.options
    }

    pub fn node(&self) -> NodeId {
        self.node
    }

    pub fn tasks(&self) -> &TaskTracker {
        &self.tasks
    }

    pub(super) fn stop_token(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Ends everything that the hub's task does not hold itself. Leases are left to lapse.
    pub(super) fn end_at_once(&self) {
        self.end_set_up();
        self.halt.cancel();
    }

    /// Ends what sets up connections.
    pub(super) fn end_set_up(&self) {
        self.kill.cancel();
    }

    pub(super) fn halt_token(&self) -> CancellationToken {
        self.halt.clone()
    }

    pub fn stats(&self) -> HubStats {
        self.seats.stats(self.tasks.len())
    }

    /// Takes a place for a connection of this user.
    pub fn seat(self: &Arc<Self>, user: UserId) -> Attempt<Seat> {
        if self.stop.is_cancelled() {
            return Err(Refusal::ShuttingDown);
        }
        self.seats.take(user, &self.options)?;
        Ok(Seat::new(self.clone(), user, ConnectionId::generate(self.engine.ids())))
    }

    /// Runs a task that the hub's end cuts short.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let kill = self.kill.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = kill.cancelled() => {}
                () = task => {}
            }
        });
    }

    /// Tells the hub's task. If that is over, whatever came with the command is over, too.
    pub(super) fn tell(&self, command: Command) {
        if let Err(SendError(command)) = self.commands.send(command) {
            command.abandon();
        }
    }

    /// Asks the hub's task.
    pub(super) async fn ask<T>(
        &self,
        question: impl FnOnce(oneshot::Sender<T>) -> Command,
    ) -> Attempt<T> {
        let (reply, answer) = oneshot::channel();
        self.tell(question(reply));
        answer.await.map_err(|_| Refusal::ShuttingDown)
    }

    /// Drops the client of a closed way after a while, if it does not go by itself.
    pub fn linger(&self, link: Link) {
        self.tell(Command::Linger { link });
    }

    pub(super) async fn shutdown(&self, within: Duration) {
        self.seats.refuse_all();
        let ended = async {
            let _ = self.ask(|reply| Command::Shutdown { reply }).await;
            self.stop.cancel();
            self.tasks.close();
            self.tasks.wait().await;
        };
        if timeout(within, ended).await.is_err() {
            self.stop.cancel();
            self.end_at_once();
        }
    }
}

/// A random number of this range: good enough to spread clients, not to keep a secret.
pub(crate) fn jitter_ms(range: Range<Duration>) -> u64 {
    let (from, until) = (range.start.as_millis() as u64, range.end.as_millis() as u64);
    let random = RandomState::new().hash_one(0_u8);
    from + random % until.saturating_sub(from).max(1)
}
