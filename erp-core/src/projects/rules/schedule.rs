//! When tasks can and must be done (PROJ-7).
//!
//! Time is minutes of work after the project's beginning; its calendar turns them into instants. Every
//! task has a start and a finish. Each rule says that one of them is no earlier than another and so many
//! minutes: a task takes its estimate, it is not begun before its first day, a part lies within the
//! whole, a dependency lies between two ends. The earliest times are the least that fulfil all rules, the latest are the greatest that do
//! so without the project's finish moving. Both are unique, so the order of tasks and dependencies
//! does not matter.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::{
    super::model::{Dependency, TaskGraph, TaskNode},
    calendar::WorkTime,
    ends::{Rule, bound, finish, in_order, settle, start},
};
use crate::{error::Result, ids::TaskId, time::Timestamp};

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

/// A task in time, as instants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedTask {
    /// In minutes of work.
    #[serde(flatten)]
    pub planned: Planned,
    /// The earliest start.
    pub early_start_at: Timestamp,
    /// The earliest finish.
    pub early_finish_at: Timestamp,
    /// The latest start by which the project is not late.
    pub late_start_at: Timestamp,
    /// The latest finish by which the project is not late.
    pub late_finish_at: Timestamp,
}

impl std::ops::Deref for PlannedTask {
    type Target = Planned;
    fn deref(&self) -> &Planned {
        &self.planned
    }
}

/// A project's open tasks in its working time, by number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectSchedule {
    /// The beginning: of the project's first day, or of the first on which a task may be begun, or of
    /// today.
    pub starts_at: Timestamp,
    /// When all is finished.
    pub finishes_at: Timestamp,
    /// How long the project takes, in minutes of work.
    pub finish_min: i64,
    /// Its tasks.
    pub tasks: Vec<PlannedTask>,
}

/// The schedule of the live open tasks; what is done or given up keeps nobody waiting. A task without
/// an estimate takes no time of its own.
///
/// # Errors
/// A precondition error when dependencies of several kinds contradict each other with these estimates
/// and lags: one task has to start with another and to finish with it, and takes longer.
pub fn schedule(graph: &TaskGraph) -> Result<Schedule> {
    schedule_from(graph, |_| Ok(0))
}

/// The same in the working time of a calendar, from its first day on. No task is begun before its
/// first day.
///
/// # Errors
/// As [`schedule`]; a precondition error when the plan goes beyond a hundred years.
pub fn schedule_in(graph: &TaskGraph, work: &mut WorkTime<'_>) -> Result<ProjectSchedule> {
    let schedule = schedule_from(graph, |node| match node.start_on {
        Some(day) => Ok(work.before(day)?.max(0)),
        None => Ok(0),
    })?;
    let mut span = |from: i64, until: i64| -> Result<(Timestamp, Timestamp)> {
        let start = work.starts_at(from)?;
        // What takes no time is finished where it starts.
        Ok((start, if until > from { work.finishes_at(until)? } else { start }))
    };
    let mut tasks = Vec::with_capacity(schedule.tasks.len());
    for planned in schedule.tasks {
        let (early_start_at, early_finish_at) =
            span(planned.early_start_min, planned.early_finish_min)?;
        let (late_start_at, late_finish_at) =
            span(planned.late_start_min, planned.late_finish_min)?;
        tasks.push(PlannedTask {
            planned,
            early_start_at,
            early_finish_at,
            late_start_at,
            late_finish_at,
        });
    }
    let (starts_at, finishes_at) = span(0, schedule.finish_min)?;
    Ok(ProjectSchedule { starts_at, finishes_at, finish_min: schedule.finish_min, tasks })
}

fn schedule_from(
    graph: &TaskGraph,
    mut earliest: impl FnMut(&TaskNode) -> Result<i64>,
) -> Result<Schedule> {
    let open: Vec<&TaskNode> = graph.nodes.iter().filter(|node| node.is_open()).collect();
    let place = places(&open);
    let rules = in_order(&rules(&open, &graph.edges, &place), open.len() * 2);
    let mut early = Vec::with_capacity(open.len() * 2);
    for node in &open {
        let begins = earliest(node)?;
        early.extend([begins, begins]);
    }
    let forward = |from: i64, by: i64, to: i64| Ok(to.max(from.saturating_add(by)));
    let early = settle(&rules, early, forward)?;
    let finish_min = early.iter().copied().max().unwrap_or(0);
    let back = |rule: &Rule<i64>| Rule { from: rule.to, to: rule.from, step: -rule.step };
    let back: Vec<Rule<i64>> = rules.iter().rev().map(back).collect();
    let backward = |from: i64, by: i64, to: i64| Ok(to.min(from.saturating_add(by)));
    let late = settle(&back, vec![finish_min; open.len() * 2], backward)?;
    let at = |times: &[i64], end: usize| times.get(end).copied().unwrap_or_default();
    let planned = |(place, node): (usize, &&TaskNode)| Planned {
        task: node.id,
        early_start_min: at(&early, start(place)),
        early_finish_min: at(&early, finish(place)),
        late_start_min: at(&late, start(place)),
        late_finish_min: at(&late, finish(place)),
    };
    Ok(Schedule { finish_min, tasks: open.iter().enumerate().map(planned).collect() })
}

/// The place of each task in a list.
pub(super) fn places(nodes: &[&TaskNode]) -> HashMap<TaskId, usize> {
    nodes.iter().enumerate().map(|(place, node)| (node.id, place)).collect()
}

fn rules(
    open: &[&TaskNode],
    edges: &[Dependency],
    places: &HashMap<TaskId, usize>,
) -> Vec<Rule<i64>> {
    let parents: HashSet<TaskId> = open.iter().filter_map(|node| node.parent).collect();
    let mut rules = Vec::with_capacity(open.len() * 3 + edges.len());
    let mut add = |from, to, step| rules.push(Rule { from, to, step });
    for (place, node) in open.iter().enumerate() {
        if parents.contains(&node.id) {
            // The whole takes as long as its parts.
            add(start(place), finish(place), 0);
        } else {
            let takes = node.estimate_min.unwrap_or(0);
            add(start(place), finish(place), takes);
            add(finish(place), start(place), -takes);
        }
        if let Some(whole) = node.parent.and_then(|parent| places.get(&parent).copied()) {
            add(start(whole), start(place), 0);
            add(finish(place), finish(whole), 0);
        }
    }
    for edge in edges {
        let ends = (places.get(&edge.predecessor), places.get(&edge.successor));
        let (Some(before), Some(after)) = ends else { continue };
        let (from, to) = bound(edge.kind, *before, *after);
        add(from, to, edge.lag_min);
    }
    rules
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
