//! What a store promises of tasks and of what waits for what.

use chrono::NaiveDate;
use erp_core::{
    Conflict,
    change::{ChangeSet, EntityRef, EventBody, Guard, NewEvent, Scope, Version},
    ids::{ProjectId, TaskId, UserId},
    policy::Action,
    port::StoreError,
    projects::{
        Dependency, DependencyKind, ParentFilter, Priority, ProjectChange, ProjectEvent, Shelf,
        SortOrder, StatusCount, Task, TaskCode, TaskDetails, TaskKey, TaskNode, TaskQuery,
        TaskSort, TaskStatus,
    },
};

use super::support::{commit_at_once, conflict, exists, missing, stale, winners};
use crate::Harness;

fn creation(task: &Task) -> ProjectChange {
    ProjectChange::CreateTask(Box::new(task.clone()))
}

fn status(task: &Task, status: TaskStatus) -> ProjectChange {
    ProjectChange::SetTaskStatus {
        project: task.project,
        id: task.id,
        expected: task.version,
        status,
        completed_at: (status == TaskStatus::Done).then(Harness::start),
        at: Harness::start(),
    }
}

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 3, day).expect("a day")
}

/// Every field comes back as it was given, with the number that the receipt and the event have.
pub async fn a_task_is_kept_as_it_was_given(h: Harness) {
    let (ann, bob) = (h.user("ann").await.id, h.user("bob").await.id);
    let project = h.project("P", &[ann]).await.id;
    let parent = h.tasks(project, 1).await[0];
    let details = TaskDetails {
        description: Some("more\nof it".to_owned()),
        priority: Priority::Urgent,
        assignees: vec![ann, bob],
        labels: vec!["a".to_owned(), "ß b".to_owned()],
        start_on: Some(day(1)),
        due_on: Some(day(31)),
        estimate_min: Some(90),
        ..TaskDetails::titled("Roof")
    };
    let given = Task {
        details,
        code: TaskCode { prefix: "ROOF".to_owned(), number: 77 },
        status: TaskStatus::Done,
        completed_at: Some(h.now()),
        parent: Some(parent),
        created_by: Some(ann),
        version: Version(9),
        ..h.new_task(project, "")
    };
    let mut set =
        h.set(Action::TaskCreate, EntityRef::in_project("task", given.id.uuid(), project));
    let change = set.change(creation(&given));
    set.event(NewEvent::new(ProjectEvent::TaskCreated(given.clone().into()), []).filled_by(change));
    let receipt = h.store.commit(set).await.expect("it is valid");
    assert_eq!(receipt.number(change), Ok(2));
    let code = TaskCode { prefix: "ROOF".to_owned(), number: 2 };
    let expected = Task { code: code.clone(), version: Version(1), ..given.clone() };
    assert_eq!(h.read_task(given.id).await, expected);
    let events = h.events().await;
    let event = ProjectEvent::TaskCreated(Task { code, ..given }.into());
    assert_eq!(events.last().expect("one").body, EventBody::Projects(event));
    let unknown = TaskId::generate(&*h.ids);
    assert_eq!(h.store.projects().task(unknown).await, Ok(None));
    let both = h.store.projects().tasks_by_id(&[expected.id, unknown, parent, parent]).await;
    assert_eq!(both, Ok(vec![h.read_task(parent).await, expected]));
    let entry = &h.audit().await[0];
    assert_eq!(entry.entity.project, Some(project), "the audit entry knows the project");
}

