//! Time that was spent on tasks.

use chrono::TimeDelta;
use erp_core::{
    Conflict, Ctx, Error,
    change::{Audience, Version},
    ctx::IdempotencyKey,
    ids::{TaskId, TimeEntryId},
    page::PageRequest,
    projects::{ProjectRole, TaskTime, TimeEntry, TimeSpent},
    time::Timestamp,
};

use super::{id, person, project, task};
use crate::{Harness, cases::support::at_once, random::Random};

const MISSING: Error = Error::NotFound { entity: "time_entry" };

fn at(time: &str) -> Timestamp {
    format!("2024-03-04T{time}:00Z").parse().expect("an instant")
}

fn spent(from: &str, until: &str) -> TimeSpent {
    TimeSpent { started_at: at(from), ended_at: Some(at(until)), note: None }
}

async fn log(h: &Harness, ctx: &Ctx, task: TaskId, spent: TimeSpent) -> Result<TimeEntry, Error> {
    h.engine.projects().log_time(ctx, task, spent).await
}

fn overlaps<T: std::fmt::Debug + PartialEq>(result: Result<T, Error>, with: TimeEntryId) {
    assert_eq!(result, Err(Conflict::TimeOverlaps { with: Some(with) }.into()));
}

/// PROJ-10: half-open, over all projects, whatever way an entry comes to its interval; a running one
/// goes on; another user's time is another's.
pub async fn proj_10_time_of_one_user_does_not_overlap(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let p = project(&h, "P", &ada, &[&bob]).await;
    let q = project(&h, "Q", &ada, &[]).await;
    let (one, two) = (task(&h, &ada, &p, "1").await.id, task(&h, &ada, &q, "2").await.id);
    h.clock.set(at("15:00"));
    let first = log(&h, &ada, one, spent("10:00", "11:00")).await.unwrap();
    assert_eq!(h.store.projects().time_entry(first.id).await, Ok(Some(first.clone())));
    let second = log(&h, &ada, two, spent("11:00", "12:00")).await.unwrap();
    overlaps(log(&h, &ada, two, spent("10:59", "11:00")).await, first.id);
    overlaps(log(&h, &ada, two, spent("10:59", "11:30")).await, first.id);
    log(&h, &bob, one, spent("10:30", "11:30")).await.unwrap();
    let projects = h.engine.projects();
    let changed = projects.change_time(&ada, second.id, Version(1), spent("10:30", "12:00")).await;
    overlaps(changed, first.id);
    let third = projects.change_time(&ada, second.id, Version(1), spent("11:00", "11:30")).await;
    assert_eq!(third.unwrap().version, Version(2));
    projects.delete_time(&ada, first.id, Version(1)).await.unwrap();
    projects.delete_time(&ada, first.id, Version(1)).await.expect("deleted is deleted");
    let over = log(&h, &ada, one, spent("10:45", "11:00")).await.unwrap();
    overlaps(projects.restore_time(&ada, first.id, Version(2)).await, over.id);
    projects.delete_time(&ada, over.id, Version(1)).await.unwrap();
    projects.restore_time(&ada, first.id, Version(2)).await.unwrap();

    let timer = projects.start_timer(&ada, one, None).await.unwrap();
    h.clock.set(at("16:00"));
    overlaps(log(&h, &ada, two, spent("15:30", "15:45")).await, timer.id);
    log(&h, &ada, two, spent("14:00", "15:00")).await.unwrap();
    let again = projects.start_timer(&ada, two, None).await;
    assert_eq!(again, Err(Conflict::TimerRunning.into()));
    for (field, wrong) in [
        ("ended_at", spent("14:00", "13:00")),
        ("ended_at", spent("14:00", "17:00")),
        ("started_at", spent("17:00", "18:00")),
        ("ended_at", TimeSpent { ended_at: None, ..spent("14:00", "15:00") }),
    ] {
        let Err(Error::Validation(wrong)) = log(&h, &bob, one, wrong).await else {
            panic!("{field} is wrong");
        };
        assert_eq!(wrong[0].field, field);
    }
}

/// PROJ-10: of timers that one user starts at the same time exactly one runs.
pub async fn proj_10_of_timers_started_at_once_one_runs(h: Harness) {
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await;
    let tasks = h.tasks(p.id, 8).await;
    for _ in 0..4 {
        let starts = tasks.clone().into_iter().map(|task| {
            let (engine, ada) = (h.engine.clone(), ada.clone());
            async move { engine.projects().start_timer(&ada, task, None).await }
        });
        let (taken, refused): (Vec<_>, Vec<_>) =
            at_once(starts).await.into_iter().partition(Result::is_ok);
        assert_eq!(taken.len(), 1);
        for refused in refused {
            assert_eq!(refused, Err(Conflict::TimerRunning.into()));
        }
        h.pass(60);
        h.engine.projects().stop_timer(&ada).await.unwrap();
    }
}

