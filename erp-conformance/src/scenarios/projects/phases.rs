//! Phases of projects: their days, their names, the tasks in them.

use chrono::NaiveDate;
use erp_core::{
    Conflict, Ctx, Error,
    change::{Audience, EventBody, Version},
    ctx::IdempotencyKey,
    ids::{PhaseDefinitionId, PhaseId, ProjectId},
    page::PageRequest,
    policy::Action,
    projects::{
        NewPhase, Phase, PhaseDefinition, PhaseDetails, PhaseUpdate, ProjectEvent, ProjectRole,
        TaskQuery, rules::OnOverlap,
    },
    record::{Name, Records, Shelf},
};

use super::{id, keeper, new_project, person, project, task};
use crate::{Harness, cases::support::at_once};

const MISSING: Error = Error::NotFound { entity: "phase" };

/// From one day of 2024 to another, without a budget.
pub(super) fn days(from: &str, until: &str) -> PhaseDetails {
    let day = |text: &str| -> NaiveDate { format!("2024-{text}").parse().expect("a day") };
    PhaseDetails { starts_on: day(from), ends_on: day(until), budget: None }
}

pub(super) fn new(definition: PhaseDefinitionId, details: PhaseDetails) -> NewPhase {
    NewPhase { definition, details, on_overlap: OnOverlap::Refuse }
}

/// A new kind of phase.
pub(super) async fn kind(h: &Harness, keeper: &Ctx, name: &str) -> PhaseDefinitionId {
    let made = kinds(h).create(keeper, named(name)).await;
    made.expect("the name is new").id
}

/// The kinds of phase.
pub(super) fn kinds(h: &Harness) -> Records<'_, PhaseDefinition> {
    h.engine.records()
}

/// A kind of phase of this name.
pub(super) fn named(name: &str) -> PhaseDefinition {
    PhaseDefinition { name: Name::new(name).expect("a name") }
}

/// A phase of these days.
pub(super) async fn phase(
    h: &Harness,
    ctx: &Ctx,
    project: ProjectId,
    kind: PhaseDefinitionId,
    (from, until): (&str, &str),
) -> Phase {
    let new = new(kind, days(from, until));
    h.engine.projects().create_phase(ctx, project, new).await.expect("there is room")
}

/// What is listed: of each active phase its days, and of the current one that it is.
pub(super) async fn listed(h: &Harness, ctx: &Ctx, project: ProjectId) -> Vec<(String, bool)> {
    let views = h.engine.projects().phases(ctx, project).await.expect("he sees it");
    let shown = |day: NaiveDate| day.format("%m-%d").to_string();
    let view = |view: &erp_core::projects::PhaseView| {
        let PhaseDetails { starts_on, ends_on, .. } = view.named.phase.details;
        (format!("{} {}..{}", view.named.name, shown(starts_on), shown(ends_on)), view.current)
    };
    views.iter().map(view).collect()
}

fn update(expected: i64, details: PhaseDetails, on_overlap: OnOverlap) -> PhaseUpdate {
    PhaseUpdate { expected: Version(expected), details, on_overlap }
}

