//! What people say about tasks.

use erp_core::{
    Conflict, Ctx, Error,
    change::{EventBody, Version},
    ctx::IdempotencyKey,
    ids::{CommentId, TaskId},
    page::PageRequest,
    projects::{Comment, NewComment, ProjectEvent, ProjectRole},
};

use super::{id, person, project, task};
use crate::Harness;

const MISSING: Error = Error::NotFound { entity: "comment" };

async fn say(
    h: &Harness,
    ctx: &Ctx,
    task: TaskId,
    body: &str,
    answers: Option<CommentId>,
) -> Result<Comment, Error> {
    let new = NewComment { body: body.to_owned(), answers };
    h.engine.projects().comment(ctx, task, new).await
}

async fn bodies(h: &Harness, ctx: &Ctx, task: TaskId) -> Vec<String> {
    let page = PageRequest::default();
    let page = h.engine.projects().comments(ctx, task, &page).await.expect("a list");
    page.items.into_iter().map(|comment| comment.body).collect()
}

/// An answer stands in a thread; an answer to an answer in the same; one to another task's nowhere.
pub async fn answers_stand_in_the_thread_of_what_they_answer(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let p = project(&h, "P", &ada, &[&bob]).await;
    let (one, two) = (task(&h, &ada, &p, "1").await.id, task(&h, &ada, &p, "2").await.id);
    let first = say(&h, &ada, one, "first", None).await.unwrap();
    h.pass(1);
    let answer = say(&h, &bob, one, "answer", Some(first.id)).await.unwrap();
    h.pass(1);
    let again = say(&h, &ada, one, "again", Some(answer.id)).await.unwrap();
    assert_eq!((first.thread, answer.thread, again.thread), (None, Some(first.id), answer.thread));
    assert_eq!(h.store.projects().comment(again.id).await, Ok(Some(again)));
    assert_eq!(bodies(&h, &bob, one).await, ["first", "answer", "again"]);
    let refused = say(&h, &ada, two, "elsewhere", Some(first.id)).await;
    assert_eq!(refused, Err(Error::invalid("answers", "no such comment")));
    for bad in ["", " ", "a\0b"] {
        let refused = say(&h, &ada, two, bad, None).await;
        assert!(matches!(refused, Err(Error::Validation(_))), "{bad:?}");
    }
    assert!(bodies(&h, &ada, two).await.is_empty());
}

/// A comment is edited by its author under its version, and deleted by him or a manager.
pub async fn an_author_edits_and_a_manager_deletes(h: Harness) {
    let (ada, bob, eve) =
        (person(&h, "ada").await, person(&h, "bob").await, person(&h, "eve").await);
    let p = project(&h, "P", &ada, &[&bob, &eve]).await;
    let on = task(&h, &ada, &p, "1").await.id;
    let projects = h.engine.projects();
    let said = say(&h, &bob, on, "well", None).await.unwrap();
    let edit = async |ctx: &Ctx, version, body: &str| {
        projects.edit_comment(ctx, said.id, Version(version), body.to_owned()).await
    };
    for ctx in [&ada, &eve] {
        let refused = edit(ctx, 1, "other").await;
        assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
    }
    let at = h.pass(60);
    let edited = edit(&bob, 1, "better").await.unwrap();
    assert_eq!((edited.body.as_str(), edited.edited_at), ("better", Some(at)));
    let current = Conflict::Version { entity: "comment".into(), current: Version(2) };
    assert_eq!(edit(&bob, 1, "worse").await, Err(current.into()));
    let settled = h.settled().await;
    assert_eq!(edit(&bob, 2, "better").await, Ok(edited));
    assert_eq!(h.settled().await, settled, "the same body writes nothing");
    let refused = projects.delete_comment(&eve, said.id, Version(2)).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
    projects.delete_comment(&ada, said.id, Version(2)).await.unwrap();
    projects.put_member(&ada, p.id, id(&eve), ProjectRole::Viewer).await.unwrap();
    let refused = say(&h, &eve, on, "may I", None).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })), "a viewer looks on: {refused:?}");
}

/// of a deleted comment only that it was there is shown, in the event too; it comes back whole.
pub async fn x_9_a_deleted_comment_shows_no_body_and_comes_back(h: Harness) {
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await;
    let on = task(&h, &ada, &p, "1").await.id;
    let projects = h.engine.projects();
    let said = say(&h, &ada, on, "secret", None).await.unwrap();
    let before = h.settled().await;
    let deleted = projects.delete_comment(&ada, said.id, Version(1)).await.unwrap();
    assert_eq!((deleted.body.as_str(), deleted.version), ("", Version(2)));
    projects.delete_comment(&ada, said.id, Version(1)).await.expect("deleted is deleted");
    let events = h.events_after(before).await;
    let event = ProjectEvent::CommentPut(Box::new(deleted));
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].body, EventBody::Projects(event));
    assert_eq!(bodies(&h, &ada, on).await, [""]);
    let edited = projects.edit_comment(&ada, said.id, Version(2), "x".to_owned()).await;
    assert!(matches!(edited, Err(Error::Precondition(_))), "{edited:?}");
    let restored = projects.restore_comment(&ada, said.id, Version(2)).await.unwrap();
    assert_eq!((restored.body.as_str(), restored.version), ("secret", Version(3)));
    assert_eq!(bodies(&h, &ada, on).await, ["secret"]);
}

/// the same request under one key writes one comment and gives it again.
pub async fn x_6_a_repeated_comment_is_written_once(h: Harness) {
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await;
    let on = task(&h, &ada, &p, "1").await.id;
    let keyed = ada.clone().with_idempotency_key(IdempotencyKey::new("k").unwrap());
    let first = say(&h, &keyed, on, "once", None).await.unwrap();
    h.pass(60);
    assert_eq!(say(&h, &keyed, on, "once", None).await, Ok(first));
    assert_eq!(bodies(&h, &ada, on).await, ["once"]);
}

/// PROJ-14: whoever does not see the project learns nothing of what is said in it.
pub async fn proj_14_hidden_comments_look_like_none(h: Harness) {
    let (ada, eve) = (person(&h, "ada").await, person(&h, "eve").await);
    let p = project(&h, "P", &ada, &[]).await;
    let on = task(&h, &ada, &p, "1").await.id;
    let said = say(&h, &ada, on, "well", None).await.unwrap().id;
    let projects = h.engine.projects();
    let v = Version(1);
    for (ctx, comment) in [(&eve, said), (&ada, CommentId::generate(&*h.ids))] {
        let results = [
            projects.edit_comment(ctx, comment, v, "x".to_owned()).await.err(),
            projects.delete_comment(ctx, comment, v).await.err(),
            projects.restore_comment(ctx, comment, v).await.err(),
        ];
        assert_eq!(results, [Some(MISSING), Some(MISSING), Some(MISSING)]);
    }
    let missing = Some(Error::NotFound { entity: "task" });
    assert_eq!(say(&h, &eve, on, "may I", None).await.err(), missing);
    let page = PageRequest::default();
    assert_eq!(projects.comments(&eve, on, &page).await.err(), missing);
    projects.delete_task(&ada, on, v).await.unwrap();
    assert_eq!(say(&h, &ada, on, "well", Some(said)).await.err(), missing);
    let hidden = projects.delete_comment(&ada, said, v).await;
    assert_eq!(hidden, Err(MISSING), "hidden with its task");
}
