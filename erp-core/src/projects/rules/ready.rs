//! What holds tasks up.

use std::collections::{BTreeMap, BTreeSet};

use super::super::model::{DependencyKind, TaskGraph, TaskNode, TaskStatus};
use crate::ids::TaskId;

/// The live tasks that are held up: those that wait for the finish of a live predecessor that is not
/// freed (a dependency from finish to start), and all live tasks that are parts of them, however
/// deep. The status of the held-up task itself does not matter.
pub fn held_up(graph: &TaskGraph, freed: impl Fn(TaskStatus) -> bool) -> BTreeSet<TaskId> {
    let live: BTreeMap<TaskId, &TaskNode> = graph
        .nodes
        .iter()
        .filter(|node| node.deleted_with.is_none())
        .map(|node| (node.id, node))
        .collect();
    let mut parts: BTreeMap<TaskId, Vec<TaskId>> = BTreeMap::new();
    for node in live.values() {
        if let Some(parent) = node.parent {
            parts.entry(parent).or_default().push(node.id);
        }
    }
    let waits = |edge: &&crate::projects::Dependency| {
        edge.kind == DependencyKind::FinishStart
            && live.contains_key(&edge.successor)
            && live.get(&edge.predecessor).is_some_and(|before| !freed(before.status))
    };
    let mut open: Vec<TaskId> =
        graph.edges.iter().filter(waits).map(|edge| edge.successor).collect();
    let mut found = BTreeSet::new();
    while let Some(task) = open.pop() {
        if found.insert(task) {
            open.extend(parts.get(&task).into_iter().flatten());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{change::Version, ids::ProjectId, projects::Dependency};

    fn id(n: u128) -> TaskId {
        TaskId::from_uuid(Uuid::from_u128(n))
    }

    fn node(n: u128, parent: Option<u128>, status: TaskStatus) -> TaskNode {
        TaskNode {
            id: id(n),
            parent: parent.map(id),
            deleted_with: None,
            status,
            estimate_min: None,
            start_on: None,
            due_on: None,
            milestone: None,
        }
    }

    fn edge(before: u128, after: u128, kind: DependencyKind) -> Dependency {
        Dependency { predecessor: id(before), successor: id(after), kind, lag_min: 0 }
    }

    fn graph(nodes: Vec<TaskNode>, edges: Vec<Dependency>) -> TaskGraph {
        let project = ProjectId::from_uuid(Uuid::nil());
        TaskGraph { project, version: Version::FIRST, nodes, edges }
    }

    #[test]
    fn what_waits_for_a_finish_is_held_up_with_all_its_parts() {
        use DependencyKind::{FinishStart, StartStart};
        use TaskStatus::{Cancelled, Done, Todo};
        let nodes = vec![
            node(1, None, Todo),
            node(2, None, Todo),
            node(3, Some(2), Todo),
            node(4, Some(3), Todo),
            node(5, None, Done),
            node(6, None, Cancelled),
            node(7, None, Todo),
            node(8, None, Todo),
        ];
        let edges = vec![
            edge(1, 2, FinishStart),
            edge(5, 7, FinishStart),
            edge(6, 7, FinishStart),
            edge(1, 8, StartStart),
        ];
        let mut graph = graph(nodes, edges);
        let held = |graph: &TaskGraph| held_up(graph, TaskStatus::is_closed);
        assert_eq!(held(&graph), BTreeSet::from([id(2), id(3), id(4)]));
        let strict = held_up(&graph, |status| status == Done);
        assert_eq!(strict, BTreeSet::from([id(2), id(3), id(4), id(7)]));
        graph.nodes[0].deleted_with = Some(id(1));
        assert_eq!(held(&graph), BTreeSet::new(), "a deleted one holds up nothing");
    }
}
