//! Waiting.

use std::{sync::Mutex, time::Duration};

use async_trait::async_trait;

/// Lets time pass. The domain has no other way to wait (rule X-1).
#[async_trait]
pub trait Pause: Send + Sync + 'static {
    /// Returns when this much time has passed.
    async fn pause(&self, time: Duration);
}

/// Waits no time at all, lets others go on, and remembers how long it would have been. For tests.
#[derive(Debug, Default)]
pub struct ManualPause(Mutex<Vec<Duration>>);

impl ManualPause {
    /// Every pause so far, in order.
    pub fn paused(&self) -> Vec<Duration> {
        self.0.lock().map(|paused| paused.clone()).unwrap_or_default()
    }
}

#[async_trait]
impl Pause for ManualPause {
    async fn pause(&self, time: Duration) {
        if let Ok(mut paused) = self.0.lock() {
            paused.push(time);
        }
        tokio::task::yield_now().await;
    }
}
