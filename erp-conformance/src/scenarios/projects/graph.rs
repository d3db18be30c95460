//! What is part of what, and what waits for what.

use erp_core::{
    Conflict, Ctx, Error,
    change::Version,
    ids::TaskId,
    page::PageRequest,
    projects::{
        DependencyKind, NewDependency, NewTask, Project, Shelf, Task, TaskQuery, TaskStatus, rules,
    },
};

use super::{link, person, project, task};
use crate::{Harness, cases::support::at_once, random::Random};

fn ring_of<T: std::fmt::Debug>(refused: Result<T, Error>) -> Vec<TaskId> {
    match refused {
        Err(Error::Conflict(Conflict::Ring { path, .. })) => {
            path.iter().map(|id| id.parse().expect("a task's id")).collect()
        }
        other => panic!("no ring: {other:?}"),
    }
}

/// A part of another task.
async fn part(h: &Harness, ctx: &Ctx, project: &Project, parent: TaskId) -> Task {
    let new = NewTask { parent: Some(parent), ..NewTask::titled("part") };
    h.engine.projects().create_task(ctx, project.id, new).await.expect("the task is made")
}

/// PROJ-3: a chain of any length is not closed, and the refusal tells the ring.
pub async fn proj_3_rings_of_any_length_are_refused_with_their_path(h: Harness) {
    let ada = person(&h, "ada").await;
    for length in [2, 3, 15, 16, 17, 1_000] {
        let p = project(&h, &format!("P{length}"), &ada, &[]).await;
        let tasks = h.tasks(p.id, length).await;
        let chain = tasks.windows(2).map(|pair| h.link(p.id, pair[0], pair[1]));
        h.store.commit(h.changes(chain)).await.expect("the chain is valid");
        let before = h.settled().await;
        let mut path = ring_of(link(&h, &ada, tasks[length - 1], tasks[0]).await);
        assert_eq!(path.pop(), path.first().copied());
        let start = tasks.iter().position(|task| *task == path[0]).unwrap();
        path.rotate_left((length - start) % length);
        assert_eq!(path, tasks, "the whole ring, along its edges");
        assert_eq!(h.settled().await, before, "nothing was written");
        assert_eq!(h.task_graph(p.id).await.edges.len(), length - 1);
    }
}

/// PROJ-3: an edge of a task to itself, a second one of a pair, one to what it is a part of, and one
/// to another project's task are refused.
pub async fn proj_3_self_duplicate_ancestor_and_foreign_edges_are_refused(h: Harness) {
    let ada = person(&h, "ada").await;
    let (p, q) = (project(&h, "P", &ada, &[]).await, project(&h, "Q", &ada, &[]).await);
    let whole = task(&h, &ada, &p, "whole").await.id;
    let inner = part(&h, &ada, &p, whole).await.id;
    let innermost = part(&h, &ada, &p, inner).await.id;
    let other = task(&h, &ada, &p, "other").await.id;
    let foreign = task(&h, &ada, &q, "foreign").await.id;
    assert_eq!(ring_of(link(&h, &ada, other, other).await), [other, other]);
    let made = link(&h, &ada, other, whole).await.unwrap();
    assert_eq!(link(&h, &ada, other, whole).await, Err(Conflict::DependencyExists.into()));
    for (before, after) in [(whole, inner), (inner, whole), (whole, innermost), (innermost, whole)]
    {
        assert_eq!(ring_of(link(&h, &ada, before, after).await), [before, after, before]);
    }
    let path = ring_of(link(&h, &ada, innermost, other).await);
    assert!(path.contains(&whole) && path.contains(&other), "through what it is a part of");
    for (before, after) in [(foreign, other), (other, foreign)] {
        let refused = link(&h, &ada, before, after).await;
        assert_eq!(refused, Err(Error::NotFound { entity: "task" }));
    }
    let projects = h.engine.projects();
    assert_eq!(projects.dependencies(&ada, whole).await.unwrap(), [made]);
    projects.unlink_tasks(&ada, other, whole).await.unwrap();
    projects.unlink_tasks(&ada, other, whole).await.expect("what is not there is gone");
    link(&h, &ada, innermost, other).await.unwrap();
}

