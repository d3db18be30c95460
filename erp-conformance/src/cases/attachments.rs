//! What a store promises of what is known of files.

use erp_core::{
    change::Version,
    ids::{AttachmentId, ProjectId, TaskId, UserId},
    port::StoreError,
    projects::{Attachment, AttachmentState, PendingFiles, ProjectChange, StoredFile, SweepQuery},
};

use super::support::{commit_at_once, exists, missing, stale, winners};
use crate::Harness;

fn put(attachment: &Attachment, expected: Option<i64>) -> ProjectChange {
    let attachment = Box::new(attachment.clone());
    ProjectChange::PutAttachment { attachment, expected: expected.map(Version) }
}

fn pending(h: &Harness, project: ProjectId, user: UserId) -> Attachment {
    Attachment {
        id: AttachmentId::generate(&*h.ids),
        project,
        task: None,
        name: "Plän.pdf".to_owned(),
        content_type: "application/pdf".to_owned(),
        stored: None,
        state: AttachmentState::Pending,
        uploaded_by: user,
        created_at: h.now(),
        since: h.now(),
        version: Version(9),
    }
}

fn linked(one: &Attachment, task: TaskId) -> Attachment {
    let stored = Some(StoredFile { size_bytes: 7, sha256: "ab".repeat(32) });
    Attachment { task: Some(task), stored, state: AttachmentState::Linked, ..one.clone() }
}

async fn read(h: &Harness, id: AttachmentId) -> Option<Attachment> {
    h.store.projects().attachment(id).await.expect("a read")
}

/// Every field comes back as it was given; what is removed is gone.
pub async fn what_is_known_of_a_file_is_kept_as_it_was_given(h: Harness) {
    let ada = h.user("ada").await.id;
    let project = h.project("P", &[]).await.id;
    let task = h.tasks(project, 1).await[0];
    let new = pending(&h, project, ada);
    h.commit(put(&new, None)).await;
    assert_eq!(read(&h, new.id).await, Some(Attachment { version: Version(1), ..new.clone() }));
    let whole = Attachment { since: h.pass(60), ..linked(&new, task) };
    h.commit(put(&whole, Some(1))).await;
    assert_eq!(read(&h, new.id).await, Some(Attachment { version: Version(2), ..whole }));
    let (id, expected) = (new.id, Version(2));
    h.commit(ProjectChange::RemoveAttachment { project, id, expected }).await;
    assert_eq!(read(&h, new.id).await, None);
    let gone = ProjectChange::RemoveAttachment { project, id, expected };
    assert_eq!(h.try_commit(gone).await, missing("attachment"));
}

/// of those who change it at once one does; what it refers to is there.
pub async fn x_5_a_file_is_changed_under_its_version(h: Harness) {
    let ada = h.user("ada").await.id;
    let (project, other) = (h.project("P", &[]).await.id, h.project("Q", &[]).await.id);
    let foreign = h.tasks(other, 1).await[0];
    let new = pending(&h, project, ada);
    assert_eq!(h.try_commit(put(&new, Some(1))).await, missing("attachment"));
    h.commit(put(&new, None)).await;
    assert_eq!(h.try_commit(put(&new, None)).await, exists("attachment"));
    let lost = |error: &StoreError| matches!(error, StoreError::Stale { current: Some(_), .. });
    for version in 1..4 {
        let sets: Vec<_> = (0..8).map(|_| h.changes([put(&new, Some(version))])).collect();
        assert_eq!(winners(&commit_at_once(&h.store, sets).await, lost), 1);
    }
    assert_eq!(h.try_commit(put(&new, Some(3))).await, stale("attachment", Version(4)));
    let (id, expected) = (new.id, Version(3));
    let removed = h.try_commit(ProjectChange::RemoveAttachment { project, id, expected }).await;
    assert_eq!(removed, stale("attachment", Version(4)));
    assert_eq!(h.try_commit(put(&linked(&new, foreign), Some(4))).await, missing("task"));
    let unknown = Attachment { uploaded_by: UserId::generate(&*h.ids), ..new.clone() };
    assert_eq!(h.try_commit(put(&unknown, Some(4))).await, missing("user"));
    let nowhere = pending(&h, ProjectId::generate(&*h.ids), ada);
    assert_eq!(h.try_commit(put(&nowhere, None)).await, missing("project"));
}

