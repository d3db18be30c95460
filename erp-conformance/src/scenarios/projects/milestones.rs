//! Milestones.

use erp_core::{
    Conflict, Error,
    change::{Audience, Version},
    ctx::IdempotencyKey,
    ids::{MilestoneId, ProjectId, TaskId},
    money::Decimal,
    page::PageRequest,
    policy::Action,
    projects::{Health, Milestone, MilestoneView, NewTask, ProjectRole, TaskDetails, TaskStatus},
    record::{Day, Name, Records},
};

use super::{id, person, project, task};
use crate::{Harness, random::Random};

const MISSING: Error = Error::NotFound { entity: "milestone" };

fn all(h: &Harness) -> Records<'_, Milestone> {
    h.engine.records()
}

fn named(project: ProjectId, name: &str, due_on: Option<&str>) -> Milestone {
    let due_on = due_on.map(|day| format!("2024-{day}").parse().expect("a day"));
    let due_on = due_on.and_then(|day| Day::new(day).ok());
    Milestone { project, name: Name::new(name).expect("a name"), description: None, due_on }
}

fn percents(view: &MilestoneView) -> (Option<Decimal>, Option<Decimal>) {
    (view.progress.percent_by_count, view.progress.percent_by_estimate)
}

/// Managers make, change, delete and restore them; each is audited and told of.
pub async fn a_milestone_is_made_changed_deleted_and_restored(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let p = project(&h, "P", &ada, &[&bob]).await;
    let projects = h.engine.projects();
    let refused = all(&h).create(&bob, named(p.id, "Roof", None)).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
    let before = h.settled().await;
    let keyed = ada.clone().with_idempotency_key(IdempotencyKey::new("a").unwrap());
    let roof = || named(p.id, " Roof ", Some("03-08"));
    let made = all(&h).create(&keyed, roof()).await.unwrap();
    assert_eq!(made.fields, named(p.id, "Roof", Some("03-08")));
    assert_eq!(all(&h).create(&keyed, roof()).await, Ok(made.clone()));
    let events = h.events_after(before).await;
    assert_eq!(events.len(), 1);
    let (told, audience) = (events[0].body.kind(), &events[0].audience[..]);
    assert_eq!((&*told, audience), ("projects.milestone_put", &[Audience::Project(p.id)][..]));
    let audit = h.audit().await;
    assert_eq!((audit[0].action, audit[0].entity.project), (Action::MilestoneCreate, Some(p.id)));

    let changed = named(p.id, "Roof and cellar", Some("03-09"));
    let stale = all(&h).update(&ada, made.id, Version(7), changed.clone()).await;
    let current = Conflict::Version { entity: "milestone".into(), current: Version(1) };
    assert_eq!(stale, Err(current.into()));
    let new = all(&h).update(&ada, made.id, Version(1), changed.clone()).await.unwrap();
    assert_eq!((&new.fields, new.version), (&changed, Version(2)));
    let settled = h.settled().await;
    let same = all(&h).update(&ada, made.id, Version(2), changed).await;
    assert_eq!((same, h.settled().await), (Ok(new.clone()), settled), "nothing changed");
    all(&h).delete(&ada, made.id, Version(2)).await.unwrap();
    all(&h).delete(&ada, made.id, Version(2)).await.expect("twice is once");
    assert_eq!(projects.milestone(&ada, made.id).await, Err(MISSING));
    let page = PageRequest::default();
    assert!(projects.milestones(&ada, p.id, &page).await.unwrap().items.is_empty());
    let back = all(&h).restore(&ada, made.id, Version(3)).await.unwrap();
    assert_eq!((back.archived_at, back.version, back.fields), (None, Version(4), new.fields));
}

