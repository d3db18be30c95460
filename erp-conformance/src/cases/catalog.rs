//! `CatalogChange` and `CatalogReads`.

use erp_core::{
    Conflict,
    change::Version,
    ids::ProjectCategoryId,
    projects::{Project, ProjectChange, ProjectDetails},
};

use super::support::{conflict, missing, stale};
use crate::Harness;

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