/// sixteen writers, some of whose sets fail: numbers are 1, 2, 3 … without a gap, each once.
pub async fn x_8_numbers_have_no_gap_when_many_make_tasks_at_once(h: Harness) {
    let project = h.project("P", &[]).await.id;
    let nobody = UserId::generate(&*h.ids);
    let sets: Vec<ChangeSet> = (0..64)
        .map(|n| {
            let mut changes = vec![creation(&h.new_task(project, "one"))];
            if n % 4 == 0 {
                let by = Task { created_by: Some(nobody), ..h.new_task(project, "bad") };
                changes.push(creation(&by));
            } else {
                changes.push(creation(&h.new_task(project, "two")));
            }
            h.changes(changes)
        })
        .collect();
    let missing = StoreError::NotFound { entity: "user" };
    let done = winners(&commit_at_once(&h.store, sets).await, |error| *error == missing);
    assert_eq!(done, 48);
    let query = TaskQuery { limit: 1_000, ..TaskQuery::default() };
    let tasks = h.store.projects().tasks(project, &query).await.expect("a read");
    let numbers: Vec<i64> = tasks.iter().map(|task| task.code.number).collect();
    assert_eq!(numbers, (1..=96).collect::<Vec<_>>());
    assert_eq!(h.read_project(project).await.last_task, 96);
    assert_eq!(h.store.maintenance().verify().await, Ok(vec![]));
}

/// each change of a task is written under the version that the caller has seen, and raises it.
pub async fn x_5_a_task_is_changed_under_its_version(h: Harness) {
    let project = h.project("P", &[]).await.id;
    let [id, other] = h.tasks(project, 2).await[..] else { panic!("two tasks") };
    let at = h.pass(5);
    let update = |expected: i64| ProjectChange::UpdateTask {
        project,
        id,
        expected: Version(expected),
        details: Box::new(TaskDetails { due_on: Some(day(9)), ..TaskDetails::titled("new") }),
        at,
    };
    let done = |expected: i64| ProjectChange::SetTaskStatus {
        project,
        id,
        expected: Version(expected),
        status: TaskStatus::Done,
        completed_at: Some(at),
        at,
    };
    let put = |expected: i64| ProjectChange::MoveTask {
        project,
        id,
        expected: Version(expected),
        parent: Some(other),
        at,
    };
    let delete = |expected: i64| ProjectChange::DeleteTasks {
        project,
        id,
        expected: Version(expected),
        tasks: vec![id],
        at,
    };
    let restore =
        |expected: i64| ProjectChange::RestoreTasks { project, id, expected: Version(expected) };
    let steps: [&(dyn Fn(i64) -> ProjectChange + Sync); 5] =
        [&update, &done, &put, &delete, &restore];
    for (version, step) in (1..).zip(steps) {
        for wrong in [version - 1, version + 1] {
            let refused = h.try_commit(step(wrong)).await;
            assert_eq!(refused, stale("task", Version(version)), "{:?}", step(wrong));
        }
        h.commit(step(version)).await;
        assert_eq!(h.read_task(id).await.version, Version(version + 1));
    }
    let task = h.read_task(id).await;
    assert_eq!((task.details.title.as_str(), task.details.due_on), ("new", Some(day(9))));
    assert_eq!((task.status, task.completed_at), (TaskStatus::Done, Some(at)));
    assert_eq!((task.parent, task.deleted_at, task.updated_at), (Some(other), None, at));
    let sets: Vec<_> = (0..8).map(|_| h.changes([update(6)])).collect();
    let stale = StoreError::Stale { entity: "task", current: Some(Version(7)) };
    assert_eq!(winners(&commit_at_once(&h.store, sets).await, |error| *error == stale), 1);
}

