//! The random walk beside a naive model: states, errors, pages and the log are equal.

use crate::{Harness, walk::walk};

const STEPS: usize = 1_000;

/// a walk of valid and invalid change sets, idempotent repeats and stale versions.
pub async fn the_store_and_the_model_agree_from_seed_1(h: Harness) {
    walk(&h.store, 1, STEPS).await;
}

/// As from seed 1.
pub async fn the_store_and_the_model_agree_from_seed_2(h: Harness) {
    walk(&h.store, 2, STEPS).await;
}

/// As from seed 1.
pub async fn the_store_and_the_model_agree_from_seed_3(h: Harness) {
    walk(&h.store, 3, STEPS).await;
}

/// As from seed 1.
pub async fn the_store_and_the_model_agree_from_seed_4(h: Harness) {
    walk(&h.store, 4, STEPS).await;
}
