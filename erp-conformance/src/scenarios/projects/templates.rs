//! Templates of projects: keeping them.

use erp_core::{
    Conflict, Ctx, Error,
    change::{Audience, EventBody, Version},
    ctx::IdempotencyKey,
    ids::{ProjectCategoryId, ProjectTemplateId},
    page::PageRequest,
    policy::{Action, Permission},
    projects::{
        DependencyKind, NewProjectTemplate, ProjectEvent, ProjectTemplate, ProjectTemplateUpdate,
        TemplateBody, TemplateDependency, TemplateQuery, TemplateTask,
    },
};

use super::{keeper, person};
use crate::Harness;

fn new(h: &Harness, name: &str, category: Option<ProjectCategoryId>) -> NewProjectTemplate {
    let mut body = h.new_template(name, category).body;
    body.dependencies.clear();
    body.phases.clear();
    body.tasks.iter_mut().for_each(|task| task.phase = None);
    NewProjectTemplate { name: name.to_owned(), category, body }
}

fn update(expected: i64, template: &NewProjectTemplate) -> ProjectTemplateUpdate {
    let template = template.clone();
    ProjectTemplateUpdate { expected: Version(expected), template, archived: false }
}

async fn create(h: &Harness, ctx: &Ctx, new: &NewProjectTemplate) -> ProjectTemplate {
    h.engine.projects().create_template(ctx, new.clone()).await.expect("it is new")
}

/// One audit entry and one event for each change, for those who may read the catalogue; a change to
/// what it is writes nothing; an archived one leaves its name free.
pub async fn a_template_is_made_changed_archived_and_taken_up(h: Harness) {
    let ada = keeper(&h).await;
    let projects = h.engine.projects();
    let solar = h.project_category("Solar", None).await.id;
    let before = h.settled().await;
    let roof = new(&h, " Roof ", Some(solar));
    let keyed = ada.clone().with_idempotency_key(IdempotencyKey::new("k").unwrap());
    let made = create(&h, &keyed, &roof).await;
    assert_eq!(create(&h, &keyed, &roof).await, made, "once");
    assert_eq!((made.head.name.as_str(), made.head.version), ("Roof", Version(1)));
    let events = h.events_after(before).await;
    assert_eq!(events.len(), 1);
    let event = ProjectEvent::TemplatePut(Box::new(made.head.clone()));
    assert_eq!(events[0].body, EventBody::Projects(event));
    assert!(events[0].audience.contains(&Audience::Holders(Permission::ProjectsCreate)));
    assert_eq!(h.audit().await[0].action, Action::ProjectTemplateCreate);
    let id = made.head.id;
    assert_eq!(projects.template(&ada, id).await, Ok(made.clone()));
    let taken = projects.create_template(&ada, new(&h, "ROOF", Some(solar))).await;
    assert_eq!(taken, Err(Conflict::taken("project_template", "name").into()));
    let settled = h.settled().await;
    assert_eq!(projects.update_template(&ada, id, update(1, &roof)).await, Ok(made));
    assert_eq!(h.settled().await, settled, "nothing changed");
    let away = ProjectTemplateUpdate { archived: true, ..update(1, &roof) };
    let archived = projects.update_template(&ada, id, away.clone()).await.unwrap();
    assert_eq!((archived.head.archived, archived.head.version), (true, Version(2)));
    let stale = Conflict::Version { entity: "project_template".into(), current: Version(2) };
    assert_eq!(projects.update_template(&ada, id, away).await, Err(stale.into()));
    let second = create(&h, &ada, &roof).await;
    let refused = projects.update_template(&ada, id, update(2, &roof)).await;
    assert_eq!(refused, Err(Conflict::taken("project_template", "name").into()));
    let emptied = NewProjectTemplate { body: TemplateBody::default(), ..new(&h, "Barn", None) };
    let changed = projects.update_template(&ada, id, update(2, &emptied)).await.unwrap();
    assert_eq!((changed.body, changed.head.category), (TemplateBody::default(), None));
    let page = PageRequest::default();
    let listed = projects.templates(&ada, TemplateQuery::default(), &page).await.unwrap();
    assert_eq!(listed.items, [changed.head, second.head]);
}