/// PROJ-10: of overlapping times that are written down at the same time exactly one is taken.
pub async fn proj_10_of_overlapping_times_written_down_at_once_one_is_taken(h: Harness) {
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await;
    let tasks = h.tasks(p.id, 6).await;
    h.clock.set(at("15:00"));
    let logs = tasks.clone().into_iter().map(|task| {
        let (engine, ada) = (h.engine.clone(), ada.clone());
        async move { engine.projects().log_time(&ada, task, spent("10:00", "11:00")).await }
    });
    let (taken, refused): (Vec<_>, Vec<_>) =
        at_once(logs).await.into_iter().partition(Result::is_ok);
    assert_eq!(taken.len(), 1);
    let Ok(first) = &taken[0] else { panic!("it was taken") };
    for refused in refused {
        overlaps(refused, first.id);
    }
}

/// PROJ-11: in the night in which clocks go forward an interval is as long as it was.
pub async fn proj_11_time_is_between_instants(h: Harness) {
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await;
    let on = task(&h, &ada, &p, "1").await.id;
    // 01:30 to 03:30 on the walls of Berlin.
    let instant = |text: &str| -> Timestamp { text.parse().expect("an instant") };
    let (from, until) = (instant("2024-03-31T00:30:00Z"), instant("2024-03-31T01:30:00Z"));
    h.clock.set(until);
    let spent = TimeSpent { started_at: from, ended_at: Some(until), note: Some("late".into()) };
    let entry = log(&h, &ada, on, spent).await.unwrap();
    assert_eq!(entry.duration(), Some(TimeDelta::hours(1)));
    let time = h.engine.projects().task_time(&ada, on).await.unwrap();
    assert_eq!(time, TaskTime { entries: 1, spent_us: 3_600_000_000 });
}

/// PROJ-12: after random entries, changes, deletions and restorings the sum is that of what is listed.
pub async fn proj_12_a_tasks_time_is_the_sum_of_its_entries(h: Harness) {
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await;
    let on = task(&h, &ada, &p, "1").await.id;
    h.clock.set(at("23:00"));
    let projects = h.engine.projects();
    let (mut random, mut known) = (Random::new(5), Vec::<TimeEntryId>::new());
    let start = at("00:00");
    for _ in 0..80 {
        let from = start + TimeDelta::minutes(random.below(1_300).try_into().unwrap());
        let until = from + TimeDelta::seconds(random.below(2_000).try_into().unwrap());
        let spent = TimeSpent { started_at: from, ended_at: Some(until), note: None };
        let picked = match known.as_slice() {
            [] => None,
            known => Some(*random.pick(known)),
        };
        let version = match picked {
            Some(id) => h.store.projects().time_entry(id).await.unwrap().unwrap().version,
            None => Version::FIRST,
        };
        match (random.below(5), picked) {
            (0, Some(id)) => drop(projects.change_time(&ada, id, version, spent).await),
            (1, Some(id)) => drop(projects.delete_time(&ada, id, version).await),
            (2, Some(id)) => drop(projects.restore_time(&ada, id, version).await),
            _ => known.extend(log(&h, &ada, on, spent).await.ok().map(|entry| entry.id)),
        }
    }
    let listed = projects.time_entries(&ada, on, &PageRequest::first(500)).await.unwrap();
    let sum: TimeDelta = listed.items.iter().filter_map(TimeEntry::duration).sum();
    let time = projects.task_time(&ada, on).await.unwrap();
    assert!(time.entries > 5);
    assert_eq!(Some(time.spent_us), sum.num_microseconds());
    for pair in listed.items.windows(2) {
        assert!(pair[1].ended_at <= Some(pair[0].started_at), "no two overlap");
    }
}

/// A timer is found and stopped by its user whatever became of his place in the project.
pub async fn a_timer_is_stopped_wherever_it_runs(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let p = project(&h, "P", &ada, &[&bob]).await;
    let on = task(&h, &ada, &p, "1").await.id;
    let projects = h.engine.projects();
    let none = projects.stop_timer(&bob).await;
    assert_eq!(none, Err(Error::Precondition("no timer runs".into())));
    let started = projects.start_timer(&bob, on, Some("roof".into())).await.unwrap();
    assert_eq!(projects.running_timer(&bob).await, Ok(Some(started.clone())));
    projects.remove_member(&ada, p.id, id(&bob)).await.unwrap();
    let before = h.settled().await;
    let now = h.pass(90);
    let stopped = projects.stop_timer(&bob).await.unwrap();
    assert_eq!((stopped.ended_at, stopped.version), (Some(now), Version(2)));
    assert_eq!(h.store.projects().time_entry(started.id).await, Ok(Some(stopped)));
    let events = h.events_after(before).await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].audience, [Audience::Project(p.id), Audience::User(id(&bob))]);
    assert_eq!(projects.running_timer(&bob).await, Ok(None));
    assert_eq!(projects.task_time(&ada, on).await.unwrap().spent_us, 90_000_000);
}

