//! The random walk on PostgreSQL and in memory, from one seed: every answer, every read and the
//! whole log are equal, text for text.

use std::sync::Arc;

use erp_conformance::walk::transcript;
use erp_core::port::Store;
use erp_store_memory::MemoryStore;

use crate::support::{through_commit_in, through_the_pool};

const STEPS: usize = 200;

async fn in_memory(seed: u64) -> Vec<String> {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    transcript(&store, seed, STEPS).await
}

fn assert_equal(seed: u64, told: &[String], expected: &[String]) {
    for (told, expected) in told.iter().zip(expected) {
        assert_eq!(told, expected, "seed {seed}");
    }
    assert_eq!(told.len(), expected.len(), "seed {seed}");
    assert!(told.len() > STEPS, "the walk went its way");
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_and_memory_answer_alike_from_one_seed() {
    for seed in 11..15 {
        let test = through_the_pool().await;
        assert_equal(seed, &transcript(&test.store, seed, STEPS).await, &in_memory(seed).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_under_a_hosts_transactions_and_memory_answer_alike_from_one_seed() {
    let (seed, test) = (15, through_commit_in().await);
    assert_equal(seed, &transcript(&test.store, seed, STEPS).await, &in_memory(seed).await);
}
