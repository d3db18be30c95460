//! Tasks in working time.

use chrono::NaiveDate;
use erp_core::{
    Conflict, Ctx, Error,
    access::AuditQuery,
    change::{Audience, EventBody, Version},
    ids::TaskId,
    policy::Action,
    projects::{
        NewTask, Project, ProjectCalendar, ProjectDetails, ProjectEvent, ProjectRole, Task,
        TaskDetails, TaskStatus, Weekday, WorkingCalendar, WorkingHours, rules::Earlier,
    },
    time::Timestamp,
};

use super::{id, link, person, project};
use crate::{Harness, cases::support::at_once};

fn day(text: &str) -> NaiveDate {
    format!("2024-{text}").parse().expect("a day")
}

fn at(text: &str) -> Timestamp {
    format!("2024-{text}:00Z").parse().expect("an instant")
}

/// A task of these days; `-` is none.
async fn dated(h: &Harness, ctx: &Ctx, p: &Project, days: (&str, &str), minutes: i64) -> Task {
    let on = |text: &str| (text != "-").then(|| day(text));
    let (start_on, due_on) = (on(days.0), on(days.1));
    let details = TaskDetails {
        start_on,
        due_on,
        estimate_min: Some(minutes),
        ..TaskDetails::titled("task")
    };
    let new = NewTask { details, ..NewTask::titled("") };
    h.engine.projects().create_task(ctx, p.id, new).await.expect("the task is made")
}

fn days(task: &Task) -> (TaskId, String, String) {
    let text = |on: Option<NaiveDate>| on.map_or("-".into(), |on| on.format("%m-%d").to_string());
    (task.id, text(task.details.start_on), text(task.details.due_on))
}

/// Mondays and Sundays, whole, but for one.
fn nights() -> WorkingCalendar {
    WorkingCalendar {
        hours: vec![WorkingHours::whole(Weekday::Monday), WorkingHours::whole(Weekday::Sunday)],
        holidays: vec![day("04-08")],
    }
}

/// The setting is typed, versioned, audited, told of, and changed by managers alone.
pub async fn proj_7_managers_say_when_a_project_is_worked_on(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let p = project(&h, "P", &ada, &[&bob]).await;
    let projects = h.engine.projects();
    assert_eq!(projects.calendar(&bob, p.id).await, Ok(ProjectCalendar::unset(p.id)));
    let refused = projects.set_calendar(&bob, p.id, Version(0), nights()).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
    projects.put_member(&ada, p.id, id(&bob), ProjectRole::Manager).await.unwrap();
    let before = h.settled().await;
    let now = h.pass(60);
    let set = projects.set_calendar(&bob, p.id, Version(0), nights()).await.unwrap();
    let expected = ProjectCalendar {
        project: p.id,
        calendar: nights(),
        version: Version(1),
        updated_at: Some(now),
    };
    assert_eq!(set, expected);
    assert_eq!(projects.calendar(&ada, p.id).await, Ok(expected.clone()));
    let events = h.events_after(before).await;
    let told = EventBody::Projects(ProjectEvent::CalendarPut(Box::new(expected)));
    assert_eq!(events.len(), 1);
    assert_eq!((&events[0].body, &events[0].audience[..]), (&told, &[Audience::Project(p.id)][..]));
    let entry = &h.audit().await[0];
    let fields: Vec<_> = entry.changes.iter().map(|change| change.field.as_ref()).collect();
    assert_eq!((entry.action, fields), (Action::ProjectSetCalendar, vec!["hours", "holidays"]));
    let settled = h.settled().await;
    assert_eq!(projects.set_calendar(&bob, p.id, Version(1), nights()).await, Ok(set));
    assert_eq!(h.settled().await, settled, "to say what is said writes nothing");
    let stale = projects.set_calendar(&ada, p.id, Version(0), nights()).await;
    let current = Conflict::Version { entity: "project_calendar".into(), current: Version(1) };
    assert_eq!(stale, Err(current.into()));
    let none = WorkingCalendar { hours: Vec::new(), holidays: Vec::new() };
    let wrong = projects.set_calendar(&ada, p.id, Version(1), none).await;
    assert!(matches!(wrong, Err(Error::Validation(_))), "{wrong:?}");
}

