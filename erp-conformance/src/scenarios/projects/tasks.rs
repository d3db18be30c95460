//! Making, changing and finding tasks.

use std::collections::BTreeSet;

use chrono::{NaiveDate, TimeDelta};
use erp_core::{
    Conflict, Ctx, EngineOptions, Error,
    access::UserStatus,
    change::{Audience, EventBody, Version},
    ctx::IdempotencyKey,
    ids::{TaskId, UserId},
    page::PageRequest,
    policy::Action,
    projects::{
        FreedBy, NewTask, ProjectDetails, ProjectEvent, ProjectOptions, ProjectRole, StatusCount,
        TaskDetails, TaskQuery, TaskSort, TaskStatus,
    },
};
use futures::future::join_all;

use super::{id, link, new_project, person, project, task};
use crate::Harness;

const MISSING: Error = Error::NotFound { entity: "task" };

/// The answer, the event and the store say the same, with the number; the audit entry is there.
pub async fn a_task_is_made_with_its_audit_and_event(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let p = project(&h, "P", &ada, &[&bob]).await;
    let viewer = person(&h, "viewer").await;
    let projects = h.engine.projects();
    projects.put_member(&ada, p.id, id(&viewer), ProjectRole::Viewer).await.unwrap();
    let refused = projects.create_task(&viewer, p.id, NewTask::titled("t")).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
    let before = h.settled().await;
    let details = TaskDetails {
        assignees: vec![id(&bob), id(&ada), id(&bob)],
        labels: vec!["b".to_owned(), "a".to_owned()],
        ..TaskDetails::titled(" Roof ")
    };
    let new = NewTask { details, ..NewTask::titled("") };
    let made = projects.create_task(&bob, p.id, new).await.unwrap();
    assert_eq!((made.code.to_string().as_str(), made.details.title.as_str()), ("TASK-001", "Roof"));
    assert_eq!((made.status, made.details.assignees.len()), (TaskStatus::Todo, 2));
    assert_eq!(h.read_task(made.id).await, made, "the answer is what is stored");
    let events = h.events_after(before).await;
    assert_eq!(events.len(), 1);
    let event = ProjectEvent::TaskCreated(Box::new(made.clone()));
    assert_eq!(events[0].body, EventBody::Projects(event));
    assert_eq!(events[0].audience, [Audience::Project(p.id)]);
    let audit = &h.audit().await[0];
    assert_eq!((audit.action, audit.entity.project), (Action::TaskCreate, Some(p.id)));
    let unknown = Some(TaskId::generate(&*h.ids));
    let orphan = NewTask { parent: unknown, ..NewTask::titled("t") };
    let refused = projects.create_task(&bob, p.id, orphan).await;
    assert_eq!(refused, Err(Error::invalid("parent", "no such task")));
    let details = ProjectDetails { task_prefix: "ROOF".to_owned(), ..p.details.clone() };
    projects.update(&ada, p.id, Version(1), details).await.unwrap();
    let next = task(&h, &bob, &p, "next").await;
    assert_eq!(next.code.to_string(), "ROOF-002", "the prefix of now, the number after");
}

/// sixteen writers, of whose tasks some are refused and some deleted: each code once for ever.
pub async fn x_8_many_writers_get_codes_that_are_never_given_again(h: Harness) {
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await;
    let nobody = UserId::generate(&*h.ids);
    let writers = (0..16).map(|writer| {
        let (engine, ada) = (h.engine.clone(), ada.clone());
        tokio::spawn(async move {
            let mut codes = Vec::new();
            for n in 0..20 {
                let mut new = NewTask::titled(format!("{writer} {n}"));
                if n % 20 == writer {
                    new.details.assignees.push(nobody);
                }
                match engine.projects().create_task(&ada, p.id, new).await {
                    Ok(task) if n % 5 == 4 => {
                        let v = task.version;
                        engine.projects().delete_task(&ada, task.id, v).await.ok();
                        codes.push(task.code.to_string());
                    }
                    Ok(task) => codes.push(task.code.to_string()),
                    Err(error) => assert!(matches!(error, Error::Validation(_)), "{error:?}"),
                }
            }
            codes
        })
    });
    let codes: Vec<String> =
        join_all(writers).await.into_iter().flat_map(|codes| codes.unwrap()).collect();
    assert_eq!(codes.len(), 16 * 20 - 16);
    let each: BTreeSet<String> = codes.into_iter().collect();
    let expected: BTreeSet<String> = (1..=304).map(|n| format!("TASK-{n:03}")).collect();
    assert_eq!(each, expected, "without a gap");
    assert_eq!(h.store.maintenance().verify().await, Ok(vec![]));
}

