//! How tasks hang together: rings, subtrees, and what blocks what.
//!
//! A task has a start and a finish, and what hangs together says which of them comes first: a task
//! starts before it finishes, a part starts after the whole has started and finishes before the whole
//! has finished, and a dependency puts one end of its predecessor before one end of its successor.
//! Where that contradicts itself, tasks form a ring (PROJ-3). So an edge between a task and what it
//! is a part of is a ring, and one between two parts of the same task is none.

use std::collections::{BTreeMap, BTreeSet};

use super::super::model::{Dependency, DependencyKind, Task, TaskGraph, TaskNode, TaskStatus};
use crate::{
    error::{Conflict, Error, Result},
    ids::TaskId,
};

/// The start or the finish of a task: its place in the list of nodes, twice, and one more for the
/// finish.
type End = usize;

const WHITE: u8 = 0;
const GREY: u8 = 1;
const BLACK: u8 = 2;

/// The tasks along a ring, the first one repeated at the end; none when there is no ring. Tasks that
/// are deleted, and their dependencies, do not count.
pub fn ring(graph: &TaskGraph) -> Option<Vec<TaskId>> {
    let live: Vec<&TaskNode> =
        graph.nodes.iter().filter(|node| node.deleted_with.is_none()).collect();
    let after = successors(&live, &graph.edges);
    let mut colour = vec![WHITE; after.len()];
    // The ends on the way, each with the next of its successors to look at.
    let mut way: Vec<(End, usize)> = Vec::new();
    for start in 0..after.len() {
        if colour.get(start) != Some(&WHITE) {
            continue;
        }
        way.push((start, 0));
        while let Some((end, next)) = way.last_mut() {
            let here = *end;
            let Some(to) = after.get(here).and_then(|ends| ends.get(*next)).copied() else {
                paint(&mut colour, here, BLACK);
                way.pop();
                continue;
            };
            *next += 1;
            paint(&mut colour, here, GREY);
            match colour.get(to).copied() {
                Some(GREY) => return Some(tasks_from(&way, to, &live)),
                Some(WHITE) => way.push((to, 0)),
                _ => {}
            }
        }
    }
    None
}

fn paint(colour: &mut [u8], end: End, with: u8) {
    if let Some(one) = colour.get_mut(end) {
        *one = with;
    }
}

/// Which ends come after each.
fn successors(live: &[&TaskNode], edges: &[Dependency]) -> Vec<Vec<End>> {
    let place: BTreeMap<TaskId, usize> =
        live.iter().enumerate().map(|(place, node)| (node.id, place)).collect();
    let start = |task: TaskId| place.get(&task).map(|place| place * 2);
    let finish = |task: TaskId| place.get(&task).map(|place| place * 2 + 1);
    let mut after = vec![Vec::new(); live.len() * 2];
    let mut add = |from: Option<End>, to: Option<End>| {
        if let (Some(from), Some(to)) = (from, to)
            && let Some(ends) = after.get_mut(from)
        {
            ends.push(to);
        }
    };
    for node in live {
        add(start(node.id), finish(node.id));
        if let Some(parent) = node.parent {
            add(start(parent), start(node.id));
            add(finish(node.id), finish(parent));
        }
    }
    for edge in edges {
        let (before, later) = (edge.predecessor, edge.successor);
        match edge.kind {
            DependencyKind::FinishStart => add(finish(before), start(later)),
            DependencyKind::StartStart => add(start(before), start(later)),
            DependencyKind::FinishFinish => add(finish(before), finish(later)),
            DependencyKind::StartFinish => add(start(before), finish(later)),
        }
    }
    after
}

/// The tasks on the way from this end on, and back to it.
fn tasks_from(way: &[(End, usize)], from: End, live: &[&TaskNode]) -> Vec<TaskId> {
    let ends = way.iter().map(|(end, _)| *end).skip_while(|end| *end != from);
    let tasks = ends.chain([from]).filter_map(|end| live.get(end / 2).map(|node| node.id));
    let mut path: Vec<TaskId> = tasks.collect();
    path.dedup();
    if path.len() == 1 {
        path.extend(path.first().copied());
    }
    path
}