/// PROJ-4: A before B and B before A, at once: exactly one is taken, the other told its ring.
pub async fn proj_4_two_edges_that_close_a_ring_at_once(h: Harness) {
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await;
    for _ in 0..12 {
        let [one, two] = h.tasks(p.id, 2).await[..] else { panic!("two tasks") };
        let edges = [(one, two), (two, one)].map(|(before, after)| {
            let (engine, ada) = (h.engine.clone(), ada.clone());
            async move {
                let (predecessor, successor) = (before, after);
                let kind = DependencyKind::FinishStart;
                let new = NewDependency { predecessor, successor, kind, lag_min: 0 };
                engine.projects().link_tasks(&ada, new).await
            }
        });
        let (taken, refused): (Vec<_>, Vec<_>) =
            at_once(edges).await.into_iter().partition(Result::is_ok);
        assert_eq!(taken.len(), 1);
        for refused in refused {
            assert_eq!(ring_of(refused).len(), 3);
        }
        assert_eq!(h.store.projects().dependencies(one).await.unwrap().len(), 1);
    }
}

/// PROJ-4: whatever eight writers link, unlink and move at the same time, there is never a ring.
pub async fn proj_4_random_edges_at_once_never_form_a_ring(h: Harness) {
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await;
    let tasks = h.tasks(p.id, 8).await;
    let writers = (0..8_u64).map(|seed| {
        let (engine, store, ada) = (h.engine.clone(), h.store.clone(), ada.clone());
        let tasks = tasks.clone();
        async move {
            let mut random = Random::new(seed);
            for _ in 0..12 {
                let (one, two) = (*random.pick(&tasks), *random.pick(&tasks));
                let projects = engine.projects();
                let _ = match random.below(4) {
                    0 => projects.unlink_tasks(&ada, one, two).await.err(),
                    1 => {
                        let task = store.projects().task(one).await.unwrap().unwrap();
                        let parent = random.percent(60).then_some(two);
                        projects.move_task(&ada, one, task.version, parent).await.err()
                    }
                    _ => {
                        let kind = *random.pick(DependencyKind::ALL);
                        let (predecessor, successor) = (one, two);
                        let new = NewDependency { predecessor, successor, kind, lag_min: 0 };
                        projects.link_tasks(&ada, new).await.err()
                    }
                };
                let graph = store.projects().task_graph(p.id).await.unwrap().unwrap();
                assert_eq!(rules::ring(&graph), None);
            }
        }
    });
    at_once(writers).await;
    let graph = h.task_graph(p.id).await;
    assert!(!graph.edges.is_empty(), "something was taken");
    assert_eq!(h.store.maintenance().verify().await, Ok(vec![]));
}

/// PROJ-5: under a new parent the task comes with its parts, and what they wait for.
pub async fn proj_5_a_move_is_checked_with_all_its_parts(h: Harness) {
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await;
    let [whole, first, free] = h.tasks(p.id, 3).await[..] else { panic!("three tasks") };
    let inner = part(&h, &ada, &p, whole).await.id;
    let innermost = part(&h, &ada, &p, inner).await.id;
    link(&h, &ada, first, innermost).await.unwrap();
    let projects = h.engine.projects();
    let put = async |task, version, parent| {
        projects.move_task(&ada, task, Version(version), parent).await
    };
    assert_eq!(ring_of(put(whole, 1, Some(innermost)).await).len(), 4);
    assert_eq!(ring_of(put(whole, 1, Some(whole)).await), [whole, whole]);
    put(first, 1, Some(inner)).await.unwrap();
    assert_eq!(ring_of(put(inner, 1, Some(first)).await), [inner, first, inner]);
    put(first, 2, None).await.unwrap();
    assert_eq!(ring_of(put(inner, 1, Some(first)).await), [first, innermost, first]);
    let moved = put(inner, 1, Some(free)).await.unwrap();
    assert_eq!((moved.parent, moved.version), (Some(free), Version(2)));
    assert_eq!(h.read_task(inner).await, moved);
    let unknown = Some(TaskId::generate(&*h.ids));
    let refused = put(inner, 2, unknown).await;
    assert_eq!(refused, Err(Error::invalid("parent", "no such task")));
    let settled = h.settled().await;
    put(inner, 2, Some(free)).await.unwrap();
    assert_eq!(h.settled().await, settled, "where it is already writes nothing");
}

