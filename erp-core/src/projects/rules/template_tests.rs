//! What a template may be.

use super::*;
use crate::{
    ids::PhaseDefinitionId,
    money::{Currency, Money},
    projects::model::{DependencyKind, TemplateDays, TemplateDependency, TemplatePhase},
};

fn task(key: &str) -> TemplateTask {
    serde_json::from_value(serde_json::json!({ "key": key, "title": "t" })).unwrap()
}

fn part(key: &str, parent: &str) -> TemplateTask {
    TemplateTask { parent: Some(parent.to_owned()), ..task(key) }
}

fn edge(predecessor: &str, successor: &str, kind: DependencyKind) -> TemplateDependency {
    let [predecessor, successor] = [predecessor, successor].map(str::to_owned);
    TemplateDependency { predecessor, successor, kind, lag_min: 0 }
}

fn phase(key: &str, offset_days: i64, length_days: i64) -> TemplatePhase {
    let definition = PhaseDefinitionId::from_uuid(Uuid::nil());
    let days = TemplateDays { offset_days, length_days };
    TemplatePhase { key: key.to_owned(), definition, days, budget: None }
}

fn fields(body: TemplateBody) -> Vec<String> {
    match check_template(body) {
        Err(Error::Validation(wrong)) => wrong.into_iter().map(|one| one.field).collect(),
        other => panic!("it is wrong: {other:?}"),
    }
}

fn ring(tasks: Vec<TemplateTask>, dependencies: Vec<TemplateDependency>) -> Vec<String> {
    match check_template(TemplateBody { tasks, dependencies, ..TemplateBody::default() }) {
        Err(Error::Conflict(Conflict::Ring { path, .. })) => path,
        other => panic!("no ring: {other:?}"),
    }
}

const FS: DependencyKind = DependencyKind::FinishStart;

#[test]
fn phase_4_rings_are_refused_with_the_keys_along_them() {
    for length in [2, 3, 15, 16, 17, 300] {
        let keys: Vec<String> = (0..length).map(|n| format!("k{n}")).collect();
        let tasks: Vec<_> = keys.iter().map(|key| task(key)).collect();
        let mut edges: Vec<_> = keys.windows(2).map(|pair| edge(&pair[0], &pair[1], FS)).collect();
        let chain = TemplateBody {
            tasks: tasks.clone(),
            dependencies: edges.clone(),
            ..TemplateBody::default()
        };
        assert_eq!(check_template(chain.clone()), Ok(chain));
        edges.push(edge(&keys[length - 1], &keys[0], FS));
        let path = ring(tasks, edges);
        assert_eq!((path.len(), path.first()), (length + 1, path.last()));
    }
}

#[test]
fn phase_4_a_ring_may_lead_over_parents_and_be_of_one_task() {
    for kind in DependencyKind::ALL {
        assert_eq!(ring(vec![task("a")], vec![edge("a", "a", *kind)]), ["a", "a"]);
        let tasks = vec![task("whole"), part("a", "whole")];
        assert_eq!(ring(tasks, vec![edge("a", "whole", *kind)]), ["a", "whole", "a"]);
    }
    assert_eq!(ring(vec![part("a", "a")], vec![]), ["a", "a"]);
    assert_eq!(ring(vec![part("a", "b"), part("b", "a")], vec![]).len(), 3);
    // What is within b waits for c, which waits for b, and so does not come before its parts.
    let tasks = vec![task("b"), part("a", "b"), task("c")];
    let path = ring(tasks.clone(), vec![edge("b", "c", FS), edge("c", "a", FS)]);
    assert!(["a", "b", "c"].iter().all(|key| path.iter().any(|one| one == key)), "{path:?}");
    let dependencies = vec![edge("a", "c", FS)];
    assert!(
        check_template(TemplateBody { tasks, dependencies, ..TemplateBody::default() }).is_ok()
    );
}

