//! What a store promises of templates of projects, and of what was made from them.

use chrono::TimeDelta;
use erp_core::{
    Conflict,
    change::Version,
    ids::{ProjectCategoryId, ProjectId, ProjectTemplateId},
    port::StoreError,
    projects::{CatalogChange, ProjectOrigin, ProjectTemplate, TemplateHead, TemplateQuery},
    text::key as folded,
};

use super::support::{commit_at_once, conflict, exists, missing, stale, winners};
use crate::Harness;

fn new(template: &ProjectTemplate) -> CatalogChange {
    CatalogChange::PutTemplate { template: Box::new(template.clone()), expected: None }
}

fn changed(template: &ProjectTemplate, expected: i64) -> CatalogChange {
    let expected = Some(Version(expected));
    CatalogChange::PutTemplate { template: Box::new(template.clone()), expected }
}

fn headed(template: &ProjectTemplate, head: TemplateHead) -> ProjectTemplate {
    ProjectTemplate { head, ..template.clone() }
}

async fn put(h: &Harness, name: &str, category: Option<ProjectCategoryId>) -> ProjectTemplate {
    let template = h.new_template(name, category);
    h.commit(new(&template)).await;
    template
}

async fn read(h: &Harness, id: ProjectTemplateId) -> Option<ProjectTemplate> {
    h.store.projects().template(id).await.expect("a read")
}

/// Every field comes back as it was given, with the store's version; all but the time of its making is
/// replaced.
pub async fn a_template_is_kept_as_it_was_given(h: Harness) {
    let solar = h.project_category("Solar", None).await.id;
    let given = h.new_template("Roof", Some(solar));
    let given = headed(&given, TemplateHead { version: Version(9), ..given.head.clone() });
    h.commit(new(&given)).await;
    let kept = TemplateHead { version: Version(1), ..given.head.clone() };
    assert_eq!(read(&h, given.head.id).await, Some(headed(&given, kept)));
    let later = h.now() + TimeDelta::hours(1);
    let second = TemplateHead {
        name: "Field".to_owned(),
        category: None,
        archived: true,
        created_at: later,
        updated_at: later,
        ..given.head.clone()
    };
    let emptied = ProjectTemplate { head: second.clone(), body: Default::default() };
    h.commit(changed(&emptied, 1)).await;
    let kept = TemplateHead { version: Version(2), created_at: given.head.created_at, ..second };
    assert_eq!(read(&h, given.head.id).await, Some(headed(&emptied, kept)));
    assert_eq!(read(&h, ProjectTemplateId::generate(&*h.ids)).await, None);
}

/// X-5, and errors in their order: the id, the version, the name, the category. A name is free in
/// another category and when its template is archived; of those who want one at once one gets it.
pub async fn x_5_a_template_is_changed_under_its_version_and_its_name_is_unique(h: Harness) {
    let solar = h.project_category("Solar", None).await.id;
    let nowhere = Some(ProjectCategoryId::generate(&*h.ids));
    let first = put(&h, "Roof", Some(solar)).await;
    assert_eq!(h.try_commit(new(&first)).await, exists("project_template"));
    assert_eq!(h.try_commit(changed(&first, 2)).await, stale("project_template", Version(1)));
    let unknown = h.new_template("x", nowhere);
    assert_eq!(h.try_commit(changed(&unknown, 1)).await, missing("project_template"));
    assert_eq!(h.try_commit(new(&unknown)).await, missing("project_category"));
    let taken = conflict(Conflict::taken("project_template", "name"));
    assert_eq!(h.try_commit(new(&h.new_template("ROOF", Some(solar)))).await, taken);
    let general = put(&h, "roof", None).await;
    assert_eq!(h.try_commit(new(&h.new_template("Roof", None))).await, taken);
    let moved = headed(&general, TemplateHead { category: Some(solar), ..general.head.clone() });
    assert_eq!(h.try_commit(changed(&moved, 1)).await, taken);
    let archived = headed(&first, TemplateHead { archived: true, ..first.head.clone() });
    h.commit(changed(&archived, 1)).await;
    let lost = |error: &StoreError| {
        *error == StoreError::Conflict(Conflict::taken("project_template", "name"))
    };
    let sets: Vec<_> =
        (0..8).map(|_| h.changes([new(&h.new_template("Roof", Some(solar)))])).collect();
    assert_eq!(winners(&commit_at_once(&h.store, sets).await, lost), 1);
    assert_eq!(h.try_commit(changed(&first, 2)).await, taken);
    let stale = |error: &StoreError| matches!(error, StoreError::Stale { current: Some(_), .. });
    let sets: Vec<_> = (0..8).map(|_| h.changes([changed(&archived, 2)])).collect();
    assert_eq!(winners(&commit_at_once(&h.store, sets).await, stale), 1);
}

