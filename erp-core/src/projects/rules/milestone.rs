//! Decisions about milestones: how much of one is done, and whether it is reached in time.

use std::collections::BTreeMap;

use super::{
    super::model::{Health, Milestone, Progress, TaskNode, TaskStatus},
    progress::percent,
    schedule::ProjectSchedule,
    task::overdue,
};
use crate::{
    ids::{MilestoneId, TaskId},
    time::{Timestamp, tz::Zone},
};

/// How much of the live ones of these tasks is done (PROJ-8, PROJ-13): by count, those that are done of
/// those that were not given up; by estimate, the same of their estimates. None where there is nothing
/// to divide by.
pub fn progress<'a>(tasks: impl IntoIterator<Item = &'a TaskNode>) -> Progress {
    let mut sum = Progress::default();
    let counts =
        |node: &&TaskNode| node.deleted_with.is_none() && node.status != TaskStatus::Cancelled;
    for node in tasks.into_iter().filter(counts) {
        let (takes, done) = (node.estimate_min.unwrap_or(0), node.status == TaskStatus::Done);
        sum.tasks += 1;
        sum.estimate_min = sum.estimate_min.saturating_add(takes);
        if done {
            sum.done += 1;
            sum.done_min = sum.done_min.saturating_add(takes);
        }
    }
    sum.percent_by_count = percent(sum.done, sum.tasks);
    sum.percent_by_estimate = percent(sum.done_min, sum.estimate_min);
    sum
}

/// The tasks of a project by the milestone that they belong to.
pub fn by_milestone(nodes: &[TaskNode]) -> BTreeMap<MilestoneId, Vec<&TaskNode>> {
    let mut tasks: BTreeMap<MilestoneId, Vec<&TaskNode>> = BTreeMap::new();
    for node in nodes {
        if let Some(milestone) = node.milestone {
            tasks.entry(milestone).or_default().push(node);
        }
    }
    tasks
}

/// When each open task is finished at its earliest.
pub fn finishes(schedule: &ProjectSchedule) -> BTreeMap<TaskId, Timestamp> {
    schedule.tasks.iter().map(|task| (task.planned.task, task.early_finish_at)).collect()
}

/// Whether a milestone is reached in time, by its last day, the clock and the schedule from now on:
///
/// 1. none without a last day, or without a task to count;
/// 2. [`Health::Complete`] when all tasks to count are done;
/// 3. [`Health::Late`] when its last day is over in the project's zone;
/// 4. [`Health::AtRisk`] when a task of it is overdue, or the schedule finishes one after the end of
///    its last day;
/// 5. else [`Health::OnTrack`].
pub fn milestone_health(
    milestone: &Milestone,
    tasks: &[&TaskNode],
    (zone, now): (&Zone, Timestamp),
    finishes: &BTreeMap<TaskId, Timestamp>,
) -> Option<Health> {
    let due = milestone.due_on?.get();
    let progress = progress(tasks.iter().copied());
    if progress.tasks == 0 {
        return None;
    }
    if progress.done == progress.tasks {
        return Some(Health::Complete);
    }
    if overdue(TaskStatus::Todo, Some(due), zone, now) {
        return Some(Health::Late);
    }
    let end = zone.day(due).map(|(_, end)| end).ok();
    let after = |node: &TaskNode| matches!((finishes.get(&node.id), end), (Some(at), Some(end)) if *at > end);
    let mut open = tasks.iter().filter(|node| node.is_open());
    let risk = open.any(|node| overdue(node.status, node.due_on, zone, now) || after(node));
    Some(if risk { Health::AtRisk } else { Health::OnTrack })
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;
    use uuid::Uuid;

    use super::*;
    use crate::{
        ids::ProjectId,
        record::{Day, Name},
    };

    fn node(number: u128, status: TaskStatus, estimate_min: Option<i64>) -> TaskNode {
        TaskNode {
            id: TaskId::from_uuid(Uuid::from_u128(number)),
            parent: None,
            deleted_with: None,
            status,
            estimate_min,
            start_on: None,
            due_on: None,
            milestone: None,
        }
    }

    fn percents(tasks: &[TaskNode]) -> (Option<Decimal>, Option<Decimal>) {
        let progress = progress(tasks);
        (progress.percent_by_count, progress.percent_by_estimate)
    }

    #[test]
    fn proj_8_and_proj_9_percent_is_by_count_or_by_estimate() {
        use TaskStatus::{Cancelled, Done, Todo};
        let some = |one: &str, other: &str| -> (Option<Decimal>, Option<Decimal>) {
            (one.parse().ok(), other.parse().ok())
        };
        let vector = [
            node(1, Done, Some(10)),
            node(2, Done, Some(20)),
            node(3, Cancelled, Some(500)),
            node(4, Todo, Some(90)),
        ];
        assert_eq!(percents(&vector), some("66.67", "25.00"));
        let zero = [node(1, Done, None), node(2, Todo, Some(0))];
        assert_eq!(percents(&zero), (Some(50.into()), None), "zero weight is none");
        assert_eq!(percents(&[node(1, Cancelled, Some(5))]), (None, None));
        let mut deleted = node(1, Todo, Some(5));
        deleted.deleted_with = Some(deleted.id);
        assert_eq!(percents(&[deleted, node(2, Done, Some(5))]), some("100.00", "100.00"));
    }

    #[test]
    fn proj_13_health_follows_clock_zone_and_schedule() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let due = Milestone {
            project: ProjectId::from_uuid(Uuid::nil()),
            name: Name::new("Roof").unwrap(),
            description: None,
            due_on: Day::new("2024-03-08".parse().unwrap()).ok(),
        };
        let open = node(1, TaskStatus::Todo, None);
        let finishing = |text: &str| BTreeMap::from([(open.id, at(text))]);
        let health = |milestone: &Milestone, node: &TaskNode, now: &str, finish: &str| {
            milestone_health(milestone, &[node], (&berlin, at(now)), &finishing(finish))
        };
        let (early, now) = ("2024-03-08T12:00:00Z", "2024-03-08T22:59:59Z");
        assert_eq!(health(&due, &open, now, early), Some(Health::OnTrack));
        assert_eq!(health(&due, &open, "2024-03-08T23:00:00Z", early), Some(Health::Late));
        assert_eq!(health(&due, &open, now, "2024-03-08T23:00:00Z"), Some(Health::OnTrack));
        assert_eq!(health(&due, &open, now, "2024-03-08T23:00:01Z"), Some(Health::AtRisk));
        let overdue = TaskNode { due_on: "2024-03-07".parse().ok(), ..open };
        assert_eq!(health(&due, &overdue, now, early), Some(Health::AtRisk));
        let done = node(1, TaskStatus::Done, None);
        assert_eq!(health(&due, &done, "2025-01-01T00:00:00Z", early), Some(Health::Complete));
        let given_up = node(1, TaskStatus::Cancelled, None);
        assert_eq!(health(&due, &given_up, now, early), None);
        let whenever = Milestone { due_on: None, ..due };
        assert_eq!(health(&whenever, &open, now, early), None);
    }
}
