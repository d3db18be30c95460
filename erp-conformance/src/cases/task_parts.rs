//! What a store promises of what hangs on tasks.

use erp_core::{
    change::Version,
    ids::{ChecklistItemId, ProjectId, TaskId, UserId},
    port::StoreError,
    projects::{Checklist, ChecklistItem, ProjectChange, TaskQuery, Tick, Watcher},
};

use super::support::{commit_at_once, missing, stale, winners};
use crate::Harness;

fn put(checklist: &Checklist, expected: i64) -> ProjectChange {
    let checklist = Box::new(checklist.clone());
    ProjectChange::PutChecklist { checklist, expected: Version(expected) }
}

/// A checklist with an open line, one ticked off by a user and one by the host.
fn checklist(h: &Harness, project: ProjectId, task: TaskId, user: UserId) -> Checklist {
    let item = |text: &str, done| ChecklistItem {
        id: ChecklistItemId::generate(&*h.ids),
        text: text.to_owned(),
        done,
    };
    let tick = |by| Some(Tick { by, at: h.now() });
    let items = vec![item("öpen", None), item("b", tick(Some(user))), item("c", tick(None))];
    Checklist { task, project, items, version: Version(9), updated_at: Some(h.now()) }
}

async fn read(h: &Harness, task: TaskId) -> Option<Checklist> {
    h.store.projects().checklist(task).await.expect("a read")
}

/// Every field comes back as it was given; of a task without one there is none.
pub async fn a_checklist_is_kept_as_it_was_given(h: Harness) {
    let ada = h.user("ada").await.id;
    let project = h.project("P", &[]).await.id;
    let tasks = h.tasks(project, 2).await;
    let given = checklist(&h, project, tasks[0], ada);
    assert_eq!(read(&h, tasks[0]).await, None);
    h.commit(put(&given, 0)).await;
    assert_eq!(read(&h, tasks[0]).await, Some(Checklist { version: Version(1), ..given.clone() }));
    let bare = Checklist { items: Vec::new(), updated_at: None, ..given };
    h.commit(put(&bare, 1)).await;
    assert_eq!(read(&h, tasks[0]).await, Some(Checklist { version: Version(2), ..bare }));
    for none in [tasks[1], TaskId::generate(&*h.ids)] {
        assert_eq!(read(&h, none).await, None);
    }
}

/// one that was never put has version 0; of those who put it at once one does.
pub async fn x_5_a_checklist_is_changed_under_its_version(h: Harness) {
    let ada = h.user("ada").await.id;
    let (project, other) = (h.project("P", &[]).await.id, h.project("Q", &[]).await.id);
    let task = h.tasks(project, 1).await[0];
    let given = checklist(&h, project, task, ada);
    assert_eq!(h.try_commit(put(&given, 1)).await, stale("checklist", Version(0)));
    let lost = |error: &StoreError| matches!(error, StoreError::Stale { current: Some(_), .. });
    for version in 0..3 {
        let sets: Vec<_> = (0..8).map(|_| h.changes([put(&given, version)])).collect();
        assert_eq!(winners(&commit_at_once(&h.store, sets).await, lost), 1);
    }
    assert_eq!(h.try_commit(put(&given, 0)).await, stale("checklist", Version(3)));
    let elsewhere = Checklist { project: other, ..given.clone() };
    assert_eq!(h.try_commit(put(&elsewhere, 3)).await, missing("task"));
    let nowhere = Checklist { project: ProjectId::generate(&*h.ids), ..given };
    assert_eq!(h.try_commit(put(&nowhere, 3)).await, missing("project"));
}