/// Refuses a graph that contradicts itself (PROJ-3).
///
/// # Errors
/// A conflict with the ring: of a task with itself, with what it is a part of, or with others.
pub fn check_graph(graph: &TaskGraph) -> Result<()> {
    contradiction(graph).map_or(Ok(()), |path| Err(Conflict::ring("task", &path).into()))
}

/// The tasks of which one would wait for itself, the first one repeated at the end.
pub(super) fn contradiction(graph: &TaskGraph) -> Option<Vec<TaskId>> {
    let own = graph.edges.iter().find(|edge| edge.predecessor == edge.successor);
    let own = own.map(|edge| vec![edge.predecessor, edge.successor]);
    own.or_else(|| ancestor_ring(graph)).or_else(|| ring(graph))
}

/// Refuses one more dependency where it would contradict what there is (PROJ-3).
///
/// # Errors
/// Not found when one of the two is no live task of the project; conflicts when the pair has a
/// dependency, or tasks would form a ring: with itself, with what it is a part of, or with others.
pub fn check_link(graph: &TaskGraph, new: Dependency) -> Result<()> {
    let (before, after) = (new.predecessor, new.successor);
    for task in [before, after] {
        live(graph, task)?;
    }
    let same = |edge: &Dependency| (edge.predecessor, edge.successor) == (before, after);
    if graph.edges.iter().any(same) {
        return Err(Conflict::DependencyExists.into());
    }
    let mut graph = graph.clone();
    graph.edges.push(new);
    check_graph(&graph)
}

/// Refuses to put a task under this parent, or under none, when tasks would form a ring (PROJ-5).
///
/// # Errors
/// Not found when one of the two is no live task of the project; a conflict with the ring.
pub fn check_move(graph: &TaskGraph, task: TaskId, parent: Option<TaskId>) -> Result<()> {
    live(graph, task)?;
    if let Some(parent) = parent {
        live(graph, parent)?;
    }
    let mut graph = graph.clone();
    for node in graph.nodes.iter_mut().filter(|node| node.id == task) {
        node.parent = parent;
    }
    if let Some(path) = parent_ring(&graph, task) {
        return Err(Conflict::ring("task", &path).into());
    }
    check_graph(&graph)
}

/// The tasks that are deleted with this one: itself and all its live parts, by number.
///
/// # Errors
/// Not found when it is no live task of the project.
pub fn deleted_with(graph: &TaskGraph, task: TaskId) -> Result<Vec<TaskId>> {
    live(graph, task)?;
    let mut children: BTreeMap<TaskId, Vec<TaskId>> = BTreeMap::new();
    for node in graph.nodes.iter().filter(|node| node.deleted_with.is_none()) {
        children.entry(node.parent.unwrap_or(node.id)).or_default().push(node.id);
    }
    let (mut found, mut open) = (BTreeSet::from([task]), vec![task]);
    while let Some(one) = open.pop() {
        for child in children.get(&one).into_iter().flatten() {
            if found.insert(*child) {
                open.push(*child);
            }
        }
    }
    Ok(graph.nodes.iter().map(|node| node.id).filter(|id| found.contains(id)).collect())
}

