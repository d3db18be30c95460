//! What a store promises of comments.

use chrono::TimeDelta;
use erp_core::{
    change::Version,
    ids::{CommentId, ProjectId, TaskId, UserId},
    projects::{Comment, ProjectChange, Task},
};

use super::support::{exists, missing, stale};
use crate::Harness;

fn put(comment: &Comment, expected: Option<i64>) -> ProjectChange {
    let expected = expected.map(Version);
    ProjectChange::PutComment { comment: Box::new(comment.clone()), expected }
}

fn new(h: &Harness, task: &Task, author: UserId) -> Comment {
    Comment {
        id: CommentId::generate(&*h.ids),
        project: task.project,
        task: task.id,
        thread: None,
        author,
        body: "well".to_owned(),
        created_at: h.now(),
        edited_at: None,
        deleted_at: None,
        version: Version::FIRST,
    }
}

async fn task(h: &Harness) -> Task {
    let project = h.project("P", &[]).await.id;
    h.read_task(h.tasks(project, 1).await[0]).await
}

async fn read(h: &Harness, comment: &Comment) -> Option<Comment> {
    h.store.projects().comment(comment.id).await.expect("a read")
}

/// Every field comes back as it was given, and all of it is replaced by what comes after.
pub async fn a_comment_is_kept_as_it_was_given(h: Harness) {
    let (ann, on) = (h.user("ann").await.id, task(&h).await);
    let first = Comment { version: Version(9), ..new(&h, &on, ann) };
    h.commit(put(&first, None)).await;
    assert_eq!(read(&h, &first).await, Some(Comment { version: Version(1), ..first.clone() }));
    let answer = Comment { thread: Some(first.id), ..new(&h, &on, ann) };
    h.commit(put(&answer, None)).await;
    assert_eq!(read(&h, &answer).await, Some(answer.clone()));
    let at = Some(h.pass(5));
    let body = "better\nso".to_owned();
    let edited = Comment { body, edited_at: at, deleted_at: at, ..answer };
    h.commit(put(&edited, Some(1))).await;
    assert_eq!(read(&h, &edited).await, Some(Comment { version: Version(2), ..edited }));
    assert_eq!(read(&h, &new(&h, &on, ann)).await, None);
}

/// X-5, and errors in their order: the id, the version, project, task, thread, author.
pub async fn x_5_a_comment_is_changed_under_its_version_and_what_is_missing_is_told(h: Harness) {
    let (ann, on) = (h.user("ann").await.id, task(&h).await);
    let there = new(&h, &on, ann);
    h.commit(put(&there, None)).await;
    let bad = Comment {
        project: ProjectId::generate(&*h.ids),
        task: TaskId::generate(&*h.ids),
        thread: Some(CommentId::generate(&*h.ids)),
        author: UserId::generate(&*h.ids),
        ..there.clone()
    };
    assert_eq!(h.try_commit(put(&bad, None)).await, exists("comment"));
    for wrong in [0, 2] {
        let refused = h.try_commit(put(&bad, Some(wrong))).await;
        assert_eq!(refused, stale("comment", Version(1)));
    }
    let fresh = Comment { id: new(&h, &on, ann).id, ..bad };
    assert_eq!(h.try_commit(put(&fresh, Some(1))).await, missing("comment"));
    assert_eq!(h.try_commit(put(&fresh, None)).await, missing("project"));
    let project = on.project;
    let strange = Comment { project, ..fresh.clone() };
    assert_eq!(h.try_commit(put(&strange, None)).await, missing("task"));
    let lost = Comment { task: on.id, ..strange };
    assert_eq!(h.try_commit(put(&lost, None)).await, missing("comment"));
    let elsewhere = h.read_task(h.tasks(project, 1).await[0]).await;
    let foreign = Comment { task: elsewhere.id, thread: Some(there.id), ..lost.clone() };
    assert_eq!(h.try_commit(put(&foreign, None)).await, missing("comment"), "of another task");
    let of_nobody = Comment { thread: Some(there.id), ..lost };
    assert_eq!(h.try_commit(put(&of_nobody, None)).await, missing("user"));
    assert_eq!(read(&h, &there).await, Some(there));
}

/// `ProjectReads::comments`: by time, then id, deleted ones included, each task's own.
pub async fn comments_are_listed_in_their_order_in_pages_with_ties(h: Harness) {
    let (ann, on) = (h.user("ann").await.id, task(&h).await);
    let other = h.read_task(h.tasks(on.project, 1).await[0]).await;
    h.commit(put(&new(&h, &other, ann), None)).await;
    let mut expected = Vec::new();
    for n in 0..9_i64 {
        let created_at = h.now() - TimeDelta::seconds(n / 2);
        let deleted_at = (n == 4).then(|| h.now());
        let comment = Comment { created_at, deleted_at, ..new(&h, &on, ann) };
        h.commit(put(&comment, None)).await;
        expected.push(comment);
    }
    expected.sort_by_key(|comment| (comment.created_at, comment.id));
    let mut paged: Vec<Comment> = Vec::new();
    loop {
        let after = paged.last().map(|comment| (comment.created_at, comment.id));
        let page = h.store.projects().comments(on.id, after, 2).await.expect("a read");
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    assert_eq!(paged, expected);
}