/// Working days of the project's zone, one of 23 hours among them.
pub async fn proj_7_and_proj_11_a_schedule_counts_in_the_projects_working_time(h: Harness) {
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await;
    let projects = h.engine.projects();
    let details = ProjectDetails {
        start_on: Some(day("03-29")),
        zone: "Europe/Berlin".to_owned(),
        ..p.details.clone()
    };
    projects.update(&ada, p.id, Version(1), details).await.unwrap();
    let one = dated(&h, &ada, &p, ("-", "-"), 600).await.id;
    let two = dated(&h, &ada, &p, ("-", "-"), 60).await.id;
    link(&h, &ada, one, two).await.unwrap();
    let plan = projects.schedule(&ada, p.id).await.unwrap();
    assert_eq!((plan.starts_at, plan.finish_min), (at("03-29T08:00"), 660));
    // The rest of the ten hours is on a Monday, in summer time.
    assert_eq!(plan.tasks[0].early_finish_at, at("04-01T09:00"));
    assert_eq!(
        (plan.tasks[1].early_start_at, plan.finishes_at),
        (at("04-01T09:00"), at("04-01T10:00"))
    );
    projects.set_calendar(&ada, p.id, Version(0), nights()).await.unwrap();
    let long = dated(&h, &ada, &p, ("-", "-"), 24 * 60).await.id;
    let plan = projects.schedule(&ada, p.id).await.unwrap();
    assert_eq!(plan.starts_at, at("03-30T23:00"));
    let planned = plan.tasks.iter().find(|planned| planned.task == long).unwrap();
    // 23 hours of Sunday and one of Monday.
    assert_eq!(planned.early_finish_at, at("03-31T23:00"));
    assert!(planned.is_critical() && !plan.tasks[0].is_critical());
    // A task is not begun before its first day; the 8th is a holiday, the 14th a Sunday.
    let later = dated(&h, &ada, &p, ("04-08", "-"), 60).await.id;
    let plan = projects.schedule(&ada, p.id).await.unwrap();
    let planned = plan.tasks.iter().find(|planned| planned.task == later).unwrap();
    assert_eq!(planned.early_start_at, at("04-13T22:00"));
}

/// All that wait are moved by one commit, each with its audit entry and its event; what is closed stops
/// it; nothing is pulled unless asked; the second time nothing is written.
pub async fn proj_7_successors_are_moved_in_one_commit_as_if_each_were_edited(h: Harness) {
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await;
    let projects = h.engine.projects();
    let mut tasks = Vec::new();
    for days in [
        ("03-04", "03-08"),
        ("03-04", "03-05"),
        ("03-06", "03-06"),
        ("03-01", "03-01"),
        ("03-01", "03-01"),
        ("03-28", "03-29"),
    ] {
        tasks.push(dated(&h, &ada, &p, days, 0).await.id);
    }
    for (before, after) in [(0, 1), (1, 2), (0, 3), (3, 4), (2, 5)] {
        link(&h, &ada, tasks[before], tasks[after]).await.unwrap();
    }
    projects.set_task_status(&ada, tasks[0], Version(1), TaskStatus::InProgress).await.unwrap();
    projects.set_task_status(&ada, tasks[3], Version(1), TaskStatus::Cancelled).await.unwrap();
    let (before, entries) = (h.settled().await, h.audit().await.len());
    let now = h.pass(60);
    let moved = projects.reschedule_after(&ada, tasks[0], Earlier::Keep).await.unwrap();
    let told: Vec<_> = moved.iter().map(days).collect();
    let text = |id: TaskId, start: &str, due: &str| (id, start.to_owned(), due.to_owned());
    let expected = [text(tasks[1], "03-11", "03-12"), text(tasks[2], "03-13", "03-13")];
    assert_eq!(told, expected);
    for task in &moved {
        assert_eq!((task.version, task.updated_at), (Version(2), now));
        assert_eq!(h.read_task(task.id).await, *task);
        let query =
            AuditQuery { entity_id: Some(task.id.uuid()), limit: 9, ..AuditQuery::default() };
        let entry = h.store.audit().entries(&query).await.unwrap().swap_remove(0);
        let fields: Vec<_> = entry.changes.iter().map(|change| change.field.as_ref()).collect();
        assert_eq!((entry.action, entry.actor), (Action::TaskUpdate, ada.actor));
        assert_eq!((entry.at, fields), (now, vec!["start_on", "due_on"]));
    }
    let events = h.events_after(before).await;
    let bodies: Vec<_> = events.iter().map(|event| event.body.clone()).collect();
    let updated = |task: &Task| EventBody::Projects(ProjectEvent::TaskUpdated(task.clone().into()));
    assert_eq!(bodies, moved.iter().map(updated).collect::<Vec<_>>());
    assert!(events.iter().all(|event| event.audience == [Audience::Project(p.id)]));
    assert_eq!(h.audit().await.len(), entries + 3, "one for the whole, one for each");
    let settled = h.settled().await;
    assert_eq!(projects.reschedule_after(&ada, tasks[0], Earlier::Keep).await, Ok(vec![]));
    assert_eq!(projects.reschedule(&ada, p.id, Earlier::Keep).await, Ok(vec![]));
    assert_eq!((h.settled().await, h.audit().await.len()), (settled, entries + 3));
    let pulled = projects.reschedule(&ada, p.id, Earlier::Pull).await.unwrap();
    assert_eq!(pulled.iter().map(days).collect::<Vec<_>>(), [text(tasks[5], "03-14", "03-15")]);
}