/// Errors in their order: id, project, the parent, the author; a task of another project is none.
pub async fn a_missing_task_or_parent_is_told(h: Harness) {
    let (project, foreign) = (h.project("P", &[]).await.id, h.project("Q", &[]).await.id);
    let there = h.tasks(project, 1).await[0];
    let strange = h.tasks(foreign, 1).await[0];
    let unknown = TaskId::generate(&*h.ids);
    let nobody = Some(UserId::generate(&*h.ids));
    let nowhere = ProjectId::generate(&*h.ids);
    let new = h.new_task(project, "t");
    let bad = Task { project: nowhere, parent: Some(unknown), created_by: nobody, ..new.clone() };
    assert_eq!(h.try_commit(creation(&Task { id: there, ..bad.clone() })).await, exists("task"));
    assert_eq!(h.try_commit(creation(&bad)).await, missing("project"));
    for parent in [unknown, strange] {
        let bad = Task { project, parent: Some(parent), ..bad.clone() };
        assert_eq!(h.try_commit(creation(&bad)).await, missing("task"));
    }
    assert_eq!(
        h.try_commit(creation(&Task { project, parent: None, ..bad })).await,
        missing("user")
    );

    let (id, expected, at) = (there, Version(1), h.now());
    let put = |project, id, parent| ProjectChange::MoveTask { project, id, expected, parent, at };
    assert_eq!(h.try_commit(put(nowhere, id, None)).await, missing("project"));
    assert_eq!(h.try_commit(put(foreign, id, None)).await, missing("task"));
    assert_eq!(h.try_commit(put(project, id, Some(strange))).await, missing("task"));
    for (project, one, other, entity) in [
        (nowhere, there, there, "project"),
        (project, there, strange, "task"),
        (project, unknown, there, "task"),
    ] {
        assert_eq!(h.try_commit(h.link(project, one, other)).await, missing(entity));
    }
    let tasks = vec![there, strange];
    let delete = ProjectChange::DeleteTasks { project, id, expected, tasks, at };
    assert_eq!(h.try_commit(delete).await, missing("task"));
    assert_eq!(h.read_task(there).await.version, Version(1));

    let delete = ProjectChange::DeleteTasks { project, id, expected, tasks: vec![id], at };
    h.commit(delete).await;
    let child = Task { parent: Some(there), ..h.new_task(project, "child") };
    assert_eq!(h.try_commit(creation(&child)).await, missing("task"), "its parent is deleted");
}

/// `RestoreTasks` brings back what the deletion took along, and nothing else; lists follow.
pub async fn deleted_tasks_come_back_with_what_took_them_along(h: Harness) {
    let project = h.project("P", &[]).await.id;
    let tasks = h.tasks(project, 4).await;
    let at = h.now();
    let delete = |id, tasks: &[TaskId]| {
        let (expected, tasks) = (Version(1), tasks.to_vec());
        ProjectChange::DeleteTasks { project, id, expected, tasks, at }
    };
    h.commit(delete(tasks[3], &[tasks[3]])).await;
    h.commit(delete(tasks[0], &[tasks[0], tasks[1]])).await;
    let deleted = h.read_task(tasks[1]).await;
    assert_eq!((deleted.deleted_at, deleted.deleted_with), (Some(at), Some(tasks[0])));
    assert_eq!(deleted.version, Version(2));
    let listed = async |shelf| -> Vec<TaskId> {
        let query = TaskQuery { shelf, limit: 10, ..TaskQuery::default() };
        let tasks = h.store.projects().tasks(project, &query).await.expect("a read");
        tasks.iter().map(|task| task.id).collect()
    };
    let count = async || h.store.projects().task_counts(project).await.expect("a read");
    assert_eq!(listed(Shelf::Live).await, [tasks[2]]);
    assert_eq!(listed(Shelf::Deleted).await, [tasks[0], tasks[1], tasks[3]]);
    assert_eq!(count().await, [StatusCount { status: TaskStatus::Todo, tasks: 1 }]);
    let (id, expected) = (tasks[0], Version(2));
    h.commit(ProjectChange::RestoreTasks { project, id, expected }).await;
    assert_eq!(listed(Shelf::Live).await, tasks[..3]);
    assert_eq!(listed(Shelf::Deleted).await, tasks[3..]);
    assert_eq!(h.read_task(tasks[1]).await.deleted_with, None);
    assert_eq!(h.read_task(tasks[1]).await.version, Version(3));
}