/// The same request under one key makes one task and gives it again, with its code.
pub async fn x_6_making_a_task_twice_with_one_key_makes_one(h: Harness) {
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await;
    let keyed = ada.clone().with_idempotency_key(IdempotencyKey::new("k-1").unwrap());
    let first = task(&h, &keyed, &p, "one").await;
    h.pass(60);
    assert_eq!(task(&h, &keyed, &p, "one").await, first);
    let new = NewTask::titled("two");
    let other = h.engine.projects().create_task(&keyed, p.id, new).await;
    assert_eq!(other, Err(Conflict::IdempotencyKeyReused.into()));
    assert_eq!(h.read_project(p.id).await.last_task, 1);
}

/// PROJ-1: a task has a time of completion when it is done and only then, whatever way it came there.
pub async fn proj_1_done_has_its_time_on_every_path(h: Harness) {
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await;
    let projects = h.engine.projects();
    let done = Some(TaskStatus::Done);
    let born = NewTask { status: done, ..NewTask::titled("born done") };
    let born = projects.create_task(&ada, p.id, born).await.unwrap();
    assert_eq!(born.completed_at, Some(h.now()));
    let made = task(&h, &ada, &p, "t").await;
    let first = h.pass(60);
    let set = async |version, status| {
        projects.set_task_status(&ada, made.id, Version(version), status).await.unwrap()
    };
    let task = set(1, TaskStatus::Done).await;
    assert_eq!((task.completed_at, task.version), (Some(first), Version(2)));
    h.pass(60);
    let settled = h.settled().await;
    let again = set(2, TaskStatus::Done).await;
    assert_eq!((again.completed_at, h.settled().await), (Some(first), settled), "done stays done");
    let details = TaskDetails::titled("another title");
    let edited = projects.update_task(&ada, made.id, Version(2), details).await.unwrap();
    assert_eq!(edited.completed_at, Some(first), "an edit is no completion");
    assert_eq!(set(3, TaskStatus::Todo).await.completed_at, None);
    let second = h.pass(60);
    assert_eq!(set(4, TaskStatus::Done).await.completed_at, Some(second));
    projects.delete_task(&ada, made.id, Version(5)).await.unwrap();
    h.pass(60);
    let restored = projects.restore_task(&ada, made.id, Version(6)).await.unwrap();
    assert_eq!(restored.completed_at, Some(second));
    assert_eq!(h.read_task(made.id).await, restored);
}

/// PROJ-2: done is refused, with the tasks that are waited for, until each of them is closed.
pub async fn proj_2_a_task_is_not_done_before_what_it_waits_for(h: Harness) {
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await;
    let projects = h.engine.projects();
    let mut tasks = Vec::new();
    for n in 0..4 {
        tasks.push(task(&h, &ada, &p, &format!("{n}")).await.id);
    }
    let [first, second, gone, last] = tasks[..] else { panic!("four tasks") };
    for before in [first, second, gone] {
        link(&h, &ada, before, last).await.unwrap();
    }
    let set = async |task, version, status| {
        projects.set_task_status(&ada, task, Version(version), status).await.map(|it| it.status)
    };
    let blocked = |by: &[TaskId]| Err(Conflict::TaskBlocked { by: by.to_vec() }.into());
    assert_eq!(set(last, 1, TaskStatus::Done).await, blocked(&[first, second, gone]));
    projects.delete_task(&ada, gone, Version(1)).await.unwrap();
    assert_eq!(set(last, 1, TaskStatus::Done).await, blocked(&[first, second]));
    set(first, 1, TaskStatus::Done).await.unwrap();
    assert_eq!(set(last, 1, TaskStatus::Done).await, blocked(&[second]));
    assert_eq!(set(last, 1, TaskStatus::InProgress).await, Ok(TaskStatus::InProgress));
    set(second, 1, TaskStatus::Cancelled).await.unwrap();
    assert_eq!(set(last, 2, TaskStatus::Done).await, Ok(TaskStatus::Done));
    assert_eq!(set(first, 2, TaskStatus::Todo).await, Ok(TaskStatus::Todo), "what is done is done");
}

