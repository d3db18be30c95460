//! What a store promises of time entries.

use chrono::TimeDelta;
use erp_core::{
    Conflict,
    change::{Guard, Scope, Version},
    ids::{TaskId, UserId},
    port::StoreError,
    projects::{ProjectChange, Task, TaskTime, TimeEntry, Timesheet},
    time::Timestamp,
};

use super::support::{commit_at_once, conflict, exists, missing, stale, winners};
use crate::Harness;

fn new(entry: &TimeEntry) -> ProjectChange {
    ProjectChange::PutTime { entry: Box::new(entry.clone()), expected: None }
}

fn changed(entry: &TimeEntry, expected: i64) -> ProjectChange {
    ProjectChange::PutTime { entry: Box::new(entry.clone()), expected: Some(Version(expected)) }
}

fn minute(minute: i64) -> Timestamp {
    Harness::start() + TimeDelta::minutes(minute)
}

async fn task(h: &Harness) -> Task {
    let project = h.project("P", &[]).await.id;
    let task = h.tasks(project, 1).await[0];
    h.read_task(task).await
}

async fn read(h: &Harness, entry: &TimeEntry) -> Option<TimeEntry> {
    h.store.projects().time_entry(entry.id).await.expect("a read")
}

async fn running(h: &Harness, user: UserId) -> Option<TimeEntry> {
    h.store.projects().running_timer(user).await.expect("a read")
}

/// Every field comes back as it was given, and all of it is replaced by what comes after.
pub async fn a_time_entry_is_kept_as_it_was_given(h: Harness) {
    let (ann, on) = (h.user("ann").await.id, task(&h).await);
    let given = TimeEntry { version: Version(9), ..h.new_time(&on, ann) };
    h.commit(new(&given)).await;
    let kept = TimeEntry { version: Version(1), ..given.clone() };
    assert_eq!(read(&h, &given).await, Some(kept.clone()));
    assert_eq!(running(&h, ann).await, Some(kept));
    let stopped = TimeEntry {
        started_at: minute(-9),
        ended_at: Some(minute(5)),
        note: Some("the roof\nof it".to_owned()),
        ..given.clone()
    };
    h.commit(changed(&stopped, 1)).await;
    let kept = TimeEntry { version: Version(2), ..stopped.clone() };
    assert_eq!(read(&h, &given).await, Some(kept));
    assert_eq!(running(&h, ann).await, None);
    let deleted = TimeEntry { deleted_at: Some(h.now()), ..stopped };
    h.commit(changed(&deleted, 2)).await;
    assert_eq!(read(&h, &given).await, Some(TimeEntry { version: Version(3), ..deleted }));
    assert_eq!(read(&h, &h.new_time(&on, ann)).await, None);
}

/// PROJ-10: a second timer of one user is refused, at once too; a stopped or deleted one frees.
pub async fn proj_10_one_timer_of_a_user_runs(h: Harness) {
    let (ann, bob, on) = (h.user("ann").await.id, h.user("bob").await.id, task(&h).await);
    let sets: Vec<_> = (0..8).map(|_| h.changes([new(&h.new_time(&on, ann))])).collect();
    let runs = StoreError::Conflict(Conflict::TimerRunning);
    assert_eq!(winners(&commit_at_once(&h.store, sets).await, |error| *error == runs), 1);
    h.commit(new(&h.new_time(&on, bob))).await;
    let first = running(&h, ann).await.expect("one runs");
    let second = h.new_time(&on, ann);
    assert_eq!(h.try_commit(new(&second)).await, conflict(Conflict::TimerRunning));
    let ended = TimeEntry { ended_at: Some(minute(0)), ..second.clone() };
    h.commit(new(&ended)).await;
    let again = h.try_commit(changed(&second, 1)).await;
    assert_eq!(again, conflict(Conflict::TimerRunning));
    h.commit(changed(&TimeEntry { deleted_at: Some(h.now()), ..first.clone() }, 1)).await;
    assert_eq!(running(&h, ann).await, None);
    h.commit(changed(&second, 1)).await;
    assert_eq!(running(&h, ann).await.map(|entry| entry.id), Some(second.id));
    assert_eq!(h.try_commit(changed(&first, 2)).await, conflict(Conflict::TimerRunning));
    h.commit(changed(&second, 2)).await;
}

