//! Moving tasks after what they wait for (PROJ-7).
//!
//! `successor.start = max over predecessors(end + lag)`, in working time, for each kind of dependency
//! between the ends that it binds. Tasks say days, so a length is counted as days say it:
//!
//! - with a first and a last day, in working days from the one to the other, and it ends with a day;
//! - with a first day alone, or none, by its estimate from the first day on;
//! - with a last day alone, it is finished when that day ends, and its start is not known unless it
//!   waits for something: then it takes its estimate and what is left of the last day;
//! - what has open parts lies around them, and is never pulled earlier.
//!
//! A task of which no day is known keeps nobody waiting, nor does what is done or given up. The times
//! are the least that fulfil all rules, so the order of tasks and dependencies does not matter, and
//! moving again moves nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{
    super::model::{TaskGraph, TaskNode},
    calendar::WorkTime,
    ends::{Rule, bound, finish, in_order, settle, start},
    schedule::places,
};
use crate::{error::Result, ids::TaskId};

/// Whether tasks that could begin earlier are pulled there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Earlier {
    /// No task is moved to an earlier day.
    #[default]
    Keep,
    /// Tasks that wait for others begin as early as these let them.
    Pull,
}

/// A task that is moved, and all of its days from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewDates {
    /// The task.
    pub task: TaskId,
    /// Its first day.
    pub start_on: Option<NaiveDate>,
    /// Its last day.
    pub due_on: Option<NaiveDate>,
}

/// The tasks that move, by number, when those that wait for this one, at whatever remove, are put
/// after it; without one, all of the project.
///
/// # Errors
/// Precondition errors when dependencies contradict each other, and when the plan goes beyond a hundred
/// years.
pub fn reschedule(
    graph: &TaskGraph,
    work: &mut WorkTime<'_>,
    after: Option<TaskId>,
    earlier: Earlier,
) -> Result<Vec<NewDates>> {
    let plan = Plan::of(graph, work, after)?;
    let mut free = match earlier {
        Earlier::Keep => BTreeSet::new(),
        Earlier::Pull => plan.pullable(),
    };
    loop {
        let times = plan.settle(work, &free)?;
        // What turns out to wait for nothing that has a day stays where it is.
        let lost: Vec<usize> =
            free.iter().copied().filter(|place| plan.is_lost(*place, &times)).collect();
        if lost.is_empty() {
            return plan.moved(work, &times);
        }
        for place in lost {
            free.remove(&place);
        }
    }
}

/// What makes a later end of an earlier one.
#[derive(Clone, Copy)]
enum Step {
    /// So many minutes of work later.
    By(i64),
    /// The same, and up to the end of that day.
    ByToDayEnd(i64),
    /// To the end of the working day of this number.
    WorkingDays(i64),
    /// Back to the beginning of the first of so many working days that end here.
    WorkingDaysBack(i64),
}

/// How a task's days say its length.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Length {
    /// It lies around its parts.
    Whole,
    /// Its estimate.
    Estimate(i64),
    /// Working days.
    Days(i64),
    /// Its last day is known, not its first.
    Due(i64),
}

/// Minutes of work at an end; none while no day is known.
type Times = Vec<Option<i64>>;

struct Plan<'a> {
    nodes: Vec<&'a TaskNode>,
    lengths: Vec<Length>,
    /// What each end is not earlier than by the task's own days.
    own: Times,
    rules: Vec<Rule<Step>>,
    /// The places of tasks that wait for another, of those that may move.
    waiting: BTreeSet<usize>,
    /// The places of tasks that may move.
    movable: BTreeSet<usize>,
}