/// PROJ-2: a host may say that only a task that is done frees those after it.
pub async fn proj_2_which_end_frees_is_the_hosts_choice(h: Harness) {
    let projects = ProjectOptions { freed_by: FreedBy::Done, ..ProjectOptions::default() };
    let h = h.with_options(EngineOptions { projects, ..EngineOptions::default() });
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await;
    let (one, two) = (task(&h, &ada, &p, "1").await.id, task(&h, &ada, &p, "2").await.id);
    link(&h, &ada, one, two).await.unwrap();
    let set = async |task, version, status| {
        let projects = h.engine.projects();
        projects.set_task_status(&ada, task, Version(version), status).await.map(|it| it.status)
    };
    set(one, 1, TaskStatus::Cancelled).await.unwrap();
    let blocked = Err(Conflict::TaskBlocked { by: vec![one] }.into());
    assert_eq!(set(two, 1, TaskStatus::Done).await, blocked);
    set(one, 2, TaskStatus::Todo).await.unwrap();
    set(one, 3, TaskStatus::Done).await.unwrap();
    assert_eq!(set(two, 1, TaskStatus::Done).await, Ok(TaskStatus::Done));
}

/// PROJ-2 under concurrency: when a task becomes done while what it waits for is opened again, or a
/// dependency comes, the log is that of some order: when it became done nothing open was before it.
pub async fn proj_2_and_x_18_done_races_with_a_reopening_and_a_link(h: Harness) {
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await;
    for round in 0..12 {
        let (one, two) = (task(&h, &ada, &p, "1").await.id, task(&h, &ada, &p, "2").await.id);
        let v = Version;
        let reopening = round % 2 == 0;
        if reopening {
            let projects = h.engine.projects();
            link(&h, &ada, one, two).await.unwrap();
            projects.set_task_status(&ada, one, v(1), TaskStatus::Done).await.unwrap();
        }
        let before = h.settled().await;
        let (engine, ctx) = (h.engine.clone(), ada.clone());
        let done = tokio::spawn(async move {
            engine.projects().set_task_status(&ctx, two, v(1), TaskStatus::Done).await
        });
        if reopening {
            let projects = h.engine.projects();
            projects.set_task_status(&ada, one, v(2), TaskStatus::Todo).await.unwrap();
        } else {
            link(&h, &ada, one, two).await.unwrap();
        }
        let done = done.await.unwrap();
        let kinds = h.events_after(before).await;
        let is_done = |body: &EventBody| matches!(body, EventBody::Projects(ProjectEvent::TaskUpdated(task)) if task.id == two);
        let place = kinds.iter().position(|event| is_done(&event.body));
        match done {
            Ok(_) => assert_eq!(place, Some(0), "done came first"),
            Err(error) => {
                assert_eq!(error, Conflict::TaskBlocked { by: vec![one] }.into());
                assert_eq!(place, None);
            }
        }
    }
}

/// A step that the table does not have is refused by name.
pub async fn x_12_a_task_goes_along_the_table_of_transitions(h: Harness) {
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await;
    let status = Some(TaskStatus::Backlog);
    let new = NewTask { status, ..NewTask::titled("t") };
    let made = h.engine.projects().create_task(&ada, p.id, new).await.unwrap();
    let projects = h.engine.projects();
    let refused = projects.set_task_status(&ada, made.id, Version(1), TaskStatus::Done).await;
    let text = "a task cannot go from backlog to done";
    assert_eq!(refused, Err(Error::Precondition(text.into())));
    assert_eq!(h.read_task(made.id).await, made);
}

/// An edit names the version that it was made on; one that changes nothing writes nothing.
pub async fn x_5_a_task_is_changed_under_its_version(h: Harness) {
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await;
    let made = task(&h, &ada, &p, "t").await;
    let projects = h.engine.projects();
    let details = TaskDetails { estimate_min: Some(30), ..made.details.clone() };
    let at = h.pass(60);
    let updated = projects.update_task(&ada, made.id, Version(1), details.clone()).await.unwrap();
    assert_eq!((updated.version, updated.updated_at), (Version(2), at));
    assert_eq!(h.read_task(made.id).await, updated);
    let current = Conflict::Version { entity: "task".into(), current: Version(2) };
    let stale = projects.update_task(&ada, made.id, Version(1), details.clone()).await;
    assert_eq!(stale, Err(current.clone().into()));
    let stale = projects.set_task_status(&ada, made.id, Version(1), TaskStatus::Done).await;
    assert_eq!(stale, Err(current.clone().into()));
    assert_eq!(projects.delete_task(&ada, made.id, Version(1)).await, Err(current.into()));
    let settled = h.settled().await;
    let same = projects.update_task(&ada, made.id, Version(2), details).await.unwrap();
    assert_eq!((same, h.settled().await), (updated, settled));
}

