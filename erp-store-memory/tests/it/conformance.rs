//! The conformance suites.

use std::sync::Arc;

use erp_conformance::{TestBroadcaster, TestStore};
use erp_store_memory::{LocalBroadcaster, MemoryStore};

async fn fresh() -> TestStore {
    TestStore::new(MemoryStore::new())
}

async fn two_nodes() -> TestBroadcaster {
    let carrier = LocalBroadcaster::new();
    TestBroadcaster::new(vec![Arc::new(carrier.clone()), Arc::new(carrier)])
}

erp_conformance::store_conformance!(fresh);
erp_conformance::broadcaster_conformance!(two_nodes);