/// Managers make, change, cancel and restore phases; each is audited and told of, and a repeated
/// request is answered once.
pub async fn a_phase_is_made_changed_cancelled_and_restored(h: Harness) {
    let (root, ada, bob) = (keeper(&h).await, person(&h, "ada").await, person(&h, "bob").await);
    let p = project(&h, "P", &ada, &[&bob]).await.id;
    let projects = h.engine.projects();
    let build = kind(&h, &root, "Build").await;
    let first = new(build, days("03-04", "03-08"));
    let refused = projects.create_phase(&bob, p, first).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
    let before = h.settled().await;
    let keyed = ada.clone().with_idempotency_key(IdempotencyKey::new("a").unwrap());
    let made = projects.create_phase(&keyed, p, first).await.unwrap();
    assert_eq!((made.details, made.version, made.gate), (first.details, Version(1), None));
    assert_eq!(projects.create_phase(&keyed, p, first).await, Ok(made.clone()), "X-6");
    let events = h.events_after(before).await;
    assert_eq!(events.len(), 1);
    let told = EventBody::Projects(ProjectEvent::PhasePut(Box::new(made.clone())));
    assert_eq!((&events[0].body, &events[0].audience[..]), (&told, &[Audience::Project(p)][..]));
    assert_eq!(h.audit().await[0].action, Action::PhaseCreate);

    let later = days("03-05", "03-09");
    let stale = projects.update_phase(&ada, made.id, update(7, later, OnOverlap::Refuse)).await;
    let current = Conflict::Version { entity: "phase".into(), current: Version(1) };
    assert_eq!(stale, Err(current.into()));
    let moved = projects.update_phase(&ada, made.id, update(1, later, OnOverlap::Refuse)).await;
    let moved = moved.unwrap();
    assert_eq!((moved.details, moved.version), (later, Version(2)));
    let settled = h.settled().await;
    let same = projects.update_phase(&ada, made.id, update(2, later, OnOverlap::Refuse)).await;
    assert_eq!((same, h.settled().await), (Ok(moved), settled), "nothing changed");

    projects.cancel_phase(&ada, made.id, Version(2)).await.unwrap();
    projects.cancel_phase(&ada, made.id, Version(2)).await.expect("twice is once");
    assert_eq!(projects.phase(&ada, made.id).await, Err(MISSING));
    assert_eq!(listed(&h, &ada, p).await, []);
    let refused = projects.update_phase(&ada, made.id, update(3, later, OnOverlap::Refuse)).await;
    assert_eq!(refused, Err(MISSING));
    let back = projects.restore_phase(&ada, made.id, Version(3)).await.unwrap();
    assert_eq!((back.cancelled_at, back.version, back.details), (None, Version(4), later));
    let view = projects.phase(&bob, made.id).await.unwrap();
    assert_eq!((view.named.phase, view.named.name.as_str()), (back, "Build"));
    projects.cancel_phase(&ada, made.id, Version(4)).await.unwrap();
    phase(&h, &ada, p, build, ("03-09", "03-09")).await;
    let taken = projects.restore_phase(&ada, made.id, Version(5)).await;
    assert!(matches!(taken, Err(Error::Conflict(Conflict::PhasesOverlap { .. }))), "{taken:?}");
}

/// PHASE-1: a phase that would lie over others is refused, or puts off those that follow, each audited
/// and told of; tasks keep their days.
pub async fn phase_1_moving_a_phase_is_refused_or_puts_off_those_that_follow(h: Harness) {
    let (root, ada) = (keeper(&h).await, person(&h, "ada").await);
    let p = project(&h, "P", &ada, &[]).await;
    let projects = h.engine.projects();
    let build = kind(&h, &root, "B").await;
    let one = phase(&h, &ada, p.id, build, ("03-04", "03-08")).await;
    let two = phase(&h, &ada, p.id, build, ("03-09", "03-12")).await;
    phase(&h, &ada, p.id, build, ("03-20", "03-21")).await;
    let plan = task(&h, &ada, &p, "plan").await;
    let plan = projects.set_task_phase(&ada, plan.id, Version(1), Some(two.id)).await.unwrap();
    let wrong = projects.create_phase(&ada, p.id, new(build, days("03-08", "03-07"))).await;
    assert!(matches!(wrong, Err(Error::Validation(_))), "{wrong:?}");
    let over = Conflict::PhasesOverlap { over: vec![one.id, two.id] };
    let refused = projects.create_phase(&ada, p.id, new(build, days("03-08", "03-09"))).await;
    assert_eq!(refused, Err(over.into()));
    let longer = days("03-04", "03-10");
    let refused = projects.update_phase(&ada, one.id, update(1, longer, OnOverlap::Refuse)).await;
    assert_eq!(refused, Err(Conflict::PhasesOverlap { over: vec![two.id] }.into()));

    let (before, audited) = (h.settled().await, h.audit().await.len());
    projects.update_phase(&ada, one.id, update(1, longer, OnOverlap::Shift)).await.unwrap();
    let all = listed(&h, &ada, p.id).await;
    let all: Vec<_> = all.iter().map(|(text, _)| text.as_str()).collect();
    assert_eq!(all, ["B 03-04..03-10", "B 03-11..03-14", "B 03-20..03-21"], "the gap gives");
    assert_eq!(h.kinds_after(before).await, ["projects.phase_put", "projects.phase_put"]);
    assert_eq!(h.audit().await.len(), audited + 2, "as if each had been moved alone");
    assert_eq!(h.read_task(plan.id).await, plan, "tasks stay");
}