/// `TaskReads::pending_files`: what a user has on no task, and the bytes of what came in whole.
pub async fn what_is_on_no_task_is_counted_by_its_uploader(h: Harness) {
    let (ada, bob) = (h.user("ada").await.id, h.user("bob").await.id);
    let (project, other) = (h.project("P", &[]).await.id, h.project("Q", &[]).await.id);
    let task = h.tasks(project, 1).await[0];
    let held = async |user| {
        let PendingFiles { files, bytes } =
            h.store.projects().pending_files(user).await.expect("a read");
        (files, bytes)
    };
    assert_eq!(held(ada).await, (0, 0));
    let [one, two, of_bob] =
        [pending(&h, project, ada), pending(&h, other, ada), pending(&h, project, bob)];
    for new in [&one, &two, &of_bob] {
        h.commit(put(new, None)).await;
    }
    assert_eq!((held(ada).await, held(bob).await), ((2, 0), (1, 0)), "they are coming in");
    for (new, size_bytes) in [(&one, 5_000_000_000), (&two, 0), (&of_bob, 3)] {
        let stored = Some(StoredFile { size_bytes, sha256: "ab".repeat(32) });
        h.commit(put(&Attachment { stored, ..new.clone() }, Some(1))).await;
    }
    assert_eq!((held(ada).await, held(bob).await), ((2, 5_000_000_000), (1, 3)));
    h.commit(put(&linked(&one, task), Some(2))).await;
    assert_eq!(held(ada).await, (1, 0), "what is on a task counts no more");
    let doomed = Attachment { state: AttachmentState::Doomed, ..two.clone() };
    h.commit(put(&doomed, Some(2))).await;
    let (id, expected) = (of_bob.id, Version(2));
    h.commit(ProjectChange::RemoveAttachment { project, id, expected }).await;
    assert_eq!((held(ada).await, held(bob).await), ((0, 0), (0, 0)));
}

/// Lists are of what is linked, by upload; what is to be swept is what is on no task for long.
pub async fn files_are_listed_by_task_and_by_what_is_to_be_swept(h: Harness) {
    let ada = h.user("ada").await.id;
    let project = h.project("P", &[]).await.id;
    let tasks = h.tasks(project, 2).await;
    let mut files = Vec::new();
    for _ in 0..6 {
        let new = pending(&h, project, ada);
        h.commit(put(&new, None)).await;
        files.push(new);
        h.pass(60);
    }
    for (file, task) in [(0, 0), (1, 0), (2, 0), (3, 1)] {
        h.commit(put(&linked(&files[file], tasks[task]), Some(1))).await;
    }
    let since = h.pass(60);
    let stands = |file: usize, state| Attachment { state, since, ..linked(&files[file], tasks[0]) };
    h.commit(put(&stands(1, AttachmentState::Deleted), Some(2))).await;
    h.commit(put(&stands(4, AttachmentState::Doomed), Some(1))).await;

    let ids = |found: Vec<Attachment>| found.into_iter().map(|one| one.id).collect::<Vec<_>>();
    let named = |wanted: &[usize]| wanted.iter().map(|file| files[*file].id).collect::<Vec<_>>();
    let list = async |task: usize, after: Option<usize>, limit| {
        let after = after.map(|file| (files[file].created_at, files[file].id));
        ids(h.store.projects().attachments(tasks[task], after, limit).await.expect("a read"))
    };
    assert_eq!(list(0, None, 9).await, named(&[0, 2]));
    assert_eq!(list(0, None, 1).await, named(&[0]));
    assert_eq!(list(0, Some(0), 9).await, named(&[2]));
    assert_eq!(list(1, None, 9).await, named(&[3]));

    let due = async |pending_before, deleted_before, limit| {
        let query = SweepQuery { pending_before, deleted_before, limit };
        ids(h.store.projects().attachments_to_sweep(&query).await.expect("a read"))
    };
    let (start, end) = (files[0].created_at, h.pass(60));
    assert_eq!(due(start, start, 9).await, named(&[4]));
    assert_eq!(due(files[5].created_at, since, 9).await, named(&[4]), "up to, not at");
    assert_eq!(due(end, start, 9).await, named(&[4, 5]));
    assert_eq!(due(end, end, 9).await, named(&[1, 4, 5]));
    assert_eq!(due(end, end, 2).await, named(&[1, 4]));
}
