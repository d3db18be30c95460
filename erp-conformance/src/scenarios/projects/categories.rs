//! Categories of projects.

use std::collections::BTreeMap;

use erp_core::{
    Conflict, Ctx, Error,
    access::BuiltInRole,
    change::{Audience, EventBody, Version},
    ctx::IdempotencyKey,
    ids::ProjectCategoryId,
    policy::{Action, Permission},
    projects::{
        NewProjectCategory, NewProjectTemplate, ProjectCategory, ProjectCategoryUpdate,
        ProjectDetails, ProjectEvent, TemplateBody,
    },
};

use super::{keeper, new_project, person};
use crate::{Harness, cases::support::at_once, random::Random};

async fn category(
    h: &Harness,
    ctx: &Ctx,
    name: &str,
    parent: Option<ProjectCategoryId>,
) -> ProjectCategory {
    let new = NewProjectCategory { name: name.to_owned(), parent };
    h.engine.projects().create_category(ctx, new).await.expect("it is new")
}

/// Moves a category, whatever its version is.
async fn put(
    engine: &erp_core::Engine,
    ctx: &Ctx,
    id: ProjectCategoryId,
    parent: Option<ProjectCategoryId>,
) -> erp_core::Result<ProjectCategory> {
    let there = engine.projects().categories(ctx).await?;
    let there = there.into_iter().find(|category| category.id == id).expect("it is there");
    let update = ProjectCategoryUpdate { expected: there.version, name: there.name, parent };
    engine.projects().update_category(ctx, id, update).await
}

/// Names are unique under one parent; one audit entry and one event, for those who may read it.
pub async fn categories_of_projects_are_a_tree_listed_by_name(h: Harness) {
    let ada = keeper(&h).await;
    let projects = h.engine.projects();
    let before = h.settled().await;
    let top = category(&h, &ada, " Solar ", None).await;
    assert_eq!(top.name, "Solar");
    let events = h.events_after(before).await;
    assert_eq!(events.len(), 1);
    let event = ProjectEvent::CategoryPut(Box::new(top.clone()));
    assert_eq!(events[0].body, EventBody::Projects(event));
    assert!(events[0].audience.contains(&Audience::Holders(Permission::ProjectsCreate)));
    assert_eq!(h.audit().await[0].action, Action::ProjectCategoryCreate);
    let below = category(&h, &ada, "roofs", Some(top.id)).await;
    category(&h, &ada, "Roofs", None).await;
    let refused = put(&h.engine, &ada, below.id, None).await;
    assert_eq!(refused, Err(Conflict::taken("project_category", "name").into()));
    let nowhere = Some(ProjectCategoryId::generate(&*h.ids));
    let no_parent = Error::invalid("parent", "no such category");
    let lost = NewProjectCategory { name: "x".to_owned(), parent: nowhere };
    assert_eq!(projects.create_category(&ada, lost).await, Err(no_parent.clone()));
    assert_eq!(put(&h.engine, &ada, below.id, nowhere).await, Err(no_parent));
    let update =
        ProjectCategoryUpdate { expected: Version(1), name: "Parks".to_owned(), parent: None };
    let renamed = projects.update_category(&ada, below.id, update.clone()).await.unwrap();
    assert_eq!((renamed.version, renamed.parent), (Version(2), None));
    let stale = Conflict::Version { entity: "project_category".into(), current: Version(2) };
    let refused = projects.update_category(&ada, below.id, update).await;
    assert_eq!(refused, Err(stale.into()));
    let listed = projects.categories(&ada).await.unwrap();
    let names: Vec<_> = listed.iter().map(|category| category.name.as_str()).collect();
    assert_eq!(names, ["Parks", "Roofs", "Solar"]);
    let keyed = ada.clone().with_idempotency_key(IdempotencyKey::new("k").unwrap());
    let first = category(&h, &keyed, "Wind", None).await;
    assert_eq!(category(&h, &keyed, "Wind", None).await, first, "once for one key");
}

