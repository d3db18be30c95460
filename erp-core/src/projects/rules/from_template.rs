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
    ids::{TaskId, UserId},
    projects::model::{
        Dependency, ProjectRole, TaskDetails, TemplateBody, TemplateDays, TemplateRoles,
        TemplateTask,
    },
};

/// A task that a project begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstTask {
    /// Its id.
    pub id: TaskId,
    /// What it says of itself.
    pub details: TaskDetails,
    /// The task that it is a part of; it comes before.
    pub parent: Option<TaskId>,
}

/// What a project begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstTasks {
    /// The tasks in the order of their codes: that of the template, but the whole before its parts.
    pub tasks: Vec<FirstTask>,
    /// What waits for what.
    pub dependencies: Vec<Dependency>,
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

/// The tasks of a project whose first day this is. Offsets and lengths are counted in working days, of
/// which the first one on or after that day is the one with the offset 0.
///
/// # Errors
/// A precondition error when the plan goes beyond a hundred years, or beyond the year 9000.
pub fn first_tasks(
    body: &TemplateBody,
    roles: &TemplateRoles,
    (start_on, work): (NaiveDate, &mut WorkTime<'_>),
    id: impl Fn(usize) -> TaskId,
) -> Result<FirstTasks> {
    let ids = by_key(body, id);
    let mut tasks = Vec::with_capacity(body.tasks.len());
    for task in in_order(body) {
        let mut details = details(task);
        if let Some(TemplateDays { offset_days, length_days }) = task.days {
            let first = work.working_day(start_on, offset_days + 1)?;
            details.start_on = Some(first);
            details.due_on = Some(work.working_day(first, length_days)?);
        }
        let user = task.role.as_ref().and_then(|role| roles.get(role));
        details.assignees = user.copied().into_iter().collect();
        let id = |key: &String| ids.get(key.as_str()).copied();
        let parent = task.parent.as_ref().and_then(id);
        tasks.extend(id(&task.key).map(|id| FirstTask { id, details, parent }));
    }
    Ok(FirstTasks { tasks, dependencies: edges(body, &ids) })
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
