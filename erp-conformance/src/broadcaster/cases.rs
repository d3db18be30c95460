//! The contract of a broadcaster, one case for each point of it.

use erp_core::port::Signal;
use futures::{FutureExt as _, StreamExt as _};

use super::{TestBroadcaster, next};
use crate::cases::support::at_once;

/// `Broadcaster::publish`: the signal reaches the subscribers of all nodes, the publisher's included.
pub async fn a_wake_reaches_the_subscribers_of_all_nodes(b: TestBroadcaster) {
    let mut streams = b.subscribe_everywhere().await;
    streams.extend(b.subscribe_everywhere().await);
    for node in 0..b.nodes.len() {
        b.wake(node).await;
        for stream in &mut streams {
            next(stream).await;
        }
    }
}

/// BC-5: a signal that nobody waits for is no error.
pub async fn bc_5_a_wake_without_subscribers_is_no_error(b: TestBroadcaster) {
    for node in 0..20 {
        b.wake(node).await;
    }
    let mut streams = b.subscribe_everywhere().await;
    b.wake(0).await;
    for stream in &mut streams {
        next(stream).await;
    }
}

/// `Broadcaster::publish`: several wakes may arrive as one, but after each publish something arrives.
pub async fn the_last_wake_is_never_lost(b: TestBroadcaster) {
    let mut streams = b.subscribe_everywhere().await;
    for round in 0..50 {
        b.wake(round).await;
        for stream in &mut streams {
            next(stream).await;
        }
    }
}

/// `Broadcaster::subscribe`: a subscriber that is too slow is told that it missed something, or gets
/// what was there; it does not end, and what comes later reaches it.
pub async fn a_slow_subscriber_learns_that_there_was_something(b: TestBroadcaster) {
    let mut streams = b.subscribe_everywhere().await;
    for round in 0..5_000 {
        b.wake(round).await;
    }
    for stream in &mut streams {
        next(stream).await;
    }
    for stream in &mut streams {
        while stream.next().now_or_never().is_some() {}
    }
    b.wake(0).await;
    for stream in &mut streams {
        next(stream).await;
    }
}

/// `Broadcaster::subscribe`: a subscriber that goes away disturbs no other.
pub async fn a_subscriber_that_leaves_disturbs_no_other(b: TestBroadcaster) {
    let mut stays = b.subscribe_everywhere().await;
    for round in 0..10 {
        let leaves = b.subscribe_everywhere().await;
        if round % 2 == 0 {
            b.wake(round).await;
            drop(leaves);
        } else {
            drop(leaves);
            b.wake(round).await;
        }
        for stream in &mut stays {
            next(stream).await;
        }
    }
}

/// `Broadcaster`: whoever reads after each signal reads after the last of many that came at once.
pub async fn wakes_from_many_tasks_reach_everyone(b: TestBroadcaster) {
    let streams = b.subscribe_everywhere().await;
    let publishers = (0..16).map(|n| {
        let node = b.nodes[n % b.nodes.len()].clone();
        async move {
            for _ in 0..20 {
                node.publish(Signal::Wake).await.expect("it publishes");
            }
        }
    });
    at_once(publishers.collect::<Vec<_>>()).await;
    for mut stream in streams {
        next(&mut stream).await;
    }
}
