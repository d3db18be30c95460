//! What is asked before anything is told: rights and sight, then versions, then fields; and that what is
//! told is the same on every store.

use std::convert::Infallible;

use bytes::Bytes;
use chrono::NaiveDate;
use erp_core::{
    Ctx, Error,
    change::Version,
    ctx::IdempotencyKey,
    ids::{AttachmentId, CommentId, MilestoneId, PhaseId, ProjectId, TaskId, TimeEntryId},
    money::{Currency, Money},
    page::{Cursor, Limit, PageRequest},
    port::IdGenerator as _,
    projects::{
        HourlyRate, Milestone, NewComment, NewFile, NewTask, PhaseDetails, PhaseUpdate,
        ProjectDetails, ProjectRole, TaskDetails, TaskQuery, TaskSort, TimeSpent, WorkingCalendar,
        rules::OnOverlap,
    },
    record::{Day, Input, Name, Record as _, Records, Told},
};
use futures::stream;

use super::{id, keeper, new_project, person, project, task};
use crate::Harness;

fn money(amount: &str, code: &str) -> Money {
    let text = format!(r#"{{"amount":"{amount}","currency":"{code}"}}"#);
    serde_json::from_str(&text).expect("it may have been kept once")
}

fn wrong_field<T: std::fmt::Debug>(answer: Result<T, Error>) -> String {
    match answer {
        Err(Error::Validation(wrong)) => wrong[0].field.clone(),
        other => panic!("not a wrong field: {other:?}"),
    }
}

/// X-21: an amount keeps its digits, and is in a currency of ISO 4217 that is in use.
pub async fn x_21_an_amount_keeps_its_digits_and_is_in_a_currency_in_use(h: Harness) {
    let (keeper, ada) = (keeper(&h).await, person(&h, "ada").await);
    let projects = h.engine.projects();
    for (code, amount, currency) in
        [("A", "0.00", "EUR"), ("B", "0", "JPY"), ("C", "12.5", "EUR"), ("D", "0.000", "KWD")]
    {
        let budget = Some(money(amount, currency));
        let details = ProjectDetails { budget, ..ProjectDetails::named(code) };
        let new = erp_core::projects::NewProject { details, ..new_project(code, &[]) };
        let made = projects.create(&ada, new).await.unwrap();
        let kept = projects.project(&ada, made.id).await.unwrap().project;
        assert_eq!(kept, made);
        let text = serde_json::to_string(&kept.details.budget).unwrap();
        assert_eq!(text, format!(r#"{{"amount":"{amount}","currency":"{currency}"}}"#));
    }
    let valid_from = Day::new(NaiveDate::from_ymd_opt(2024, 1, 1).unwrap()).unwrap();
    for currency in ["ERU", "ZZZ", "XXX", "BGN"] {
        let budget = Some(money("1.00", currency));
        let details = ProjectDetails { budget, ..ProjectDetails::named("P") };
        let new = erp_core::projects::NewProject { details, ..new_project("P", &[]) };
        assert_eq!(wrong_field(projects.create(&ada, new).await), "budget", "{currency}");
        let rate = money("1.00", currency);
        let new = HourlyRate { user: id(&ada), project: None, valid_from, rate };
        let refused = h.engine.records().create(&keeper, new).await;
        assert_eq!(wrong_field(refused), "rate", "{currency}");
    }
    let rate = Money::new("80.00".parse().unwrap(), Currency::new("EUR").unwrap()).unwrap();
    let new = HourlyRate { user: id(&ada), project: None, valid_from, rate };
    let rates: Records<'_, HourlyRate> = h.engine.records();
    let made = rates.create(&keeper, new).await.unwrap();
    let text = serde_json::to_string(&rates.get(&keeper, made.id).await.unwrap()).unwrap();
    assert_eq!(text, serde_json::to_string(&made).unwrap());
    assert!(text.contains(r#""amount":"80.00""#), "{text}");
}

/// X-22: a label and a day that no task can have are refused by their field, and a cursor that was made
/// up is none.
pub async fn x_22_what_no_task_can_have_is_not_looked_for(h: Harness) {
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await;
    let projects = h.engine.projects();
    let ask = async |query: TaskQuery, key: Option<serde_json::Value>| {
        let cursor = key.map(|key| Cursor::after(&(p.id, &query), &key).unwrap());
        let page = PageRequest { limit: Limit::default(), cursor };
        projects.tasks(&ada, p.id, query, &page).await
    };
    for label in ["a\0b", "\0", "", &"x".repeat(51), "a\nb"] {
        let query = TaskQuery { label: Some(label.to_owned()), ..TaskQuery::default() };
        assert_eq!(wrong_field(ask(query, None).await), "label", "{label:?}");
    }
    for day in [NaiveDate::MIN, NaiveDate::MAX] {
        let query = TaskQuery { due_before: Some(day), ..TaskQuery::default() };
        assert_eq!(wrong_field(ask(query, None).await), "due_before");
    }
    let by = |sort| TaskQuery { sort, ..TaskQuery::default() };
    for (sort, rank) in [
        (TaskSort::Updated, serde_json::json!({ "updated": "+262142-12-31T23:59:59Z" })),
        (TaskSort::Updated, serde_json::json!({ "updated": "2016-12-31T23:59:60Z" })),
        (TaskSort::Due, serde_json::json!({ "due": "+262142-12-31" })),
        // Of a list in another order.
        (TaskSort::Number, serde_json::json!({ "due": "2026-01-01" })),
        (TaskSort::Due, serde_json::json!("number")),
    ] {
        let key = serde_json::json!({ "by": rank, "number": 1 });
        assert_eq!(wrong_field(ask(by(sort), Some(key)).await), "cursor", "{rank}");
    }
    let key = serde_json::json!({ "by": "number", "number": 1 });
    assert!(ask(by(TaskSort::Number), Some(key)).await.is_ok(), "that could be one");
}

/// X-23: who was taken out of a project is not told of it by the key that he made it with.
pub async fn x_23_a_project_of_a_key_is_told_to_those_who_see_it(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let projects = h.engine.projects();
    let keyed =
        |name: &str| ada.clone().with_idempotency_key(IdempotencyKey::new(name).expect("a key"));
    let make = async || {
        projects.create(&keyed("p"), new_project("P", &[(&bob, ProjectRole::Owner)])).await
    };
    let made = make().await.unwrap();
    assert_eq!(make().await, Ok(made.clone()), "the first answer");
    let add = async || projects.create_task(&keyed("t"), made.id, NewTask::titled("1")).await;
    let task = add().await.unwrap();
    let say = async || {
        let new = NewComment { body: "here".to_owned(), answers: None };
        projects.comment(&keyed("c"), task.id, new).await
    };
    let said = say().await.unwrap();
    assert_eq!((add().await, say().await), (Ok(task.clone()), Ok(said)));
    projects.remove_member(&bob, made.id, id(&ada)).await.unwrap();
    let missing = |entity| Error::NotFound { entity };
    assert_eq!(make().await, Err(missing("project")));
    assert_eq!(add().await, Err(missing("project")));
    assert_eq!(say().await, Err(missing("task")));
}

/// X-23: to whoever does not see a project nothing of it is told by a version or by a wrong field: every
/// call on a hidden thing is answered as on one that is not there.
pub async fn x_23_sight_comes_before_versions_and_fields(h: Harness) {
    let (ada, eve) = (person(&h, "ada").await, person(&h, "eve").await);
    let p = project(&h, "P", &ada, &[]).await;
    let on = task(&h, &ada, &p, "1").await.id;
    let projects = h.engine.projects();
    let name = Name::new("M").unwrap();
    let milestone = Milestone { project: p.id, name, description: None, due_on: None };
    let milestone = h.engine.records().create(&ada, milestone).await.unwrap().id;
    let said = NewComment { body: "here".to_owned(), answers: None };
    let said = projects.comment(&ada, on, said).await.unwrap().id;
    let hour = |hour| h.now() - chrono::TimeDelta::hours(hour);
    let spent = TimeSpent { started_at: hour(2), ended_at: Some(hour(1)), note: None };
    let spent = projects.log_time(&ada, on, spent).await.unwrap().id;
    let file =
        |name: &str| NewFile { name: name.to_owned(), content_type: "text/plain".to_owned() };
    let bytes = || stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"x"))]);
    let file_id = projects.upload(&ada, p.id, file("a.txt"), bytes()).await.unwrap().id;
    let none = h.ids.uuid();
    for (p, on, milestone, said, spent, file_id) in [
        (p.id, on, milestone, said, spent, file_id),
        (
            ProjectId::from_uuid(none),
            TaskId::from_uuid(none),
            MilestoneId::from_uuid(none),
            CommentId::from_uuid(none),
            TimeEntryId::from_uuid(none),
            AttachmentId::from_uuid(none),
        ),
    ] {
        let bad = || TaskDetails::titled("a\nb");
        let records = h.engine.all_records();
        let kind = Milestone::KIND;
        let worse = || Input::Json(serde_json::Map::from_iter([("name".to_owned(), "".into())]));
        let bad_milestone = || {
            let project = ("project".to_owned(), p.to_string().into());
            Input::Json(serde_json::Map::from_iter([("name".to_owned(), "".into()), project]))
        };
        let bad_time = || TimeSpent { started_at: hour(1), ended_at: None, note: None };
        let old = Version(77);
        let new = NewTask { details: bad(), parent: None, status: None };
        let told = [
            ("project", projects.create_task(&eve, p, new).await.map(drop)),
            ("project", projects.update(&eve, p, old, ProjectDetails::named("")).await.map(drop)),
            ("project", records.create(&eve, kind, &bad_milestone()).await.map(drop)),
            ("project", projects.upload(&eve, p, file("a/b"), bytes()).await.map(drop)),
            ("project", bad_calendar(&h, &eve, p).await),
            ("task", projects.update_task(&eve, on, old, bad()).await.map(drop)),
            ("task", projects.comment(&eve, on, blank()).await.map(drop)),
            ("task", projects.log_time(&eve, on, bad_time()).await.map(drop)),
            ("task", projects.add_to_checklist(&eve, on, "").await.map(drop)),
            ("milestone", {
                let (seen, input) = ((milestone.uuid(), old), (Told::Part, &worse()));
                records.update(&eve, kind, seen, input).await.map(drop)
            }),
            ("comment", projects.edit_comment(&eve, said, old, String::new()).await.map(drop)),
            ("time_entry", projects.change_time(&eve, spent, old, bad_time()).await.map(drop)),
            ("attachment", projects.link_attachment(&eve, file_id, old, on).await.map(drop)),
            ("phase", bad_phase(&h, &eve).await),
        ];
        for (entity, answer) in told {
            assert_eq!(answer, Err(Error::NotFound { entity }));
        }
    }
}

fn blank() -> NewComment {
    NewComment { body: " ".to_owned(), answers: None }
}

async fn bad_calendar(h: &Harness, who: &Ctx, project: ProjectId) -> Result<(), Error> {
    let holidays = vec![NaiveDate::MAX];
    let calendar = WorkingCalendar { hours: Vec::new(), holidays };
    h.engine.projects().set_calendar(who, project, Version(77), calendar).await.map(drop)
}

async fn bad_phase(h: &Harness, who: &Ctx) -> Result<(), Error> {
    let (starts_on, ends_on) = (NaiveDate::MAX, NaiveDate::MIN);
    let details = PhaseDetails { starts_on, ends_on, budget: None };
    let update = PhaseUpdate { expected: Version(77), details, on_overlap: OnOverlap::Refuse };
    let none = PhaseId::from_uuid(h.ids.uuid());
    h.engine.projects().update_phase(who, none, update).await.map(drop)
}
