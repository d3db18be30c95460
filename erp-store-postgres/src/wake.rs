//! Wake-ups: this node at once, the others through the broadcaster.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use erp_core::port::{Broadcaster, Signal};
use futures::StreamExt;
use tokio::{sync::Notify, time::sleep};

use crate::{event_log::Log, tasks::Tasks};

/// The pause between two wake-ups of the others: the log's settled mark moves no more often, so that more of
/// them wake nobody to anything new.
const BETWEEN: Duration = Duration::from_millis(1);
/// The pause after a fault of the carrier; readers poll meanwhile.
const PAUSE: Duration = Duration::from_millis(500);

/// Tells this node and the others that there are events to read.
#[derive(Clone)]
pub(crate) struct Waker(Arc<Parts>);

struct Parts {
    log: Log,
    broadcaster: Arc<dyn Broadcaster>,
    ring: Notify,
    sending: AtomicBool,
    receiving: AtomicBool,
    tasks: Tasks,
}

impl Waker {
    pub fn new(log: Log, broadcaster: Arc<dyn Broadcaster>, tasks: Tasks) -> Self {
        Self(Arc::new(Parts {
            log,
            broadcaster,
            ring: Notify::new(),
            sending: AtomicBool::new(false),
            receiving: AtomicBool::new(false),
            tasks,
        }))
    }

    /// There are events to read.
    pub fn wake(&self) {
        self.0.log.wake();
        self.0.ring.notify_one();
        self.once(&self.0.sending, |parts| async move {
            loop {
                parts.ring.notified().await;
                if let Err(error) = parts.broadcaster.publish(Signal::Wake).await {
                    tracing::debug!(%error, "the other nodes were not woken; they poll");
                }
                sleep(BETWEEN).await;
            }
        });
    }

    /// Wakes this node when others say so.
    pub fn listen(&self) {
        self.once(&self.0.receiving, |parts| async move {
            loop {
                match parts.broadcaster.subscribe().await {
                    Ok(mut signals) => {
                        while signals.next().await.is_some() {
                            parts.log.wake();
                        }
                    }
                    Err(error) => tracing::debug!(%error, "no wake-ups of other nodes; polling"),
                }
                sleep(PAUSE).await;
            }
        });
    }

    /// Starts the task unless it was started, until the store is closed.
    fn once<F>(&self, started: &AtomicBool, task: impl FnOnce(Arc<Parts>) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        if started.swap(true, Ordering::AcqRel) {
            return;
        }
        self.0.tasks.spawn(task(Arc::clone(&self.0)));
    }
}
