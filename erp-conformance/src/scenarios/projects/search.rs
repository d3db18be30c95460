//! Searching tasks and comments.

use erp_core::{
    Ctx, Error,
    access::BuiltInRole,
    ids::ProjectId,
    page::PageRequest,
    projects::{NewComment, NewTask, TaskDetails},
};

use super::{id, person, project, task};
use crate::Harness;

pub(super) async fn titles(
    h: &Harness,
    ctx: &Ctx,
    text: &str,
    within: Option<ProjectId>,
) -> Vec<String> {
    let mut page = PageRequest::first(2);
    let mut titles = Vec::new();
    loop {
        let found = h.engine.projects().search(ctx, text, within, &page).await.expect("a search");
        titles.extend(found.items.into_iter().map(|hit| match hit.comment {
            Some(comment) => comment.body,
            None => hit.task.details.title,
        }));
        let Some(next) = found.next else { return titles };
        page.cursor = Some(next);
    }
}

/// A search finds tasks and comments by whole words, the newest first, as they are now.
pub async fn a_search_finds_whole_words_as_they_are_now(h: Harness) {
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await;
    let projects = h.engine.projects();
    let rails = task(&h, &ada, &p, "Order rails for the roof").await;
    let ladder = task(&h, &ada, &p, "Bring the ladder").await;
    let new = NewComment { body: "The rails are on the ROOF.".to_owned(), answers: None };
    let said = projects.comment(&ada, ladder.id, new).await.unwrap();
    let both = [said.body.clone(), rails.details.title.clone()];
    assert_eq!(titles(&h, &ada, "roof RAILS", None).await, both);
    assert_eq!(titles(&h, &ada, "rail", None).await, [""; 0], "no whole word");
    let details = TaskDetails::titled("Order panels");
    projects.update_task(&ada, rails.id, rails.version, details).await.unwrap();
    assert_eq!(titles(&h, &ada, "rails", Some(p.id)).await, both[..1]);
    projects.delete_comment(&ada, said.id, said.version).await.unwrap();
    assert_eq!(titles(&h, &ada, "rails", None).await, [""; 0]);
    for bad in ["", "…", "a b c d e f g h i j k"] {
        let refused = projects.search(&ada, bad, None, &PageRequest::default()).await;
        assert!(matches!(refused, Err(Error::Validation(_))), "{bad}");
    }
    projects.delete_task(&ada, ladder.id, ladder.version).await.unwrap();
    assert_eq!(titles(&h, &ada, "ladder", None).await, [""; 0]);
}

/// PROJ-14: what is hidden is not found: of others' projects, after leaving, of deleted ones.
pub async fn proj_14_what_is_hidden_is_not_found(h: Harness) {
    let (ada, eve) = (person(&h, "ada").await, person(&h, "eve").await);
    let olga = Ctx::user(h.user_with_role("olga", BuiltInRole::ADMIN).await.id);
    let p = project(&h, "P", &ada, &[&eve]).await;
    let projects = h.engine.projects();
    projects.create_task(&ada, p.id, NewTask::titled("secret")).await.unwrap();
    for ctx in [&ada, &eve, &olga] {
        assert_eq!(titles(&h, ctx, "secret", None).await, ["secret"]);
    }
    projects.remove_member(&ada, p.id, id(&eve)).await.unwrap();
    assert_eq!(titles(&h, &eve, "secret", None).await, [""; 0]);
    let page = PageRequest::default();
    let refused = projects.search(&eve, "secret", Some(p.id), &page).await;
    assert_eq!(refused.err(), Some(Error::NotFound { entity: "project" }));
    let version = h.read_project(p.id).await.version;
    projects.delete(&ada, p.id, version).await.unwrap();
    for ctx in [&ada, &olga] {
        assert_eq!(titles(&h, ctx, "secret", None).await, [""; 0]);
    }
}
