//! The suite for broadcasters.

mod cases;

use std::{any::Any, fmt, future::Future, sync::Arc, time::Duration};

use erp_core::port::{Broadcaster, Signal, SignalStream};
use futures::StreamExt as _;

use crate::registry;

/// How long a signal may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A broadcaster to test, as several nodes have it.
pub struct TestBroadcaster {
    /// The broadcaster of each node, all on one carrier; one node at least.
    pub nodes: Vec<Arc<dyn Broadcaster>>,
    keep: Vec<Box<dyn Any + Send + Sync>>,
}

impl fmt::Debug for TestBroadcaster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestBroadcaster").field("nodes", &self.nodes.len()).finish_non_exhaustive()
    }
}

impl TestBroadcaster {
    /// The broadcaster of each node.
    ///
    /// # Panics
    /// Without any node.
    pub fn new(nodes: Vec<Arc<dyn Broadcaster>>) -> Self {
        assert!(!nodes.is_empty(), "one node at least");
        Self { nodes, keep: Vec::new() }
    }

    /// Keeps this until the case is over.
    #[must_use]
    pub fn keeping(mut self, guard: impl Any + Send + Sync) -> Self {
        self.keep.push(Box::new(guard));
        self
    }

    async fn subscribe_everywhere(&self) -> Vec<SignalStream> {
        let mut streams = Vec::new();
        for node in &self.nodes {
            streams.push(node.subscribe().await.expect("it subscribes"));
        }
        streams
    }

    async fn wake(&self, node: usize) {
        let node = &self.nodes[node % self.nodes.len()];
        node.publish(Signal::Wake).await.expect("it publishes");
    }
}

/// The next signal of the stream.
async fn next(stream: &mut SignalStream) -> Signal {
    let signal = tokio::time::timeout(PATIENCE, stream.next()).await.expect("a signal comes");
    signal.expect("the stream goes on")
}

/// Runs the case of this name on the broadcaster that the factory makes.
///
/// # Panics
/// When it breaks the contract.
pub fn run<F, Fut>(name: &str, factory: F)
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = TestBroadcaster>,
{
    let case = CASES.iter().find(|(known, _)| *known == name);
    let (_, case) = case.expect("the tests and the registry come from one list");
    registry::runtime().block_on(async {
        registry::within_patience(name, case(factory().await)).await;
    });
}

type Run = fn(TestBroadcaster) -> futures::future::BoxFuture<'static, ()>;

const CASES: &[(&str, Run)] = crate::__broadcaster_cases!(__alone_registry);

/// Makes one `#[test]` of every case for broadcasters. The factory is an async function or closure
/// without arguments that returns a [`TestBroadcaster`], a fresh one each time.
#[macro_export]
macro_rules! broadcaster_conformance {
    ($factory:expr $(,)?) => {
        $crate::__broadcaster_cases!(__alone_tests, $factory);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __broadcaster_cases {
    ($callback:ident $(, $factory:expr)?) => {
        $crate::$callback! { [$($factory)?] broadcaster (broadcaster) {
            cases {
                a_wake_reaches_the_subscribers_of_all_nodes
                bc_5_a_wake_without_subscribers_is_no_error
                the_last_wake_is_never_lost
                a_slow_subscriber_learns_that_there_was_something
                a_subscriber_that_leaves_disturbs_no_other
                wakes_from_many_tasks_reach_everyone
            }
        } }
    };
}
