//! What a store promises of boards and of the tasks that nothing holds up.

use std::collections::BTreeMap;

use erp_core::{
    change::Version,
    ids::{ProjectId, TaskId, UserId},
    projects::{
        Column, Dependency, DependencyKind, Priority, Project, ProjectChange, ReadyKey, ReadyQuery,
        ReadyScope, Task, TaskQuery, TaskStatus, rules,
    },
};

use crate::{Harness, random::Random};

fn creation(task: Task) -> ProjectChange {
    ProjectChange::CreateTask(Box::new(task))
}

async fn live_tasks(h: &Harness, project: ProjectId) -> Vec<Task> {
    let query = TaskQuery { limit: 1_000, ..TaskQuery::default() };
    h.store.projects().tasks(project, &query).await.expect("a read")
}

/// `ProjectReads::board`: every column that has any live task, the first of them by number, and how
/// many there are whatever is shown.
pub async fn a_board_has_the_first_of_every_column_and_counts_all(h: Harness) {
    let project = h.project("P", &[]).await.id;
    let other = h.project("Q", &[]).await.id;
    h.tasks(other, 3).await;
    let mut random = Random::new(7);
    for n in 0..60 {
        let status = TaskStatus::ALL[random.below(5)];
        let completed_at = (status == TaskStatus::Done).then(|| h.now());
        let task = h.new_task(project, &format!("{n}"));
        h.commit(creation(Task { status, completed_at, ..task })).await;
    }
    let gone = live_tasks(&h, project).await[3].id;
    let (expected, at) = (Version::FIRST, h.now());
    let tasks = vec![gone];
    h.commit(ProjectChange::DeleteTasks { project, id: gone, expected, tasks, at }).await;
    let mut columns: BTreeMap<TaskStatus, Vec<Task>> = BTreeMap::new();
    for task in live_tasks(&h, project).await {
        columns.entry(task.status).or_default().push(task);
    }
    assert_eq!(columns.len(), 5, "one column is empty");
    for rows in [1, 4, 1_000] {
        let column = |(status, tasks): (&TaskStatus, &Vec<Task>)| Column {
            status: *status,
            count: tasks.len() as i64,
            tasks: tasks.iter().take(rows).cloned().collect(),
        };
        let expected: Vec<Column> = columns.iter().map(column).collect();
        assert_eq!(h.store.projects().board(project, None, rows).await, Ok(expected), "{rows}");
    }
    let nowhere = ProjectId::generate(&*h.ids);
    assert_eq!(h.store.projects().board(nowhere, None, 5).await, Ok(vec![]));
}

/// A project of random tasks: parts, dependencies of all kinds, some of them deleted.
async fn random_project(h: &Harness, code: &str, ann: UserId, random: &mut Random) -> Project {
    let project = h.project(code, &[ann]).await;
    let mut tasks: Vec<TaskId> = Vec::new();
    for n in 0..40 {
        let mut task = h.new_task(project.id, &format!("{n}"));
        task.status = *random.pick(TaskStatus::ALL);
        task.completed_at = (task.status == TaskStatus::Done).then(|| h.now());
        task.details.priority = *random.pick(Priority::ALL);
        task.details.assignees = random.percent(40).then_some(ann).into_iter().collect();
        task.parent = (n > 0 && random.percent(50)).then(|| *random.pick(&tasks));
        tasks.push(task.id);
        h.commit(creation(task)).await;
    }
    for _ in 0..30 {
        let (one, two) = (random.below(tasks.len()), random.below(tasks.len()));
        let kind = *random.pick(DependencyKind::ALL);
        let kind = if random.percent(60) { DependencyKind::FinishStart } else { kind };
        let dependency = Dependency {
            predecessor: tasks[one.max(two)],
            successor: tasks[one.min(two)],
            kind,
            lag_min: 0,
        };
        h.try_commit(ProjectChange::Link { project: project.id, dependency }).await.ok();
    }
    for _ in 0..5 {
        // One alone: its parts stay, as no service would leave them.
        let id = *random.pick(&tasks);
        let (expected, at) = (h.read_task(id).await.version, h.now());
        let (project, tasks) = (project.id, vec![id]);
        h.commit(ProjectChange::DeleteTasks { project, id, expected, tasks, at }).await;
    }
    project
}

/// What is ready by the rule, in the order of the list.
async fn ready(h: &Harness, projects: &[ProjectId], query: &ReadyQuery) -> Vec<Task> {
    let mut found = Vec::new();
    for project in projects {
        let graph = h.task_graph(*project).await;
        let held_up = rules::held_up(&graph, |status| query.freed.contains(&status));
        let open = live_tasks(h, *project).await.into_iter().filter(|task| {
            !task.status.is_closed()
                && !held_up.contains(&task.id)
                && query.assignee.is_none_or(|user| task.details.assignees.contains(&user))
        });
        found.extend(open);
    }
    found.sort_by_key(ReadyKey::of);
    found
}

/// `ProjectReads::ready_tasks` is what the rule says of random projects, in every scope, in pages.
pub async fn ready_tasks_are_what_nothing_holds_up(h: Harness) {
    let (ann, bob) = (h.user("ann").await.id, h.user("bob").await.id);
    let mut random = Random::new(11);
    let mut projects = Vec::new();
    for n in 0..4 {
        projects.push(random_project(&h, &format!("P{n}"), ann, &mut random).await);
    }
    let (id, expected, deleted_at) = (projects[3].id, Version::FIRST, Some(h.now()));
    h.commit(ProjectChange::SetProjectDeleted { id, expected, deleted_at }).await;
    h.commit(ProjectChange::RemoveMember { project: projects[2].id, user: ann }).await;
    let both = [projects[0].id, projects[1].id];
    let closed = [TaskStatus::Done, TaskStatus::Cancelled];
    let scopes: [(ReadyScope, &[ProjectId]); 5] = [
        (ReadyScope::Project(both[0]), &both[..1]),
        (ReadyScope::Project(both[1]), &both[1..]),
        (ReadyScope::MemberOf(ann), &both),
        (ReadyScope::MemberOf(bob), &[]),
        (ReadyScope::Project(projects[3].id), &[]),
    ];
    let mut sizes = Vec::new();
    for (scope, of) in scopes {
        for freed in [&closed[..], &closed[..1]] {
            for assignee in [None, Some(ann)] {
                let freed = freed.to_vec();
                let mut query = ReadyQuery { scope, assignee, freed, after: None, limit: 3 };
                let expected = ready(&h, of, &query).await;
                let mut paged: Vec<Task> = Vec::new();
                loop {
                    let page = h.store.projects().ready_tasks(&query).await.expect("a read");
                    assert!(page.len() <= 3);
                    let Some(last) = page.last() else { break };
                    query.after = Some(ReadyKey::of(last));
                    paged.extend(page);
                }
                assert_eq!(paged, expected, "{query:?}");
                sizes.push(expected.len());
            }
        }
    }
    assert!(sizes[0] > 3 && sizes[0] > sizes[1] && sizes[0] >= sizes[2], "{sizes:?}");
}
