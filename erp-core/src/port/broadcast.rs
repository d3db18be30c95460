//! Signals between the nodes of one organisation.

use std::pin::Pin;

use async_trait::async_trait;
use futures::Stream;
use serde::{Deserialize, Serialize};

use super::StoreResult;

/// What nodes tell each other. A signal says that something happened, never what: that stands in
/// the log. A lost signal delays, it never loses (BC-4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "signal", rename_all = "snake_case")]
pub enum Signal {
    /// There are events to read.
    Wake,
    /// Signals may have been missed; whoever gets this reads on as if woken.
    Missed,
}

/// Signals as they come.
pub type SignalStream = Pin<Box<dyn Stream<Item = Signal> + Send>>;

/// Carries signals to all nodes, this one included.
#[async_trait]
pub trait Broadcaster: Send + Sync + 'static {
    /// Sends a signal to all present subscribers on all nodes, at most once each. Several `Wake`
    /// signals may arrive as one.
    ///
    /// # Errors
    /// When the carrier does not answer. The caller goes on: readers poll as well.
    async fn publish(&self, signal: Signal) -> StoreResult<()>;

    /// The signals that are published from now on. A subscriber that is too slow, or whose carrier
    /// was cut off, gets [`Signal::Missed`] in their place.
    ///
    /// # Errors
    /// When the carrier does not answer.
    async fn subscribe(&self) -> StoreResult<SignalStream>;
}
