//! Decisions about templates of projects.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::{
    ends::check_lag,
    graph::contradiction,
    task::check_task,
    template_phases::{MAX_PHASES, check_days, check_phases},
};
use crate::{
    change::Version,
    error::{Conflict, Error, Result, Violation},
    forms,
    ids::{ProjectId, TaskId},
    projects::model::{
        Dependency, TaskDetails, TaskGraph, TaskNode, TaskStatus, TemplateBody, TemplateTask,
    },
};

/// Tasks of a template at most.
const MAX_TASKS: usize = 300;
/// Dependencies of a template at most.
const MAX_DEPENDENCIES: usize = 600;
/// The longest template, written as JSON.
const MAX_BYTES: usize = 192 * 1024;

/// A template's body as it is kept: its tasks as those of projects are. What waits for what, and what
/// is part of what, is held to the same rule as in a project (PROJ-3).
///
/// # Errors
/// Validation errors on `phases[n].…`, `tasks[n].…`, `dependencies[n].…`, and on lists that are too
/// long; then a conflict with the keys along the ring that tasks would form.
pub fn check_template(body: TemplateBody) -> Result<TemplateBody> {
    check_size(&body)?;
    let TemplateBody { phases, tasks, dependencies } = body;
    let mut wrong = Vec::new();
    let mut kept = Vec::with_capacity(tasks.len());
    for (index, task) in tasks.into_iter().enumerate() {
        kept.push(checked(task, index, &mut wrong));
    }
    let body = TemplateBody { phases, tasks: kept, dependencies };
    check_phases(&body, &mut wrong);
    check_references(&body, &mut wrong);
    if !wrong.is_empty() {
        return Err(Error::Validation(wrong));
    }
    check_order(&body)?;
    Ok(body)
}

fn check_size(body: &TemplateBody) -> Result<()> {
    let mut wrong = Vec::new();
    if body.phases.len() > MAX_PHASES {
        wrong.push(Violation::new("phases", "must be at most 50"));
    }
    if body.tasks.len() > MAX_TASKS {
        wrong.push(Violation::new("tasks", "must be at most 300"));
    }
    if body.dependencies.len() > MAX_DEPENDENCIES {
        wrong.push(Violation::new("dependencies", "must be at most 600"));
    }
    let bytes = serde_json::to_vec(body).map_err(|error| Error::Internal(error.to_string()))?;
    if bytes.len() > MAX_BYTES {
        wrong.push(Violation::new("tasks", "must be at most 192 KiB of JSON with all texts"));
    }
    if wrong.is_empty() { Ok(()) } else { Err(Error::Validation(wrong)) }
}

/// The task as it is kept, as far as it is right.
fn checked(mut task: TemplateTask, index: usize, wrong: &mut Vec<Violation>) -> TemplateTask {
    let at = format!("tasks[{index}]");
    check_key(&task.key, &at, wrong);
    task.days.into_iter().for_each(|days| check_days(days, &at, wrong));
    if let Some(role) = &mut task.role {
        forms::NAME.keep(&format!("{at}.role"), role, wrong);
    }
    match check_task(details(&task)) {
        Ok(TaskDetails { title, description, labels, .. }) => {
            TemplateTask { title, description, labels, ..task }
        }
        Err(error) => {
            if let Error::Validation(of_task) = error.within(&at) {
                wrong.extend(of_task);
            }
            task
        }
    }
}

/// Whether a task or a phase may be called so.
pub(super) fn check_key(key: &str, at: &str, wrong: &mut Vec<Violation>) {
    let field = format!("{at}.key");
    match forms::TEMPLATE_KEY.check(&field, key) {
        Ok(kept) if kept == key => {}
        // The other parts of the template name it as it is: it is not trimmed.
        Ok(_) => wrong.push(Violation::new(field, "must not have spaces around it")),
        Err(violation) => wrong.push(violation),
    }
}

