//! The texts of projects and tasks: what they may be, when two of them are one, and what finds them.

use erp_core::{
    Conflict, Error,
    fields::samples,
    forms,
    page::PageRequest,
    projects::{
        NewComment, NewProject, NewTask, PhaseDefinition, ProjectCategory, ProjectDetails,
        TaskDetails, TaskQuery,
    },
};
use serde_json::json;

use super::{keeper, new_project, person, project, search::titles, task};
use crate::{
    Harness,
    scenarios::{UNSEEN, told},
};

fn wrong_field<T: std::fmt::Debug>(answer: Result<T, Error>) -> String {
    match answer {
        Err(Error::Validation(wrong)) => wrong[0].field.clone(),
        other => panic!("not a wrong field: {other:?}"),
    }
}

/// a name has something that can be seen, and stays on its line.
pub async fn x_20_names_and_titles_can_be_seen(h: Harness) {
    let (ada, keeper) = (person(&h, "ada").await, keeper(&h).await);
    let projects = h.engine.projects();
    let p = project(&h, "P", &ada, &[]).await;
    let unseen = || UNSEEN.iter().map(|text| (*text).to_owned());
    for name in unseen().chain(samples::wrong(&forms::NAME)) {
        let details = ProjectDetails::named(name.clone());
        let new = NewProject { details, ..new_project("Q", &[]) };
        assert_eq!(wrong_field(projects.create(&ada, new).await), "name", "{name:?}");
        let new = NewTask::titled(name.clone());
        assert_eq!(wrong_field(projects.create_task(&ada, p.id, new).await), "title", "{name:?}");
        let refused = told::<PhaseDefinition>(&h, &keeper, json!({ "name": name })).await;
        assert_eq!(wrong_field(refused), "name", "{name:?}");
        let refused = told::<ProjectCategory>(&h, &keeper, json!({ "name": name })).await;
        assert_eq!(wrong_field(refused), "name", "{name:?}");
    }
    for label in unseen().chain(samples::wrong(&forms::LABEL)) {
        let labels = vec![label.clone()];
        let details = TaskDetails { labels, ..TaskDetails::titled("t") };
        let new = NewTask { details, ..NewTask::titled("t") };
        assert_eq!(wrong_field(projects.create_task(&ada, p.id, new).await), "labels", "{label:?}");
        let query = TaskQuery { label: Some(label), ..TaskQuery::default() };
        let found = projects.tasks(&ada, p.id, query, &PageRequest::default()).await;
        assert_eq!(wrong_field(found), "label");
    }
    for title in samples::edges(&forms::NAME) {
        let made = task(&h, &ada, &p, &title).await;
        assert_eq!(Ok(made.details.title.clone()), forms::NAME.canonical(&title));
        assert_eq!(h.read_task(made.id).await.details, made.details);
    }
}

/// a category and a kind of phase are the same in each normal form and each case.
pub async fn x_19_what_looks_the_same_is_one_thing(h: Harness) {
    let keeper = keeper(&h).await;
    let category = async |name| {
        told::<ProjectCategory>(&h, &keeper, json!({ "name": name })).await.map(|row| row.values)
    };
    assert_eq!(category("Cafe\u{301}").await.unwrap()[0].as_text(), Some("Café"));
    for name in ["Café", "Cafe\u{301}", "CAFÉ"] {
        let taken = Conflict::taken("project_category", "name");
        assert_eq!(category(name).await, Err(taken.into()), "{name}");
    }
    let phase =
        async |name| told::<PhaseDefinition>(&h, &keeper, json!({ "name": name })).await.map(drop);
    phase("Straße").await.unwrap();
    for name in ["STRASSE", "stra\u{1e9e}e"] {
        let taken = Conflict::taken("phase_definition", "name");
        assert_eq!(phase(name).await, Err(taken.into()), "{name}");
    }
}

/// a word is found however it and the query are typed.
pub async fn x_19_a_word_is_found_in_each_normal_form_and_case(h: Harness) {
    let ada = person(&h, "ada").await;
    let projects = h.engine.projects();
    let p = project(&h, "P", &ada, &[]).await;
    task(&h, &ada, &p, "one café").await;
    let two = task(&h, &ada, &p, "two cafe\u{301}").await;
    let new = NewComment { body: "three CAFE\u{301}".to_owned(), answers: None };
    projects.comment(&ada, two.id, new).await.unwrap();
    let all = ["three CAFÉ", "two café", "one café"];
    for query in ["café", "cafe\u{301}", "CAFÉ"] {
        assert_eq!(titles(&h, &ada, query, None).await, all, "{query}");
    }
    for (title, queries) in [
        ("Straße", ["strasse", "STRASSE", "stra\u{1e9e}e"]),
        ("\u{fb01}le", ["file", "FILE", "\u{fb01}le"]),
        ("\u{130}stanbul", ["i\u{307}stanbul", "I\u{307}STANBUL", "\u{130}STANBUL"]),
    ] {
        task(&h, &ada, &p, title).await;
        for query in queries {
            assert_eq!(titles(&h, &ada, query, None).await, [title], "{query}");
        }
    }
    let details =
        TaskDetails { labels: vec!["Cafe\u{301}".to_owned()], ..TaskDetails::titled("labelled") };
    let new = NewTask { details, ..NewTask::titled("labelled") };
    let labelled = projects.create_task(&ada, p.id, new).await.unwrap();
    assert_eq!(labelled.details.labels, ["Café"]);
    for label in ["Café", " Cafe\u{301}"] {
        let query = TaskQuery { label: Some(label.to_owned()), ..TaskQuery::default() };
        let found = projects.tasks(&ada, p.id, query, &PageRequest::default()).await.unwrap();
        assert_eq!(found.items.len(), 1, "{label}");
    }
}
