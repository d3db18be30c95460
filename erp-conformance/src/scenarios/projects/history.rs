//! What happened in a project.

use erp_core::{
    Ctx, Error,
    ids::ProjectId,
    page::PageRequest,
    policy::Action,
    projects::{HistoryEntry, NewComment, TaskStatus},
};
use serde_json::json;

use super::{person, project, task};
use crate::Harness;

async fn history(h: &Harness, ctx: &Ctx, project: ProjectId) -> Vec<HistoryEntry> {
    let projects = h.engine.projects();
    let (mut entries, mut page) = (Vec::new(), PageRequest::first(2));
    loop {
        let found = projects.history(ctx, project, &page).await.expect("a history");
        entries.extend(found.items);
        match found.next {
            Some(next) => page.cursor = Some(next),
            None => return entries,
        }
    }
}

/// Every change of a project and of what is in it stands in its history once, the newest first, with
/// what changed; what people said is not repeated there.
pub async fn auth_12_every_change_of_a_project_is_in_its_history(h: Harness) {
    let ada = person(&h, "ada").await;
    let (p, other) = (project(&h, "P", &ada, &[]).await, project(&h, "Q", &ada, &[]).await);
    let on = task(&h, &ada, &p, "1").await;
    task(&h, &ada, &other, "elsewhere").await;
    let projects = h.engine.projects();
    h.pass(60);
    projects.set_task_status(&ada, on.id, on.version, TaskStatus::InProgress).await.unwrap();
    h.pass(60);
    let comment = NewComment { body: "a secret".to_owned(), answers: None };
    projects.comment(&ada, on.id, comment).await.unwrap();
    let entries = history(&h, &ada, p.id).await;
    let actions: Vec<_> = entries.iter().map(|entry| entry.action).collect();
    let [first, second, ..] = entries.as_slice() else { panic!("{entries:?}") };
    assert_eq!(actions[..2], [Action::CommentWrite, Action::TaskSetStatus]);
    assert!(first.changes.iter().all(|field| field.masked && field.new.is_null()), "{first:?}");
    let status = second.changes.iter().find(|field| field.field == "status").expect("the status");
    assert_eq!((&status.old, &status.new), (&json!("todo"), &json!("in_progress")));
    let mut older = actions[2..].to_vec();
    older.sort();
    assert_eq!(older, [Action::ProjectCreate, Action::TaskCreate]);
}

/// PROJ-14: whoever does not see the project learns nothing of what happened in it.
pub async fn proj_14_a_hidden_history_looks_like_none(h: Harness) {
    let (ada, eve) = (person(&h, "ada").await, person(&h, "eve").await);
    let p = project(&h, "P", &ada, &[]).await;
    let refused = h.engine.projects().history(&eve, p.id, &PageRequest::default()).await;
    assert_eq!(refused, Err(Error::NotFound { entity: "project" }));
}