/// X-5, and errors in their order: the id, the version, the timer, project, task, user.
pub async fn x_5_a_time_entry_is_changed_under_its_version_and_what_is_missing_is_told(h: Harness) {
    let (ann, on) = (h.user("ann").await.id, task(&h).await);
    let entry = h.new_time(&on, ann);
    h.commit(new(&entry)).await;
    let nobody = UserId::generate(&*h.ids);
    let nothing = TaskId::generate(&*h.ids);
    let nowhere = erp_core::ids::ProjectId::generate(&*h.ids);
    let bad = TimeEntry { project: nowhere, task: nothing, user: nobody, ..entry.clone() };
    assert_eq!(h.try_commit(new(&bad)).await, exists("time_entry"));
    for wrong in [0, 2] {
        let refused = h.try_commit(changed(&bad, wrong)).await;
        assert_eq!(refused, stale("time_entry", Version(1)));
    }
    let fresh = TimeEntry { id: h.new_time(&on, ann).id, ..bad };
    assert_eq!(h.try_commit(changed(&fresh, 1)).await, missing("time_entry"));
    let at_ann = TimeEntry { user: ann, ..fresh.clone() };
    assert_eq!(h.try_commit(new(&at_ann)).await, conflict(Conflict::TimerRunning));
    assert_eq!(h.try_commit(new(&fresh)).await, missing("project"));
    let project = on.project;
    assert_eq!(h.try_commit(new(&TimeEntry { project, ..fresh.clone() })).await, missing("task"));
    let other = h.project("Q", &[]).await.id;
    let foreign = TimeEntry { project: other, task: on.id, ..fresh.clone() };
    assert_eq!(h.try_commit(new(&foreign)).await, missing("task"), "of another project");
    let of_nobody = TimeEntry { project, task: on.id, ..fresh };
    assert_eq!(h.try_commit(new(&of_nobody)).await, missing("user"));
    assert_eq!(read(&h, &entry).await, Some(entry));
}

/// `ProjectChange::touches` and `Scope::timesheet`: raised by one for the whole set, each user's
/// own; another version is refused; of those under one version one happens.
pub async fn what_touches_a_timesheet_raises_its_version_by_one(h: Harness) {
    let (ann, bob, on) = (h.user("ann").await.id, h.user("bob").await.id, task(&h).await);
    let version = async |user| {
        h.store.projects().timesheet(user, h.now(), None).await.expect("a read").version
    };
    assert_eq!(version(ann).await, Version(1));
    let ended = |user| TimeEntry { ended_at: Some(h.now()), ..h.new_time(&on, user) };
    h.commit(new(&ended(ann))).await;
    let set = h.changes([new(&ended(ann)), new(&ended(ann)), new(&ended(bob))]);
    h.store.commit(set).await.expect("it is valid");
    assert_eq!((version(ann).await, version(bob).await), (Version(3), Version(2)));
    let guarded = |version| {
        let mut set = h.changes([new(&ended(ann))]);
        set.guard(Guard::Held(Scope::timesheet(ann), Version(version)));
        set
    };
    for wrong in [2, 4] {
        let refused = h.store.commit(guarded(wrong)).await;
        assert_eq!(refused, Err(StoreError::Stale { entity: "timesheet", current: None }));
    }
    let sets: Vec<_> = (0..8).map(|_| guarded(3)).collect();
    assert_eq!(winners(&commit_at_once(&h.store, sets).await, StoreError::is_guard), 1);
    assert_eq!(version(ann).await, Version(4));
    assert_eq!(version(UserId::generate(&*h.ids)).await, Version(1), "of nobody the first");
}