/// Who makes projects sees the categories, who keeps them changes them, and others learn nothing.
pub async fn x_17_who_does_not_see_the_catalogue_learns_nothing_of_it(h: Harness) {
    let (ada, bob) = (keeper(&h).await, person(&h, "bob").await);
    let eve = Ctx::user(h.user_with_role("eve", BuiltInRole::GUEST).await.id);
    let projects = h.engine.projects();
    let solar = category(&h, &ada, "Solar", None).await;
    assert_eq!(projects.categories(&bob).await, Ok(vec![solar.clone()]));
    let new = || NewProjectCategory { name: "x".to_owned(), parent: None };
    let update = || ProjectCategoryUpdate { expected: Version(1), name: "x".into(), parent: None };
    let refused = projects.create_category(&bob, new()).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
    let refused = projects.update_category(&bob, solar.id, update()).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
    let refused = projects.categories(&eve).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
    let missing = Err(Error::NotFound { entity: "project_category" });
    assert_eq!(projects.update_category(&eve, solar.id, update()).await, missing);
    let unknown = ProjectCategoryId::generate(&*h.ids);
    assert_eq!(projects.update_category(&ada, unknown, update()).await, missing);
}

/// A project may be of a category; of one that is not there it is not.
pub async fn phase_6_a_project_is_of_a_category_or_of_none(h: Harness) {
    let (ada, bob) = (keeper(&h).await, person(&h, "bob").await);
    let projects = h.engine.projects();
    let solar = category(&h, &ada, "Solar", None).await.id;
    let of = |category, code: &str| {
        let mut new = new_project(code, &[]);
        new.details.category = category;
        new
    };
    let made = projects.create(&bob, of(Some(solar), "P")).await.unwrap();
    assert_eq!(h.read_project(made.id).await.details.category, Some(solar));
    let nowhere = Some(ProjectCategoryId::generate(&*h.ids));
    let wrong = Error::invalid("category", "no such category");
    assert_eq!(projects.create(&bob, of(nowhere, "Q")).await, Err(wrong.clone()));
    let details = |category| ProjectDetails { category, ..made.details.clone() };
    let refused = projects.update(&bob, made.id, made.version, details(nowhere)).await;
    assert_eq!(refused, Err(wrong));
    let left = projects.update(&bob, made.id, made.version, details(None)).await.unwrap();
    assert_eq!(left.details.category, None);
}

/// A category goes when nothing is in it, under its version: a deleted project is of it, too.
pub async fn a_category_of_projects_that_nothing_is_in_is_deleted(h: Harness) {
    let (ada, bob) = (keeper(&h).await, person(&h, "bob").await);
    let projects = h.engine.projects();
    let top = category(&h, &ada, "Solar", None).await.id;
    let below = category(&h, &ada, "Roofs", Some(top)).await.id;
    let wind = category(&h, &ada, "Wind", None).await.id;
    let template = NewProjectTemplate {
        name: "Park".to_owned(),
        category: Some(wind),
        body: TemplateBody::default(),
    };
    projects.create_template(&ada, template).await.unwrap();
    let mut new = new_project("P", &[]);
    new.details.category = Some(below);
    let made = projects.create(&bob, new).await.unwrap();
    projects.delete(&bob, made.id, made.version).await.unwrap();
    for used in [top, below, wind] {
        let refused = projects.delete_category(&ada, used, Version(1)).await;
        assert_eq!(refused, Err(Conflict::in_use("project_category", "content").into()));
    }
    let restored = projects.restore(&bob, made.id, h.read_project(made.id).await.version).await;
    let restored = restored.unwrap();
    let details = ProjectDetails { category: None, ..made.details };
    projects.update(&bob, made.id, restored.version, details).await.unwrap();
    let stale = Conflict::Version { entity: "project_category".into(), current: Version(1) };
    let refused = projects.delete_category(&ada, below, Version(2)).await;
    assert_eq!(refused, Err(stale.into()));
    let refused = projects.delete_category(&bob, below, Version(1)).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
    let before = h.settled().await;
    for id in [below, top] {
        projects.delete_category(&ada, id, Version(1)).await.unwrap();
        let missing = Err(Error::NotFound { entity: "project_category" });
        assert_eq!(projects.delete_category(&ada, id, Version(1)).await, missing);
    }
    let left = projects.categories(&ada).await.unwrap();
    assert_eq!(left.iter().map(|one| one.id).collect::<Vec<_>>(), [wind]);
    let told: Vec<_> =
        h.events_after(before).await.into_iter().map(|one| one.body.clone()).collect();
    let deleted = |category| EventBody::Projects(ProjectEvent::CategoryDeleted { category });
    assert_eq!(told, [deleted(below), deleted(top)]);
    category(&h, &ada, "Solar", None).await;
}

