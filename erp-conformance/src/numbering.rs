//! Task codes under load: what one case with few writers cannot show. It loads the whole machine, so
//! a store's author runs it as a test of its own whose name begins with `storm_`.

use std::collections::BTreeSet;

use erp_core::{
    change::ChangeSet,
    ids::UserId,
    port::StoreError,
    projects::{ProjectChange, Task},
};

use crate::{Harness, TestStore, cases::support::at_once};

const WRITERS: usize = 16;
/// Codes that each writer gets.
const CODES: usize = 2_000;
/// Tasks of one change set.
const SET: usize = 20;

/// 16 writers make 2,000 tasks each in one project, 20 in a set; 5 % of the sets fail at their
/// last task. The numbers are 1, 2, 3 … without a gap, each given once, and the receipts have them.
///
/// # Panics
/// When the store breaks the rule.
pub async fn storm_of_codes(store: TestStore) {
    let h = Harness::new(store);
    let project = h.project("P", &[]).await.id;
    let nobody = UserId::generate(&*h.ids);
    let creation = |task: Task| ProjectChange::CreateTask(Box::new(task));
    let set = |n: usize| -> ChangeSet {
        let fails = n % 20 == 7;
        h.changes((0..SET).map(|place| {
            let task = h.new_task(project, "t");
            let created_by = (fails && place + 1 == SET).then_some(nobody);
            creation(Task { created_by, ..task })
        }))
    };
    let writers = (0..WRITERS).map(|_| {
        // One of twenty fails, beside those that come to 2,000 codes.
        let sets: Vec<ChangeSet> = (0..CODES / SET + CODES / SET / 19 + 1).map(set).collect();
        let store = h.store.clone();
        async move {
            let (mut numbers, mut failed) = (Vec::new(), 0);
            for set in sets {
                match store.commit(set).await {
                    Ok(receipt) => {
                        numbers.extend((0..SET).map(|n| receipt.number(n).expect("one")))
                    }
                    Err(StoreError::NotFound { entity: "user" }) => failed += 1,
                    Err(error) => panic!("{error:?}"),
                }
            }
            (numbers, failed)
        }
    });
    let done = at_once(writers).await;
    let failed: usize = done.iter().map(|(_, failed)| failed).sum();
    assert!(failed >= WRITERS * 5, "{failed}");
    for (numbers, _) in &done {
        assert!(numbers.len() >= CODES && numbers.is_sorted(), "{}", numbers.len());
    }
    let all: Vec<i64> = done.into_iter().flat_map(|(numbers, _)| numbers).collect();
    let each: BTreeSet<i64> = all.iter().copied().collect();
    assert_eq!(each.len(), all.len(), "none is given twice");
    assert_eq!(each, (1..=all.len() as i64).collect(), "without a gap");
    assert_eq!(h.read_project(project).await.last_task, all.len() as i64);
    assert_eq!(h.task_graph(project).await.nodes.len(), all.len());
    assert_eq!(h.store.maintenance().verify().await, Ok(vec![]));
}