/// days that others write at the same time are kept or taken into account, never lost, and what
/// all come to is what moving once more finds in order.
pub async fn proj_7_moving_while_others_edit_loses_nothing(h: Harness) {
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await;
    let mut tasks = Vec::new();
    for _ in 0..6 {
        tasks.push(dated(&h, &ada, &p, ("03-04", "03-04"), 0).await.id);
    }
    for pair in tasks.windows(2) {
        link(&h, &ada, pair[0], pair[1]).await.unwrap();
    }
    for round in 0..4 {
        let writers = (0..6_usize).map(|n| {
            let (engine, store, ada) = (h.engine.clone(), h.store.clone(), ada.clone());
            let (task, project) = (tasks[n], p.id);
            async move {
                let projects = engine.projects();
                if n % 2 == 1 {
                    let moved = projects.reschedule(&ada, project, Earlier::Keep).await;
                    return moved.map(|_| None);
                }
                let old = store.projects().task(task).await.unwrap().unwrap();
                let later = old.details.start_on.unwrap() + chrono::Days::new(3 + round);
                let details = TaskDetails {
                    start_on: Some(later),
                    due_on: Some(later),
                    ..old.details.clone()
                };
                projects.update_task(&ada, task, old.version, details).await.map(Some)
            }
        });
        for done in at_once(writers).await {
            match done {
                Ok(Some(edited)) => {
                    let present = h.read_task(edited.id).await;
                    assert!(present.details.start_on >= edited.details.start_on, "it is not lost");
                }
                Ok(None)
                | Err(Error::Conflict(Conflict::Version { .. } | Conflict::Contention)) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        h.engine.projects().reschedule(&ada, p.id, Earlier::Keep).await.unwrap();
        let mut last = None;
        for task in &tasks {
            let task = h.read_task(*task).await.details;
            assert!(task.start_on > last, "each after the one before it");
            last = task.due_on;
        }
    }
}

/// One commit moves at most 1,000 tasks.
pub async fn proj_7_too_many_tasks_do_not_move_at_once(h: Harness) {
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await;
    let first = dated(&h, &ada, &p, ("03-04", "03-04"), 0).await.id;
    let others = h.tasks(p.id, 1_001).await;
    let links = others.iter().map(|task| h.link(p.id, first, *task));
    h.store.commit(h.changes(links)).await.expect("they are valid");
    let projects = h.engine.projects();
    let refused = projects.reschedule_after(&ada, first, Earlier::Keep).await;
    assert!(matches!(refused, Err(Error::Precondition(_))), "{refused:?}");
    projects.unlink_tasks(&ada, first, others[7]).await.unwrap();
    let moved = projects.reschedule_after(&ada, first, Earlier::Keep).await.unwrap();
    assert_eq!(moved.len(), 1_000);
    assert!(moved.iter().all(|task| task.details.start_on == Some(day("03-05"))));
}

/// PROJ-14: who does not see the project learns nothing; who only looks on moves nothing.
pub async fn proj_14_a_hidden_calendar_and_plan_look_like_none(h: Harness) {
    let (ada, bob, eve) =
        (person(&h, "ada").await, person(&h, "bob").await, person(&h, "eve").await);
    let p = project(&h, "P", &ada, &[&bob]).await;
    let on = dated(&h, &ada, &p, ("-", "-"), 0).await.id;
    let projects = h.engine.projects();
    projects.put_member(&ada, p.id, id(&bob), ProjectRole::Viewer).await.unwrap();
    let hidden = Some(Error::NotFound { entity: "project" });
    assert_eq!(projects.calendar(&eve, p.id).await.err(), hidden);
    assert_eq!(projects.schedule(&eve, p.id).await.err(), hidden);
    assert_eq!(projects.set_calendar(&eve, p.id, Version(0), nights()).await.err(), hidden);
    assert_eq!(projects.reschedule(&eve, p.id, Earlier::Keep).await.err(), hidden);
    let hidden = Some(Error::NotFound { entity: "task" });
    assert_eq!(projects.reschedule_after(&eve, on, Earlier::Keep).await.err(), hidden);
    for refused in [
        projects.reschedule(&bob, p.id, Earlier::Keep).await.err(),
        projects.reschedule_after(&bob, on, Earlier::Keep).await.err(),
    ] {
        assert!(matches!(refused, Some(Error::Forbidden { .. })), "{refused:?}");
    }
}