/// of deleting a category and making a project of it at once, one happens.
pub async fn x_18_no_project_comes_into_a_category_that_goes(h: Harness) {
    let (ada, bob) = (keeper(&h).await, person(&h, "bob").await);
    for round in 0..12 {
        let id = category(&h, &ada, &format!("c{round}"), None).await.id;
        let (engine, ctx) = (h.engine.clone(), ada.clone());
        let going =
            tokio::spawn(
                async move { engine.projects().delete_category(&ctx, id, Version(1)).await },
            );
        let mut new = new_project(&format!("P{round}"), &[]);
        new.details.category = Some(id);
        let made = h.engine.projects().create(&bob, new).await.map(drop);
        match going.await.unwrap() {
            Ok(()) => assert_eq!(made, Err(Error::invalid("category", "no such category"))),
            refused => {
                assert_eq!(refused, Err(Conflict::in_use("project_category", "content").into()));
                assert_eq!(made, Ok(()));
            }
        }
    }
}

/// Rings of one, two, three, 16 and 17 are refused with their path.
pub async fn a_category_of_projects_never_lies_in_itself(h: Harness) {
    let ada = keeper(&h).await;
    for length in [1_usize, 2, 3, 16, 17] {
        let mut chain: Vec<ProjectCategoryId> = Vec::new();
        for n in 0..length {
            let name = format!("{length}-{n}");
            chain.push(category(&h, &ada, &name, chain.last().copied()).await.id);
        }
        let (first, last) = (chain[0], chain[length - 1]);
        match put(&h.engine, &ada, first, Some(last)).await {
            Err(Error::Conflict(Conflict::Ring { path, .. })) => {
                assert_eq!(path.len(), length + 1);
                assert_eq!([&path[0], &path[length]], [&first.to_string(); 2]);
            }
            other => panic!("{length}: {other:?}"),
        }
        put(&h.engine, &ada, last, None).await.unwrap();
    }
}

/// whatever moves go through at once, from every category the way up ends.
pub async fn x_18_moves_of_categories_at_once_leave_a_tree(h: Harness) {
    let ada = keeper(&h).await;
    let mut ids = Vec::new();
    for n in 0..6 {
        ids.push(category(&h, &ada, &n.to_string(), None).await.id);
    }
    for seed in 0..4 {
        let moves = (0..8).map(|n| {
            let mut random = Random::new(seed * 100 + n);
            let (id, into) = (*random.pick(&ids), *random.pick(&ids));
            let (engine, ada) = (h.engine.clone(), ada.clone());
            async move { put(&engine, &ada, id, Some(into)).await }
        });
        for answer in at_once(moves).await {
            let known = matches!(
                answer,
                Ok(_)
                    | Err(Error::Conflict(
                        Conflict::Ring { .. } | Conflict::Version { .. } | Conflict::Contention
                    ))
            );
            assert!(known, "{answer:?}");
        }
        let all = h.engine.projects().categories(&ada).await.unwrap();
        let parents: BTreeMap<_, _> = all.iter().map(|one| (one.id, one.parent)).collect();
        for id in &ids {
            let way = std::iter::successors(Some(*id), |id| parents[id]);
            assert!(way.take(ids.len() + 1).count() <= ids.len(), "a ring");
        }
    }
}
