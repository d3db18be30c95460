//! What a project begins with when it is made from a template (PHASE-4). The template was checked when
//! it was kept, so what is computed here is right in itself.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::{
    calendar::WorkTime,
    template::{by_key, details, edges},
};
use crate::{
    error::{Error, Result, Violation},
    forms,
    ids::{PhaseDefinitionId, PhaseId, TaskId, UserId},
    port::IdGenerator,
    projects::model::{
        Dependency, PhaseDetails, ProjectRole, TaskDetails, TemplateBody, TemplateDays,
        TemplateRoles, TemplateTask,
    },
};

/// A phase that a project begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstPhase {
    /// Its id.
    pub id: PhaseId,
    /// What kind of phase it is.
    pub definition: PhaseDefinitionId,
    /// Its days and what it may cost.
    pub details: PhaseDetails,
}

/// A task that a project begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstTask {
    /// Its id.
    pub id: TaskId,
    /// What it says of itself.
    pub details: TaskDetails,
    /// The task that it is a part of; it comes before.
    pub parent: Option<TaskId>,
    /// The phase that it is in.
    pub phase: Option<PhaseId>,
}

/// What a project begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstThings {
    /// The phases, in the order of the template.
    pub phases: Vec<FirstPhase>,
    /// The tasks in the order of their codes: that of the template, but the whole before its parts.
    pub tasks: Vec<FirstTask>,
    /// What waits for what.
    pub dependencies: Vec<Dependency>,
}

/// The roles as templates have them. What no role can be called stays as it was typed: no template has
/// it.
pub fn kept_roles(roles: TemplateRoles) -> TemplateRoles {
    let kept = |role: String| forms::NAME.canonical(&role).unwrap_or(role);
    roles.into_iter().map(|(role, user)| (kept(role), user)).collect()
}

/// Whether every role that is given is one of the template's, and is given to a member. A role that is
/// not given leaves its tasks to nobody.
///
/// # Errors
/// Validation errors on `roles.NAME`.
pub fn check_roles(
    body: &TemplateBody,
    roles: &TemplateRoles,
    members: &[(UserId, ProjectRole)],
) -> Result<()> {
    let asked: BTreeSet<&str> = body.tasks.iter().filter_map(|task| task.role.as_deref()).collect();
    let mut wrong = Vec::new();
    for (role, user) in roles {
        if !asked.contains(role.as_str()) {
            wrong.push(Violation::new(format!("roles.{role}"), "no such role in the template"));
        } else if !members.iter().any(|(member, _)| member == user) {
            wrong.push(Violation::new(format!("roles.{role}"), "must be a member of the project"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Error::Validation(wrong)) }
}

/// Days that are counted from the first one of a project: in working days, of which the first one on
/// or after that day is the one with the offset 0.
#[derive(Debug)]
pub struct Offsets<'a> {
    /// The first day.
    pub start_on: NaiveDate,
    /// The project's working time.
    pub work: WorkTime<'a>,
}

impl Offsets<'_> {
    /// The first and the last day.
    fn days(&mut self, days: TemplateDays) -> Result<(NaiveDate, NaiveDate)> {
        let first = self.work.working_day(self.start_on, days.offset_days + 1)?;
        Ok((first, self.work.working_day(first, days.length_days)?))
    }
}

/// What a project begins with.
///
/// # Errors
/// A precondition error when the plan goes beyond a hundred years, or beyond the year 9000.
pub fn first_things(
    body: &TemplateBody,
    roles: &TemplateRoles,
    mut offsets: Offsets<'_>,
    ids: &dyn IdGenerator,
) -> Result<FirstThings> {
    let phases = first_phases(body, &mut offsets, ids)?;
    let phase_of: BTreeMap<&str, PhaseId> =
        body.phases.iter().zip(&phases).map(|(it, made)| (it.key.as_str(), made.id)).collect();
    let ids = by_key(body, |_| TaskId::generate(ids));
    let mut tasks = Vec::with_capacity(body.tasks.len());
    for task in in_order(body) {
        let mut details = details(task);
        if let Some(days) = task.days {
            let (first, last) = offsets.days(days)?;
            (details.start_on, details.due_on) = (Some(first), Some(last));
        }
        let user = task.role.as_ref().and_then(|role| roles.get(role));
        details.assignees = user.copied().into_iter().collect();
        let id = |key: &String| ids.get(key.as_str()).copied();
        let parent = task.parent.as_ref().and_then(id);
        let phase = task.phase.as_ref().and_then(|key| phase_of.get(key.as_str())).copied();
        tasks.extend(id(&task.key).map(|id| FirstTask { id, details, parent, phase }));
    }
    Ok(FirstThings { phases, tasks, dependencies: edges(body, &ids) })
}

fn first_phases(
    body: &TemplateBody,
    offsets: &mut Offsets<'_>,
    ids: &dyn IdGenerator,
) -> Result<Vec<FirstPhase>> {
    let mut phases = Vec::with_capacity(body.phases.len());
    for phase in &body.phases {
        let (starts_on, ends_on) = offsets.days(phase.days)?;
        let details = PhaseDetails { starts_on, ends_on, budget: phase.budget };
        let id = PhaseId::generate(ids);
        phases.push(FirstPhase { id, definition: phase.definition, details });
    }
    Ok(phases)
}

/// The tasks in their order, but what a task is a part of before it.
fn in_order(body: &TemplateBody) -> Vec<&TemplateTask> {
    let tasks: BTreeMap<&str, &TemplateTask> =
        body.tasks.iter().map(|task| (task.key.as_str(), task)).collect();
    let whole = |task: &&TemplateTask| {
        task.parent.as_ref().and_then(|key| tasks.get(key.as_str())).copied()
    };
    let mut seen = BTreeSet::new();
    let mut order = Vec::with_capacity(tasks.len());
    for task in &body.tasks {
        let way_up = std::iter::successors(Some(task), whole);
        let mut way: Vec<&TemplateTask> =
            way_up.take_while(|task| seen.insert(task.key.as_str())).collect();
        way.reverse();
        order.extend(way);
    }
    order
}

#[cfg(test)]
#[path = "from_template_tests.rs"]
mod tests;
