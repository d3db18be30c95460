//! What a store promises of milestones.

use chrono::NaiveDate;
use erp_core::{
    change::Version,
    ids::{MilestoneId, ProjectId, TaskId},
    projects::{Milestone, MilestoneDetails, ProjectChange, Task, TaskKey, TaskQuery},
};

use super::support::{exists, missing, stale};
use crate::Harness;

fn new(milestone: &Milestone) -> ProjectChange {
    ProjectChange::PutMilestone { milestone: Box::new(milestone.clone()), expected: None }
}

fn changed(milestone: &Milestone, expected: i64) -> ProjectChange {
    let expected = Some(Version(expected));
    ProjectChange::PutMilestone { milestone: Box::new(milestone.clone()), expected }
}

fn day(day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(2024, 3, day)
}

async fn read(h: &Harness, id: MilestoneId) -> Option<Milestone> {
    h.store.projects().milestone(id).await.expect("a read")
}

/// Every field comes back as it was given, and all of it is replaced by what comes after.
pub async fn a_milestone_is_kept_as_it_was_given(h: Harness) {
    let project = h.project("P", &[]).await.id;
    let given = Milestone { version: Version(9), ..h.new_milestone(project, "one") };
    h.commit(new(&given)).await;
    assert_eq!(read(&h, given.id).await, Some(Milestone { version: Version(1), ..given.clone() }));
    let at = h.pass(60);
    let details = MilestoneDetails {
        name: "two".to_owned(),
        description: Some("of\nit".to_owned()),
        due_on: day(9),
    };
    let second = Milestone { details, updated_at: at, deleted_at: Some(at), ..given };
    h.commit(changed(&second, 1)).await;
    assert_eq!(read(&h, second.id).await, Some(Milestone { version: Version(2), ..second }));
    assert_eq!(read(&h, MilestoneId::generate(&*h.ids)).await, None);
}

/// X-5, and errors in their order: the id, the version, the project.
pub async fn x_5_a_milestone_is_changed_under_its_version_and_what_is_missing_is_told(h: Harness) {
    let (project, other) = (h.project("P", &[]).await.id, h.project("Q", &[]).await.id);
    let given = h.new_milestone(project, "one");
    h.commit(new(&given)).await;
    let nowhere = Milestone { project: ProjectId::generate(&*h.ids), ..given.clone() };
    assert_eq!(h.try_commit(new(&nowhere)).await, exists("milestone"));
    assert_eq!(h.try_commit(changed(&nowhere, 2)).await, stale("milestone", Version(1)));
    let fresh = Milestone { id: MilestoneId::generate(&*h.ids), ..nowhere };
    assert_eq!(h.try_commit(changed(&fresh, 1)).await, missing("milestone"));
    assert_eq!(h.try_commit(new(&fresh)).await, missing("project"));

    let foreign = h.new_milestone(other, "other");
    h.commit(new(&foreign)).await;
    let task = h.tasks(project, 1).await[0];
    let at = h.pass(60);
    let put = |id: TaskId, expected: i64, milestone: Option<MilestoneId>| {
        let expected = Version(expected);
        ProjectChange::SetTaskMilestone { project, id, expected, milestone, at }
    };
    assert_eq!(h.try_commit(put(task, 2, Some(foreign.id))).await, stale("task", Version(1)));
    for unknown in [foreign.id, MilestoneId::generate(&*h.ids)] {
        assert_eq!(h.try_commit(put(task, 1, Some(unknown))).await, missing("milestone"));
        let new = Task { milestone: Some(unknown), ..h.new_task(project, "new") };
        let new = ProjectChange::CreateTask(Box::new(new));
        assert_eq!(h.try_commit(new).await, missing("milestone"));
    }
    let no_task = TaskId::generate(&*h.ids);
    assert_eq!(h.try_commit(put(no_task, 1, None)).await, missing("task"));
    let before = h.read_task(task).await;
    h.commit(put(task, 1, Some(given.id))).await;
    let kept = h.read_task(task).await;
    assert_eq!((kept.milestone, kept.version, kept.updated_at), (Some(given.id), Version(2), at));
    let graph = h.task_graph(project).await;
    assert_eq!((graph.nodes[0].milestone, graph.version), (Some(given.id), Version(1)));
    h.commit(put(task, 2, None)).await;
    let last = h.read_task(task).await;
    assert_eq!(last, erp_core::projects::Task { version: Version(3), updated_at: at, ..before });
}

/// By last day and id, those without a day last, deleted ones left out; in pages. The tasks of one.
pub async fn milestones_and_their_tasks_are_listed_in_pages_with_ties(h: Harness) {
    let (project, other) = (h.project("P", &[]).await.id, h.project("Q", &[]).await.id);
    let mut expected = Vec::new();
    for n in 0..11_u32 {
        let mut one = h.new_milestone(project, "m");
        one.details.due_on = day(n % 4 * 3);
        h.commit(new(&one)).await;
        expected.push(one);
    }
    let gone = expected.remove(5);
    h.commit(changed(&Milestone { deleted_at: Some(h.now()), ..gone }, 1)).await;
    h.commit(new(&h.new_milestone(other, "elsewhere"))).await;
    let key = |one: &Milestone| (one.details.due_on.unwrap_or(TaskKey::NO_DAY), one.id);
    expected.sort_by_key(key);
    assert!(expected.iter().any(|one| one.details.due_on.is_none()));
    for limit in [1, 3, 50] {
        let mut paged: Vec<Milestone> = Vec::new();
        loop {
            let after = paged.last().map(key);
            let page = h.store.projects().milestones(project, after, limit).await.expect("a read");
            assert!(page.len() <= limit);
            if page.is_empty() {
                break;
            }
            paged.extend(page);
        }
        assert_eq!(paged, expected);
    }
    let tasks = h.tasks(project, 3).await;
    let milestone = Some(expected[0].id);
    let (expected, at) = (Version(1), h.now());
    for id in [tasks[0], tasks[2]] {
        h.commit(ProjectChange::SetTaskMilestone { project, id, expected, milestone, at }).await;
    }
    let query = TaskQuery { milestone, limit: 9, ..TaskQuery::default() };
    let found = h.store.projects().tasks(project, &query).await.expect("a read");
    assert_eq!(found.iter().map(|task| task.id).collect::<Vec<_>>(), [tasks[0], tasks[2]]);
}