/// `ProjectReads::timesheet`: what begins before the end and ends after the beginning, by start.
pub async fn a_timesheet_has_what_shares_an_instant(h: Harness) {
    let (ann, bob, on) = (h.user("ann").await.id, h.user("bob").await.id, task(&h).await);
    let entry = |user, from: i64, until: Option<i64>| TimeEntry {
        started_at: minute(from),
        ended_at: until.map(minute),
        ..h.new_time(&on, user)
    };
    let all = [
        entry(ann, 30, None),
        entry(ann, 10, Some(20)),
        entry(ann, 20, Some(30)),
        entry(ann, 0, Some(10)),
        TimeEntry { deleted_at: Some(minute(0)), ..entry(ann, 12, Some(13)) },
        entry(bob, 0, Some(60)),
    ];
    for entry in &all {
        h.commit(new(entry)).await;
    }
    let found = async |from: i64, until: Option<i64>| {
        let until = until.map(minute);
        let sheet = h.store.projects().timesheet(ann, minute(from), until).await;
        let Timesheet { version, entries } = sheet.expect("a read");
        assert_eq!(version, Version(6));
        entries.iter().map(|entry| (entry.started_at - minute(0)).num_minutes()).collect::<Vec<_>>()
    };
    assert_eq!(found(0, None).await, [0, 10, 20, 30]);
    assert_eq!(found(10, Some(20)).await, [10]);
    assert_eq!(found(9, Some(21)).await, [0, 10, 20]);
    assert_eq!(found(100, Some(200)).await, [30]);
    assert_eq!(found(-5, Some(0)).await, [0; 0]);
}

/// PROJ-12: the newest first, in pages with ties; the sum is of what has ended and is not deleted.
pub async fn proj_12_entries_are_listed_and_summed(h: Harness) {
    let (ann, on) = (h.user("ann").await.id, task(&h).await);
    let other = h.read_task(h.tasks(on.project, 1).await[0]).await;
    let mut expected = Vec::new();
    for n in 0..9_i64 {
        let entry = TimeEntry {
            started_at: minute(n / 2),
            ended_at: Some(minute(10) + TimeDelta::microseconds(n)),
            ..h.new_time(&on, ann)
        };
        h.commit(new(&entry)).await;
        expected.push(entry);
    }
    let gone = expected.remove(4);
    h.commit(changed(&TimeEntry { deleted_at: Some(h.now()), ..gone }, 1)).await;
    h.commit(new(&TimeEntry { ended_at: Some(minute(1)), ..h.new_time(&other, ann) })).await;
    let ended = expected.clone();
    let runs = TimeEntry { started_at: minute(50), ..h.new_time(&on, ann) };
    h.commit(new(&runs)).await;
    expected.push(runs);
    expected.sort_by_key(|entry| std::cmp::Reverse((entry.started_at, entry.id)));
    let mut paged: Vec<TimeEntry> = Vec::new();
    loop {
        let after = paged.last().map(|entry| (entry.started_at, entry.id));
        let page = h.store.projects().time_entries(on.id, after, 2).await.expect("a read");
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    assert_eq!(paged, expected);
    let spent = ended.iter().filter_map(TimeEntry::duration).sum::<TimeDelta>();
    let spent_us = spent.num_microseconds().expect("it fits");
    let sum = h.store.projects().task_time(on.id).await;
    assert_eq!(sum, Ok(TaskTime { entries: 8, spent_us }));
    // Of the project: with what was spent on other live tasks.
    let whole = TaskTime { entries: 9, spent_us: spent_us + 60_000_000 };
    assert_eq!(h.store.projects().project_time(on.project).await, Ok(whole));
    let nowhere = erp_core::ids::ProjectId::generate(&*h.ids);
    assert_eq!(h.store.projects().project_time(nowhere).await, Ok(TaskTime::default()));
    let nothing = h.store.projects().task_time(TaskId::generate(&*h.ids)).await;
    assert_eq!(nothing, Ok(TaskTime::default()));
}
