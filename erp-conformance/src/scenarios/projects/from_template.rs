//! Projects made from templates (PHASE-4).

use std::collections::BTreeSet;

use chrono::NaiveDate;
use erp_core::{
    Conflict, Ctx, Error,
    access::{BuiltInRole, UserStatus},
    change::EventBody,
    ids::{ProjectCategoryId, ProjectTemplateId, UserId},
    money::{Currency, Money},
    policy::Action,
    projects::{
        Dependency, DependencyKind, FromTemplate, NewProject, NewProjectTemplate, PhaseDefinition,
        Project, ProjectDetails, ProjectEvent, ProjectQuery, ProjectRole, ProjectTemplate,
        ProjectTemplateUpdate, Task, TaskQuery, TemplateBody, TemplateChoice,
    },
    record::Stored,
};
use serde_json::{Value, json};

use super::{
    id, keeper, new_project, person,
    phases::{kinds, named},
};
use crate::Harness;

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

/// Five tasks: a whole with two parts, roles, days, and all kinds of edges.
pub(super) fn plant() -> Value {
    let task = |key: &str, parent: Option<&str>, role: Option<&str>, days: Option<(i64, i64)>| {
        let days =
            days.map(|(offset, length)| json!({ "offset_days": offset, "length_days": length }));
        json!({ "key": key, "title": format!("the {key}"), "parent": parent, "role": role,
            "days": days, "priority": "high", "labels": ["pv"], "estimate_min": 480 })
    };
    let edge = |before: &str, after: &str, kind: &str, lag: i64| {
        let [predecessor, successor] = [before, after];
        json!({ "predecessor": predecessor, "successor": successor, "kind": kind, "lag_min": lag })
    };
    json!({
        "tasks": [
            task("survey", None, Some("planner"), Some((0, 1))),
            task("rails", Some("roof"), Some("fitter"), Some((4, 3))),
            task("roof", None, None, Some((4, 8))),
            task("modules", Some("roof"), Some("fitter"), Some((8, 4))),
            task("inverter", None, Some("electrician"), None),
        ],
        "dependencies": [
            edge("survey", "roof", "finish_start", 480),
            edge("rails", "modules", "finish_start", 0),
            edge("modules", "inverter", "start_start", 60),
            edge("survey", "inverter", "finish_finish", -30),
        ],
    })
}

pub(super) async fn template(
    h: &Harness,
    ctx: &Ctx,
    (name, category): (&str, Option<ProjectCategoryId>),
    body: Value,
) -> ProjectTemplate {
    let body: TemplateBody = serde_json::from_value(body).expect("a body");
    let new = NewProjectTemplate { name: name.to_owned(), category, body };
    h.engine.projects().create_template(ctx, new).await.expect("it is new")
}

pub(super) fn opened(code: &str, members: &[(&Ctx, ProjectRole)]) -> NewProject {
    let new = new_project(code, members);
    // A Wednesday.
    let start_on = Some(day("2024-03-06"));
    NewProject { details: ProjectDetails { start_on, ..new.details }, ..new }
}

pub(super) fn from(template: &ProjectTemplate, key: &str, project: NewProject) -> FromTemplate {
    let from = TemplateChoice::Template(template.head.id);
    FromTemplate { from, key: key.to_owned(), project, roles: Default::default() }
}

pub(super) async fn tasks(h: &Harness, project: &Project) -> Vec<Task> {
    let query = TaskQuery { limit: 500, ..TaskQuery::default() };
    h.store.projects().tasks(project.id, &query).await.expect("a read")
}

pub(super) async fn made(h: &Harness) -> usize {
    let query = ProjectQuery { limit: 100, ..ProjectQuery::default() };
    h.store.projects().projects(&query).await.expect("a read").len()
}

