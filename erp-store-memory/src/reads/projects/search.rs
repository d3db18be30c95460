//! Searching tasks and comments: word by word, as the domain cuts them.

use std::collections::BTreeSet;

use erp_core::projects::{Comment, Hit, SearchQuery, Task, rules};

use crate::{
    order::by_key,
    state::{ProjectState, ProjectsState},
};

pub(super) fn search(state: &ProjectsState, query: &SearchQuery) -> Vec<Hit> {
    let searched = |project: &&ProjectState| {
        project.project.deleted_at.is_none()
            && query.project.is_none_or(|id| project.project.id == id)
            && query.member.is_none_or(|user| project.members.contains_key(&user))
    };
    let tasks = state.projects.values().filter(searched).flat_map(|project| project.tasks.values());
    let live = tasks.filter(|task| task.deleted_at.is_none());
    let hits = live.flat_map(|task| of_task(state, query, task)).collect();
    by_key(hits, Hit::key).into_iter().rev().take(query.limit).collect()
}

/// The task and the comments on it, as far as they match.
fn of_task(state: &ProjectsState, query: &SearchQuery, task: &Task) -> Vec<Hit> {
    let found = |words: &BTreeSet<String>| query.words.iter().all(|word| words.contains(word));
    let comments = state.comments_of.of(task.id);
    let comments = comments.filter_map(|(_, id)| state.comments.get(&id));
    let comments = comments
        .filter(|comment| comment.deleted_at.is_none() && found(&rules::comment_words(comment)));
    let hit = |comment: Option<&Comment>| Hit { task: task.clone(), comment: comment.cloned() };
    let own = found(&rules::task_words(&task.details)).then(|| hit(None));
    let hits = own.into_iter().chain(comments.map(|comment| hit(Some(comment))));
    hits.filter(|hit| query.after.is_none_or(|after| hit.key() < after)).collect()
}
