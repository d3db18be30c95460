//! Lists of tasks: which are asked for, and how the model answers.

use erp_core::{
    ids::{ProjectId, UserId},
    projects::{ParentFilter, Shelf, SortOrder, Task, TaskKey, TaskQuery, TaskSort},
};

use super::answer::in_order;
use crate::{random::Random, walk::model::Model};

/// Some tasks of the project, by what one of them is.
pub(super) fn query(
    model: &Model,
    project: ProjectId,
    user: UserId,
    random: &mut Random,
) -> TaskQuery {
    use TaskSort::{Due, Number, Priority, Updated};
    let sort = *random.pick(&[Number, Due, Priority, Updated]);
    let of_it: Vec<&Task> = model.tasks.iter().filter(|task| task.project == project).collect();
    let any = (!of_it.is_empty()).then(|| *random.pick(&of_it));
    let milestone = any.and_then(|task| task.milestone);
    let phase = any.and_then(|task| task.phase);
    let parent = any.and_then(|task| task.parent).map_or(ParentFilter::None, ParentFilter::Of);
    TaskQuery {
        status: any.filter(|_| random.percent(30)).map(|task| task.status).into_iter().collect(),
        assignee: random.percent(20).then_some(user),
        label: random.percent(20).then(|| "ä".to_owned()),
        parent: random.percent(30).then_some(parent),
        milestone: milestone.filter(|_| random.percent(30)),
        watcher: random.percent(15).then_some(user),
        phase: phase.filter(|_| random.percent(30)),
        due_before: any.filter(|_| random.percent(20)).and_then(|task| task.details.due_on),
        shelf: if random.percent(20) { Shelf::Deleted } else { Shelf::Live },
        sort,
        order: *random.pick(&[SortOrder::Ascending, SortOrder::Descending]),
        after: any.filter(|_| random.percent(40)).map(|task| TaskKey::of(task, sort)),
        limit: 1 + random.below(8),
    }
}

impl Model {
    pub(super) fn list_tasks(&self, project: ProjectId, query: &TaskQuery) -> Vec<&Task> {
        let descending = query.order == SortOrder::Descending;
        let tasks = self.tasks.iter().filter(|task| {
            let key = TaskKey::of(task, query.sort);
            let parent = match query.parent {
                None => true,
                Some(ParentFilter::None) => task.parent.is_none(),
                Some(ParentFilter::Of(parent)) => task.parent == Some(parent),
            };
            let watches = |user| {
                let mut watchers = self.watchers.iter().map(|(_, one)| (one.task, one.user));
                watchers.any(|one| one == (task.id, user))
            };
            task.project == project
                && parent
                && query.milestone.is_none_or(|id| task.milestone == Some(id))
                && query.phase.is_none_or(|id| task.phase == Some(id))
                && query.watcher.is_none_or(watches)
                && task.deleted_at.is_some() == (query.shelf == Shelf::Deleted)
                && (query.status.is_empty() || query.status.contains(&task.status))
                && query.assignee.is_none_or(|user| task.details.assignees.contains(&user))
                && query.label.as_ref().is_none_or(|label| task.details.labels.contains(label))
                && query
                    .due_before
                    .is_none_or(|day| task.details.due_on.is_some_and(|due| due < day))
                && query
                    .after
                    .is_none_or(|after| if descending { key < after } else { key > after })
        });
        let mut tasks = in_order(tasks, |task| TaskKey::of(task, query.sort));
        if descending {
            tasks.reverse();
        }
        tasks.truncate(query.limit);
        tasks
    }
}