impl<'a> Plan<'a> {
    fn of(graph: &'a TaskGraph, work: &mut WorkTime<'_>, after: Option<TaskId>) -> Result<Self> {
        let nodes: Vec<&TaskNode> = graph.nodes.iter().filter(|node| node.is_open()).collect();
        let places = places(&nodes);
        let wholes: BTreeSet<TaskId> = nodes.iter().filter_map(|node| node.parent).collect();
        let (mut lengths, mut own) = (Vec::new(), Vec::new());
        for node in &nodes {
            let length = length(node, wholes.contains(&node.id), work)?;
            lengths.push(length);
            own.push(node.start_on.map(|day| work.before(day)).transpose()?);
            let ends_by_day = matches!(length, Length::Whole | Length::Due(_));
            let due = node.due_on.filter(|_| ends_by_day);
            own.push(due.map(|day| work.until_end_of(day)).transpose()?);
        }
        let mut plan = Self {
            nodes,
            lengths,
            own,
            rules: Vec::new(),
            waiting: BTreeSet::new(),
            movable: BTreeSet::new(),
        };
        plan.add_lengths();
        plan.add_parts(&places);
        let waiting = plan.add_dependencies(graph, &places);
        plan.movable = plan.reached(after.and_then(|task| places.get(&task).copied()), after);
        plan.waiting = waiting.intersection(&plan.movable).copied().collect();
        let movable = |end: usize| plan.movable.contains(&(end / 2));
        // A task that stays is as long as it is, and is pushed by nobody.
        plan.rules.retain(|rule| rule.from / 2 == rule.to / 2 || movable(rule.to));
        plan.rules = in_order(&plan.rules, plan.nodes.len() * 2);
        Ok(plan)
    }

    fn add_lengths(&mut self) {
        for (place, length) in self.lengths.iter().enumerate() {
            let (start, finish) = (start(place), finish(place));
            let mut add = |from, to, step| self.rules.push(Rule { from, to, step });
            match *length {
                Length::Whole => add(start, finish, Step::By(0)),
                Length::Due(takes) => add(start, finish, Step::ByToDayEnd(takes)),
                Length::Estimate(takes) => {
                    add(start, finish, Step::By(takes));
                    add(finish, start, Step::By(-takes));
                }
                Length::Days(days) => {
                    add(start, finish, Step::WorkingDays(days));
                    add(finish, start, Step::WorkingDaysBack(days));
                }
            }
        }
    }

    fn add_parts(&mut self, places: &HashMap<TaskId, usize>) {
        for place in 0..self.nodes.len() {
            let parent = self.nodes.get(place).and_then(|node| node.parent);
            if let Some(whole) = parent.and_then(|parent| places.get(&parent).copied()) {
                self.add(start(whole), start(place), 0);
                self.add(finish(place), finish(whole), 0);
            }
        }
    }

    /// Returns the places of the tasks that wait.
    fn add_dependencies(
        &mut self,
        graph: &TaskGraph,
        places: &HashMap<TaskId, usize>,
    ) -> BTreeSet<usize> {
        let mut waiting = BTreeSet::new();
        for edge in &graph.edges {
            let ends = (places.get(&edge.predecessor), places.get(&edge.successor));
            let (Some(before), Some(after)) = ends else { continue };
            let (from, to) = bound(edge.kind, *before, *after);
            self.add(from, to, edge.lag_min);
            waiting.insert(*after);
        }
        waiting
    }

    /// One end is so much later than another; a finish that a last day says is at a day's end.
    fn add(&mut self, from: usize, to: usize, by: i64) {
        let place = to / 2;
        let due = self.nodes.get(place).is_some_and(|node| node.due_on.is_some());
        let days = matches!(self.lengths.get(place), Some(Length::Days(_)));
        let by_day = to == finish(place) && due && !days;
        let step = if by_day { Step::ByToDayEnd(by) } else { Step::By(by) };
        self.rules.push(Rule { from, to, step });
    }

    /// The places of the tasks that this one pushes along, at whatever remove; without one, all.
    fn reached(&self, from: Option<usize>, after: Option<TaskId>) -> BTreeSet<usize> {
        if after.is_none() {
            return (0..self.nodes.len()).collect();
        }
        let mut next: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for rule in &self.rules {
            next.entry(rule.from).or_default().push(rule.to);
        }
        let mut open: Vec<usize> =
            from.map(|place| vec![start(place), finish(place)]).unwrap_or_default();
        let mut seen: BTreeSet<usize> = open.iter().copied().collect();
        while let Some(end) = open.pop() {
            for to in next.get(&end).into_iter().flatten() {
                if seen.insert(*to) {
                    open.push(*to);
                }
            }
        }
        seen.into_iter().map(|end| end / 2).filter(|place| Some(*place) != from).collect()
    }

    /// The places of the tasks that may be pulled earlier.
    fn pullable(&self) -> BTreeSet<usize> {
        let waiting = self.waiting.iter().copied();
        waiting.filter(|place| self.lengths.get(*place) != Some(&Length::Whole)).collect()
    }