/// By name without regard to case, then by id, in pages; archived ones apart; of one category. And the
/// first of the first category that has any.
pub async fn templates_are_listed_by_name_and_found_by_category(h: Harness) {
    let [solar, wind, none] = ["Solar", "Wind", "None"].map(|name| (name, None));
    let mut categories = Vec::new();
    for (name, parent) in [solar, wind, none] {
        categories.push(h.project_category(name, parent).await.id);
    }
    let (solar, wind, none) = (categories[0], categories[1], categories[2]);
    let mut all = Vec::new();
    for (name, category) in
        [("b", Some(solar)), ("C", Some(solar)), ("b", Some(wind)), ("B", None), ("d", Some(wind))]
    {
        all.push(put(&h, name, category).await.head);
    }
    let old = h.new_template("a", Some(wind));
    let old = headed(&old, TemplateHead { archived: true, ..old.head.clone() });
    h.commit(new(&old)).await;
    all.sort_by_key(|head| (folded(&head.name), head.id));
    let mut paged: Vec<TemplateHead> = Vec::new();
    loop {
        let after = paged.last().map(|head| (folded(&head.name), head.id));
        let query = TemplateQuery { after, limit: 2, ..TemplateQuery::default() };
        let page = h.store.projects().templates(&query).await.expect("a read");
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    assert_eq!(paged, all);
    let listed = async |category, archived| {
        let query = TemplateQuery { category, archived, after: None, limit: 9 };
        h.store.projects().templates(&query).await.expect("a read")
    };
    assert_eq!(listed(None, true).await, [old.head]);
    all.retain(|head| head.category == Some(wind));
    assert_eq!(listed(Some(wind), false).await, all);
    let first = async |categories: &[ProjectCategoryId]| {
        let found = h.store.projects().first_template(categories).await.expect("a read");
        found.map(|template| (template.head.name, template.head.category))
    };
    let of = |name: &str, category| Some((name.to_owned(), Some(category)));
    assert_eq!(first(&[none, wind, solar]).await, of("b", wind));
    assert_eq!(first(&[solar, wind]).await, of("b", solar));
    assert_eq!(first(&[none]).await, None);
    assert_eq!(first(&[]).await, None);
}

/// PHASE-4, and errors in their order: the key, the project, the template, its version. What is kept
/// comes back; of those who want one key at once one gets it.
pub async fn phase_4_a_key_makes_one_project(h: Harness) {
    let template = put(&h, "Roof", None).await.head.id;
    let project = h.project("P", &[]).await.id;
    let origin = |key: &str| ProjectOrigin {
        key: key.to_owned(),
        fingerprint: [7; 32],
        project,
        template,
        template_version: Version(1),
        created_at: h.now(),
    };
    let made = |origin: ProjectOrigin| CatalogChange::PutOrigin(Box::new(origin));
    let kept = async |key: &str| h.store.projects().origin(key).await.expect("a read");
    let given = origin("lead 7");
    h.commit(made(given.clone())).await;
    assert_eq!(kept("lead 7").await, Some(given));
    assert_eq!((kept("LEAD 7").await, kept("lead").await), (None, None));
    let nobodys = ProjectOrigin { project: ProjectId::generate(&*h.ids), ..origin("lead 7") };
    let taken = conflict(Conflict::taken("project_origin", "key"));
    assert_eq!(h.try_commit(made(nobodys.clone())).await, taken);
    let unknown = ProjectTemplateId::generate(&*h.ids);
    let lost = ProjectOrigin { key: "x".into(), template: unknown, ..nobodys };
    assert_eq!(h.try_commit(made(lost)).await, missing("project"));
    let lost = ProjectOrigin { template: unknown, ..origin("x") };
    assert_eq!(h.try_commit(made(lost)).await, missing("project_template"));
    let before = ProjectOrigin { template_version: Version(2), ..origin("x") };
    let stale = Err(StoreError::Stale { entity: "project_template", current: None });
    assert_eq!(h.try_commit(made(before)).await, stale);
    assert_eq!(kept("x").await, None);
    let loses = |error: &StoreError| {
        *error == StoreError::Conflict(Conflict::taken("project_origin", "key"))
    };
    let sets: Vec<_> = (0..8).map(|_| h.changes([made(origin("x"))])).collect();
    assert_eq!(winners(&commit_at_once(&h.store, sets).await, loses), 1);
}