#[test]
fn phase_4_a_wrong_template_is_told_by_field_and_place() {
    let days = |offset_days, length_days| Some(TemplateDays { offset_days, length_days });
    let tasks = vec![
        TemplateTask { days: days(-1, 0), ..task("a") },
        TemplateTask { title: " ".to_owned(), ..task("a") },
        TemplateTask { role: Some(" ".to_owned()), ..part("b c", "nowhere") },
        TemplateTask { estimate_min: Some(-1), days: days(0, 3_661), ..task("d") },
    ];
    let far = TemplateDependency { lag_min: i64::MIN, ..edge("a", "d", FS) };
    let dependencies = vec![edge("a", "d", FS), far, edge("x", "y", FS)];
    let expected = [
        "tasks[0].days.offset_days",
        "tasks[0].days.length_days",
        "tasks[1].title",
        "tasks[2].key",
        "tasks[2].role",
        "tasks[3].days.length_days",
        "tasks[3].estimate_min",
        "tasks[1].key",
        "tasks[2].parent",
        "dependencies[2].predecessor",
        "dependencies[2].successor",
        "dependencies[1]",
        "dependencies[1].lag_min",
    ];
    assert_eq!(fields(TemplateBody { tasks, dependencies, ..TemplateBody::default() }), expected);
}

#[test]
fn phase_4_a_template_is_bounded() {
    let tasks = |count: usize| -> Vec<_> { (0..count).map(|n| task(&n.to_string())).collect() };
    let edges = |count| vec![edge("0", "1", FS); count];
    let body = TemplateBody {
        phases: vec![phase("p", 0, 1); 51],
        tasks: tasks(301),
        dependencies: edges(601),
    };
    assert_eq!(fields(body), ["phases", "tasks", "dependencies"]);
    assert!(check_template(TemplateBody { tasks: tasks(300), ..TemplateBody::default() }).is_ok());
    let long = || TemplateTask { description: Some("x".repeat(60_000)), ..task("a") };
    let tasks = vec![long(), long(), long(), long()];
    assert_eq!(fields(TemplateBody { tasks, ..TemplateBody::default() }), ["tasks"]);
}

#[test]
fn a_template_is_kept_as_tasks_are() {
    let labels = ["b", " a", "b"].map(str::to_owned).to_vec();
    let role = Some(" fitter ".to_owned());
    let given = TemplateTask { title: " Roof ".to_owned(), labels, role, ..task("a") };
    let body = TemplateBody { tasks: vec![given], ..TemplateBody::default() };
    let kept = check_template(body).unwrap().tasks.remove(0);
    assert_eq!((kept.title.as_str(), kept.labels.concat().as_str()), ("Roof", "ab"));
    assert_eq!(kept.role.as_deref(), Some("fitter"));
}

#[test]
fn phase_4_phases_of_a_template_lie_apart_and_have_one_currency() {
    let of = |phases: Vec<TemplatePhase>| TemplateBody { phases, ..TemplateBody::default() };
    let apart = of(vec![phase("build", 5, 3), phase("plan", 0, 5), phase("end", 8, 1)]);
    assert_eq!(check_template(apart.clone()), Ok(apart));
    let over = of(vec![phase("build", 4, 3), phase("plan", 0, 5), phase("a b", 7, 0)]);
    assert_eq!(fields(over), ["phases[2].key", "phases[2].days.length_days", "phases[0].days"]);
    let costs = |key: &str, offset: i64, amount: i64, currency: &str| {
        let budget = Money::new(amount.into(), Currency::new(currency).unwrap()).ok();
        TemplatePhase { budget, ..phase(key, offset, 1) }
    };
    let mixed =
        of(vec![costs("a", 0, 1, "EUR"), costs("a", 1, -1, "EUR"), costs("c", 2, 1, "USD")]);
    assert_eq!(fields(mixed), ["phases[1].key", "phases[1].budget", "phases[2].budget"]);
    let task = TemplateTask { phase: Some("nowhere".to_owned()), ..task("a") };
    let lost = TemplateBody { tasks: vec![task], ..of(vec![phase("a", 0, 1)]) };
    assert_eq!(fields(lost), ["tasks[0].phase"]);
}