/// whoever is newly assigned is an active member; who was assigned and left stays.
pub async fn x_15_only_active_members_are_newly_assigned(h: Harness) {
    let (ada, bob, eve) =
        (person(&h, "ada").await, person(&h, "bob").await, person(&h, "eve").await);
    let p = project(&h, "P", &ada, &[&bob]).await;
    let projects = h.engine.projects();
    let to = |user: &Ctx| TaskDetails { assignees: vec![id(user)], ..TaskDetails::titled("t") };
    let new = |user| NewTask { details: to(user), ..NewTask::titled("") };
    let refused = Err(Error::invalid("assignees[0]", "no such active member of the project"));
    assert_eq!(projects.create_task(&ada, p.id, new(&eve)).await, refused);
    let made = projects.create_task(&ada, p.id, new(&bob)).await.unwrap();
    h.set_status(id(&bob), UserStatus::Deactivated).await;
    assert_eq!(projects.create_task(&ada, p.id, new(&bob)).await, refused);
    let details = TaskDetails { estimate_min: Some(5), ..made.details.clone() };
    let kept = projects.update_task(&ada, made.id, Version(1), details).await.unwrap();
    assert_eq!(kept.details.assignees, [id(&bob)], "he stays assigned");
    let moved = projects.update_task(&ada, made.id, Version(2), to(&eve)).await;
    assert_eq!(moved, refused);
}

/// PROJ-15: nothing is written when a day is over; what is asked then says so.
pub async fn proj_15_overdue_follows_zone_and_clock(h: Harness) {
    let ada = person(&h, "ada").await;
    let mut new = new_project("P", &[]);
    new.details.zone = "Europe/Berlin".to_owned();
    let p = h.engine.projects().create(&ada, new).await.unwrap();
    let due_on = NaiveDate::from_ymd_opt(2024, 3, 31);
    let details = TaskDetails { due_on, ..TaskDetails::titled("t") };
    let projects = h.engine.projects();
    let new = NewTask { details, ..NewTask::titled("") };
    let made = projects.create_task(&ada, p.id, new).await.unwrap();
    let overdue = async || projects.task(&ada, made.id).await.unwrap().overdue;
    let midnight = "2024-03-31T22:00:00Z".parse().unwrap();
    h.clock.set(midnight - TimeDelta::microseconds(1));
    assert!(!overdue().await);
    let settled = h.settled().await;
    h.clock.set(midnight);
    assert!(overdue().await);
    let page = PageRequest::default();
    let listed = projects.tasks(&ada, p.id, TaskQuery::default(), &page).await.unwrap();
    assert!(listed.items[0].overdue);
    assert_eq!(h.settled().await, settled, "nothing was written");
    projects.set_task_status(&ada, made.id, Version(1), TaskStatus::Done).await.unwrap();
    assert!(!overdue().await);
}

/// A board: its columns' counts, and each column in pages whose cursor is its own.
pub async fn a_board_counts_by_column_and_is_paged(h: Harness) {
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await;
    let projects = h.engine.projects();
    let statuses = [TaskStatus::Todo, TaskStatus::Done, TaskStatus::Todo];
    for n in 0..9 {
        let new = NewTask { status: Some(statuses[n % 3]), ..NewTask::titled(format!("{n}")) };
        projects.create_task(&ada, p.id, new).await.unwrap();
    }
    let counts = projects.task_counts(&ada, p.id).await.unwrap();
    let count = |status, tasks| StatusCount { status, tasks };
    assert_eq!(counts, [count(TaskStatus::Todo, 6), count(TaskStatus::Done, 3)]);
    let column = |sort| TaskQuery { status: vec![TaskStatus::Todo], sort, ..TaskQuery::default() };
    let mut page = PageRequest::first(4);
    let mut titles = Vec::new();
    loop {
        let part = projects.tasks(&ada, p.id, column(TaskSort::Number), &page).await.unwrap();
        titles.extend(part.items.into_iter().map(|view| view.task.details.title));
        if titles.len() == 4 {
            task(&h, &ada, &p, "late").await;
        }
        let Some(next) = part.next else { break };
        page.cursor = Some(next.clone());
        let other = PageRequest { cursor: Some(next), ..page.clone() };
        let refused = projects.tasks(&ada, p.id, column(TaskSort::Due), &other).await;
        assert!(matches!(refused, Err(Error::Validation(_))), "another list's cursor");
    }
    assert_eq!(titles, ["0", "2", "3", "5", "6", "8", "late"]);
}

