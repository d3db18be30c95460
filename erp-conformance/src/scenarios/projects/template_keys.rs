//! What a key makes from a template, again and at once (PHASE-4).

use std::{collections::BTreeSet, pin::Pin};

use erp_core::{
    Conflict, Error,
    change::Version,
    ctx::IdempotencyKey,
    page::PageRequest,
    projects::{
        FromTemplate, NewProjectTemplate, Project, ProjectDetails, ProjectQuery, ProjectRole,
        ProjectTemplateUpdate,
    },
};
use serde_json::json;

use super::{
    from_template::{archive, from, made, opened, plant, tasks, template},
    keeper, person,
};
use crate::{Harness, cases::support::at_once};

/// The same request gives the same project, also after the engine has forgotten its idempotency keys,
/// after the project was changed and after the template was archived; another request is refused.
pub async fn phase_4_a_key_makes_one_project_for_ever(h: Harness) {
    let (ada, bob) = (keeper(&h).await, person(&h, "bob").await);
    let plant = template(&h, &ada, ("Plant", None), plant()).await;
    let projects = h.engine.projects();
    let new = from(&plant, " lead 7 ", opened("SUN", &[(&bob, ProjectRole::Owner)]));
    let keyed = ada.clone().with_idempotency_key(IdempotencyKey::new("k").unwrap());
    let first = projects.create_from_template(&keyed, new.clone()).await.unwrap();
    let settled = h.settled().await;
    for ctx in [&keyed, &ada, &bob] {
        assert_eq!(projects.create_from_template(ctx, new.clone()).await, Ok(first.clone()));
    }
    assert_eq!(h.settled().await, settled, "nothing was written");
    let reused: Error = Conflict::IdempotencyKeyReused.into();
    let other = from(&plant, "lead 7", opened("SUN2", &[]));
    assert_eq!(projects.create_from_template(&ada, other).await, Err(reused.clone()));
    let other = from(&plant, "lead 8", opened("SUN2", &[]));
    assert_eq!(projects.create_from_template(&keyed, other).await, Err(reused));
    h.pass(30 * 86_400);
    h.store.maintenance().purge_idempotency(h.now()).await.unwrap();
    archive(&h, &ada, &plant).await;
    let details = ProjectDetails { name: "Renamed".to_owned(), ..first.details.clone() };
    projects.update(&ada, first.id, Version(1), details).await.unwrap();
    let renamed = h.read_project(first.id).await;
    assert_eq!(renamed.details.name, "Renamed");
    assert_eq!(projects.create_from_template(&ada, new.clone()).await, Ok(renamed));
    projects.delete(&ada, first.id, Version(2)).await.unwrap();
    let gone = projects.create_from_template(&ada, new).await;
    assert!(matches!(gone, Err(Error::Precondition(_))), "{gone:?}");
    assert_eq!(made(&h).await, 0);
}

/// eight callers, one key: one project, told to all of them.
pub async fn phase_4_of_those_with_one_key_at_once_one_makes_the_project(h: Harness) {
    let ada = keeper(&h).await;
    let plant = template(&h, &ada, ("Plant", None), plant()).await;
    for round in 0..4 {
        let new = from(&plant, &format!("lead {round}"), opened(&format!("SUN{round}"), &[]));
        let callers = (0..8).map(|_| {
            let (engine, ctx, new) = (h.engine.clone(), ada.clone(), new.clone());
            async move { engine.projects().create_from_template(&ctx, new).await }
        });
        let told: BTreeSet<_> =
            at_once(callers).await.into_iter().map(|made| made.expect("a project").id).collect();
        assert_eq!(told.len(), 1);
        assert_eq!(made(&h).await, round + 1);
    }
    // One key, but not one request: one is done, the others are told.
    let callers = (0..8).map(|n| {
        let new = from(&plant, "lead 9", opened(&format!("X{n}"), &[]));
        let (engine, ctx) = (h.engine.clone(), ada.clone());
        async move { engine.projects().create_from_template(&ctx, new).await }
    });
    let reused = Error::from(Conflict::IdempotencyKeyReused);
    let lost = at_once(callers).await.into_iter().filter_map(Result::err).collect::<Vec<_>>();
    assert_eq!(lost, vec![reused; 7]);
    assert_eq!(made(&h).await, 5);
}

/// a project is made from the template as it stands at the commit: all of its tasks are of the
/// version that its origin names.
pub async fn phase_4_a_template_that_changes_meanwhile_is_taken_as_it_is_then(h: Harness) {
    let ada = keeper(&h).await;
    let body = |title: &str| {
        let task = |n: i64| json!({ "key": n.to_string(), "title": title });
        json!({ "tasks": (0..5).map(task).collect::<Vec<_>>() })
    };
    let plant = template(&h, &ada, ("Plant", None), body("1")).await;
    let (engine, ctx, first) = (h.engine.clone(), ada.clone(), plant.head.clone());
    let bodies: Vec<_> = (2..=8).map(|version| body(&version.to_string())).collect();
    let changes = async move {
        for (expected, body) in (1..).zip(bodies) {
            let body = serde_json::from_value(body).expect("a body");
            let template = NewProjectTemplate { name: first.name.clone(), category: None, body };
            let expected = Version(expected);
            let update = ProjectTemplateUpdate { expected, template, archived: false };
            engine.projects().update_template(&ctx, first.id, update).await.expect("it is there");
        }
        None
    };
    let makers = (0..4).map(|n| {
        let new = from(&plant, &n.to_string(), opened(&format!("P{n}"), &[]));
        let (engine, ctx) = (h.engine.clone(), ada.clone());
        async move { Some(engine.projects().create_from_template(&ctx, new).await) }
    });
    type Told = Pin<Box<dyn Future<Output = Option<Result<Project, Error>>> + Send>>;
    let mut all: Vec<Told> = vec![Box::pin(changes)];
    all.extend(makers.map(|maker| Box::pin(maker) as Told));
    for (n, made) in at_once(all).await.into_iter().flatten().enumerate() {
        let project = made.expect("a project");
        let origin = h.store.projects().origin(&n.to_string()).await.unwrap().unwrap();
        let titles: BTreeSet<_> =
            tasks(&h, &project).await.into_iter().map(|task| task.details.title).collect();
        assert_eq!(titles, [origin.template_version.to_string()].into());
    }
}

/// Whoever does not see the project gets the answer that another request with its key would get.
pub async fn proj_14_a_hidden_project_is_not_told_by_its_key(h: Harness) {
    let (ada, bob, eve) =
        (person(&h, "ada").await, person(&h, "bob").await, person(&h, "eve").await);
    let plant = template(&h, &keeper(&h).await, ("Plant", None), json!({})).await;
    let projects = h.engine.projects();
    let new = from(&plant, "lead 7", opened("SUN", &[(&bob, ProjectRole::Viewer)]));
    let project = projects.create_from_template(&ada, new.clone()).await.unwrap();
    assert_eq!(projects.create_from_template(&bob, new.clone()).await, Ok(project.clone()));
    let other = FromTemplate { project: opened("OTHER", &[]), ..new.clone() };
    let reused = Error::from(Conflict::IdempotencyKeyReused);
    assert_eq!(projects.create_from_template(&eve, new.clone()).await, Err(reused.clone()));
    assert_eq!(projects.create_from_template(&eve, other).await, Err(reused.clone()));
    projects.leave(&bob, project.id).await.unwrap();
    assert_eq!(projects.create_from_template(&bob, new).await, Err(reused));
    let listed = projects.projects(&eve, ProjectQuery::default(), &PageRequest::default()).await;
    assert_eq!(listed.unwrap().items, []);
}