/// Codes in order with the whole before its parts, parents, edges with kind and lag, days in working
/// days, assignees by role; what nobody is, is assigned to nobody.
pub async fn phase_4_a_project_has_the_tasks_edges_days_and_roles_of_its_template(h: Harness) {
    let (ada, bob) = (keeper(&h).await, person(&h, "bob").await);
    let solar = h.project_category("Solar", None).await.id;
    let plant = template(&h, &ada, ("Plant", Some(solar)), plant()).await;
    let mut new = from(&plant, "lead 7", opened("SUN", &[(&bob, ProjectRole::Member)]));
    new.roles = [("planner".to_owned(), id(&ada)), ("fitter".to_owned(), id(&bob))].into();
    let project = h.engine.projects().create_from_template(&ada, new).await.unwrap();
    assert_eq!(project.details.category, Some(solar), "that of the template");
    assert_eq!((project.last_task, project.member_count), (5, 2));
    let tasks = tasks(&h, &project).await;
    let told: Vec<_> = tasks
        .iter()
        .map(|task| {
            let day = |day: Option<NaiveDate>| day.map(|day| day.format("%d").to_string());
            let whole = task.parent.and_then(|id| tasks.iter().find(|task| task.id == id));
            let days = (day(task.details.start_on), day(task.details.due_on));
            let (title, code) = (task.details.title.as_str(), task.code.to_string());
            (code, title, whole.map(|it| it.code.number), days, task.details.assignees.clone())
        })
        .collect();
    let days = |from: &str, until: &str| (Some(from.to_owned()), Some(until.to_owned()));
    let code = |number: i64| format!("TASK-00{number}");
    let expected: [(String, &str, Option<i64>, _, Vec<UserId>); 5] = [
        (code(1), "the survey", None, days("06", "06"), vec![id(&ada)]),
        (code(2), "the roof", None, days("12", "21"), vec![]),
        (code(3), "the rails", Some(2), days("12", "14"), vec![id(&bob)]),
        (code(4), "the modules", Some(2), days("18", "21"), vec![id(&bob)]),
        (code(5), "the inverter", None, (None, None), vec![]),
    ];
    assert_eq!(told, expected);
    let graph = h.store.projects().task_graph(project.id).await.unwrap().unwrap();
    let number = |id| tasks.iter().find(|task| task.id == id).map(|task| task.code.number);
    let edge = |edge: &Dependency| {
        (number(edge.predecessor), number(edge.successor), edge.kind, edge.lag_min)
    };
    use DependencyKind as K;
    let mut edges: Vec<_> = graph.edges.iter().map(edge).collect();
    edges.sort_unstable();
    assert_eq!(
        edges,
        [
            (Some(1), Some(2), K::FinishStart, 480),
            (Some(1), Some(5), K::FinishFinish, -30),
            (Some(3), Some(4), K::FinishStart, 0),
            (Some(4), Some(5), K::StartStart, 60),
        ]
    );
    assert_eq!(project.graph, graph.version);
    let schedule = h.engine.projects().schedule(&ada, project.id).await.unwrap();
    assert_eq!(schedule.tasks.len(), 5, "it can be planned");
}