/// PHASE-1 and X-18: of phases that are made on the same days at once, one is.
pub async fn phase_1_of_phases_on_the_same_days_at_once_one_is_made(h: Harness) {
    let (root, ada) = (keeper(&h).await, person(&h, "ada").await);
    let build = kind(&h, &root, "B").await;
    for round in 0..8 {
        let p = project(&h, &format!("P{round}"), &ada, &[]).await.id;
        let made = at_once((0..6).map(|n| {
            let (engine, ada) = (h.engine.clone(), ada.clone());
            let new = new(build, days(&format!("03-{:02}", 4 + n), "03-20"));
            async move { engine.projects().create_phase(&ada, p, new).await }
        }));
        let made = made.await;
        assert_eq!(made.iter().filter(|one| one.is_ok()).count(), 1, "{made:?}");
        assert_eq!(listed(&h, &ada, p).await.len(), 1);
    }
}

/// PHASE-2: a phase has the name of its kind, also when that changes; a kind that was used is archived
/// and not deleted, and no new phase is of an archived one.
pub async fn phase_2_a_kind_is_renamed_everywhere_and_kept_while_it_is_used(h: Harness) {
    let (root, ada) = (keeper(&h).await, person(&h, "ada").await);
    let projects = h.engine.projects();
    let build = kind(&h, &root, " Build ").await;
    let refused = kinds(&h).create(&root, named("BUILD")).await;
    assert_eq!(refused, Err(Conflict::taken("phase_definition", "name").into()));
    let mut of = Vec::new();
    for code in ["P", "Q"] {
        let p = project(&h, code, &ada, &[]).await.id;
        phase(&h, &ada, p, build, ("04-01", "04-08")).await;
        of.push(p);
    }
    let renamed = kinds(&h).update(&root, build, Version(1), named("Construction")).await;
    assert_eq!(renamed.unwrap().version, Version(2));
    for p in &of {
        assert_eq!(listed(&h, &ada, *p).await[0].0, "Construction 04-01..04-08");
    }
    let refused = kinds(&h).remove(&root, build, Version(2)).await;
    assert_eq!(refused, Err(Conflict::in_use("phase_definition", "phase").into()));
    let archived = kinds(&h).archive(&root, build, Version(2)).await.unwrap();
    assert_eq!((archived.archived_at, archived.version), (Some(h.now()), Version(3)));
    assert_eq!(kinds(&h).archive(&root, build, Version(3)).await, Ok(archived));
    let next = new(build, days("04-10", "04-11"));
    let refused = projects.create_phase(&ada, of[0], next).await;
    assert_eq!(refused, Err(Error::invalid("definition", "is archived")));
    let nowhere = new(PhaseDefinitionId::generate(&*h.ids), next.details);
    let refused = projects.create_phase(&ada, of[0], nowhere).await;
    assert_eq!(refused, Err(Error::invalid("definition", "no such phase definition")));
    assert_eq!(listed(&h, &ada, of[0]).await.len(), 1, "what is of it stays");
    kinds(&h).restore(&root, build, Version(3)).await.unwrap();
    projects.create_phase(&ada, of[0], next).await.unwrap();
    let unused = kind(&h, &root, "Unused").await;
    kinds(&h).remove(&root, unused, Version(1)).await.unwrap();
    let all = kinds(&h).list(&ada, (Shelf::All, &[]), &PageRequest::default()).await;
    let all = all.unwrap().items;
    assert_eq!(all.iter().map(|one| &*one.name).collect::<Vec<_>>(), ["Construction"]);
}

/// Who keeps the catalogue keeps the kinds of phases; who does not see it learns nothing of them.
pub async fn x_17_kinds_of_phases_are_of_those_who_see_the_catalogue(h: Harness) {
    let (root, bob) = (keeper(&h).await, person(&h, "bob").await);
    let eve = erp_core::access::BuiltInRole::GUEST;
    let eve = Ctx::user(h.user_with_role("eve", eve).await.id);
    let before = h.settled().await;
    let build = kind(&h, &root, "Build").await;
    let events = h.events_after(before).await;
    assert_eq!(events.len(), 1);
    assert!(events[0].audience.iter().all(|one| matches!(one, Audience::Holders(_))));
    assert_eq!(h.audit().await[0].action, Action::PhaseDefinitionCreate);
    let kinds = kinds(&h);
    let refused = kinds.list(&eve, (Shelf::All, &[]), &PageRequest::default()).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
    for id in [build, PhaseDefinitionId::generate(&*h.ids)] {
        let refused = [
            kinds.update(&eve, id, Version(1), named("x")).await.err(),
            kinds.archive(&eve, id, Version(1)).await.err(),
            kinds.remove(&eve, id, Version(1)).await.err(),
        ];
        let missing = Some(Error::NotFound { entity: "phase_definition" });
        assert!(refused.iter().all(|one| *one == missing), "{refused:?}");
    }
    let refused = [
        kinds.create(&bob, named("x")).await.err(),
        kinds.update(&bob, build, Version(1), named("x")).await.err(),
        kinds.archive(&bob, build, Version(1)).await.err(),
        kinds.remove(&bob, build, Version(1)).await.err(),
    ];
    assert!(refused.iter().all(|one| matches!(one, Some(Error::Forbidden { .. }))), "{refused:?}");
}

