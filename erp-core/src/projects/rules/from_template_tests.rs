//! What a project begins with.

use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::{
    port::SeededIds,
    projects::{DependencyKind, WorkingCalendar},
    time::tz::Zone,
};

fn body(value: serde_json::Value) -> TemplateBody {
    serde_json::from_value(value).unwrap()
}

fn user(number: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(number))
}

fn day(text: &str) -> NaiveDate {
    format!("2024-{text}").parse().unwrap()
}

fn first(body: &TemplateBody, roles: &TemplateRoles, start_on: &str) -> FirstThings {
    // Good Friday and Easter Monday.
    let holidays = vec![day("03-29"), day("04-01")];
    let calendar = WorkingCalendar { holidays, ..WorkingCalendar::default() };
    let (zone, start_on) = (Zone::utc(), day(start_on));
    let offsets = Offsets { start_on, work: WorkTime::from(&calendar, &zone, start_on) };
    first_things(body, roles, offsets, &SeededIds::new(1)).unwrap()
}

#[test]
fn phase_4_offsets_and_lengths_are_of_working_days() {
    let task = |key: &str, offset: i64, length: i64| {
        json!({ "key": key, "title": key,
            "days": { "offset_days": offset, "length_days": length } })
    };
    let tasks =
        json!([task("a", 0, 1), task("b", 1, 2), task("c", 3, 1), { "key": "d", "title": "d" }]);
    let body = body(json!({ "tasks": tasks }));
    for (start_on, expected) in [
        // A Wednesday, before two holidays and a weekend.
        ("03-27", [("03-27", "03-27"), ("03-28", "04-02"), ("04-03", "04-03")]),
        // A Saturday: the first working day is the Tuesday after.
        ("03-30", [("04-02", "04-02"), ("04-03", "04-04"), ("04-05", "04-05")]),
    ] {
        let tasks = first(&body, &TemplateRoles::new(), start_on).tasks;
        let days: Vec<_> =
            tasks.iter().map(|it| (it.details.start_on, it.details.due_on)).collect();
        let expected = expected.map(|(from, until)| (Some(day(from)), Some(day(until))));
        assert_eq!(days[..3], expected);
        assert_eq!(days[3], (None, None), "it has no days");
    }
}

#[test]
fn phase_4_the_whole_comes_before_its_parts_and_the_rest_stays_in_order() {
    let task =
        |key: &str, parent: Option<&str>| json!({ "key": key, "title": key, "parent": parent });
    let tasks = json!([
        task("a", None),
        task("leaf", Some("part")),
        task("part", Some("whole")),
        task("b", None),
        task("whole", None),
        task("other", Some("whole")),
    ]);
    let edge =
        json!({ "predecessor": "b", "successor": "leaf", "kind": "start_start", "lag_min": -30 });
    let body = body(json!({ "tasks": tasks, "dependencies": [edge] }));
    let FirstThings { tasks, dependencies, .. } = first(&body, &TemplateRoles::new(), "03-04");
    let titles: Vec<_> = tasks.iter().map(|task| task.details.title.as_str()).collect();
    assert_eq!(titles, ["a", "whole", "part", "leaf", "b", "other"]);
    let parents: Vec<_> = tasks.iter().map(|task| task.parent).collect();
    let [_, whole, part, leaf, b, _] = [0, 1, 2, 3, 4, 5].map(|place: usize| tasks[place].id);
    assert_eq!(parents, [None, None, Some(whole), Some(part), None, Some(whole)]);
    let (predecessor, successor, kind) = (b, leaf, DependencyKind::StartStart);
    assert_eq!(dependencies, [Dependency { predecessor, successor, kind, lag_min: -30 }]);
}

#[test]
fn phase_4_a_role_is_one_of_the_templates_and_given_to_a_member() {
    let tasks = json!([
        { "key": "a", "title": "a", "role": "fitter" },
        { "key": "b", "title": "b", "role": "planner" },
        { "key": "c", "title": "c" },
    ]);
    let body = body(json!({ "tasks": tasks }));
    let members = [(user(1), ProjectRole::Owner), (user(2), ProjectRole::Member)];
    let roles = |given: &[(&str, u128)]| -> TemplateRoles {
        given.iter().map(|(role, number)| ((*role).to_owned(), user(*number))).collect()
    };
    assert_eq!(check_roles(&body, &roles(&[("fitter", 2), ("planner", 1)]), &members), Ok(()));
    let given = roles(&[("cook", 1), ("fitter", 3)]);
    let Err(Error::Validation(wrong)) = check_roles(&body, &given, &members) else {
        panic!("it is wrong")
    };
    let fields: Vec<_> = wrong.iter().map(|one| one.field.as_str()).collect();
    assert_eq!(fields, ["roles.cook", "roles.fitter"]);
    let tasks = first(&body, &roles(&[("fitter", 2)]), "03-04").tasks;
    let assignees: Vec<_> = tasks.into_iter().map(|task| task.details.assignees).collect();
    assert_eq!(assignees, [vec![user(2)], vec![], vec![]]);
}

#[test]
fn phase_4_phases_are_of_working_days_and_tasks_are_in_them() {
    let kind = PhaseDefinitionId::from_uuid(Uuid::from_u128(9));
    let phase = |key: &str, offset: i64, length: i64| {
        json!({ "key": key, "definition": kind,
            "days": { "offset_days": offset, "length_days": length } })
    };
    let tasks = json!([
        { "key": "a", "title": "a", "phase": "build" },
        { "key": "b", "title": "b" },
    ]);
    let body =
        body(json!({ "phases": [phase("build", 2, 3), phase("plan", 0, 2)], "tasks": tasks }));
    let FirstThings { phases, tasks, .. } = first(&body, &TemplateRoles::new(), "03-27");
    let days = phases.iter().map(|it| (it.details.starts_on, it.details.ends_on));
    let expected = [(day("04-02"), day("04-04")), (day("03-27"), day("03-28"))];
    assert_eq!(days.collect::<Vec<_>>(), expected);
    assert_eq!((tasks[0].phase, tasks[1].phase), (Some(phases[0].id), None));
}
