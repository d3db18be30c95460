//! What hangs together in a project, kept for one question after the other: whether one more dependency,
//! or another parent, is surely sound. Only what the two tasks lead to is looked at, not all of the graph;
//! where the answer is no, [`check_link`](super::check_link) and [`check_move`](super::check_move) say why.

use std::collections::{BTreeMap, BTreeSet};

use super::super::model::{Dependency, DependencyKind, TaskGraph};
use crate::{change::Version, ids::TaskId};

/// The parents and dependencies of a sound graph, by task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links {
    version: Version,
    tasks: BTreeMap<TaskId, Linked>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Linked {
    deleted: bool,
    parent: Option<TaskId>,
    parts: BTreeSet<TaskId>,
    /// Those that wait for it.
    after: BTreeMap<TaskId, DependencyKind>,
    /// Those that it waits for.
    before: BTreeSet<TaskId>,
}

/// The start of a task, or its finish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Start(TaskId),
    Finish(TaskId),
}

use End::{Finish, Start};

impl Links {
    /// Those of a graph.
    pub fn of(graph: &TaskGraph) -> Self {
        let mut links = Self { version: graph.version, tasks: BTreeMap::new() };
        for node in &graph.nodes {
            let task = links.tasks.entry(node.id).or_default();
            task.deleted = node.deleted_with.is_some();
            links.put_parent(node.id, node.parent);
        }
        for edge in &graph.edges {
            links.put_edge(*edge);
        }
        links
    }

    /// The version of the graph.
    pub fn version(&self) -> Version {
        self.version
    }

    /// How many tasks it knows.
    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Whether it knows the task. One that it does not know is newer than it, and hangs together with
    /// nothing, since the graph's version does not tell of it.
    pub fn knows(&self, task: TaskId) -> bool {
        self.tasks.contains_key(&task)
    }

    /// Tells of a live task that hangs together with nothing.
    pub fn add(&mut self, task: TaskId) {
        self.tasks.entry(task).or_default();
    }

    /// Whether one more dependency is surely sound.
    pub fn allows_link(&self, new: Dependency) -> bool {
        let Dependency { predecessor: before, successor: after, kind, .. } = new;
        let (Some(one), Some(_)) = (self.live(before), self.live(after)) else { return false };
        let related = self.above(before).any(|task| task == after)
            || self.above(after).any(|task| task == before);
        let (from, to) = ends(before, after, kind);
        before != after
            && !one.after.contains_key(&after)
            && !related
            && !self.leads(to, from, None)
    }

    /// Whether the task may surely be put under this parent, or under none.
    pub fn allows_move(&self, task: TaskId, parent: Option<TaskId>) -> bool {
        if self.live(task).is_none() {
            return false;
        }
        let Some(parent) = parent else { return true };
        if self.live(parent).is_none() || parent == task {
            return false;
        }
        let whole: BTreeSet<_> = self.above(parent).chain([parent]).collect();
        let parts = self.below(task);
        if parts.iter().any(|part| whole.contains(part)) {
            return false;
        }
        let related = |part: &TaskId| {
            let links = self.live(*part);
            links.is_some_and(|links| {
                links.after.keys().chain(&links.before).any(|other| whole.contains(other))
            })
        };
        // What it is a part of now, it is not then.
        !parts.iter().any(related)
            && !self.leads(Start(task), Start(parent), Some(task))
            && !self.leads(Finish(parent), Finish(task), Some(task))
    }

    /// The dependency was written.
    pub fn link(&mut self, new: Dependency) {
        self.put_edge(new);
        self.version = self.version.next();
    }

    /// The task was put under this parent, or under none.
    pub fn put_under(&mut self, task: TaskId, parent: Option<TaskId>) {
        self.put_parent(task, parent);
        self.version = self.version.next();
    }

    fn put_edge(&mut self, edge: Dependency) {
        let (before, after) = (edge.predecessor, edge.successor);
        self.tasks.entry(before).or_default().after.insert(after, edge.kind);
        self.tasks.entry(after).or_default().before.insert(before);
    }

    fn put_parent(&mut self, id: TaskId, parent: Option<TaskId>) {
        let old = std::mem::replace(&mut self.tasks.entry(id).or_default().parent, parent);
        if let Some(old) = old.and_then(|old| self.tasks.get_mut(&old)) {
            old.parts.remove(&id);
        }
        if let Some(parent) = parent {
            self.tasks.entry(parent).or_default().parts.insert(id);
        }
    }

    fn live(&self, task: TaskId) -> Option<&Linked> {
        self.tasks.get(&task).filter(|task| !task.deleted)
    }

    /// What a task is a part of, the nearest first.
    fn above(&self, task: TaskId) -> impl Iterator<Item = TaskId> {
        let parent = |task: &TaskId| self.tasks.get(task)?.parent;
        std::iter::successors(parent(&task), move |task| parent(task)).take(self.tasks.len())
    }

    /// A task and all its live parts.
    fn below(&self, task: TaskId) -> BTreeSet<TaskId> {
        let (mut found, mut open) = (BTreeSet::from([task]), vec![task]);
        while let Some(one) = open.pop() {
            for part in self.tasks.get(&one).into_iter().flat_map(|task| &task.parts) {
                if self.live(*part).is_some() && found.insert(*part) {
                    open.push(*part);
                }
            }
        }
        found
    }

    /// Whether one end comes before the other, were this task a part of nothing.
    fn leads(&self, from: End, to: End, apart: Option<TaskId>) -> bool {
        let (mut seen, mut open) = (BTreeSet::from([from]), vec![from]);
        while let Some(end) = open.pop() {
            if end == to {
                return true;
            }
            self.next(end, apart, |next| {
                if seen.insert(next) {
                    open.push(next);
                }
            });
        }
        false
    }

    /// Which live ends come directly after this one.
    fn next(&self, end: End, apart: Option<TaskId>, mut found: impl FnMut(End)) {
        let (Start(task) | Finish(task)) = end;
        let Some(links) = self.live(task) else { return };
        let mut live = |next: End| {
            let (Start(task) | Finish(task)) = next;
            if self.live(task).is_some() {
                found(next);
            }
        };
        for (after, kind) in &links.after {
            let (from, to) = ends(task, *after, *kind);
            if from == end {
                live(to);
            }
        }
        match end {
            Start(_) => {
                live(Finish(task));
                let parts = links.parts.iter().filter(|part| Some(**part) != apart);
                parts.for_each(|part| live(Start(*part)));
            }
            Finish(_) => {
                if let Some(parent) = links.parent.filter(|_| Some(task) != apart) {
                    live(Finish(parent));
                }
            }
        }
    }
}

/// Which end of the predecessor comes before which of the successor.
fn ends(before: TaskId, after: TaskId, kind: DependencyKind) -> (End, End) {
    match kind {
        DependencyKind::FinishStart => (Finish(before), Start(after)),
        DependencyKind::StartStart => (Start(before), Start(after)),
        DependencyKind::FinishFinish => (Finish(before), Finish(after)),
        DependencyKind::StartFinish => (Start(before), Finish(after)),
    }
}

#[cfg(test)]
#[path = "links_tests.rs"]
mod tests;