/// PROJ-14: whoever does not see the project learns nothing of its tasks, not even how many.
pub async fn proj_14_a_hidden_task_looks_like_none(h: Harness) {
    let (ada, eve) = (person(&h, "ada").await, person(&h, "eve").await);
    let p = project(&h, "P", &ada, &[]).await;
    let (one, two) = (task(&h, &ada, &p, "1").await.id, task(&h, &ada, &p, "2").await.id);
    let nothing = TaskId::generate(&*h.ids);
    let projects = h.engine.projects();
    let (v, page) = (Version(1), PageRequest::default());
    for (ctx, task) in [(&eve, one), (&ada, nothing)] {
        let details = TaskDetails::titled("t");
        let results = [
            projects.task(ctx, task).await.err(),
            projects.update_task(ctx, task, v, details).await.err(),
            projects.set_task_status(ctx, task, v, TaskStatus::Done).await.err(),
            projects.move_task(ctx, task, v, Some(two)).await.err(),
            projects.delete_task(ctx, task, v).await.err(),
            projects.restore_task(ctx, task, v).await.err(),
            link(&h, ctx, two, task).await.err(),
            link(&h, ctx, task, two).await.err(),
            projects.unlink_tasks(ctx, two, task).await.err(),
            projects.dependencies(ctx, task).await.err(),
        ];
        for (n, result) in results.into_iter().enumerate() {
            assert_eq!(result, Some(MISSING), "{n}");
        }
    }
    let missing = Error::NotFound { entity: "project" };
    let query = TaskQuery::default();
    assert_eq!(projects.tasks(&eve, p.id, query, &page).await.err(), Some(missing.clone()));
    assert_eq!(projects.task_counts(&eve, p.id).await.err(), Some(missing.clone()));
    assert_eq!(projects.task_graph(&eve, p.id).await.err(), Some(missing.clone()));
    let refused = projects.create_task(&eve, p.id, NewTask::titled("t")).await;
    assert_eq!(refused.err(), Some(missing));
    projects.delete(&ada, p.id, v).await.unwrap();
    assert_eq!(projects.task(&ada, one).await.err(), Some(MISSING), "hidden with its project");
    projects.restore(&ada, p.id, Version(2)).await.unwrap();
    projects.task(&ada, one).await.unwrap();
}

/// PROJ-8 and PROJ-9: two done, one given up and one open are two thirds; nothing to count is none.
pub async fn proj_8_and_proj_9_progress_is_of_what_was_not_given_up(h: Harness) {
    let (ada, eve) = (person(&h, "ada").await, person(&h, "eve").await);
    let p = project(&h, "P", &ada, &[]).await;
    let projects = h.engine.projects();
    let percent = async || {
        let percent = projects.progress(&ada, p.id).await.unwrap();
        percent.map(|percent| percent.to_string())
    };
    assert_eq!(percent().await, None);
    let mut last = None;
    for status in [TaskStatus::Cancelled, TaskStatus::Done, TaskStatus::Done, TaskStatus::Todo] {
        let new = NewTask { status: Some(status), ..NewTask::titled("t") };
        last = Some(projects.create_task(&ada, p.id, new).await.unwrap().id);
        if status == TaskStatus::Cancelled {
            assert_eq!(percent().await, None);
        }
    }
    assert_eq!(percent().await.as_deref(), Some("66.67"));
    projects.delete_task(&ada, last.unwrap(), Version(1)).await.unwrap();
    assert_eq!(percent().await.as_deref(), Some("100"), "what is deleted does not count");
    let hidden = projects.progress(&eve, p.id).await;
    assert_eq!(hidden, Err(Error::NotFound { entity: "project" }));
}