/// PROJ-5 and X-18: one task under the other and the other under the one, at once: one is taken.
pub async fn proj_5_two_moves_that_close_a_ring_at_once(h: Harness) {
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await;
    for _ in 0..8 {
        let [one, two] = h.tasks(p.id, 2).await[..] else { panic!("two tasks") };
        let moves = [(one, two), (two, one)].map(|(task, parent)| {
            let (engine, ada) = (h.engine.clone(), ada.clone());
            async move { engine.projects().move_task(&ada, task, Version(1), Some(parent)).await }
        });
        let (taken, refused): (Vec<_>, Vec<_>) =
            at_once(moves).await.into_iter().partition(Result::is_ok);
        assert_eq!(taken.len(), 1);
        for refused in refused {
            assert_eq!(ring_of(refused).len(), 3);
        }
    }
}

/// PROJ-6: a deleted task's edges neither count nor show; what would be a ring with them keeps it
/// from coming back until the ring is open elsewhere.
pub async fn proj_6_deleting_hides_edges_and_restoring_checks_them(h: Harness) {
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await;
    let [one, two, three] = h.tasks(p.id, 3).await[..] else { panic!("three tasks") };
    link(&h, &ada, one, two).await.unwrap();
    link(&h, &ada, two, three).await.unwrap();
    let projects = h.engine.projects();
    projects.delete_task(&ada, two, Version(1)).await.unwrap();
    projects.delete_task(&ada, two, Version(1)).await.expect("deleted is deleted");
    assert_eq!(projects.dependencies(&ada, one).await.unwrap(), []);
    assert_eq!(projects.task_graph(&ada, p.id).await.unwrap().edges, []);
    let refused = link(&h, &ada, one, two).await;
    assert_eq!(refused, Err(Error::NotFound { entity: "task" }));
    link(&h, &ada, three, one).await.unwrap();
    let mut path = ring_of(projects.restore_task(&ada, two, Version(2)).await);
    path.pop();
    path.sort_unstable();
    let mut all = vec![one, two, three];
    all.sort_unstable();
    assert_eq!(path, all);
    projects.unlink_tasks(&ada, three, one).await.unwrap();
    let restored = projects.restore_task(&ada, two, Version(2)).await.unwrap();
    assert_eq!((restored.version, restored.deleted_at), (Version(3), None));
    assert_eq!(h.read_task(two).await, restored);
    assert_eq!(projects.dependencies(&ada, two).await.unwrap().len(), 2, "its edges are back");
}

