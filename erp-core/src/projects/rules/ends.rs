//! Starts and finishes of tasks that push each other along: what the schedule and rescheduling have
//! in common.
//!
//! The task of place `n` has two ends: its start `2n` and its finish `2n + 1`. A rule says that one end
//! is no earlier than what its step makes of another. Steps never make an earlier end of a later one,
//! so the least times that fulfil all rules are unique, and the order of rules does not matter.

use super::super::model::DependencyKind;
use crate::error::{Error, Result};

/// The longest lag, in minutes of work: ten years of days and nights.
const MAX_LAG_MIN: u64 = 10 * 366 * 24 * 60;

/// The start of the task of this place.
pub(super) const fn start(place: usize) -> usize {
    place * 2
}

/// The finish of the task of this place.
pub(super) const fn finish(place: usize) -> usize {
    place * 2 + 1
}

/// Which end of the predecessor a dependency binds to which of the successor, by their places.
pub(super) const fn bound(kind: DependencyKind, before: usize, after: usize) -> (usize, usize) {
    match kind {
        DependencyKind::FinishStart => (finish(before), start(after)),
        DependencyKind::StartStart => (start(before), start(after)),
        DependencyKind::FinishFinish => (finish(before), finish(after)),
        DependencyKind::StartFinish => (start(before), finish(after)),
    }
}

/// Whether a task may wait so long, in minutes of work.
///
/// # Errors
/// A validation error on `lag_min` beyond ten years of days and nights.
pub fn check_lag(lag_min: i64) -> Result<()> {
    if lag_min.unsigned_abs() <= MAX_LAG_MIN {
        return Ok(());
    }
    Err(Error::invalid("lag_min", "must be at most ten years"))
}

/// The one end is at least what the step makes of the other.
#[derive(Clone, Copy)]
pub(super) struct Rule<S> {
    pub from: usize,
    pub to: usize,
    pub step: S,
}

impl<S> Rule<S> {
    /// From a task's finish to its own start.
    fn is_back(&self) -> bool {
        self.from == self.to + 1 && self.from % 2 == 1
    }
}

/// The rules in an order in which one round fulfils nearly all of them: those from an end come after
/// those to it. A task's finish leads back to its start; that one rule is left out of the order.
pub(super) fn in_order<S: Copy>(rules: &[Rule<S>], ends: usize) -> Vec<Rule<S>> {
    let mut waits = vec![0_usize; ends];
    let mut of: Vec<Vec<Rule<S>>> = vec![Vec::new(); ends];
    for rule in rules {
        if let Some(rules) = of.get_mut(rule.from) {
            rules.push(*rule);
        }
    }
    for rule in rules.iter().filter(|rule| !rule.is_back()) {
        if let Some(count) = waits.get_mut(rule.to) {
            *count += 1;
        }
    }
    let mut ready: Vec<usize> = (0..ends).filter(|end| waits.get(*end) == Some(&0)).collect();
    let mut ordered = Vec::with_capacity(rules.len());
    while let Some(end) = ready.pop() {
        for rule in of.get_mut(end).map(std::mem::take).unwrap_or_default() {
            ordered.push(rule);
            let Some(count) = waits.get_mut(rule.to).filter(|_| !rule.is_back()) else { continue };
            *count -= 1;
            if *count == 0 {
                ready.push(rule.to);
            }
        }
    }
    ordered.extend(of.into_iter().flatten());
    ordered
}

/// The times that fulfil all rules: each end is moved by its rules until nothing moves. `further` makes
/// the new time of the end that a rule comes from, its step, and the end's own time.
///
/// # Errors
/// A precondition error when nothing comes to rest: the rules contradict each other. Those of
/// `further`.
pub(super) fn settle<S: Copy, T: Copy + PartialEq>(
    rules: &[Rule<S>],
    mut times: Vec<T>,
    mut further: impl FnMut(T, S, T) -> Result<T>,
) -> Result<Vec<T>> {
    // One round for each end is enough for steps of fixed length; those that end with a day may take
    // a few more.
    for _ in 0..=(times.len() * 2 + 64) {
        let mut moved = false;
        for rule in rules {
            let Some(from) = times.get(rule.from).copied() else { continue };
            let Some(to) = times.get_mut(rule.to) else { continue };
            let wanted = further(from, rule.step, *to)?;
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
