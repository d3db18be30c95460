//! When tasks can and must be done (PROJ-7).
//!
//! Time is minutes of work after the project's beginning; calendars turn them into days. Every task
//! has a start and a finish. Each rule says that one of them is no earlier than another and so many
//! minutes: a task takes its estimate, a part lies within the whole, a dependency lies between two
//! ends. The earliest times are the least that fulfil all rules, the latest are the greatest that do
//! so without the project's finish moving. Both are unique, so the order of tasks and dependencies
//! does not matter.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::super::model::{Dependency, DependencyKind, TaskGraph, TaskNode};
use crate::{
    error::{Error, Result},
    ids::TaskId,
};

/// When a task can and must be done, in minutes of work after the project's beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// The task.
    pub task: TaskId,
    /// The earliest start.
    pub early_start_min: i64,
    /// The earliest finish.
    pub early_finish_min: i64,
    /// The latest start by which the project is not late.
    pub late_start_min: i64,
    /// The latest finish by which the project is not late.
    pub late_finish_min: i64,
}

impl Planned {
    /// How much later than at its earliest the task may start.
    pub fn slack_min(&self) -> i64 {
        self.late_start_min - self.early_start_min
    }

    /// Whether the project is late as soon as the task is.
    pub fn is_critical(&self) -> bool {
        self.slack_min() == 0
    }
}

/// A project's open tasks in time, by number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// How long the project takes, in minutes of work.
    pub finish_min: i64,
    /// Its tasks.
    pub tasks: Vec<Planned>,
}

/// The one value is at least the other and this much.
#[derive(Clone, Copy)]
struct Rule {
    from: usize,
    to: usize,
    by: i64,
}

/// The schedule of the live open tasks; what is done or given up keeps nobody waiting. A task without
/// an estimate takes no time of its own.
///
/// # Errors
/// A precondition error when dependencies of several kinds contradict each other with these estimates
/// and lags: one task has to start with another and to finish with it, and takes longer.
pub fn schedule(graph: &TaskGraph) -> Result<Schedule> {
    let open: Vec<&TaskNode> = graph.nodes.iter().filter(|node| is_open(node)).collect();
    let place: BTreeMap<TaskId, usize> =
        open.iter().enumerate().map(|(place, node)| (node.id, place)).collect();
    let rules = in_order(&rules(&open, &graph.edges, &place), open.len() * 2);
    let early = settle(&rules, vec![0; open.len() * 2], i64::max)?;
    let finish_min = early.iter().copied().max().unwrap_or(0);
    let back: Vec<Rule> = rules
        .iter()
        .rev()
        .map(|rule| Rule { from: rule.to, to: rule.from, by: -rule.by })
        .collect();
    let late = settle(&back, vec![finish_min; open.len() * 2], i64::min)?;
    let at = |times: &[i64], end: usize| times.get(end).copied().unwrap_or_default();
    let planned = |(place, node): (usize, &&TaskNode)| Planned {
        task: node.id,
        early_start_min: at(&early, place * 2),
        early_finish_min: at(&early, place * 2 + 1),
        late_start_min: at(&late, place * 2),
        late_finish_min: at(&late, place * 2 + 1),
    };
    Ok(Schedule { finish_min, tasks: open.iter().enumerate().map(planned).collect() })
}

fn is_open(node: &TaskNode) -> bool {
    node.deleted_with.is_none() && !node.status.is_closed()
}

fn rules(open: &[&TaskNode], edges: &[Dependency], place: &BTreeMap<TaskId, usize>) -> Vec<Rule> {
    let parents: BTreeSet<TaskId> = open.iter().filter_map(|node| node.parent).collect();
    let mut rules = Vec::with_capacity(open.len() * 3 + edges.len());
    for (place_of, node) in open.iter().enumerate() {
        let (start, finish) = (place_of * 2, place_of * 2 + 1);
        if parents.contains(&node.id) {
            // The whole takes as long as its parts.
            rules.push(Rule { from: start, to: finish, by: 0 });
        } else {
            let takes = node.estimate_min.unwrap_or(0);
            rules.push(Rule { from: start, to: finish, by: takes });
            rules.push(Rule { from: finish, to: start, by: -takes });
        }
        if let Some(whole) = node.parent.and_then(|parent| place.get(&parent)) {
            rules.push(Rule { from: whole * 2, to: start, by: 0 });
            rules.push(Rule { from: finish, to: whole * 2 + 1, by: 0 });
        }
    }
    for edge in edges {
        let ends = (place.get(&edge.predecessor), place.get(&edge.successor));
        let (Some(before), Some(after)) = ends else { continue };
        let (from, to) = match edge.kind {
            DependencyKind::FinishStart => (before * 2 + 1, after * 2),
            DependencyKind::StartStart => (before * 2, after * 2),
            DependencyKind::FinishFinish => (before * 2 + 1, after * 2 + 1),
            DependencyKind::StartFinish => (before * 2, after * 2 + 1),
        };
        rules.push(Rule { from, to, by: edge.lag_min });
    }
    rules
}

/// The rules in an order in which one round fulfils nearly all of them: those from an end come after
/// those to it. A task's finish leads back to its start; that one rule is left out of the order.
fn in_order(rules: &[Rule], ends: usize) -> Vec<Rule> {
    let forward = |rule: &&Rule| !is_back(rule);
    let mut waits = vec![0_usize; ends];
    let mut of: Vec<Vec<Rule>> = vec![Vec::new(); ends];
    for rule in rules {
        if let Some(rules) = of.get_mut(rule.from) {
            rules.push(*rule);
        }
    }
    for rule in rules.iter().filter(forward) {
        if let Some(count) = waits.get_mut(rule.to) {
            *count += 1;
        }
    }
    let mut ready: Vec<usize> = (0..ends).filter(|end| waits.get(*end) == Some(&0)).collect();
    let mut ordered = Vec::with_capacity(rules.len());
    while let Some(end) = ready.pop() {
        for rule in of.get_mut(end).map(std::mem::take).unwrap_or_default() {
            ordered.push(rule);
            let Some(count) = waits.get_mut(rule.to).filter(|_| !is_back(&rule)) else { continue };
            *count -= 1;
            if *count == 0 {
                ready.push(rule.to);
            }
        }
    }
    ordered.extend(of.into_iter().flatten());
    ordered
}

/// From a task's finish to its own start.
fn is_back(rule: &Rule) -> bool {
    rule.from == rule.to + 1 && rule.from % 2 == 1
}

/// The times that fulfil all rules: each is moved by its rules until nothing moves. Without a
/// contradiction that ends after at most as many rounds as there are ends.
fn settle(rules: &[Rule], mut times: Vec<i64>, further: fn(i64, i64) -> i64) -> Result<Vec<i64>> {
    for _ in 0..=times.len() {
        let mut moved = false;
        for rule in rules {
            let Some(from) = times.get(rule.from).copied() else { continue };
            let Some(to) = times.get_mut(rule.to) else { continue };
            let wanted = further(*to, from.saturating_add(rule.by));
            if wanted != *to {
                *to = wanted;
                moved = true;
            }
        }
        if !moved {
            return Ok(times);
        }
    }
    Err(Error::Precondition("the estimates and lags contradict each other".into()))
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
