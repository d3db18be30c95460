//! How long a request may take: on the whole, or, while its body streams in, without progress.

use std::{sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

/// The time of one request.
#[derive(Clone, Debug)]
pub(crate) struct Patience(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    limit: Duration,
    /// When the answer is due; not while a body streams in, which has a limit of its own.
    until: Mutex<Option<Instant>>,
    changed: Notify,
}

impl Patience {
    /// An answer is due after this time.
    pub fn new(limit: Duration) -> Self {
        let until = Mutex::new(Some(Instant::now() + limit));
        Self(Arc::new(Inner { limit, until, changed: Notify::new() }))
    }

    /// How long the client may be waited for.
    pub fn limit(&self) -> Duration {
        self.0.limit
    }

    /// The body streams in from now on.
    pub fn pause(&self) {
        self.set(None);
    }

    /// The body is there: the time begins again.
    pub fn resume(&self) {
        self.set(Some(Instant::now() + self.0.limit));
    }

    fn set(&self, until: Option<Instant>) {
        *self.0.until.lock() = until;
        self.0.changed.notify_one();
    }

    /// Returns when the answer is overdue.
    pub async fn over(&self) {
        loop {
            let until = *self.0.until.lock();
            let due = async {
                match until {
                    Some(until) => sleep_until(until).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = due => return,
                () = self.0.changed.notified() => {}
            }
        }
    }
}