/// PROJ-13: progress is that of its tasks, by count and by estimate, and moving a task changes both.
pub async fn proj_13_moving_a_task_changes_both_milestones(h: Harness) {
    let ada = person(&h, "ada").await;
    let (p, q) = (project(&h, "P", &ada, &[]).await, project(&h, "Q", &ada, &[]).await);
    let projects = h.engine.projects();
    let one = all(&h).create(&ada, named(p.id, "1", Some("03-20"))).await.unwrap().id;
    let two = all(&h).create(&ada, named(p.id, "2", None)).await.unwrap().id;
    let foreign = all(&h).create(&ada, named(q.id, "3", None)).await.unwrap().id;
    let mut tasks = Vec::new();
    for minutes in [10, 30, 60] {
        let details = TaskDetails { estimate_min: Some(minutes), ..TaskDetails::titled("t") };
        let new = NewTask { details, ..NewTask::titled("") };
        let task = projects.create_task(&ada, p.id, new).await.unwrap();
        let put = projects.set_task_milestone(&ada, task.id, Version(1), Some(one)).await.unwrap();
        assert_eq!((put.milestone, put.version), (Some(one), Version(2)));
        tasks.push(task.id);
    }
    projects.set_task_status(&ada, tasks[0], Version(2), TaskStatus::Done).await.unwrap();
    let both = async || {
        let all = projects.milestones(&ada, p.id, &PageRequest::default()).await.unwrap().items;
        let ids: Vec<_> = all.iter().map(|view| view.milestone.id).collect();
        assert_eq!(ids, [one, two], "the one without a day comes last");
        assert_eq!(projects.milestone(&ada, one).await.unwrap(), all[0]);
        (percents(&all[0]), percents(&all[1]))
    };
    let some = |count: &str, estimate: &str| -> (Option<Decimal>, Option<Decimal>) {
        (count.parse().ok(), estimate.parse().ok())
    };
    assert_eq!(both().await, (some("33.33", "10.00"), (None, None)));
    let before = h.settled().await;
    projects.set_task_milestone(&ada, tasks[2], Version(2), Some(two)).await.unwrap();
    assert_eq!(h.events_after(before).await.len(), 1, "the task's event says both");
    assert_eq!(both().await, (some("50.00", "25.00"), some("0.00", "0.00")));
    projects.set_task_milestone(&ada, tasks[0], Version(3), Some(two)).await.unwrap();
    assert_eq!(both().await, (some("0.00", "0.00"), some("50.00", "14.29")));
    projects.delete_task(&ada, tasks[2], Version(3)).await.unwrap();
    assert_eq!(both().await, (some("0.00", "0.00"), some("100.00", "100.00")));
    for wrong in [foreign, MilestoneId::generate(&*h.ids)] {
        let refused = projects.set_task_milestone(&ada, tasks[1], Version(2), Some(wrong)).await;
        assert!(matches!(refused, Err(Error::Validation(_))), "{refused:?}");
    }
    all(&h).delete(&ada, two, Version(1)).await.unwrap();
    let refused = projects.set_task_milestone(&ada, tasks[1], Version(2), Some(two)).await;
    assert!(matches!(refused, Err(Error::Validation(_))), "it is deleted: {refused:?}");
    all(&h).restore(&ada, two, Version(2)).await.unwrap();
    assert_eq!(both().await.1, some("100.00", "100.00"), "its tasks are its own again");
    let project = projects.project_progress(&ada, p.id).await.unwrap();
    assert_eq!(
        (project.tasks, project.done, project.estimate_min, project.done_min),
        (2, 1, 40, 10)
    );
}

/// PROJ-8 and PROJ-13: after random moves, steps and deletions each milestone's progress is that of the
/// tasks that say they are its own, and those of all milestones and of none add up to the project's.
pub async fn proj_8_and_proj_13_progress_is_what_the_tasks_say(h: Harness) {
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await;
    let projects = h.engine.projects();
    let mut milestones = Vec::new();
    for name in ["1", "2", "3"] {
        milestones.push(all(&h).create(&ada, named(p.id, name, None)).await.unwrap().id);
    }
    let mut tasks: Vec<TaskId> = Vec::new();
    for _ in 0..12 {
        tasks.push(task(&h, &ada, &p, "t").await.id);
    }
    let mut random = Random::new(7);
    for _ in 0..120 {
        let id = *random.pick(&tasks);
        let seen = h.read_task(id).await.version;
        match random.below(5) {
            0 => drop(projects.delete_task(&ada, id, seen).await),
            1 => drop(projects.restore_task(&ada, id, seen).await),
            2 => {
                let status = *random.pick(TaskStatus::ALL);
                drop(projects.set_task_status(&ada, id, seen, status).await);
            }
            _ => {
                let to = random.percent(80).then(|| *random.pick(&milestones));
                drop(projects.set_task_milestone(&ada, id, seen, to).await);
            }
        }
    }
    let (mut all, mut done) = (0, 0);
    for milestone in milestones.into_iter().map(Some).chain([None]) {
        let (mut own, mut own_done) = (0, 0);
        for id in &tasks {
            let task = h.read_task(*id).await;
            let counts = task.deleted_at.is_none() && task.status != TaskStatus::Cancelled;
            if counts && task.milestone == milestone {
                own += 1;
                own_done += i64::from(task.status == TaskStatus::Done);
            }
        }
        if let Some(milestone) = milestone {
            let progress = projects.milestone(&ada, milestone).await.unwrap().progress;
            assert_eq!((progress.tasks, progress.done), (own, own_done));
        }
        (all, done) = (all + own, done + own_done);
    }
    let whole = projects.project_progress(&ada, p.id).await.unwrap();
    assert_eq!((whole.tasks, whole.done), (all, done));
    assert_eq!(h.store.maintenance().verify().await, Ok(vec![]));
}

