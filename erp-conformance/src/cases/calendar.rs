//! What a store promises of calendars and of the days of tasks.

use chrono::NaiveDate;
use erp_core::{
    change::Version,
    ids::{ProjectId, TaskId},
    port::StoreError,
    projects::{
        ProjectCalendar, ProjectChange, TaskDates, TimeOfDay, Weekday, WorkingCalendar,
        WorkingHours,
    },
};

use super::support::{commit_at_once, missing, stale, winners};
use crate::Harness;

fn put(calendar: &ProjectCalendar, expected: i64) -> ProjectChange {
    ProjectChange::PutCalendar { calendar: Box::new(calendar.clone()), expected: Version(expected) }
}

fn day(day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(2024, 3, day)
}

async fn read(h: &Harness, project: ProjectId) -> ProjectCalendar {
    h.store.projects().calendar(project).await.expect("a read")
}

/// Hours of every day, with minutes, and holidays.
fn calendar(h: &Harness, project: ProjectId) -> ProjectCalendar {
    let hours = Weekday::ALL.iter().map(|day| WorkingHours {
        day: *day,
        from: TimeOfDay::of_minute(455).expect("07:35"),
        until: TimeOfDay::END,
    });
    let holidays = [day(4), day(31)].into_iter().flatten().collect();
    let calendar = WorkingCalendar { hours: hours.collect(), holidays };
    ProjectCalendar { project, calendar, version: Version(9), updated_at: Some(h.now()) }
}

/// Every field comes back as it was given; until then it is that of every project.
pub async fn a_calendar_is_kept_as_it_was_given(h: Harness) {
    let (one, other) = (h.project("P", &[]).await.id, h.project("Q", &[]).await.id);
    assert_eq!(read(&h, one).await, ProjectCalendar::unset(one));
    let given = calendar(&h, one);
    h.commit(put(&given, 0)).await;
    assert_eq!(read(&h, one).await, ProjectCalendar { version: Version(1), ..given.clone() });
    let bare = WorkingCalendar { hours: given.calendar.hours[..1].to_vec(), holidays: Vec::new() };
    let second = ProjectCalendar { calendar: bare, updated_at: None, ..given };
    h.commit(put(&second, 1)).await;
    assert_eq!(read(&h, one).await, ProjectCalendar { version: Version(2), ..second });
    assert_eq!(read(&h, other).await, ProjectCalendar::unset(other));
    let unknown = ProjectId::generate(&*h.ids);
    assert_eq!(read(&h, unknown).await, ProjectCalendar::unset(unknown));
}

/// one that was never set has version 0; of those who set it at once one does.
pub async fn x_5_a_calendar_is_changed_under_its_version(h: Harness) {
    let project = h.project("P", &[]).await.id;
    let given = calendar(&h, project);
    assert_eq!(h.try_commit(put(&given, 1)).await, stale("project_calendar", Version(0)));
    let lost = |error: &StoreError| matches!(error, StoreError::Stale { current: Some(_), .. });
    for version in 0..3 {
        let sets: Vec<_> = (0..8).map(|_| h.changes([put(&given, version)])).collect();
        assert_eq!(winners(&commit_at_once(&h.store, sets).await, lost), 1);
    }
    assert_eq!(h.try_commit(put(&given, 0)).await, stale("project_calendar", Version(3)));
    let nowhere = ProjectCalendar { project: ProjectId::generate(&*h.ids), ..given };
    assert_eq!(h.try_commit(put(&nowhere, 0)).await, missing("project"));
}

/// `SetTaskDates`: days, time of change and versions alone change, of all tasks or of none; the graph
/// stays at its version.
pub async fn the_days_of_tasks_are_set_at_once_or_not_at_all(h: Harness) {
    let (project, other) = (h.project("P", &[]).await.id, h.project("Q", &[]).await.id);
    let ids = h.tasks(project, 3).await;
    let foreign = h.tasks(other, 1).await[0];
    let before = [h.read_task(ids[0]).await, h.read_task(ids[1]).await, h.read_task(ids[2]).await];
    h.pass(60);
    let at = h.now();
    let dates = |id: TaskId, expected, start_on, due_on| TaskDates {
        id,
        expected: Version(expected),
        start_on,
        due_on,
    };
    let set = |tasks: Vec<TaskDates>| ProjectChange::SetTaskDates { project, tasks, at };
    let good = dates(ids[0], 1, day(1), day(2));
    let wrong = h.try_commit(set(vec![good, dates(ids[1], 2, day(1), None)])).await;
    assert_eq!(wrong, stale("task", Version(1)));
    for unknown in [foreign, TaskId::generate(&*h.ids)] {
        let refused = h.try_commit(set(vec![good, dates(unknown, 1, None, None)])).await;
        assert_eq!(refused, missing("task"));
    }
    let nowhere = ProjectChange::SetTaskDates {
        project: ProjectId::generate(&*h.ids),
        tasks: vec![good],
        at,
    };
    assert_eq!(h.try_commit(nowhere).await, missing("project"));
    assert_eq!(h.read_task(ids[0]).await, before[0]);
    h.commit(set(vec![good, dates(ids[1], 1, None, day(9))])).await;
    h.commit(set(vec![dates(ids[1], 2, day(8), None)])).await;
    for (task, version, start_on, due_on) in [
        (&before[0], 2, day(1), day(2)),
        (&before[1], 3, day(8), None),
        (&before[2], 1, None, None),
    ] {
        let mut expected = task.clone();
        (expected.details.start_on, expected.details.due_on) = (start_on, due_on);
        expected.version = Version(version);
        expected.updated_at = if version > 1 { at } else { task.updated_at };
        assert_eq!(h.read_task(task.id).await, expected);
    }
    assert_eq!(h.task_graph(project).await.version, Version(1));
}