/// What a task of a project says of itself that is made from this one, without days and assignees.
pub(super) fn details(task: &TemplateTask) -> TaskDetails {
    TaskDetails {
        description: task.description.clone(),
        priority: task.priority,
        labels: task.labels.clone(),
        estimate_min: task.estimate_min,
        ..TaskDetails::titled(task.title.clone())
    }
}

/// Keys are unique, and what is named by them is there.
fn check_references(body: &TemplateBody, wrong: &mut Vec<Violation>) {
    let mut keys = BTreeSet::new();
    for (index, task) in body.tasks.iter().enumerate() {
        if !keys.insert(task.key.as_str()) {
            wrong
                .push(Violation::new(format!("tasks[{index}].key"), "is the key of a task before"));
        }
    }
    let mut known = |at: String, key: &str| {
        if !keys.contains(key) {
            wrong.push(Violation::new(at, "no such task in the template"));
        }
    };
    for (index, task) in body.tasks.iter().enumerate() {
        task.parent.iter().for_each(|key| known(format!("tasks[{index}].parent"), key));
    }
    for (index, edge) in body.dependencies.iter().enumerate() {
        known(format!("dependencies[{index}].predecessor"), &edge.predecessor);
        known(format!("dependencies[{index}].successor"), &edge.successor);
    }
    let mut pairs = BTreeSet::new();
    for (index, edge) in body.dependencies.iter().enumerate() {
        let at = format!("dependencies[{index}]");
        if !pairs.insert((&edge.predecessor, &edge.successor)) {
            wrong.push(Violation::new(at.clone(), "the pair has a dependency before"));
        }
        if let Err(Error::Validation(of_lag)) = check_lag(edge.lag_min).map_err(|it| it.within(&at))
        {
            wrong.extend(of_lag);
        }
    }
}

/// The tasks form no ring: as tasks of a project that are numbered by their place.
fn check_order(body: &TemplateBody) -> Result<()> {
    let number = |place: usize| TaskId::from_uuid(Uuid::from_u128(place as u128));
    let ids = by_key(body, number);
    let Some(path) = contradiction(&graph(body, &ids)) else { return Ok(()) };
    let keys: BTreeMap<TaskId, &str> = ids.iter().map(|(key, id)| (*id, *key)).collect();
    let path: Vec<&str> = path.iter().filter_map(|id| keys.get(id).copied()).collect();
    Err(Conflict::ring("project_template", &path).into())
}

/// The ids that a template's tasks get, by key.
pub(super) fn by_key(body: &TemplateBody, id: impl Fn(usize) -> TaskId) -> BTreeMap<&str, TaskId> {
    body.tasks.iter().enumerate().map(|(place, task)| (task.key.as_str(), id(place))).collect()
}

/// How the tasks hang together once they have these ids.
fn graph(body: &TemplateBody, ids: &BTreeMap<&str, TaskId>) -> TaskGraph {
    let id = |key: &String| ids.get(key.as_str()).copied();
    let node = |task: &TemplateTask| {
        Some(TaskNode {
            id: id(&task.key)?,
            parent: task.parent.as_ref().and_then(id),
            deleted_with: None,
            status: TaskStatus::Todo,
            estimate_min: task.estimate_min,
            start_on: None,
            due_on: None,
            milestone: None,
        })
    };
    TaskGraph {
        project: ProjectId::from_uuid(Uuid::nil()),
        version: Version::FIRST,
        nodes: body.tasks.iter().filter_map(node).collect(),
        edges: edges(body, ids),
    }
}

/// What waits for what once the tasks have these ids.
pub(super) fn edges(body: &TemplateBody, ids: &BTreeMap<&str, TaskId>) -> Vec<Dependency> {
    let edges = body.dependencies.iter().filter_map(|edge| {
        Some(Dependency {
            predecessor: *ids.get(edge.predecessor.as_str())?,
            successor: *ids.get(edge.successor.as_str())?,
            kind: edge.kind,
            lag_min: edge.lag_min,
        })
    });
    edges.collect()
}

#[cfg(test)]
#[path = "template_tests.rs"]
mod tests;