/// one commit, with the audit entries and events of a project, its tasks and its edges.
pub async fn phase_4_what_is_made_is_told_as_if_made_one_by_one(h: Harness) {
    let ada = keeper(&h).await;
    let plant = template(&h, &ada, ("Plant", None), plant()).await;
    let before = h.settled().await;
    let new = from(&plant, "lead 7", opened("SUN", &[]));
    let project = h.engine.projects().create_from_template(&ada, new).await.unwrap();
    let events = h.events_after(before).await;
    let kinds: Vec<_> = events.iter().map(|event| event.body.kind()).collect();
    let mut expected = vec!["projects.project_created"];
    expected.extend(["projects.task_created"; 5]);
    expected.extend(["projects.task_linked"; 4]);
    assert_eq!(kinds, expected);
    let numbers = events.iter().filter_map(|event| match &event.body {
        EventBody::Projects(ProjectEvent::TaskCreated(task)) => Some(task.code.number),
        _ => None,
    });
    assert_eq!(numbers.collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    let entries = h.audit().await;
    let count = |action| entries.iter().filter(|entry| entry.action == action).count();
    let told = [Action::ProjectCreate, Action::TaskCreate, Action::TaskLink].map(count);
    assert_eq!(told, [1, 5, 4]);
    let own = entries.iter().find(|entry| entry.action == Action::ProjectCreate).unwrap();
    let template = own.changes.iter().find(|change| change.field == "template").unwrap();
    assert_eq!(template.new, json!(plant.head.id));
    assert_eq!(own.entity.id, project.id.uuid());
}

/// A template with two phases and a task in each.
async fn phased(h: &Harness, ctx: &Ctx) -> (ProjectTemplate, [Stored<PhaseDefinition>; 2]) {
    let plan = kinds(h).create(ctx, named("Plan")).await.unwrap();
    let build = kinds(h).create(ctx, named("Build")).await.unwrap();
    let phase = |key: &str, kind: &Stored<PhaseDefinition>, (offset, length): (i64, i64)| {
        json!({ "key": key, "definition": kind.id,
            "days": { "offset_days": offset, "length_days": length },
            "budget": { "amount": "600", "currency": "EUR" } })
    };
    let task = |key: &str, phase| json!({ "key": key, "title": key, "phase": phase });
    let body = json!({
        "phases": [phase("b", &build, (3, 5)), phase("p", &plan, (0, 3))],
        "tasks": [task("survey", Some("p")), task("rails", Some("b")), task("party", None)],
    });
    (template(h, ctx, ("Phased", None), body).await, [plan, build])
}

fn budgeted(code: &str, amount: &str, currency: &str) -> NewProject {
    let new = opened(code, &[]);
    let currency = Currency::new(currency).expect("a currency");
    let budget = Money::new(amount.parse().expect("a number"), currency).ok();
    NewProject { details: ProjectDetails { budget, ..new.details }, ..new }
}

/// Days in working days, budgets, tasks in their phases; each phase with its audit entry and event.
pub async fn phase_4_phases_come_with_their_days_budgets_and_tasks(h: Harness) {
    let ada = keeper(&h).await;
    let (phased, [plan, build]) = phased(&h, &ada).await;
    let projects = h.engine.projects();
    let before = h.settled().await;
    let new = from(&phased, "lead 7", budgeted("SUN", "1200", "EUR"));
    let project = projects.create_from_template(&ada, new).await.unwrap();
    let phases: Vec<_> = projects.phases(&ada, project.id).await.unwrap();
    let phases: Vec<_> = phases.into_iter().map(|view| view.named.phase).collect();
    let told: Vec<_> = phases.iter().map(|it| (it.definition, it.details.starts_on)).collect();
    assert_eq!(told, [(plan.id, day("2024-03-06")), (build.id, day("2024-03-11"))]);
    let ends: Vec<_> = phases.iter().map(|it| it.details.ends_on).collect();
    assert_eq!(ends, [day("2024-03-08"), day("2024-03-15")]);
    let within: Vec<_> = tasks(&h, &project).await.into_iter().map(|task| task.phase).collect();
    assert_eq!(within, [Some(phases[0].id), Some(phases[1].id), None]);
    let events = h.events_after(before).await;
    let kinds: Vec<_> = events.iter().map(|event| event.body.kind()).collect();
    assert_eq!(kinds[1..3], ["projects.phase_put"; 2]);
    let entries = h.audit().await;
    assert_eq!(entries.iter().filter(|it| it.action == Action::PhaseCreate).count(), 2);
}

/// PHASE-5, and PHASE-2: budgets fit into the project's, and a kind that is archived or deleted after
/// the template was kept makes no phase.
pub async fn phase_4_phases_that_do_not_fit_or_are_gone_are_told(h: Harness) {
    let ada = keeper(&h).await;
    let (phased, [plan, build]) = phased(&h, &ada).await;
    let projects = h.engine.projects();
    let make =
        async |project| projects.create_from_template(&ada, from(&phased, "lead 7", project)).await;
    let over = make(budgeted("SUN", "1199.99", "EUR")).await;
    assert!(matches!(over, Err(Error::Conflict(Conflict::PhasesOverBudget { .. }))), "{over:?}");
    let mixed = make(budgeted("SUN", "1200", "USD")).await;
    let Err(Error::Validation(told)) = mixed else { panic!("it is mixed: {mixed:?}") };
    assert_eq!(told[0].field, "project.budget");
    let archived = kinds(&h).archive(&ada, plan.id, plan.version).await.unwrap();
    let gone = make(opened("SUN", &[])).await;
    assert!(matches!(gone, Err(Error::Precondition(_))), "{gone:?}");
    kinds(&h).restore(&ada, plan.id, archived.version).await.unwrap();
    kinds(&h).remove(&ada, build.id, build.version).await.unwrap();
    let gone = make(opened("SUN", &[])).await;
    assert!(matches!(gone, Err(Error::Precondition(_))), "{gone:?}");
    assert_eq!(made(&h).await, 0);
}

/// The category's own first one by name; without one that of what it lies in; archived ones are none.
pub async fn phase_4_the_nearest_template_of_a_category_is_taken(h: Harness) {
    let ada = keeper(&h).await;
    let solar = h.project_category("Solar", None).await.id;
    let roofs = h.project_category("Roofs", Some(solar)).await.id;
    let wind = h.project_category("Wind", None).await.id;
    let empty = || json!({});
    let general = template(&h, &ada, ("Any", Some(solar)), empty()).await;
    template(&h, &ada, ("Nowhere", None), empty()).await;
    let projects = h.engine.projects();
    let chosen = async |category, code: &str| {
        let from = TemplateChoice::Category(category);
        let project = opened(code, &[]);
        let new = FromTemplate { from, key: code.to_owned(), project, roles: Default::default() };
        let project = projects.create_from_template(&ada, new).await?;
        assert_eq!(project.details.category, Some(category));
        let origin = h.store.projects().origin(code).await.expect("a read").expect("it is kept");
        Ok::<_, Error>(origin.template)
    };
    assert_eq!(chosen(roofs, "A").await, Ok(general.head.id));
    let barn = template(&h, &ada, ("Barn", Some(roofs)), empty()).await;
    template(&h, &ada, ("school", Some(roofs)), empty()).await;
    assert_eq!(chosen(roofs, "B").await, Ok(barn.head.id));
    assert_eq!(chosen(solar, "C").await, Ok(general.head.id));
    archive(&h, &ada, &barn).await;
    archive(&h, &ada, &general).await;
    let none = chosen(solar, "D").await;
    assert!(matches!(none, Err(Error::Precondition(_))), "{none:?}");
    let none = chosen(wind, "D").await;
    assert!(matches!(none, Err(Error::Precondition(_))), "{none:?}");
    let nowhere = chosen(ProjectCategoryId::generate(&*h.ids), "D").await;
    assert_eq!(nowhere, Err(Error::NotFound { entity: "project_category" }));
}

pub(super) async fn archive(h: &Harness, ctx: &Ctx, template: &ProjectTemplate) -> ProjectTemplate {
    let ProjectTemplate { head, body } = template.clone();
    let template = NewProjectTemplate { name: head.name, category: head.category, body };
    let update = ProjectTemplateUpdate { expected: head.version, template, archived: true };
    h.engine.projects().update_template(ctx, head.id, update).await.expect("it is there")
}

/// Each fault is told by its field or kind, and leaves nothing behind: no project, no event, no key.
pub async fn phase_4_what_is_gone_or_wrong_is_told_and_leaves_nothing(h: Harness) {
    let (ada, bob) = (keeper(&h).await, person(&h, "bob").await);
    let plant = template(&h, &ada, ("Plant", None), plant()).await;
    let projects = h.engine.projects();
    projects.create(&ada, new_project("TAKEN", &[])).await.unwrap();
    let base = || from(&plant, "lead 7", opened("SUN", &[]));
    let with = |change: fn(&mut FromTemplate)| {
        let mut new = base();
        change(&mut new);
        new
    };
    let settled = h.settled().await;
    let gone_user = UserId::generate(&*h.ids);
    let mut stranger = base();
    stranger.roles.insert("fitter".to_owned(), id(&bob));
    let mut lost = base();
    lost.project.members.push((gone_user, ProjectRole::Member));
    let mut shut = base();
    let left = h.user_with_role("left", BuiltInRole::MEMBER).await;
    h.set_status(left.id, UserStatus::Deactivated).await;
    shut.project.members.push((left.id, ProjectRole::Member));
    let mut nowhere = base();
    nowhere.project.details.category = Some(ProjectCategoryId::generate(&*h.ids));
    for (wrong, field) in [
        (with(|new| new.key = " ".to_owned()), "key"),
        (with(|new| new.project.code = "-".to_owned()), "project.code"),
        (with(|new| new.project.details.name = String::new()), "project.name"),
        (with(|new| new.project.details.start_on = None), "project.start_on"),
        (stranger, "roles.fitter"),
        (lost, "project.members[0]"),
        (shut, "project.members[0]"),
        (nowhere, "project.category"),
    ] {
        let refused = projects.create_from_template(&ada, wrong).await;
        let Err(Error::Validation(told)) = refused else { panic!("{field}: {refused:?}") };
        assert_eq!(told[0].field, field);
    }
    let taken = with(|new| new.project.code = "taken".to_owned());
    let refused = projects.create_from_template(&ada, taken).await;
    assert_eq!(refused, Err(Conflict::taken("project", "code").into()));
    let unknown = TemplateChoice::Template(ProjectTemplateId::generate(&*h.ids));
    let refused =
        projects.create_from_template(&ada, FromTemplate { from: unknown, ..base() }).await;
    assert_eq!(refused, Err(Error::NotFound { entity: "project_template" }));
    let nobody = Ctx::user(h.user("nobody").await.id);
    let refused = projects.create_from_template(&nobody, base()).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
    archive(&h, &ada, &plant).await;
    let refused = projects.create_from_template(&ada, base()).await;
    assert!(matches!(refused, Err(Error::Precondition(_))), "{refused:?}");
    assert_eq!(made(&h).await, 1);
    assert_eq!(h.store.projects().origin("lead 7").await, Ok(None));
    let events = h.events_after(settled).await;
    let kinds: BTreeSet<_> = events.iter().map(|event| event.body.kind()).collect();
    let made = ["projects.project_created", "projects.task_created", "projects.task_linked"];
    assert!(made.iter().all(|kind| !kinds.contains(*kind)), "{kinds:?}");
}

/// 300 tasks and nearly as many edges in one commit.
pub async fn phase_4_a_template_of_full_size_makes_a_project(h: Harness) {
    let ada = keeper(&h).await;
    let task = |n: i64| {
        let parent = (n % 10 != 0).then(|| (n - n % 10).to_string());
        json!({ "key": n.to_string(), "title": format!("task {n}"), "parent": parent,
            "days": { "offset_days": n, "length_days": 2 } })
    };
    let edge = |n: i64| {
        // From a part to the next one, and from a whole to the next whole.
        let before = if n % 10 == 0 { n - 10 } else { n - 1 };
        (n % 10 != 1).then(|| {
            json!({ "predecessor": before.to_string(), "successor": n.to_string(),
                "kind": "finish_start" })
        })
    };
    let body = json!({
        "tasks": (0..300).map(task).collect::<Vec<_>>(),
        "dependencies": (1..300).filter_map(edge).collect::<Vec<_>>(),
    });
    let plant = template(&h, &ada, ("Plant", None), body).await;
    let new = from(&plant, "lead 7", opened("SUN", &[]));
    let project = h.engine.projects().create_from_template(&ada, new).await.unwrap();
    assert_eq!(project.last_task, 300);
    let graph = h.store.projects().task_graph(project.id).await.unwrap().unwrap();
    assert_eq!((graph.nodes.len(), graph.edges.len()), (300, plant.body.dependencies.len()));
}