/// `ProjectChange::touches`: such changes raise the graph by one for the whole set, others
/// leave it.
pub async fn what_touches_a_task_graph_raises_its_version_by_one(h: Harness) {
    let project = h.project("P", &[]).await.id;
    let [one, two, three] = h.tasks(project, 3).await[..] else { panic!("three tasks") };
    let at = h.now();
    let v = Version;
    let child = Task { parent: Some(one), ..h.new_task(project, "child") };
    let changes = [
        creation(&h.new_task(project, "alone")),
        creation(&child),
        status(&h.read_task(one).await, TaskStatus::Done),
        h.link(project, one, two),
        ProjectChange::Unlink { project, predecessor: one, successor: two },
        ProjectChange::Unlink { project, predecessor: one, successor: two },
        ProjectChange::MoveTask { project, id: two, expected: v(1), parent: None, at },
        ProjectChange::DeleteTasks { project, id: two, expected: v(2), tasks: vec![two], at },
        ProjectChange::RestoreTasks { project, id: two, expected: v(3) },
    ];
    for change in changes {
        let before = h.task_graph(project).await.version;
        let expected = if change.touches().contains(&Scope::task_graph(project)) {
            before.next()
        } else {
            before
        };
        h.commit(change.clone()).await;
        assert_eq!(h.task_graph(project).await.version, expected, "{change:?}");
        assert_eq!(h.read_project(project).await.graph, expected, "with and without the graph");
    }
    let before = h.task_graph(project).await.version;
    let set = h.changes([h.link(project, one, two), h.link(project, two, three)]);
    h.store.commit(set).await.expect("it is valid");
    assert_eq!(h.task_graph(project).await.version, before.next());
}

/// `Scope::task_graph` and `Scope::task`: another version is refused, what is missing is told.
pub async fn a_guard_on_another_task_graph_or_task_is_refused(h: Harness) {
    let project = h.project("P", &[]).await.id;
    let [one, two] = h.tasks(project, 2).await[..] else { panic!("two tasks") };
    let strange = h.project("Q", &[]).await.id;
    let nowhere = ProjectId::generate(&*h.ids);
    h.commit(h.link(project, one, two)).await;
    let commit = async |guard| {
        let mut set = h.changes([creation(&h.new_task(project, "t"))]);
        set.guard(guard);
        h.store.commit(set).await
    };
    let graph = |project, version| Guard::Held(Scope::task_graph(project), Version(version));
    let task = |project, task, version| Guard::Held(Scope::task(project, task), Version(version));
    for (guard, entity) in [
        (graph(project, 1), "task_graph"),
        (graph(project, 3), "task_graph"),
        (task(project, one, 0), "task"),
        (task(project, one, 2), "task"),
        (task(strange, one, 1), "task"),
        (task(project, TaskId::generate(&*h.ids), 1), "task"),
    ] {
        let refused = commit(guard).await;
        assert_eq!(refused, Err(StoreError::Stale { entity, current: None }), "{guard:?}");
    }
    for guard in [graph(nowhere, 1), task(nowhere, one, 1)] {
        assert_eq!(commit(guard).await, missing("project"));
    }
    for guard in [graph(project, 2), task(project, one, 1)] {
        commit(guard).await.expect("it holds");
    }
}

/// PROJ-4: of commits that were decided on one version of the graph exactly one happens.
pub async fn proj_4_of_commits_under_one_task_graph_exactly_one_happens(h: Harness) {
    let project = h.project("P", &[]).await.id;
    let tasks = h.tasks(project, 9).await;
    for round in 1..=5 {
        let sets = (1..9).map(|n| {
            let mut set = match round % 2 {
                1 => h.changes([h.link(project, tasks[0], tasks[n])]),
                _ => h.changes([creation(&Task {
                    parent: Some(tasks[n]),
                    ..h.new_task(project, "child")
                })]),
            };
            set.guard(Guard::Held(Scope::task_graph(project), Version(round)));
            set
        });
        let sets: Vec<_> = sets.collect();
        let done = commit_at_once(&h.store, sets).await;
        let loses = |error: &StoreError| {
            error.is_guard() || *error == StoreError::Conflict(Conflict::DependencyExists)
        };
        assert_eq!(winners(&done, loses), 1, "round {round}");
    }
    assert_eq!(h.task_graph(project).await.version, Version(6));
}

