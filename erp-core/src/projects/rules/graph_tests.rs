//! Rings, subtrees and restores, against brute force.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::{change::Version, ids::ProjectId};

pub(crate) fn task(number: usize) -> TaskId {
    TaskId::from_uuid(Uuid::from_u128(number as u128 + 1))
}

fn edge(before: usize, after: usize, kind: DependencyKind) -> Dependency {
    Dependency { predecessor: task(before), successor: task(after), kind, lag_min: 0 }
}

pub(crate) fn graph(
    parents: &[Option<usize>],
    edges: impl IntoIterator<Item = (usize, usize, DependencyKind)>,
) -> TaskGraph {
    let node = |(place, parent): (usize, &Option<usize>)| TaskNode {
        id: task(place),
        parent: parent.map(task),
        deleted_with: None,
        status: TaskStatus::Todo,
        estimate_min: None,
        start_on: None,
        due_on: None,
        milestone: None,
    };
    TaskGraph {
        project: ProjectId::from_uuid(Uuid::nil()),
        version: Version::FIRST,
        nodes: parents.iter().enumerate().map(node).collect(),
        edges: edges.into_iter().map(|(before, after, kind)| edge(before, after, kind)).collect(),
    }
}

fn ring_of(refused: Result<()>) -> Vec<TaskId> {
    match refused {
        Err(Error::Conflict(Conflict::Ring { path, .. })) => {
            path.iter().map(|id| id.parse().unwrap()).collect()
        }
        other => panic!("no ring: {other:?}"),
    }
}

const FS: DependencyKind = DependencyKind::FinishStart;

#[test]
fn proj_3_rings_of_any_length_are_refused_with_their_path() {
    for length in [2, 3, 15, 16, 17, 1_000, 100_000] {
        let chain = graph(&vec![None; length], (1..length).map(|n| (n - 1, n, FS)));
        assert_eq!(ring(&chain), None);
        let path = ring_of(check_link(&chain, edge(length - 1, 0, FS)));
        assert_eq!(path.len(), length + 1);
        assert_eq!(path.first(), path.last());
        let ring: BTreeSet<_> = path.iter().collect();
        assert_eq!(ring.len(), length, "each task once");
        for pair in path.windows(2) {
            let next = (pair[0].uuid().as_u128() as usize % length) + 1;
            assert_eq!(pair[1].uuid().as_u128() as usize, next, "along the edges");
        }
    }
}

#[test]
fn proj_3_self_duplicate_ancestor_and_descendant_edges_are_refused() {
    let of = |before, after| {
        let there = graph(&[None, Some(0), Some(1), None], [(3, 0, FS)]);
        check_link(&there, edge(before, after, FS))
    };
    assert_eq!(ring_of(of(1, 1)), [task(1), task(1)]);
    assert_eq!(of(3, 0), Err(Conflict::DependencyExists.into()));
    for (before, after) in [(0, 1), (1, 0), (2, 0), (0, 2)] {
        assert_eq!(ring_of(of(before, after)), [task(before), task(after), task(before)]);
    }
    // 3 comes before 0 and so before all that is part of it.
    assert_eq!(ring_of(of(2, 3)).len(), 5);
    assert_eq!(of(3, 2), Ok(()), "it says so already, and contradicts nothing");
    assert_eq!(of(3, 9), Err(Error::NotFound { entity: "task" }));
}

#[test]
fn proj_3_parts_of_one_task_may_wait_for_each_other() {
    let there = graph(&[None, Some(0), Some(0), None], [(1, 3, FS), (3, 2, FS)]);
    assert_eq!(check_link(&there, edge(1, 2, FS)), Ok(()));
    assert_eq!(ring_of(check_link(&there, edge(2, 1, FS))).len(), 4);
}

