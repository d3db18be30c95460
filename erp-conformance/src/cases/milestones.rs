//! What a store promises of tasks and their milestones.

use erp_core::{
    change::Version,
    ids::{MilestoneId, TaskId},
    projects::{ProjectChange, Task, TaskQuery},
};

use super::support::{missing, stale};
use crate::{Harness, harness::put};

/// X-5, and errors in their order: the version, the milestone, which must be one of the project.
pub async fn x_5_a_task_is_put_to_a_milestone_of_its_project(h: Harness) {
    let (project, other) = (h.project("P", &[]).await.id, h.project("Q", &[]).await.id);
    let given = h.new_milestone(project, "one");
    h.commit(put(&given, None)).await;
    let foreign = h.new_milestone(other, "other");
    h.commit(put(&foreign, None)).await;
    let task = h.tasks(project, 1).await[0];
    let at = h.pass(60);
    let set = |id: TaskId, expected: i64, milestone: Option<MilestoneId>| {
        let expected = Version(expected);
        ProjectChange::SetTaskMilestone { project, id, expected, milestone, at }
    };
    assert_eq!(h.try_commit(set(task, 2, Some(foreign.id))).await, stale("task", Version(1)));
    for unknown in [foreign.id, MilestoneId::generate(&*h.ids)] {
        assert_eq!(h.try_commit(set(task, 1, Some(unknown))).await, missing("milestone"));
        let new = Task { milestone: Some(unknown), ..h.new_task(project, "new") };
        let new = ProjectChange::CreateTask(Box::new(new));
        assert_eq!(h.try_commit(new).await, missing("milestone"));
    }
    let no_task = TaskId::generate(&*h.ids);
    assert_eq!(h.try_commit(set(no_task, 1, None)).await, missing("task"));
    let before = h.read_task(task).await;
    h.commit(set(task, 1, Some(given.id))).await;
    let kept = h.read_task(task).await;
    assert_eq!((kept.milestone, kept.version, kept.updated_at), (Some(given.id), Version(2), at));
    let graph = h.task_graph(project).await;
    assert_eq!((graph.nodes[0].milestone, graph.version), (Some(given.id), Version(1)));
    h.commit(set(task, 2, None)).await;
    let last = h.read_task(task).await;
    assert_eq!(last, erp_core::projects::Task { version: Version(3), updated_at: at, ..before });
}

/// The tasks of a milestone are listed.
pub async fn tasks_of_a_milestone_are_listed(h: Harness) {
    let project = h.project("P", &[]).await.id;
    let one = h.new_milestone(project, "m");
    h.commit(put(&one, None)).await;
    let tasks = h.tasks(project, 3).await;
    let milestone = Some(one.id);
    let (expected, at) = (Version(1), h.now());
    for id in [tasks[0], tasks[2]] {
        h.commit(ProjectChange::SetTaskMilestone { project, id, expected, milestone, at }).await;
    }
    let query = TaskQuery { milestone, limit: 9, ..TaskQuery::default() };
    let found = h.store.projects().tasks(project, &query).await.expect("a read");
    assert_eq!(found.iter().map(|task| task.id).collect::<Vec<_>>(), [tasks[0], tasks[2]]);
}
