//! Boards, and the tasks that nothing holds up.

use erp_core::{
    ids::PhaseId,
    projects::{Column, ReadyKey, ReadyQuery, ReadyScope, Task, TaskStatus, rules},
};

use super::graph;
use crate::state::{ProjectState, ProjectsState};

pub(super) fn board(state: &ProjectState, phase: Option<PhaseId>, rows: usize) -> Vec<Column> {
    let empty = |status: &TaskStatus| Column { status: *status, count: 0, tasks: Vec::new() };
    let mut columns: Vec<Column> = TaskStatus::ALL.iter().map(empty).collect();
    let shown =
        |task: &&Task| task.deleted_at.is_none() && (phase.is_none() || task.phase == phase);
    for task in state.numbered().filter(shown) {
        let Some(column) = columns.iter_mut().find(|column| column.status == task.status) else {
            continue;
        };
        column.count += 1;
        if column.tasks.len() < rows {
            column.tasks.push(task.clone());
        }
    }
    columns.retain(|column| column.count > 0);
    columns
}

pub(super) fn ready(state: &ProjectsState, query: &ReadyQuery) -> Vec<Task> {
    let ids: Vec<_> = match query.scope {
        ReadyScope::Project(project) => vec![project],
        ReadyScope::MemberOf(user) => state.projects_of.of(user).collect(),
    };
    let projects = ids.iter().filter_map(|id| state.projects.get(id));
    let live = projects.filter(|state| state.project.deleted_at.is_none());
    let mut found: Vec<&Task> = live.flat_map(|state| ready_in(state, query)).collect();
    found.sort_by_cached_key(|task| ReadyKey::of(task));
    found.into_iter().take(query.limit).cloned().collect()
}

fn ready_in<'a>(state: &'a ProjectState, query: &ReadyQuery) -> Vec<&'a Task> {
    let held_up = rules::held_up(&graph(state), |status| query.freed.contains(&status));
    let wanted = |task: &&Task| {
        task.deleted_at.is_none()
            && !task.status.is_closed()
            && !held_up.contains(&task.id)
            && query.assignee.is_none_or(|user| task.details.assignees.contains(&user))
            && query.after.is_none_or(|after| ReadyKey::of(task) > after)
    };
    state.numbered().filter(wanted).collect()
}