#[test]
fn proj_5_a_move_is_checked_with_all_its_parts() {
    // 1 is part of 0; 2 comes before 0; 3 comes before 2.
    let there = graph(&[None, Some(0), None, None], [(2, 0, FS), (3, 2, FS)]);
    assert_eq!(check_move(&there, task(1), None), Ok(()));
    assert_eq!(check_move(&there, task(1), Some(task(3))), Ok(()));
    assert_eq!(ring_of(check_move(&there, task(0), Some(task(1)))), [task(0), task(1), task(0)]);
    assert_eq!(ring_of(check_move(&there, task(0), Some(task(0)))), [task(0), task(0)]);
    // 3 would be part of what comes after it.
    let path = ring_of(check_move(&there, task(3), Some(task(1))));
    assert_eq!(path.first(), path.last());
    // 2 would be part of what it comes before.
    assert_eq!(ring_of(check_move(&there, task(2), Some(task(0)))), [task(2), task(0), task(2)]);
}

#[test]
fn proj_6_a_restore_is_checked_anew() {
    let mut there = graph(&[None, None, None], [(0, 1, FS), (1, 2, FS), (2, 0, FS)]);
    there.nodes[1].deleted_with = Some(task(1));
    assert_eq!(ring(&there), None, "the dependencies of what is deleted are hidden");
    assert!(matches!(restored_with(&there, task(1)), Err(Error::Conflict(Conflict::Ring { .. }))));
    there.edges.pop();
    assert_eq!(restored_with(&there, task(1)), Ok(vec![task(1)]));
}

#[test]
fn x_9_what_was_deleted_on_its_own_stays_deleted() {
    let mut there = graph(&[None, Some(0), Some(1), Some(0)], []);
    there.nodes[3].deleted_with = Some(task(3));
    assert_eq!(deleted_with(&there, task(0)), Ok(vec![task(0), task(1), task(2)]));
    for place in 0..3 {
        there.nodes[place].deleted_with = Some(task(0));
    }
    assert!(matches!(restored_with(&there, task(1)), Err(Error::Precondition(_))));
    assert!(matches!(restored_with(&there, task(3)), Err(Error::Precondition(_))));
    assert_eq!(restored_with(&there, task(0)), Ok(vec![task(0), task(1), task(2)]));
}

/// A ring by trying: starts and finishes get numbers, and every rule pushes the later one up. Where
/// nothing contradicts itself that ends after as many rounds as there are numbers.
fn contradicts(graph: &TaskGraph) -> bool {
    let mut at: BTreeMap<TaskId, (i64, i64)> =
        graph.nodes.iter().map(|node| (node.id, (0, 1))).collect();
    for _ in 0..graph.nodes.len() * 4 + 4 {
        let before = at.clone();
        let mut push = |task: TaskId, start: i64, finish: i64| {
            let ends = at.get_mut(&task).unwrap();
            *ends = (ends.0.max(start), ends.1.max(finish));
            ends.1 = ends.1.max(ends.0 + 1);
        };
        for node in &graph.nodes {
            if let Some(parent) = node.parent {
                push(node.id, before[&parent].0 + 1, 0);
                push(parent, 0, before[&node.id].1 + 1);
            }
        }
        for edge in &graph.edges {
            let (start, finish) = before[&edge.predecessor];
            match edge.kind {
                DependencyKind::FinishStart => push(edge.successor, finish + 1, 0),
                DependencyKind::StartStart => push(edge.successor, start + 1, 0),
                DependencyKind::FinishFinish => push(edge.successor, 0, finish + 1),
                DependencyKind::StartFinish => push(edge.successor, 0, start + 1),
            }
        }
        if at == before {
            return false;
        }
    }
    true
}

proptest! {
    #[test]
    fn proj_3_a_ring_is_found_where_tasks_contradict_each_other(
        parents in proptest::collection::vec(proptest::option::of(0_usize..6), 6),
        edges in proptest::collection::vec((0_usize..6, 0_usize..6, 0_usize..4), 0..8),
    ) {
        let edges = edges.into_iter().map(|(one, other, kind)| {
            (one, other, DependencyKind::ALL[kind])
        });
        let graph = graph(&parents, edges);
        let found = ring(&graph);
        prop_assert_eq!(found.is_some(), contradicts(&graph), "{:?}", found);
        if let Some(path) = found {
            prop_assert!(path.len() >= 2);
            prop_assert_eq!(path.first(), path.last());
        }
    }
}