/// Health follows the clock and the schedule; nothing is stored.
pub async fn proj_13_health_follows_clock_and_schedule(h: Harness) {
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await;
    let projects = h.engine.projects();
    // Now is Monday the 4th; a day has eight hours of work.
    let due = all(&h).create(&ada, named(p.id, "due", Some("03-06"))).await.unwrap().id;
    let health = async || projects.milestone(&ada, due).await.unwrap().health;
    assert_eq!(health().await, None, "there is nothing to do");
    let details = TaskDetails { estimate_min: Some(3 * 480), ..TaskDetails::titled("t") };
    let new = NewTask { details: details.clone(), ..NewTask::titled("") };
    let on = projects.create_task(&ada, p.id, new).await.unwrap().id;
    projects.set_task_milestone(&ada, on, Version(1), Some(due)).await.unwrap();
    assert_eq!(health().await, Some(Health::OnTrack), "from Monday to Wednesday");
    let longer = TaskDetails { estimate_min: Some(3 * 480 + 1), ..details };
    projects.update_task(&ada, on, Version(2), longer).await.unwrap();
    assert_eq!(health().await, Some(Health::AtRisk));
    h.pass(3 * 86_400);
    assert_eq!(health().await, Some(Health::Late));
    projects.set_task_status(&ada, on, Version(3), TaskStatus::Done).await.unwrap();
    assert_eq!(health().await, Some(Health::Complete));
}

/// PROJ-14: who does not see the project learns nothing of its milestones.
pub async fn proj_14_hidden_milestones_look_like_none(h: Harness) {
    let (ada, bob, eve) =
        (person(&h, "ada").await, person(&h, "bob").await, person(&h, "eve").await);
    let p = project(&h, "P", &ada, &[&bob]).await;
    let projects = h.engine.projects();
    let there = all(&h).create(&ada, named(p.id, "1", None)).await.unwrap().id;
    let v = Version(1);
    for (ctx, milestone) in [(&eve, there), (&ada, MilestoneId::generate(&*h.ids))] {
        let answers = [
            projects.milestone(ctx, milestone).await.err(),
            all(&h).update(ctx, milestone, v, named(p.id, "2", None)).await.err(),
            all(&h).delete(ctx, milestone, v).await.err(),
            all(&h).restore(ctx, milestone, v).await.err(),
        ];
        assert_eq!(answers, [Some(MISSING), Some(MISSING), Some(MISSING), Some(MISSING)]);
    }
    let hidden = Some(Error::NotFound { entity: "project" });
    let page = PageRequest::default();
    assert_eq!(projects.milestones(&eve, p.id, &page).await.err(), hidden);
    assert_eq!(all(&h).create(&eve, named(p.id, "2", None)).await.err(), hidden);
    assert_eq!(projects.project_progress(&eve, p.id).await.err(), hidden);
    projects.put_member(&ada, p.id, id(&bob), ProjectRole::Viewer).await.unwrap();
    let on = task(&h, &ada, &p, "t").await.id;
    let refused = projects.set_task_milestone(&bob, on, v, Some(there)).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
    let version = projects.project(&ada, p.id).await.unwrap().project.version;
    projects.delete(&ada, p.id, version).await.unwrap();
    assert_eq!(projects.milestone(&ada, there).await, Err(MISSING), "hidden with its project");
}
