//! What several cases need.

use std::{future::Future, sync::Arc};

use erp_core::{
    Conflict,
    change::{ChangeSet, Receipt, Version},
    port::{Store, StoreError, StoreResult},
};
use tokio::sync::Barrier;

/// Runs these at once, each in a task of its own that starts when all are there.
pub(crate) async fn at_once<F>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let futures: Vec<F> = futures.into_iter().collect();
    let barrier = Arc::new(Barrier::new(futures.len()));
    let tasks: Vec<_> = futures
        .into_iter()
        .map(|future| {
            let barrier = barrier.clone();
            tokio::spawn(async move {
                barrier.wait().await;
                future.await
            })
        })
        .collect();
    let mut results = Vec::with_capacity(tasks.len());
    for task in tasks {
        results.push(task.await.expect("the task ends"));
    }
    results
}

/// Commits these sets at once.
pub(crate) async fn commit_at_once(
    store: &Arc<dyn Store>,
    sets: impl IntoIterator<Item = ChangeSet>,
) -> Vec<StoreResult<Receipt>> {
    at_once(sets.into_iter().map(|set| {
        let store = store.clone();
        async move { store.commit(set).await }
    }))
    .await
}

/// How many succeeded; the others failed in this way.
pub(crate) fn winners(
    results: &[StoreResult<Receipt>],
    loses: impl Fn(&StoreError) -> bool,
) -> usize {
    for error in results.iter().filter_map(|result| result.as_ref().err()) {
        assert!(loses(error), "an unexpected error: {error:?}");
    }
    results.iter().filter(|result| result.is_ok()).count()
}

/// The answer to a change that expected another version.
pub(crate) fn stale(entity: &'static str, current: Version) -> StoreResult<Receipt> {
    Err(StoreError::Stale { entity, current: Some(current) })
}

/// The answer to a change of something that is not there.
pub(crate) fn missing(entity: &'static str) -> StoreResult<Receipt> {
    Err(StoreError::NotFound { entity })
}

/// The answer to a change that breaks a unique constraint.
pub(crate) fn conflict(conflict: Conflict) -> StoreResult<Receipt> {
    Err(StoreError::Conflict(conflict))
}

/// The answer to a change whose id is in use.
pub(crate) fn exists(entity: &'static str) -> StoreResult<Receipt> {
    conflict(Conflict::Exists { entity: entity.into() })
}
