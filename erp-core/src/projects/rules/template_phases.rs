//! Decisions about the phases of templates of projects.

use std::collections::BTreeSet;

use super::{project::money_fits, template::check_key};
use crate::{
    error::Violation,
    projects::model::{TemplateBody, TemplateDays, TemplatePhase},
};

/// Phases of a template at most.
pub(super) const MAX_PHASES: usize = 50;

/// Keys are unique, days do not lie over those of another phase (PHASE-1), budgets are amounts of one
/// currency, and a task is in a phase of the template.
pub(super) fn check_phases(body: &TemplateBody, wrong: &mut Vec<Violation>) {
    let mut keys = BTreeSet::new();
    for (index, phase) in body.phases.iter().enumerate() {
        let at = format!("phases[{index}]");
        check_key(&phase.key, &at, wrong);
        if !keys.insert(phase.key.as_str()) {
            wrong.push(Violation::new(format!("{at}.key"), "is the key of a phase before"));
        }
        check_days(phase.days, &at, wrong);
        if phase.budget.is_some_and(|budget| !money_fits(budget)) {
            let message = "must be an amount that its currency has";
            wrong.push(Violation::new(format!("{at}.budget"), message));
        }
    }
    for (index, task) in body.tasks.iter().enumerate() {
        if task.phase.as_ref().is_some_and(|key| !keys.contains(key.as_str())) {
            let at = format!("tasks[{index}].phase");
            wrong.push(Violation::new(at, "no such phase in the template"));
        }
    }
    check_together(&body.phases, wrong);
}

/// Whether a task or a phase may have these days.
pub(super) fn check_days(days: TemplateDays, at: &str, wrong: &mut Vec<Violation>) {
    if !(0..=MAX_DAYS).contains(&days.offset_days) {
        wrong.push(Violation::new(format!("{at}.days.offset_days"), "must be 0 to 3,660"));
    }
    if !(1..=MAX_DAYS).contains(&days.length_days) {
        wrong.push(Violation::new(format!("{at}.days.length_days"), "must be 1 to 3,660"));
    }
}

/// The greatest offset and length: ten years of days.
const MAX_DAYS: i64 = 3_660;

fn check_together(phases: &[TemplatePhase], wrong: &mut Vec<Violation>) {
    let mut order: Vec<(usize, &TemplatePhase)> = phases.iter().enumerate().collect();
    order.sort_by_key(|(_, phase)| phase.days.offset_days);
    for pair in order.windows(2) {
        let [(_, one), (index, next)] = pair else { continue };
        if next.days.offset_days < one.days.offset_days.saturating_add(one.days.length_days) {
            let message = "lies over the phase that begins before";
            wrong.push(Violation::new(format!("phases[{index}].days"), message));
        }
    }
    let first = phases.iter().find_map(|phase| phase.budget).map(|budget| budget.currency());
    for (index, phase) in phases.iter().enumerate() {
        if phase.budget.is_some_and(|budget| Some(budget.currency()) != first) {
            let message = "must be in the currency of the others";
            wrong.push(Violation::new(format!("phases[{index}].budget"), message));
        }
    }
}
