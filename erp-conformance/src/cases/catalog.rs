//! `CatalogChange` and `CatalogReads`.

use erp_core::{
    Conflict,
    change::{Guard, Scope, Version},
    ids::ProjectCategoryId,
    port::StoreError,
    projects::{CatalogChange, Project, ProjectCategory, ProjectChange, ProjectDetails},
};

use super::support::{commit_at_once, conflict, missing, stale, winners};
use crate::Harness;

fn put(category: &ProjectCategory, expected: Option<Version>) -> CatalogChange {
    CatalogChange::PutCategory { category: category.clone(), expected }
}

async fn version(h: &Harness) -> Version {
    h.store.projects().project_categories().await.expect("a read").version
}

/// Fields come back as given with the store's version, by name without regard to case; a rename is
/// seen, and the place and name that are left are free.
pub async fn categories_of_projects_are_kept_as_they_were_given(h: Harness) {
    let solar = h.new_project_category("Solar", None);
    let solar = ProjectCategory { version: Version(7), ..solar };
    h.commit(put(&solar, None)).await;
    let roof = h.project_category("roof", Some(solar.id)).await;
    let wind = h.project_category("EPC", None).await;
    let kept = ProjectCategory { version: Version::FIRST, ..solar.clone() };
    let listed = h.store.projects().project_categories().await.expect("a read").categories;
    assert_eq!(listed, [wind.clone(), roof.clone(), kept.clone()]);
    let renamed = ProjectCategory { name: "Photovoltaics".into(), parent: None, ..roof.clone() };
    h.commit(put(&renamed, Some(Version(1)))).await;
    let listed = h.store.projects().project_categories().await.expect("a read").categories;
    let renamed = ProjectCategory { version: Version(2), ..renamed };
    assert_eq!(listed, [wind, renamed, kept]);
    h.project_category("ROOF", Some(solar.id)).await;
}

/// A used id, a stale version, a taken name, a missing parent: the first is told.
pub async fn a_refused_category_of_projects_tells_the_first_fault(h: Harness) {
    let solar = h.project_category("Solar", None).await;
    let wind = h.project_category("Wind", None).await;
    let nowhere = Some(ProjectCategoryId::generate(&*h.ids));
    let taken = || conflict(Conflict::taken("project_category", "name"));
    let exists = Conflict::Exists { entity: "project_category".into() };
    assert_eq!(h.try_commit(put(&solar, None)).await, conflict(exists));
    let again = h.new_project_category("SOLAR", None);
    assert_eq!(h.try_commit(put(&again, None)).await, taken());
    let renamed = ProjectCategory { name: "solar".into(), ..wind.clone() };
    let refused = h.try_commit(put(&renamed, Some(Version(2)))).await;
    assert_eq!(refused, stale("project_category", Version(1)));
    assert_eq!(h.try_commit(put(&renamed, Some(Version(1)))).await, taken());
    let unknown = h.new_project_category("x", nowhere);
    let refused = h.try_commit(put(&unknown, Some(Version(1)))).await;
    assert_eq!(refused, missing("project_category"));
    assert_eq!(h.try_commit(put(&unknown, None)).await, missing("project_category"));
    let moved = ProjectCategory { parent: nowhere, ..wind };
    let refused = h.try_commit(put(&moved, Some(Version(1)))).await;
    assert_eq!(refused, missing("project_category"));
    assert_eq!(version(&h).await, Version(3), "nothing else happened");
}

/// `Scope::project_categories`: another version is refused; what touches the tree raises it by one for
/// the whole set; of those under one version exactly one happens.
pub async fn a_guard_on_another_tree_of_categories_is_refused(h: Harness) {
    let before = version(&h).await;
    let changes = ["a", "b"].map(|name| put(&h.new_project_category(name, None), None));
    h.store.commit(h.changes(changes)).await.expect("they are new");
    let now = version(&h).await;
    assert_eq!(now, before.next());
    let guarded = |name: &str, version: Version| {
        let mut set = h.changes([put(&h.new_project_category(name, None), None)]);
        set.guard(Guard::Held(Scope::project_categories(), version));
        set
    };
    for wrong in [before, now.next()] {
        let refused = h.store.commit(guarded("c", wrong)).await;
        let stale = StoreError::Stale { entity: "project_categories", current: None };
        assert_eq!(refused, Err(stale));
    }
    let sets: Vec<_> = (0..8).map(|n| guarded(&n.to_string(), now)).collect();
    assert_eq!(winners(&commit_at_once(&h.store, sets).await, StoreError::is_guard), 1);
}

/// A project's category comes back, is changed, and must be there.
pub async fn a_project_is_of_a_category(h: Harness) {
    let solar = h.project_category("Solar", None).await.id;
    let nowhere = Some(ProjectCategoryId::generate(&*h.ids));
    let of = |category, code: &str| {
        let new = h.new_project(code);
        let details = ProjectDetails { category, ..new.details.clone() };
        Project { details, ..new }
    };
    let create = |project: &Project| ProjectChange::CreateProject {
        project: Box::new(project.clone()),
        members: Vec::new(),
    };
    let given = of(Some(solar), "P");
    h.commit(create(&given)).await;
    assert_eq!(h.read_project(given.id).await, given);
    let refused = h.try_commit(create(&of(nowhere, "Q"))).await;
    assert_eq!(refused, missing("project_category"));
    let refused = h.try_commit(create(&of(nowhere, "P"))).await;
    assert_eq!(refused, conflict(Conflict::taken("project", "code")));
    let update = |expected, category| ProjectChange::UpdateProject {
        id: given.id,
        expected,
        details: Box::new(ProjectDetails { category, ..given.details.clone() }),
        status: given.status,
        at: h.now(),
    };
    let refused = h.try_commit(update(Version(9), nowhere)).await;
    assert_eq!(refused, stale("project", Version(1)));
    let refused = h.try_commit(update(Version(1), nowhere)).await;
    assert_eq!(refused, missing("project_category"));
    h.commit(update(Version(1), None)).await;
    assert_eq!(h.read_project(given.id).await.details.category, None);
}
