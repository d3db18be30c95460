//! Decisions about phases: their days, their order, their gates, and which one is current.

use chrono::{Days, NaiveDate};

use super::{project::money_fits, task::check_days};
use crate::{
    error::{Conflict, Error, Result, Violation},
    fields::Day,
    ids::PhaseId,
    projects::model::{Phase, PhaseDetails},
};

/// Active phases of a project at most.
const MAX_PHASES: usize = 100;

/// What becomes of the phases that follow, when one would lie over others (PHASE-1).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum OnOverlap {
    /// It is refused.
    #[default]
    Refuse,
    /// Those that follow are put off, each as far as it has to be. Tasks keep their days.
    Shift,
}

/// Whether a phase may have these days and this budget.
///
/// # Errors
/// Validation errors on every field that is wrong.
pub fn check_phase(details: &PhaseDetails) -> Result<()> {
    let PhaseDetails { starts_on, ends_on, budget } = *details;
    let mut wrong = Vec::new();
    check_days([("starts_on", Some(starts_on)), ("ends_on", Some(ends_on))], &mut wrong);
    if ends_on < starts_on {
        wrong.push(Violation::new("ends_on", "must not be before the start"));
    }
    if budget.is_some_and(|budget| !money_fits(budget)) {
        wrong.push(Violation::new("budget", "must be an amount that its currency has"));
    }
    if wrong.is_empty() { Ok(()) } else { Err(Error::Validation(wrong)) }
}

fn is_in_range(day: NaiveDate) -> bool {
    Day::new(day).is_ok()
}

/// Finds a phase its place among the other active ones of its project, and those that follow theirs
/// (PHASE-1). Returns all of them in their order, with their new days.
///
/// Phases that follow are those that begin after the phase began: before the change, or, of one that
/// comes in, those that begin on its first day or after it. They are put off only where the phase would
/// lie over one of the others, in calendar days; they keep their order and their lengths, and each goes
/// no further than it has to. What comes before never moves.
///
/// # Errors
/// Conflicts: `PhasesOverlap`; `GatesOutOfOrder` when an open gate would stand before a passed one. A
/// precondition error when there are too many; a validation error on `ends_on` when one would end after
/// the year 9000.
pub fn arrange(
    others: &[Phase],
    phase: &Phase,
    began_on: Option<NaiveDate>,
    on_overlap: OnOverlap,
) -> Result<Vec<Phase>> {
    if others.len() >= MAX_PHASES {
        return Err(Error::Precondition("a project has at most 100 active phases".into()));
    }
    let first = phase.details.starts_on;
    let follows = |other: &&Phase| match began_on {
        Some(began_on) => other.details.starts_on > began_on,
        None => other.details.starts_on >= first,
    };
    let overlapped = |other: &&Phase| overlap(&other.details, &phase.details);
    let blocking: Vec<&Phase> = others.iter().filter(overlapped).collect();
    let shifts = on_overlap == OnOverlap::Shift && blocking.iter().all(follows);
    if !blocking.is_empty() && !shifts {
        let over = blocking.iter().map(|other| other.id).collect();
        return Err(Conflict::PhasesOverlap { over }.into());
    }
    let mut all = others.to_vec();
    all.push(phase.clone());
    all.sort_by_key(|one| one.details.starts_on);
    if !blocking.is_empty() {
        let mut after = phase.details.ends_on;
        let stays = |one: &Phase| one.id == phase.id || !follows(&one);
        for one in all.iter_mut().filter(|one| !stays(one)) {
            put_after(&mut one.details, after)?;
            after = one.details.ends_on;
        }
        all.sort_by_key(|one| one.details.starts_on);
    }
    check_gates(&all)?;
    Ok(all)
}

fn overlap(one: &PhaseDetails, other: &PhaseDetails) -> bool {
    one.starts_on <= other.ends_on && other.starts_on <= one.ends_on
}

/// Puts it off until it begins after this day.
fn put_after(details: &mut PhaseDetails, day: NaiveDate) -> Result<()> {
    let behind = day.signed_duration_since(details.starts_on).num_days();
    let Ok(behind) = u64::try_from(behind) else { return Ok(()) };
    let put_off = |day: NaiveDate| {
        let day = day.checked_add_days(Days::new(behind + 1)).filter(|day| is_in_range(*day));
        day.ok_or_else(|| Error::invalid("ends_on", "would put a phase beyond the year 9000"))
    };
    (details.starts_on, details.ends_on) = (put_off(details.starts_on)?, put_off(details.ends_on)?);
    Ok(())
}

/// Whether no open gate stands before a passed one. So what is over, is over for good, and the current
/// phase goes one way (PHASE-3).
///
/// # Errors
/// The conflict `GatesOutOfOrder`, with the first phase whose gate is open.
pub fn check_gates(phases: &[Phase]) -> Result<()> {
    let mut rest = phases.iter().skip_while(|phase| phase.gate.is_some());
    let Some(open) = rest.next() else { return Ok(()) };
    if rest.any(|phase| phase.gate.is_some()) {
        return Err(Conflict::GatesOutOfOrder { phase: open.id }.into());
    }
    Ok(())
}

/// The current one of the active phases of a project, which are in their order (PHASE-3): the first
/// whose gate is not passed, once it has begun by the project's days. It stays that until its gate is
/// passed, however long its last day is over. None before the first phase, between a passed gate and
/// the next phase's first day, and when all gates are passed.
pub fn current_phase(phases: &[Phase], today: NaiveDate) -> Option<PhaseId> {
    let open = phases.iter().find(|phase| phase.gate.is_none())?;
    (open.details.starts_on <= today).then_some(open.id)
}

#[cfg(test)]
#[path = "phase_tests.rs"]
mod tests;