/// `ProjectReads::task_graph`: nodes by number, edges by predecessor and successor, deleted ones
/// included, and a pair once.
pub async fn the_task_graph_is_whole(h: Harness) {
    let project = h.project("P", &[]).await.id;
    let [one, two, three] = h.tasks(project, 3).await[..] else { panic!("three tasks") };
    let other = h.project("Q", &[]).await.id;
    h.tasks(other, 2).await;
    let mut edges = Vec::new();
    for (kind, (predecessor, successor)) in
        DependencyKind::ALL.iter().zip([(three, one), (one, two), (two, one), (one, three)])
    {
        let dependency = Dependency { predecessor, successor, kind: *kind, lag_min: -30 };
        edges.push(dependency);
        h.commit(ProjectChange::Link { project, dependency }).await;
        let again = h.try_commit(ProjectChange::Link { project, dependency }).await;
        assert_eq!(again, conflict(Conflict::DependencyExists));
    }
    edges.sort_by_key(|edge| (edge.predecessor, edge.successor));
    let at = h.now();
    let (parent, expected) = (Some(one), Version(1));
    h.commit(ProjectChange::MoveTask { project, id: two, expected, parent, at }).await;
    let tasks = vec![three];
    h.commit(ProjectChange::DeleteTasks { project, id: three, expected, tasks, at }).await;
    let done = status(&h.read_task(one).await, TaskStatus::Done);
    h.commit(done).await;
    let details = Box::new(TaskDetails {
        estimate_min: Some(90),
        start_on: Some(day(3)),
        due_on: Some(day(4)),
        ..h.read_task(two).await.details
    });
    let expected = h.read_task(two).await.version;
    h.commit(ProjectChange::UpdateTask { project, id: two, expected, details, at }).await;
    let node = |id, parent, deleted_with| TaskNode {
        id,
        parent,
        deleted_with,
        status: if id == one { TaskStatus::Done } else { TaskStatus::Todo },
        estimate_min: (id == two).then_some(90),
        start_on: (id == two).then(|| day(3)),
        due_on: (id == two).then(|| day(4)),
        milestone: None,
    };
    let graph = h.task_graph(project).await;
    assert_eq!(
        graph.nodes,
        [node(one, None, None), node(two, parent, None), node(three, None, Some(three))]
    );
    assert_eq!(graph.edges, edges);
    assert_eq!((graph.project, graph.version), (project, Version(7)));
    let of_two: Vec<Dependency> = edges
        .iter()
        .copied()
        .filter(|edge| [edge.predecessor, edge.successor].contains(&two))
        .collect();
    assert_eq!(h.store.projects().dependencies(two).await, Ok(of_two));
    let nowhere = ProjectId::generate(&*h.ids);
    assert_eq!(h.store.projects().task_graph(nowhere).await, Ok(None));
    assert_eq!(h.store.projects().dependencies(TaskId::generate(&*h.ids)).await, Ok(vec![]));
}

/// every order, both ways, in pages; tasks that are equal in it are ordered by number, and none
/// is lost or listed twice.
pub async fn tasks_are_listed_in_every_order_in_pages_with_ties(h: Harness) {
    let project = h.project("P", &[]).await.id;
    let mut tasks = Vec::new();
    for n in 0..13_u32 {
        let mut task = h.new_task(project, "t");
        task.details.priority = Priority::ALL[n as usize % 3];
        task.details.due_on = (n % 4 != 0).then(|| day(1 + n % 4));
        task.updated_at = h.now() + chrono::TimeDelta::seconds(i64::from(n % 5));
        h.commit(creation(&task)).await;
        tasks.push(h.read_task(task.id).await);
    }
    for sort in [TaskSort::Number, TaskSort::Due, TaskSort::Priority, TaskSort::Updated] {
        for order in [SortOrder::Ascending, SortOrder::Descending] {
            let mut expected = tasks.clone();
            expected.sort_by_key(|task| TaskKey::of(task, sort));
            if order == SortOrder::Descending {
                expected.reverse();
            }
            let mut paged: Vec<Task> = Vec::new();
            loop {
                let after = paged.last().map(|task| TaskKey::of(task, sort));
                let query = TaskQuery { sort, order, after, limit: 4, ..TaskQuery::default() };
                let page = h.store.projects().tasks(project, &query).await.expect("a read");
                assert!(page.len() <= 4);
                if page.is_empty() {
                    break;
                }
                paged.extend(page);
            }
            assert_eq!(paged, expected, "{sort:?} {order:?}");
        }
    }
}

