//! Categories of projects and what is of them. That they are a tree hold the scenarios of records.

use erp_core::{
    Conflict, Ctx, Error,
    access::BuiltInRole,
    change::{Audience, Version},
    ids::ProjectCategoryId,
    policy::Permission,
    projects::{NewProjectTemplate, ProjectCategory, ProjectDetails, TemplateBody},
    record::Records,
};

use super::{keeper, new_project, person};
use crate::Harness;

fn all(h: &Harness) -> Records<'_, ProjectCategory> {
    h.engine.records()
}

fn named(name: &str, parent: Option<ProjectCategoryId>) -> ProjectCategory {
    ProjectCategory::new(name, parent).expect("a name")
}

async fn category(
    h: &Harness,
    ctx: &Ctx,
    name: &str,
    parent: Option<ProjectCategoryId>,
) -> ProjectCategoryId {
    all(h).create(ctx, named(name, parent)).await.expect("it is new").id
}

/// Who makes projects sees the categories, who keeps them changes them, and others learn nothing.
pub async fn x_17_who_does_not_see_the_catalogue_learns_nothing_of_it(h: Harness) {
    let (ada, bob) = (keeper(&h).await, person(&h, "bob").await);
    let eve = Ctx::user(h.user_with_role("eve", BuiltInRole::GUEST).await.id);
    let categories = all(&h);
    let before = h.settled().await;
    let solar = categories.create(&ada, named("Solar", None)).await.unwrap();
    let events = h.events_after(before).await;
    assert_eq!(events[0].body.kind(), "projects.category_put");
    assert!(events[0].audience.contains(&Audience::Holders(Permission::ProjectsCreate)));
    assert_eq!(categories.tree(&bob).await, Ok(vec![solar.clone()]));
    let refused = categories.create(&bob, named("x", None)).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
    let (id, seen) = (solar.id, Version(1));
    let refused = categories.update(&bob, id, seen, named("x", None)).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
    let refused = categories.tree(&eve).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
    let missing = Err(Error::NotFound { entity: "project_category" });
    assert_eq!(categories.update(&eve, id, seen, named("x", None)).await, missing);
    let unknown = ProjectCategoryId::generate(&*h.ids);
    assert_eq!(categories.update(&ada, unknown, seen, named("x", None)).await, missing);
}

/// A project may be of a category; of one that is not there it is not.
pub async fn phase_6_a_project_is_of_a_category_or_of_none(h: Harness) {
    let (ada, bob) = (keeper(&h).await, person(&h, "bob").await);
    let projects = h.engine.projects();
    let solar = category(&h, &ada, "Solar", None).await;
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

/// A category goes when no project is of it, deleted or not, and no template.
pub async fn a_category_that_a_project_or_a_template_is_of_stays(h: Harness) {
    let (ada, bob) = (keeper(&h).await, person(&h, "bob").await);
    let projects = h.engine.projects();
    let below = category(&h, &ada, "Roofs", None).await;
    let wind = category(&h, &ada, "Wind", None).await;
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
    for used in [below, wind] {
        let refused = all(&h).remove(&ada, used, Version(1)).await;
        assert_eq!(refused, Err(Conflict::in_use("project_category", "content").into()));
    }
    let restored = projects.restore(&bob, made.id, h.read_project(made.id).await.version).await;
    let restored = restored.unwrap();
    let details = ProjectDetails { category: None, ..made.details };
    projects.update(&bob, made.id, restored.version, details).await.unwrap();
    assert_eq!(all(&h).remove(&ada, below, Version(1)).await, Ok(()));
}

/// of deleting a category and making a project of it at once, one happens.
pub async fn x_18_no_project_comes_into_a_category_that_goes(h: Harness) {
    let (ada, bob) = (keeper(&h).await, person(&h, "bob").await);
    for round in 0..12 {
        let id = category(&h, &ada, &format!("c{round}"), None).await;
        let (engine, ctx) = (h.engine.clone(), ada.clone());
        let going = tokio::spawn(async move {
            let categories: Records<'_, ProjectCategory> = engine.records();
            categories.remove(&ctx, id, Version(1)).await
        });
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