/// the same request under one key is answered as the first time, although it overlaps with what
/// it wrote itself.
pub async fn x_6_time_written_down_twice_with_one_key_is_one_entry(h: Harness) {
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await;
    let on = task(&h, &ada, &p, "1").await.id;
    h.clock.set(at("15:00"));
    let keyed = |key: &str| ada.clone().with_idempotency_key(IdempotencyKey::new(key).unwrap());
    let first = log(&h, &keyed("a"), on, spent("10:00", "11:00")).await.unwrap();
    h.pass(60);
    assert_eq!(log(&h, &keyed("a"), on, spent("10:00", "11:00")).await, Ok(first.clone()));
    let reused = Err(Conflict::IdempotencyKeyReused.into());
    assert_eq!(log(&h, &keyed("a"), on, spent("10:30", "11:00")).await, reused);
    overlaps(log(&h, &keyed("b"), on, spent("10:30", "11:00")).await, first.id);
    let projects = h.engine.projects();
    let timer = projects.start_timer(&keyed("c"), on, None).await.unwrap();
    h.pass(60);
    assert_eq!(projects.start_timer(&keyed("c"), on, None).await, Ok(timer));
    let time = projects.task_time(&ada, on).await.unwrap();
    assert_eq!(time.entries, 1);
}

/// Members write down and change their own time, managers correct that of others, viewers neither.
pub async fn own_time_is_ones_own_and_managers_correct_it(h: Harness) {
    let (ada, bob, eve) =
        (person(&h, "ada").await, person(&h, "bob").await, person(&h, "eve").await);
    let p = project(&h, "P", &ada, &[&bob, &eve]).await;
    let on = task(&h, &ada, &p, "1").await.id;
    h.clock.set(at("15:00"));
    let projects = h.engine.projects();
    projects.put_member(&ada, p.id, id(&eve), ProjectRole::Viewer).await.unwrap();
    let refused = log(&h, &eve, on, spent("10:00", "11:00")).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
    let entry = log(&h, &bob, on, spent("10:00", "11:00")).await.unwrap();
    let refused = projects.delete_time(&eve, entry.id, Version(1)).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
    let (own, corrected) = (spent("10:00", "10:30"), spent("10:00", "10:45"));
    projects.change_time(&bob, entry.id, Version(1), own).await.unwrap();
    let stale = projects.change_time(&ada, entry.id, Version(1), corrected.clone()).await;
    let current = Conflict::Version { entity: "time_entry".into(), current: Version(2) };
    assert_eq!(stale, Err(current.into()));
    let entry = projects.change_time(&ada, entry.id, Version(2), corrected.clone()).await.unwrap();
    assert_eq!((entry.user, entry.ended_at), (id(&bob), Some(at("10:45"))));
    // Bob's time elsewhere is in the way; where, is not for Ada to know.
    let q = project(&h, "Q", &bob, &[]).await;
    let there = task(&h, &bob, &q, "2").await.id;
    log(&h, &bob, there, spent("11:00", "12:00")).await.unwrap();
    let longer = projects.change_time(&ada, entry.id, Version(3), spent("10:00", "11:30")).await;
    assert_eq!(longer, Err(Conflict::TimeOverlaps { with: None }.into()));
    let settled = h.settled().await;
    let same = projects.change_time(&bob, entry.id, Version(3), corrected).await.unwrap();
    assert_eq!((same, h.settled().await), (entry, settled), "nothing changed, nothing is written");
}

/// PROJ-14: whoever does not see the project learns nothing of the time that was spent in it.
pub async fn proj_14_hidden_time_looks_like_none(h: Harness) {
    let (ada, eve) = (person(&h, "ada").await, person(&h, "eve").await);
    let p = project(&h, "P", &ada, &[]).await;
    let on = task(&h, &ada, &p, "1").await.id;
    h.clock.set(at("15:00"));
    let entry = log(&h, &ada, on, spent("10:00", "11:00")).await.unwrap().id;
    let projects = h.engine.projects();
    let v = Version(1);
    for (ctx, entry) in [(&eve, entry), (&ada, TimeEntryId::generate(&*h.ids))] {
        let results = [
            projects.change_time(ctx, entry, v, spent("10:00", "10:30")).await.err(),
            projects.delete_time(ctx, entry, v).await.err(),
            projects.restore_time(ctx, entry, v).await.err(),
        ];
        assert_eq!(results, [Some(MISSING), Some(MISSING), Some(MISSING)]);
    }
    let missing = Some(Error::NotFound { entity: "task" });
    assert_eq!(log(&h, &eve, on, spent("10:00", "11:00")).await.err(), missing);
    assert_eq!(projects.start_timer(&eve, on, None).await.err(), missing);
    assert_eq!(projects.task_time(&eve, on).await.err(), missing);
    let page = PageRequest::default();
    assert_eq!(projects.time_entries(&eve, on, &page).await.err(), missing);
    projects.delete_task(&ada, on, v).await.unwrap();
    let hidden = projects.delete_time(&ada, entry, v).await;
    assert_eq!(hidden, Err(MISSING), "hidden with its task");
}