/// Each filter leaves what it says, alone and with others.
pub async fn every_filter_of_tasks_leaves_what_it_says(h: Harness) {
    let (ann, bob) = (h.user("ann").await.id, h.user("bob").await.id);
    let project = h.project("P", &[]).await.id;
    let other = h.project("Q", &[]).await.id;
    h.tasks(other, 3).await;
    let parent = h.tasks(project, 1).await[0];
    let all = [TaskStatus::Todo, TaskStatus::InProgress, TaskStatus::Done];
    for n in 0..24_usize {
        let mut task = h.new_task(project, "t");
        task.status = all[n % 3];
        task.completed_at = (n % 3 == 2).then(|| h.now());
        task.parent = (n % 2 == 0).then_some(parent);
        task.details.assignees = [vec![ann], vec![ann, bob], vec![]][n % 3].clone();
        task.details.labels =
            if n % 4 == 0 { vec!["a".into(), "b".into()] } else { vec!["b".into()] };
        task.details.due_on = (n % 5 != 0).then(|| day(1 + n as u32));
        h.commit(creation(&task)).await;
    }
    let every = TaskQuery { limit: 1_000, ..TaskQuery::default() };
    let tasks = h.store.projects().tasks(project, &every).await.expect("a read");
    assert_eq!(tasks.len(), 25);
    let check = async |query: TaskQuery, keep: &(dyn Fn(&Task) -> bool + Sync)| {
        let found = h.store.projects().tasks(project, &query).await.expect("a read");
        let expected: Vec<Task> = tasks.iter().filter(|task| keep(task)).cloned().collect();
        assert!(!expected.is_empty() && expected.len() < tasks.len());
        assert_eq!(found, expected, "{query:?}");
    };
    let done = vec![TaskStatus::Done, TaskStatus::InProgress];
    check(TaskQuery { status: done, ..every.clone() }, &|task| task.status != TaskStatus::Todo)
        .await;
    let of = |user| TaskQuery { assignee: Some(user), ..every.clone() };
    check(of(bob), &|task| task.details.assignees.contains(&bob)).await;
    let label = Some("a".to_owned());
    check(TaskQuery { label, ..every.clone() }, &|task| task.details.labels.len() == 2).await;
    let under = |parent| TaskQuery { parent: Some(parent), ..every.clone() };
    check(under(ParentFilter::None), &|task| task.parent.is_none()).await;
    check(under(ParentFilter::Of(parent)), &|task| task.parent == Some(parent)).await;
    let soon = TaskQuery { due_before: Some(day(9)), ..every.clone() };
    check(soon.clone(), &|task| task.details.due_on.is_some_and(|due| due < day(9))).await;
    let both = TaskQuery { assignee: Some(ann), sort: TaskSort::Due, ..soon };
    check(both, &|task| {
        task.details.assignees.contains(&ann) && task.details.due_on.is_some_and(|due| due < day(9))
    })
    .await;
    let counts = h.store.projects().task_counts(project).await.expect("a read");
    let count = |status, tasks| StatusCount { status, tasks };
    assert_eq!(counts, [count(all[0], 9), count(all[1], 8), count(all[2], 8)]);
}
