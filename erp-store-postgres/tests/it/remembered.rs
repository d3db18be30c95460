//! What a node remembers of an earlier read is what the database still says.

use erp_conformance::{Harness, TestStore};
use erp_core::{
    ids::{ProjectId, TaskId},
    port::Store,
    projects::{Dependency, DependencyKind, ProjectChange, TaskGraph},
};
use erp_store_postgres::PgStore;

use crate::support::Database;

async fn graph(store: &PgStore, project: ProjectId) -> TaskGraph {
    store.projects().task_graph(project).await.unwrap().unwrap()
}

fn dependency(
    (predecessor, successor): (TaskId, TaskId),
    kind: DependencyKind,
    lag_min: i64,
) -> Dependency {
    Dependency { predecessor, successor, kind, lag_min }
}

async fn link(h: &Harness, project: ProjectId, dependency: Dependency) {
    let set = h.changes([ProjectChange::Link { project, dependency }]);
    h.store.commit(set).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn dependencies_that_another_node_has_changed_are_read_anew() {
    let database = Database::migrated().await;
    let (here, there) = (database.store().await, database.store().await);
    let h = Harness::new(TestStore::new(there.clone()));
    let project = h.project("P", &[]).await.id;
    let tasks = h.tasks(project, 3).await;
    assert_eq!(graph(&here, project).await.edges, []);
    assert_eq!(graph(&here, project).await.edges, [], "remembered");

    let mut wanted = Vec::new();
    for (ends, kind, lag_min) in [
        (&tasks[0..2], DependencyKind::FinishStart, 0),
        (&tasks[1..3], DependencyKind::StartFinish, 30),
    ] {
        let dependency = dependency((ends[0], ends[1]), kind, lag_min);
        link(&h, project, dependency).await;
        wanted.push(dependency);
        for _ in 0..2 {
            let (seen, written) = (graph(&here, project).await, graph(&there, project).await);
            assert_eq!((&seen.edges, &seen), (&wanted, &written));
        }
    }
}

/// Versions of a restored database may be those that stood for something else before.
#[tokio::test(flavor = "multi_thread")]
async fn rts_3_of_another_history_nothing_is_remembered() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let epoch = store.events().epoch().await.unwrap();
    let h = Harness::new(TestStore::new(store.clone()));
    let project = h.project("P", &[]).await.id;
    let tasks = h.tasks(project, 2).await;
    let ends = (tasks[0], tasks[1]);
    link(&h, project, dependency(ends, DependencyKind::FinishStart, 0)).await;
    let before = graph(&store, project).await;

    sqlx::query("UPDATE task_dependencies SET lag_min = 7").execute(store.pool()).await.unwrap();
    assert_eq!(graph(&store, project).await, before, "of this version it is remembered");
    store.renew_epoch().await.unwrap();
    while store.events().epoch().await.unwrap() == epoch {
        let settled = store.events().settled().await.unwrap();
        store.events().wait(settled).await.unwrap();
    }
    let after = graph(&store, project).await;
    assert_eq!((after.version, after.edges[0].lag_min), (before.version, 7));
}