    /// The least times that fulfil all rules, and own days but for those that are free of theirs.
    fn settle(&self, work: &mut WorkTime<'_>, free: &BTreeSet<usize>) -> Result<Times> {
        let own = self.own.iter().enumerate();
        let times = own.map(|(end, own)| own.filter(|_| !free.contains(&(end / 2)))).collect();
        settle(&self.rules, times, |from: Option<i64>, step, to: Option<i64>| {
            let Some(from) = from else { return Ok(to) };
            Ok(to.max(Some(later(work, from, step)?)))
        })
    }

    /// Whether a task that had a day has none without its own.
    fn is_lost(&self, place: usize, times: &[Option<i64>]) -> bool {
        let lost = |end: usize| known(&self.own, end).is_some() && known(times, end).is_none();
        lost(start(place)) || lost(finish(place))
    }

    fn moved(&self, work: &mut WorkTime<'_>, times: &[Option<i64>]) -> Result<Vec<NewDates>> {
        let mut moved = Vec::new();
        for place in &self.movable {
            let Some(node) = self.nodes.get(*place) else { continue };
            let days = self.days(work, *place, times)?;
            if (days.start_on, days.due_on) != (node.start_on, node.due_on) {
                moved.push(days);
            }
        }
        Ok(moved)
    }

    /// The days of a task at these times. A day that says the same time stays as it is.
    fn days(
        &self,
        work: &mut WorkTime<'_>,
        place: usize,
        times: &[Option<i64>],
    ) -> Result<NewDates> {
        let Some(node) = self.nodes.get(place) else {
            return Err(crate::Error::Internal("a task without a place".to_owned()));
        };
        let NewDates { task, mut start_on, mut due_on } =
            NewDates { task: node.id, start_on: node.start_on, due_on: node.due_on };
        let undated = start_on.is_none() && due_on.is_none();
        let of_its_own = !undated || self.waiting.contains(&place);
        let length = self.lengths.get(place).copied().unwrap_or(Length::Whole);
        let placed = start_on.is_some() || (undated && length != Length::Whole && of_its_own);
        if let Some(at) = known(times, start(place)).filter(|_| placed) {
            let day = work.day_of_start(at)?;
            let was =
                known(&self.own, start(place)).map(|own| work.day_of_start(own)).transpose()?;
            if was != Some(day) {
                start_on = Some(day);
                if let Length::Days(days) = length {
                    due_on = Some(work.working_day(day, days)?);
                }
            }
        }
        let own = known(&self.own, finish(place));
        if let (Some(at), Some(own)) = (known(times, finish(place)), own) {
            let day = work.day_of_finish(at)?;
            if work.day_of_finish(own)? != day {
                due_on = Some(day);
            }
        }
        // What takes no time is finished on the day on which it starts.
        if let (Some(start), Some(due)) = (start_on, due_on) {
            due_on = Some(due.max(start));
        }
        Ok(NewDates { task, start_on, due_on })
    }
}

fn known(times: &[Option<i64>], end: usize) -> Option<i64> {
    times.get(end).copied().flatten()
}

fn length(node: &TaskNode, is_whole: bool, work: &mut WorkTime<'_>) -> Result<Length> {
    let takes = node.estimate_min.unwrap_or(0);
    Ok(match (node.start_on, node.due_on) {
        _ if is_whole => Length::Whole,
        // Days on which nobody works: the next working day.
        (Some(start), Some(due)) => Length::Days(work.days(start, due)?.max(1)),
        (None, Some(_)) => Length::Due(takes),
        (_, None) => Length::Estimate(takes),
    })
}

fn later(work: &mut WorkTime<'_>, from: i64, step: Step) -> Result<i64> {
    match step {
        Step::By(by) => Ok(from.saturating_add(by)),
        Step::ByToDayEnd(by) => {
            let day = work.day_of_finish(from.saturating_add(by))?;
            work.until_end_of(day)
        }
        Step::WorkingDays(days) => {
            let first = work.day_of_start(from)?;
            let last = work.working_day(first, days)?;
            work.until_end_of(last)
        }
        Step::WorkingDaysBack(days) => {
            let last = work.day_of_finish(from)?;
            let first = work.working_days_back(last, days)?;
            work.before(first)
        }
    }
}

#[cfg(test)]
#[path = "reschedule_tests.rs"]
mod tests;