/// the parts are hidden with the whole, and come back with it unless they had been deleted on
/// their own; counts follow.
pub async fn x_9_parts_go_and_come_back_with_the_whole(h: Harness) {
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await;
    let whole = task(&h, &ada, &p, "whole").await.id;
    let (inner, alone) = (part(&h, &ada, &p, whole).await, part(&h, &ada, &p, whole).await);
    let innermost = part(&h, &ada, &p, inner.id).await;
    let projects = h.engine.projects();
    let v = Version;
    projects.delete_task(&ada, alone.id, v(1)).await.unwrap();
    projects.delete_task(&ada, whole, v(1)).await.unwrap();
    let page = PageRequest::default();
    let shelf = async |shelf| {
        let query = TaskQuery { shelf, ..TaskQuery::default() };
        projects.tasks(&ada, p.id, query, &page).await.unwrap().items.len()
    };
    assert_eq!((shelf(Shelf::Live).await, shelf(Shelf::Deleted).await), (0, 4));
    assert_eq!(projects.task_counts(&ada, p.id).await.unwrap(), []);
    for hidden in [whole, inner.id, innermost.id, alone.id] {
        assert_eq!(projects.task(&ada, hidden).await, Err(Error::NotFound { entity: "task" }));
    }
    for task in [inner.id, alone.id] {
        let refused = projects.restore_task(&ada, task, v(2)).await;
        assert!(matches!(refused, Err(Error::Precondition(_))), "{refused:?}");
    }
    projects.restore_task(&ada, whole, v(2)).await.unwrap();
    assert_eq!((shelf(Shelf::Live).await, shelf(Shelf::Deleted).await), (3, 1));
    let counts = projects.task_counts(&ada, p.id).await.unwrap();
    assert_eq!((counts[0].status, counts[0].tasks), (TaskStatus::Todo, 3));
    projects.restore_task(&ada, alone.id, v(2)).await.unwrap();
    assert_eq!(shelf(Shelf::Live).await, 4);
    // Deleting on top of a part that is made at the same moment takes it along, or comes before it.
    for _ in 0..6 {
        let whole = task(&h, &ada, &p, "whole").await.id;
        let (engine, ctx) = (h.engine.clone(), ada.clone());
        let deleting =
            tokio::spawn(async move { engine.projects().delete_task(&ctx, whole, v(1)).await });
        let new = NewTask { parent: Some(whole), ..NewTask::titled("part") };
        let made = projects.create_task(&ada, p.id, new).await;
        deleting.await.unwrap().unwrap();
        match made {
            Ok(part) => assert_eq!(h.read_task(part.id).await.deleted_with, Some(whole)),
            Err(error) => assert_eq!(error, Error::invalid("parent", "no such task")),
        }
    }
    let graph = rules::live_part(h.task_graph(p.id).await);
    let live = |id| graph.nodes.iter().any(|node| node.id == id);
    assert!(graph.nodes.iter().all(|node| node.parent.is_none_or(live)));
}

/// PROJ-7: the open tasks in time; what is done keeps nobody waiting, and a stranger sees nothing.
pub async fn proj_7_a_schedule_is_of_what_is_open(h: Harness) {
    let (ada, eve) = (person(&h, "ada").await, person(&h, "eve").await);
    let p = project(&h, "P", &ada, &[]).await;
    let projects = h.engine.projects();
    let mut tasks = Vec::new();
    for minutes in [30, 20, 50, 10] {
        let mut new = NewTask::titled("t");
        new.details.estimate_min = Some(minutes);
        tasks.push(projects.create_task(&ada, p.id, new).await.unwrap().id);
    }
    for (before, after) in [(0, 1), (0, 2), (1, 3), (2, 3)] {
        link(&h, &ada, tasks[before], tasks[after]).await.unwrap();
    }
    let critical = async || {
        let schedule = projects.schedule(&ada, p.id).await.unwrap();
        let critical = schedule.tasks.iter().filter(|planned| planned.is_critical());
        (schedule.finish_min, critical.map(|planned| planned.task).collect::<Vec<_>>())
    };
    assert_eq!(critical().await, (90, vec![tasks[0], tasks[2], tasks[3]]));
    projects.set_task_status(&ada, tasks[0], Version(1), TaskStatus::Done).await.unwrap();
    projects.delete_task(&ada, tasks[2], Version(1)).await.unwrap();
    assert_eq!(critical().await, (30, vec![tasks[1], tasks[3]]));
    let hidden = projects.schedule(&eve, p.id).await;
    assert_eq!(hidden, Err(Error::NotFound { entity: "project" }));
}
