//! Signals between nodes by LISTEN and NOTIFY.
//!
//! A NOTIFY inside a write would serialize commits, so it is sent apart, by one task of each node:
//! at once when it is idle, and once for many when it is busy. LISTEN needs a direct connection: it
//! does not work through a pooler that shares connections between transactions.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use erp_core::port::{Broadcaster, Signal, SignalStream, StoreError, StoreResult};
use futures::stream;
use sqlx::{
    Connection, PgConnection,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use tokio::{
    sync::{Notify, broadcast, watch},
    time::{sleep, timeout},
};
use tokio_util::sync::DropGuard;

use crate::{sql, tasks::Tasks};

/// The least time between two notifications of one node.
const BREATH: Duration = Duration::from_millis(2);
/// The pause after a fault.
const PAUSE: Duration = Duration::from_millis(200);
/// How long anything may take that should take a round trip.
const DEADLINE: Duration = Duration::from_secs(10);
/// Signals that a slow subscriber may be behind.
const BACKLOG: usize = 64;

/// Carries signals over PostgreSQL, on two connections of its own that are opened when they are
/// needed.
#[derive(Clone, Debug)]
pub struct PgBroadcaster {
    carrier: Arc<Carrier>,
    _stop: Arc<DropGuard>,
}

#[derive(Debug)]
struct Carrier {
    options: PgConnectOptions,
    channel: String,
    tasks: Tasks,
    wake: Flag,
    missed: Flag,
    ring: Notify,
    publishing: AtomicBool,
    listening: AtomicBool,
    signals: broadcast::Sender<Signal>,
    /// Whether the listener has begun to listen, or why it could not.
    listener: watch::Sender<Option<Result<(), String>>>,
}

/// A signal of one kind that waits to be sent; many become one.
#[derive(Debug, Default)]
struct Flag(AtomicBool);

impl Flag {
    fn raise(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn take(&self) -> bool {
        self.0.swap(false, Ordering::AcqRel)
    }
}

impl PgBroadcaster {
    /// Signals on this channel of the database that the options lead to. The channel's name is at
    /// most 63 bytes.
    pub fn new(options: PgConnectOptions, channel: impl Into<String>) -> Self {
        Self::with_tasks(options, channel.into(), Tasks::default())
    }

    pub(crate) fn with_tasks(options: PgConnectOptions, channel: String, tasks: Tasks) -> Self {
        let stop = tasks.end_on_drop();
        let carrier = Carrier {
            // A lost notification only delays, so nobody waits for the disk.
            options: options.options([("synchronous_commit", "off")]),
            channel,
            tasks,
            wake: Flag::default(),
            missed: Flag::default(),
            ring: Notify::new(),
            publishing: AtomicBool::new(false),
            listening: AtomicBool::new(false),
            signals: broadcast::Sender::new(BACKLOG),
            listener: watch::Sender::default(),
        };
        Self { carrier: Arc::new(carrier), _stop: Arc::new(stop) }
    }
}

#[async_trait]
impl Broadcaster for PgBroadcaster {
    /// Never waits: the signal is sent by a task, which tries again until the database answers.
    async fn publish(&self, signal: Signal) -> StoreResult<()> {
        match signal {
            Signal::Wake => self.carrier.wake.raise(),
            Signal::Missed => self.carrier.missed.raise(),
        }
        self.carrier.ring.notify_one();
        if !self.carrier.publishing.swap(true, Ordering::AcqRel) {
            let carrier = Arc::clone(&self.carrier);
            self.carrier.tasks.spawn(async move { carrier.publish_all().await });
        }
        Ok(())
    }

    async fn subscribe(&self) -> StoreResult<SignalStream> {
        let signals = self.carrier.signals.subscribe();
        if !self.carrier.listening.swap(true, Ordering::AcqRel) {
            let carrier = Arc::clone(&self.carrier);
            self.carrier.tasks.spawn(async move { carrier.listen().await });
        }
        self.carrier.listens().await?;
        // The stream keeps the broadcaster, and so the listener, alive.
        let carrier = self.clone();
        Ok(Box::pin(stream::unfold((signals, carrier), |(mut signals, carrier)| async move {
            let signal = match signals.recv().await {
                Ok(signal) => signal,
                Err(broadcast::error::RecvError::Lagged(_)) => Signal::Missed,
                Err(broadcast::error::RecvError::Closed) => return None,
            };
            Some((signal, (signals, carrier)))
        })))
    }
}

impl Carrier {
    async fn publish_all(&self) {
        let mut connection = None;
        loop {
            self.ring.notified().await;
            while let Err(error) = self.publish_once(&mut connection).await {
                tracing::warn!(%error, "a wake-up could not be sent");
                connection = None;
                sleep(PAUSE).await;
            }
            sleep(BREATH).await;
        }
    }

    async fn publish_once(&self, connection: &mut Option<PgConnection>) -> sqlx::Result<()> {
        for (flag, signal) in [(&self.wake, Signal::Wake), (&self.missed, Signal::Missed)] {
            if flag.take()
                && let Err(error) = self.notify(connection, signal).await
            {
                flag.raise();
                return Err(error);
            }
        }
        Ok(())
    }

    async fn notify(
        &self,
        connection: &mut Option<PgConnection>,
        signal: Signal,
    ) -> sqlx::Result<()> {
        let work = async {
            let connection = match connection {
                Some(connection) => connection,
                none => none.insert(PgConnection::connect_with(&self.options).await?),
            };
            let text = match signal {
                Signal::Wake => "wake",
                Signal::Missed => "missed",
            };
            let query = sql::query("SELECT pg_notify($1, $2)").bind(&self.channel).bind(text);
            query.execute(connection).await.map(drop)
        };
        match timeout(DEADLINE, work).await {
            Ok(done) => done,
            Err(_) => Err(sqlx::Error::Protocol("the database did not answer in time".to_owned())),
        }
    }

    /// Waits for the first attempt to listen: what is published after it reaches the subscriber.
    async fn listens(&self) -> StoreResult<()> {
        let mut listener = self.listener.subscribe();
        match timeout(DEADLINE, listener.wait_for(Option::is_some)).await {
            Ok(Ok(state)) => match &*state {
                Some(Err(text)) => Err(StoreError::Unavailable(text.clone())),
                _ => Ok(()),
            },
            _ => Err(StoreError::Unavailable("the listener did not begin in time".to_owned())),
        }
    }

    async fn listen(&self) {
        loop {
            if let Err(error) = self.listen_once().await {
                tracing::warn!(%error, "the listener for wake-ups failed");
                self.listener.send_replace(Some(Err(error.to_string())));
            }
            sleep(PAUSE).await;
        }
    }

    async fn listen_once(&self) -> sqlx::Result<()> {
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .max_lifetime(None)
            .idle_timeout(None)
            .acquire_timeout(DEADLINE)
            .connect_lazy_with(self.options.clone());
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.listen(&self.channel).await?;
        self.listener.send_replace(Some(Ok(())));
        // From here on nothing is lost; what was before may have been.
        self.forward(Signal::Missed);
        loop {
            // `recv` would hide a reconnect, and with it what was lost meanwhile.
            match listener.try_recv().await? {
                Some(notification) if notification.payload() == "wake" => {
                    self.forward(Signal::Wake);
                }
                _ => self.forward(Signal::Missed),
            }
        }
    }

    /// Nobody may be listening, which is no fault.
    fn forward(&self, signal: Signal) {
        let _ = self.signals.send(signal);
    }
}