/// A task is put into an active phase of its project only, and a phase with live tasks is not cancelled.
pub async fn phase_1_a_task_is_in_an_active_phase_of_its_project(h: Harness) {
    let (root, ada, bob) = (keeper(&h).await, person(&h, "ada").await, person(&h, "bob").await);
    let (p, q) = (project(&h, "P", &ada, &[&bob]).await, project(&h, "Q", &ada, &[]).await);
    let projects = h.engine.projects();
    let build = kind(&h, &root, "B").await;
    let one = phase(&h, &ada, p.id, build, ("03-04", "03-08")).await.id;
    let cancelled = phase(&h, &ada, p.id, build, ("03-09", "03-12")).await.id;
    projects.cancel_phase(&ada, cancelled, Version(1)).await.unwrap();
    let foreign = phase(&h, &ada, q.id, build, ("03-04", "03-08")).await.id;
    let rails = task(&h, &ada, &p, "rails").await;
    let before = h.settled().await;
    let put = projects.set_task_phase(&bob, rails.id, Version(1), Some(one)).await.unwrap();
    assert_eq!((put.phase, put.version), (Some(one), Version(2)));
    assert_eq!(h.kinds_after(before).await, ["projects.task_updated"]);
    for wrong in [cancelled, foreign, PhaseId::generate(&*h.ids)] {
        let refused = projects.set_task_phase(&bob, rails.id, Version(2), Some(wrong)).await;
        let no_such = Error::invalid("phase", "no such active phase of the project");
        assert_eq!(refused, Err(no_such));
    }
    let query = TaskQuery { phase: Some(one), ..TaskQuery::default() };
    let found = projects.tasks(&bob, p.id, query, &PageRequest::default()).await.unwrap().items;
    assert_eq!(found.iter().map(|view| view.task.id).collect::<Vec<_>>(), [rails.id]);
    let first = PageRequest::first(1);
    let next = task(&h, &ada, &p, "next").await.id;
    projects.set_task_phase(&bob, next, Version(1), Some(one)).await.unwrap();
    let board = projects.board(&bob, p.id, Some(one), &first).await.unwrap();
    assert_eq!(board.columns.iter().map(|column| column.count).sum::<i64>(), 2);
    let column =
        board.columns.iter().find(|column| column.count == 2).expect("they are to be done");
    let query = TaskQuery { phase: Some(one), status: vec![column.status], ..TaskQuery::default() };
    let rest = PageRequest { cursor: column.tasks.next.clone(), ..PageRequest::default() };
    let rest = projects.tasks(&bob, p.id, query, &rest).await.unwrap().items;
    assert_eq!(rest.iter().map(|view| view.task.id).collect::<Vec<_>>(), [next]);
    projects.set_task_phase(&bob, next, Version(2), None).await.unwrap();
    let refused = projects.cancel_phase(&ada, one, Version(1)).await;
    assert_eq!(refused, Err(Conflict::in_use("phase", "task").into()));
    projects.delete_task(&ada, rails.id, Version(2)).await.unwrap();
    projects.cancel_phase(&ada, one, Version(1)).await.expect("only a deleted task is in it");
}

/// a task that comes into a phase while that is cancelled is in an active phase, or in none.
pub async fn x_18_a_task_does_not_come_into_a_phase_that_is_cancelled_at_once(h: Harness) {
    let (root, ada) = (keeper(&h).await, person(&h, "ada").await);
    let p = project(&h, "P", &ada, &[]).await;
    let build = kind(&h, &root, "B").await;
    for round in 0..8 {
        let day = format!("04-{:02}", 1 + round);
        let one = phase(&h, &ada, p.id, build, (&day, &day)).await.id;
        let rails = task(&h, &ada, &p, "rails").await.id;
        let done = at_once([true, false].map(|cancels| {
            let (engine, ada) = (h.engine.clone(), ada.clone());
            async move {
                let projects = engine.projects();
                if cancels {
                    projects.cancel_phase(&ada, one, Version(1)).await
                } else {
                    projects.set_task_phase(&ada, rails, Version(1), Some(one)).await.map(drop)
                }
            }
        }));
        let done = done.await;
        assert_eq!(done.iter().filter(|one| one.is_ok()).count(), 1, "{done:?}");
        let active = h.engine.projects().phase(&ada, one).await.is_ok();
        assert_eq!(h.read_task(rails).await.phase.is_some(), active);
    }
}

