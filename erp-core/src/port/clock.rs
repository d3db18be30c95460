//! The clock.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use futures::future::BoxFuture;
use tokio::sync::watch;

use crate::{system, time::Timestamp};

/// Tells the time. The domain has no other source of it (rule X-1).
pub trait Clock: Send + Sync + 'static {
    /// The present instant, in whole microseconds.
    fn now(&self) -> Timestamp;

    /// Returns when this instant has come. Unless a clock does it otherwise, by the timer of the tokio
    /// runtime.
    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'_, ()> {
        let left = (at - self.now()).to_std().unwrap_or_default();
        Box::pin(system::sleep(left))
    }
}

/// A clock that stands still until it is set. For tests.
#[derive(Debug)]
pub struct ManualClock(watch::Sender<Hands>);

/// What the clock shows, and who sleeps until when: how many at each instant.
#[derive(Debug)]
struct Hands {
    now: Timestamp,
    sleepers: BTreeMap<Timestamp, usize>,
}

impl ManualClock {
    /// A clock that shows this instant.
    pub fn at(now: Timestamp) -> Self {
        Self(watch::Sender::new(Hands { now, sleepers: BTreeMap::new() }))
    }

    /// Shows this instant from now on.
    pub fn set(&self, now: Timestamp) {
        self.0.send_modify(|hands| hands.now = now);
    }

    /// Moves on by this much.
    pub fn advance(&self, by: TimeDelta) {
        self.0.send_modify(|hands| hands.now += by);
    }

    /// The instant at which the first sleeper wakes, as soon as somebody sleeps.
    pub async fn next_wake(&self) -> Timestamp {
        let mut hands = self.0.subscribe();
        loop {
            let first = |hands: &Hands| hands.sleepers.keys().copied().find(|at| *at > hands.now);
            let asleep = hands.wait_for(|hands| first(hands).is_some()).await;
            // The sender lives as long as the clock.
            if let Some(at) = asleep.ok().and_then(|hands| first(&hands)) {
                return at;
            }
        }
    }
}

/// A sleeper, as long as it is not dropped.
struct Asleep<'a>(&'a ManualClock, Timestamp);

impl<'a> Asleep<'a> {
    fn until(clock: &'a ManualClock, at: Timestamp) -> Self {
        clock.0.send_modify(|hands| *hands.sleepers.entry(at).or_default() += 1);
        Self(clock, at)
    }
}

impl Drop for Asleep<'_> {
    fn drop(&mut self) {
        let Self(clock, at) = self;
        clock.0.send_modify(|hands| {
            if let Some(count) = hands.sleepers.get_mut(at) {
                *count -= 1;
                if *count == 0 {
                    hands.sleepers.remove(at);
                }
            }
        });
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.0.borrow().now
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let mut hands = self.0.subscribe();
            let _asleep = Asleep::until(self, at);
            // It fails only when there is no sender any more, and that is the clock itself.
            let _ = hands.wait_for(|hands| hands.now >= at).await;
        })
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn x_1_a_sleeper_wakes_by_the_clock_it_sleeps_by() {
        let clock = ManualClock::at(Timestamp::default());
        let at = |seconds| Timestamp::default() + TimeDelta::seconds(seconds);
        assert!(clock.next_wake().now_or_never().is_none(), "nobody sleeps");
        let mut late = clock.sleep_until(at(9));
        let mut early = clock.sleep_until(at(5));
        assert!((&mut late).now_or_never().is_none() && (&mut early).now_or_never().is_none());
        assert_eq!(clock.next_wake().await, at(5));
        clock.set(at(5));
        early.await;
        assert!((&mut late).now_or_never().is_none());
        assert_eq!(clock.next_wake().await, at(9));
        drop(late);
        assert!(clock.next_wake().now_or_never().is_none(), "it sleeps no more");
        clock.sleep_until(at(5)).await;
    }
}