/// `PutWatcher`, `RemoveWatcher`: twice is once, the first time counts; lists are by user and of one
/// task, and a list of tasks knows who watches them.
pub async fn watchers_are_kept_by_task_and_user(h: Harness) {
    let (project, other) = (h.project("P", &[]).await.id, h.project("Q", &[]).await.id);
    let tasks = h.tasks(project, 2).await;
    let mut users = Vec::new();
    for name in ["ada", "bob", "eve"] {
        users.push(h.user(name).await.id);
    }
    users.sort();
    let at = h.now();
    let watcher = |task, user| Watcher { task, user, since: at };
    let put = |watcher| ProjectChange::PutWatcher { project, watcher };
    for user in users.iter().rev() {
        h.commit(put(watcher(tasks[0], *user))).await;
    }
    h.commit(put(watcher(tasks[1], users[1]))).await;
    let later = Watcher { since: h.pass(60), ..watcher(tasks[0], users[0]) };
    h.commit(put(later)).await;
    let projects = h.store.projects();
    let all: Vec<_> = users.iter().map(|user| watcher(tasks[0], *user)).collect();
    assert_eq!(projects.watchers(tasks[0], None, 9).await, Ok(all.clone()));
    assert_eq!(projects.watchers(tasks[0], None, 2).await, Ok(all[..2].to_vec()));
    assert_eq!(projects.watchers(tasks[0], Some(users[0]), 9).await, Ok(all[1..].to_vec()));
    assert_eq!(projects.watchers(tasks[0], Some(users[2]), 9).await, Ok(Vec::new()));
    assert_eq!(projects.watches(tasks[1], users[1]).await, Ok(true));
    assert_eq!(projects.watches(tasks[1], users[0]).await, Ok(false));
    let query = |user| TaskQuery { watcher: Some(user), limit: 9, ..TaskQuery::default() };
    let watched = async |user| {
        let found = projects.tasks(project, &query(user)).await.expect("a read");
        found.into_iter().map(|task| task.id).collect::<Vec<_>>()
    };
    assert_eq!(watched(users[1]).await, tasks);
    assert_eq!(watched(users[0]).await, tasks[..1]);
    for _ in 0..2 {
        let (task, user) = (tasks[0], users[1]);
        h.commit(ProjectChange::RemoveWatcher { project, task, user }).await;
        assert_eq!(watched(users[1]).await, tasks[1..]);
    }
    let (task, user) = (tasks[1], users[1]);
    h.commit(ProjectChange::RemoveWatcher { project: other, task, user }).await;
    assert_eq!(watched(users[1]).await, tasks[1..]);
    let nowhere = ProjectId::generate(&*h.ids);
    let nothing = ProjectChange::RemoveWatcher { project: nowhere, task, user };
    assert_eq!(h.try_commit(nothing).await, missing("project"));
    let unknown = put(watcher(tasks[0], UserId::generate(&*h.ids)));
    assert_eq!(h.try_commit(unknown).await, missing("user"));
    let foreign =
        ProjectChange::PutWatcher { project: other, watcher: watcher(tasks[0], users[0]) };
    assert_eq!(h.try_commit(foreign).await, missing("task"));
}

/// `RemoveMember`: who leaves a project watches none of its tasks, and those of others still.
pub async fn who_leaves_a_project_watches_none_of_its_tasks(h: Harness) {
    let (ada, bob) = (h.user("ada").await.id, h.user("bob").await.id);
    let members = [ada, bob];
    let (one, two) = (h.project("P", &members).await.id, h.project("Q", &members).await.id);
    let (first, second) = (h.tasks(one, 2).await, h.tasks(two, 1).await);
    for (project, task) in [(one, first[0]), (one, first[1]), (two, second[0])] {
        for user in [ada, bob] {
            let watcher = Watcher { task, user, since: h.now() };
            h.commit(ProjectChange::PutWatcher { project, watcher }).await;
        }
    }
    h.commit(ProjectChange::RemoveMember { project: one, user: bob }).await;
    let watches = async |task, user| h.store.projects().watches(task, user).await.expect("a read");
    for task in first {
        assert!(watches(task, ada).await && !watches(task, bob).await);
    }
    assert!(watches(second[0], bob).await);
}