/// PHASE-6: a project with a category and phases and one without either go through the same services.
pub async fn phase_6_projects_with_phases_and_without_go_the_same_way(h: Harness) {
    let (root, ada) = (keeper(&h).await, person(&h, "ada").await);
    let projects = h.engine.projects();
    let solar = erp_core::projects::ProjectCategory::new("Solar", None).unwrap();
    let solar = h.engine.records().create(&root, solar).await.unwrap().id;
    let build = kind(&h, &root, "B").await;
    let mut ends = Vec::new();
    for category in [None, Some(solar)] {
        let mut new = new_project(if category.is_some() { "SUN" } else { "PLAIN" }, &[]);
        new.details.category = category;
        let p = projects.create(&ada, new).await.unwrap();
        let plan = task(&h, &ada, &p, "plan").await;
        let mut seen = plan.version;
        if category.is_some() {
            let one = phase(&h, &ada, p.id, build, ("03-04", "03-08")).await.id;
            seen = projects.set_task_phase(&ada, plan.id, seen, Some(one)).await.unwrap().version;
        }
        let status = erp_core::projects::TaskStatus::Done;
        projects.set_task_status(&ada, plan.id, seen, status).await.unwrap();
        let board = projects.board(&ada, p.id, None, &PageRequest::default()).await.unwrap();
        let summary = projects.summary(&ada, p.id).await.unwrap();
        let schedule = projects.schedule(&ada, p.id).await.unwrap();
        let counts: Vec<i64> = board.columns.iter().map(|column| column.count).collect();
        ends.push((counts, summary, schedule, listed(&h, &ada, p.id).await.len()));
    }
    let [(counts, summary, schedule, none), (of_sun, sun, sun_schedule, one)] = &ends[..] else {
        panic!("there are two")
    };
    assert_eq!((counts, summary, schedule), (of_sun, sun, sun_schedule));
    assert_eq!((*none, *one), (0, 1));
}

/// PROJ-14: to whoever is no member a phase, and whether there is one, is nothing.
pub async fn proj_14_hidden_phases_look_like_none(h: Harness) {
    let (root, ada, eve) = (keeper(&h).await, person(&h, "ada").await, person(&h, "eve").await);
    let p = project(&h, "P", &ada, &[]).await;
    let projects = h.engine.projects();
    let build = kind(&h, &root, "B").await;
    let one = phase(&h, &ada, p.id, build, ("03-04", "03-08")).await.id;
    let refused = projects.phases(&eve, p.id).await.err();
    assert_eq!(refused, projects.phases(&eve, ProjectId::generate(&*h.ids)).await.err());
    let created = projects.create_phase(&eve, p.id, new(build, days("03-04", "03-08"))).await;
    assert_eq!(created, Err(Error::NotFound { entity: "project" }));
    let details = days("03-04", "03-09");
    for phase in [one, PhaseId::generate(&*h.ids)] {
        let v = Version(1);
        let refused = [
            projects.phase(&eve, phase).await.err(),
            projects.update_phase(&eve, phase, update(1, details, OnOverlap::Shift)).await.err(),
            projects.cancel_phase(&eve, phase, v).await.err(),
            projects.restore_phase(&eve, phase, v).await.err(),
            projects.pass_gate(&eve, phase, v, Default::default()).await.err(),
            projects.take_back_gate(&eve, phase, v).await.err(),
        ];
        assert!(refused.iter().all(|one| *one == Some(MISSING)), "{refused:?}");
    }
    projects.put_member(&ada, p.id, id(&eve), ProjectRole::Viewer).await.unwrap();
    assert_eq!(listed(&h, &eve, p.id).await.len(), 1);
    let refused = projects.cancel_phase(&eve, one, Version(1)).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
    projects.delete(&ada, p.id, p.version).await.unwrap();
    assert_eq!(projects.phase(&ada, one).await, Err(MISSING));
}