/// PHASE-4: at its making and at every change, by the rule of projects, with the keys along the ring.
pub async fn phase_4_rings_are_refused_when_a_template_is_kept(h: Harness) {
    let ada = keeper(&h).await;
    let projects = h.engine.projects();
    let good = new(&h, "Roof", None);
    let id = create(&h, &ada, &good).await.head.id;
    let waits = |predecessor: &str, successor: &str| TemplateDependency {
        predecessor: predecessor.to_owned(),
        successor: successor.to_owned(),
        kind: DependencyKind::FinishStart,
        lag_min: 0,
    };
    let mut free = good.clone();
    for task in &mut free.body.tasks {
        task.parent = None;
    }
    let with = |base: &NewProjectTemplate, dependencies: Vec<TemplateDependency>| {
        let body = TemplateBody { dependencies, ..base.body.clone() };
        NewProjectTemplate { name: "Ring".to_owned(), body, ..base.clone() }
    };
    for (wrong, keys) in [
        (with(&free, vec![waits("rails", "rails")]), vec!["rails", "rails"]),
        (
            with(&free, vec![waits("rails", "modules"), waits("modules", "rails")]),
            vec!["rails", "modules", "rails"],
        ),
        // The modules are a part of the rails.
        (with(&good, vec![waits("modules", "rails")]), vec!["modules", "rails", "modules"]),
    ] {
        let ring = Error::from(Conflict::ring("project_template", &keys));
        let made = projects.create_template(&ada, wrong.clone()).await;
        assert_eq!(made, Err(ring.clone()));
        assert_eq!(projects.update_template(&ada, id, update(1, &wrong)).await, Err(ring));
    }
    let whole = with(&free, vec![waits("rails", "modules")]);
    assert_eq!(create(&h, &ada, &whole).await.body, whole.body);
}

/// Wrong fields are told all at once, with their place.
pub async fn phase_4_a_template_is_bounded_and_told_by_field(h: Harness) {
    let ada = keeper(&h).await;
    let projects = h.engine.projects();
    let fields = async |wrong: NewProjectTemplate| match projects.create_template(&ada, wrong).await
    {
        Err(Error::Validation(wrong)) => wrong.into_iter().map(|one| one.field).collect(),
        other => panic!("it is wrong: {other:?}"),
    };
    let good = new(&h, "Roof", None);
    let mut wrong = good.clone();
    wrong.body.tasks[0].title = "a\nb".to_owned();
    wrong.body.tasks[1].parent = Some("nowhere".to_owned());
    let told: Vec<String> = fields(wrong).await;
    assert_eq!(told, ["body.tasks[0].title", "body.tasks[1].parent"]);
    let mut many = good.clone();
    let task = many.body.tasks[0].clone();
    many.body.tasks =
        (0..301).map(|n| TemplateTask { key: n.to_string(), ..task.clone() }).collect();
    let told: Vec<String> = fields(many).await;
    assert_eq!(told, ["body.tasks"]);
    let told: Vec<String> =
        fields(NewProjectTemplate { name: " ".to_owned(), ..good.clone() }).await;
    assert_eq!(told, ["name"]);
    let mut gone = good.clone();
    gone.body.phases = h.new_template("x", None).body.phases;
    let told: Vec<String> = fields(gone).await;
    assert_eq!(told, ["body.phases[0].definition"]);
    let nowhere = Some(ProjectCategoryId::generate(&*h.ids));
    let told: Vec<String> = fields(NewProjectTemplate { category: nowhere, ..good }).await;
    assert_eq!(told, ["category"]);
}

/// To who may not read the catalogue a template that is there looks like one that is not.
pub async fn x_17_who_does_not_see_the_catalogue_learns_nothing_of_templates(h: Harness) {
    let ada = keeper(&h).await;
    let template = new(&h, "Roof", None);
    let id = create(&h, &ada, &template).await.head.id;
    let projects = h.engine.projects();
    let nobody = Ctx::user(h.user("nobody").await.id);
    let bob = person(&h, "bob").await;
    for id in [id, ProjectTemplateId::generate(&*h.ids)] {
        let not_found = Error::NotFound { entity: "project_template" };
        assert_eq!(projects.template(&nobody, id).await, Err(not_found.clone()));
        let refused = projects.update_template(&nobody, id, update(1, &template)).await;
        assert_eq!(refused, Err(not_found));
        let refused = projects.update_template(&bob, id, update(1, &template)).await;
        assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
    }
    let page = PageRequest::default();
    let refused = projects.templates(&nobody, TemplateQuery::default(), &page).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
    for ctx in [&nobody, &bob] {
        let refused = projects.create_template(ctx, template.clone()).await;
        assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
    }
    assert!(projects.template(&bob, id).await.is_ok(), "he makes projects");
}
