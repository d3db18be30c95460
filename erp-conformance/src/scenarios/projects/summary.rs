//! A project at a glance.

use chrono::TimeDelta;
use erp_core::{
    Error,
    change::Version,
    money::{Currency, Money},
    page::PageRequest,
    projects::{
        NewTask, ProjectDetails, ProjectSummary, StatusCount, TaskDetails, TaskStatus, TaskTime,
        TimeSpent,
    },
};

use super::{person, project, task};
use crate::{Harness, random::Random};

/// PROJ-12 and PROJ-15: counts, percent, hours and what is overdue, as they are at this moment.
pub async fn proj_12_and_proj_15_a_summary_is_of_this_moment(h: Harness) {
    let (ada, eve) = (person(&h, "ada").await, person(&h, "eve").await);
    let p = project(&h, "P", &ada, &[]).await;
    let projects = h.engine.projects();
    let empty = projects.summary(&ada, p.id).await.unwrap();
    assert_eq!((empty.counts, empty.overdue, empty.time), (vec![], 0, TaskTime::default()));
    assert_eq!((empty.progress.percent_by_count, empty.budget), (None, None));
    let budget = Money::new(100.into(), Currency::new("EUR").unwrap()).ok();
    let zone = "Europe/Berlin".to_owned();
    let details = ProjectDetails { budget, zone, ..p.details.clone() };
    projects.update(&ada, p.id, Version(1), details).await.unwrap();
    let mut tasks = Vec::new();
    for minutes in [60, 180] {
        let details = TaskDetails {
            estimate_min: Some(minutes),
            due_on: "2024-03-04".parse().ok(),
            ..TaskDetails::titled("t")
        };
        let new = NewTask { details, ..NewTask::titled("") };
        tasks.push(projects.create_task(&ada, p.id, new).await.unwrap().id);
    }
    let other = task(&h, &ada, &p, "deleted").await.id;
    projects.set_task_status(&ada, tasks[0], Version(1), TaskStatus::Done).await.unwrap();
    let start = h.now();
    h.pass(3 * 3_600);
    for (n, on) in [(0, tasks[0]), (1, tasks[1]), (2, other)] {
        let started_at = start + TimeDelta::hours(n);
        let ended_at = Some(started_at + TimeDelta::minutes(20));
        let spent = TimeSpent { started_at, ended_at, note: None };
        projects.log_time(&ada, on, spent).await.unwrap();
    }
    projects.delete_task(&ada, other, Version(1)).await.unwrap();
    let summary = projects.summary(&ada, p.id).await.unwrap();
    let count = |status, tasks| StatusCount { status, tasks };
    assert_eq!(summary.counts, [count(TaskStatus::Todo, 1), count(TaskStatus::Done, 1)]);
    let ProjectSummary { progress, overdue, time, budget: told, .. } = summary;
    assert_eq!(progress.percent_by_count, Some(50.into()));
    assert_eq!(progress.percent_by_estimate, Some(25.into()));
    assert_eq!((overdue, told), (0, budget));
    assert_eq!(time, TaskTime { entries: 2, spent_us: 2 * 1_200_000_000 }, "hidden with its task");
    // 23:00 in UTC: the day is over in Berlin.
    h.clock.set("2024-03-04T23:00:00Z".parse().unwrap());
    assert_eq!(projects.summary(&ada, p.id).await.unwrap().overdue, 1);
    let hidden = projects.summary(&eve, p.id).await;
    assert_eq!(hidden, Err(Error::NotFound { entity: "project" }));
}

/// PROJ-12: after random entries, changes, deletions and restorings the project's time is the sum of
/// what its live tasks list.
pub async fn proj_12_a_projects_time_is_the_sum_of_its_tasks(h: Harness) {
    let ada = person(&h, "ada").await;
    let (p, q) = (project(&h, "P", &ada, &[]).await, project(&h, "Q", &ada, &[]).await);
    let projects = h.engine.projects();
    let mut tasks = Vec::new();
    for _ in 0..4 {
        tasks.push(task(&h, &ada, &p, "t").await.id);
    }
    let elsewhere = task(&h, &ada, &q, "t").await.id;
    let start = h.now();
    h.pass(40 * 3_600);
    let (mut random, mut known) = (Random::new(11), Vec::new());
    for n in 0..40_i64 {
        let started_at = start + TimeDelta::minutes(n * 30);
        let length = i64::try_from(random.below(30)).unwrap();
        let ended_at = Some(started_at + TimeDelta::minutes(length));
        let spent = TimeSpent { started_at, ended_at, note: None };
        let on = if random.percent(20) { elsewhere } else { *random.pick(&tasks) };
        known.extend(projects.log_time(&ada, on, spent).await.ok().map(|entry| entry.id));
        let (entry, on) = (*random.pick(&known), *random.pick(&tasks));
        let seen = h.store.projects().time_entry(entry).await.unwrap().unwrap();
        let version = h.read_task(on).await.version;
        match random.below(6) {
            0 => drop(projects.delete_time(&ada, entry, seen.version).await),
            1 => drop(projects.restore_time(&ada, entry, seen.version).await),
            2 => drop(projects.delete_task(&ada, on, version).await),
            3 | 4 => drop(projects.restore_task(&ada, on, version).await),
            _ => {}
        }
        let mut sum = TaskTime::default();
        for on in &tasks {
            let page = PageRequest::first(500);
            let Ok(listed) = projects.time_entries(&ada, *on, &page).await else { continue };
            for length in listed.items.iter().filter_map(|entry| entry.duration()) {
                sum.entries += 1;
                sum.spent_us += length.num_microseconds().unwrap();
            }
        }
        assert_eq!(projects.summary(&ada, p.id).await.unwrap().time, sum);
    }
}
