//! Signals inside one process.

use async_trait::async_trait;
use erp_core::port::{Broadcaster, Signal, SignalStream, StoreResult};
use futures::stream;
use tokio::sync::broadcast::{self, error::RecvError};

/// Carries signals between the engines of one process: for a single node, and for tests. A clone
/// is the same carrier.
#[derive(Clone, Debug)]
pub struct LocalBroadcaster(broadcast::Sender<Signal>);

impl LocalBroadcaster {
    /// A carrier without subscribers. One that falls behind by more than a few signals gets
    /// [`Signal::Missed`] in their place.
    pub fn new() -> Self {
        const BACKLOG: usize = 64;
        Self(broadcast::Sender::new(BACKLOG))
    }
}

impl Default for LocalBroadcaster {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Broadcaster for LocalBroadcaster {
    async fn publish(&self, signal: Signal) -> StoreResult<()> {
        // It fails only when nobody listens, and that is no error.
        let _ = self.0.send(signal);
        Ok(())
    }

    async fn subscribe(&self) -> StoreResult<SignalStream> {
        let signals = self.0.subscribe();
        Ok(Box::pin(stream::unfold(signals, |mut signals| async {
            match signals.recv().await {
                Ok(signal) => Some((signal, signals)),
                Err(RecvError::Lagged(_)) => Some((Signal::Missed, signals)),
                Err(RecvError::Closed) => None,
            }
        })))
    }
}

#[cfg(test)]
mod tests {
    use futures::StreamExt as _;

    use super::*;

    #[tokio::test]
    async fn bc_4_a_slow_subscriber_is_told_that_signals_were_missed() {
        let carrier = LocalBroadcaster::new();
        let mut quick = carrier.subscribe().await.unwrap();
        carrier.publish(Signal::Wake).await.unwrap();
        assert_eq!(quick.next().await, Some(Signal::Wake));

        let mut slow = carrier.subscribe().await.unwrap();
        for _ in 0..1_000 {
            carrier.publish(Signal::Wake).await.unwrap();
        }
        assert_eq!(slow.next().await, Some(Signal::Missed));
        assert_eq!(slow.next().await, Some(Signal::Wake));
    }
}