/// The tasks that come back when this one is restored: those that its deletion took along, by
/// number.
///
/// # Errors
/// A precondition error when it was deleted with another, or that which it is part of is deleted; a
/// conflict when tasks would form a ring with it (PROJ-6).
pub fn restored_with(graph: &TaskGraph, task: TaskId) -> Result<Vec<TaskId>> {
    let missing = Error::NotFound { entity: "task" };
    let node = graph.nodes.iter().find(|node| node.id == task).ok_or(missing)?;
    let hidden =
        |id: TaskId| graph.nodes.iter().any(|node| node.id == id && node.deleted_with.is_some());
    if node.deleted_with != Some(task) || node.parent.is_some_and(hidden) {
        let text = "restore the task first that this one is a part of";
        return Err(Error::Precondition(text.into()));
    }
    let mut graph = graph.clone();
    let mut restored = Vec::new();
    for node in graph.nodes.iter_mut().filter(|node| node.deleted_with == Some(task)) {
        node.deleted_with = None;
        restored.push(node.id);
    }
    check_graph(&graph)?;
    Ok(restored)
}

/// The tasks that this one is not done before (PROJ-2), by these dependencies.
pub fn blocking(edges: &[Dependency], task: TaskId) -> Vec<TaskId> {
    let blocking = edges.iter().filter(|edge| edge.successor == task && edge.kind.blocks());
    blocking.map(|edge| edge.predecessor).collect()
}

/// Those of a task's predecessors that keep it from being done: live ones that are not freed.
pub fn open_blockers(before: &[Task], freed: impl Fn(TaskStatus) -> bool) -> Vec<TaskId> {
    let open = before.iter().filter(|task| task.deleted_at.is_none() && !freed(task.status));
    open.map(|task| task.id).collect()
}

/// The graph without what is deleted.
pub fn live_part(graph: TaskGraph) -> TaskGraph {
    let nodes: Vec<TaskNode> =
        graph.nodes.into_iter().filter(|node| node.deleted_with.is_none()).collect();
    let live: BTreeSet<TaskId> = nodes.iter().map(|node| node.id).collect();
    let shown =
        |edge: &Dependency| live.contains(&edge.predecessor) && live.contains(&edge.successor);
    let edges = graph.edges.into_iter().filter(shown).collect();
    TaskGraph { nodes, edges, ..graph }
}

fn live(graph: &TaskGraph, task: TaskId) -> Result<()> {
    let there = graph.nodes.iter().any(|node| node.id == task && node.deleted_with.is_none());
    if there { Ok(()) } else { Err(Error::NotFound { entity: "task" }) }
}

/// What a task is a part of, the nearest first. Ends where it would repeat itself.
fn above(parents: &BTreeMap<TaskId, Option<TaskId>>, task: TaskId) -> Vec<TaskId> {
    let (mut found, mut seen) = (Vec::new(), BTreeSet::from([task]));
    let mut at = task;
    while let Some(parent) = parents.get(&at).copied().flatten() {
        found.push(parent);
        if !seen.insert(parent) {
            break;
        }
        at = parent;
    }
    found
}

/// The ring that a task's parents form, from the task to itself.
fn parent_ring(graph: &TaskGraph, task: TaskId) -> Option<Vec<TaskId>> {
    let parents: BTreeMap<TaskId, Option<TaskId>> =
        graph.nodes.iter().map(|node| (node.id, node.parent)).collect();
    let up = above(&parents, task);
    let end = up.iter().position(|one| *one == task)?;
    Some([task].into_iter().chain(up.into_iter().take(end + 1)).collect())
}

/// A live task that depends on what it is a part of, or the other way round, whatever the kind.
fn ancestor_ring(graph: &TaskGraph) -> Option<Vec<TaskId>> {
    let live = graph.nodes.iter().filter(|node| node.deleted_with.is_none());
    let parents: BTreeMap<TaskId, Option<TaskId>> =
        live.map(|node| (node.id, node.parent)).collect();
    for edge in &graph.edges {
        let (one, other) = (edge.predecessor, edge.successor);
        if !parents.contains_key(&one) || !parents.contains_key(&other) {
            continue;
        }
        if above(&parents, one).contains(&other) || above(&parents, other).contains(&one) {
            return Some(vec![one, other, one]);
        }
    }
    None
}

#[cfg(test)]
#[path = "graph_tests.rs"]
pub(super) mod tests;
