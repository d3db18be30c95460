//! Making, changing, finding and hiding projects.

use chrono::NaiveDate;
use erp_core::{
    Conflict, Ctx, Error,
    access::{AuditFilter, BuiltInRole},
    change::{Audience, Version},
    ctx::IdempotencyKey,
    page::PageRequest,
    policy::{Action, Permission},
    projects::{NewProject, ProjectDetails, ProjectQuery, ProjectRole, ProjectStatus},
};

use super::{id, new_project, person, project};
use crate::Harness;

const MISSING: Error = Error::NotFound { entity: "project" };

/// The caller owns it; the answer is what is stored; one audit entry and one event for its members.
pub async fn a_project_is_made_with_its_members_audit_and_event(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let before = h.settled().await;
    let members =
        [(&bob, ProjectRole::Viewer), (&bob, ProjectRole::Owner), (&ada, ProjectRole::Viewer)];
    let new = NewProject {
        details: ProjectDetails {
            start_on: NaiveDate::from_ymd_opt(2024, 3, 1),
            due_on: NaiveDate::from_ymd_opt(2024, 3, 1),
            zone: "Europe/Berlin".to_owned(),
            ..ProjectDetails::named(" Solar ")
        },
        ..new_project("solar-1", &members)
    };
    let made = h.engine.projects().create(&ada, new).await.unwrap();
    assert_eq!((made.code.as_str(), made.details.name.as_str()), ("SOLAR-1", "Solar"));
    assert_eq!((made.status, made.member_count), (ProjectStatus::Planned, 2));
    assert_eq!(h.read_project(made.id).await, made, "the answer is what is stored");
    let roles = [&ada, &bob].map(|ctx| (ctx, made.id));
    let [own, other] = roles;
    assert_eq!(h.project_member(own.1, id(own.0)).await.unwrap().role, ProjectRole::Owner);
    assert_eq!(h.project_member(other.1, id(other.0)).await.unwrap().role, ProjectRole::Viewer);
    let events = h.events_after(before).await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].body.kind(), "projects.project_created");
    assert_eq!(events[0].audience, [Audience::Project(made.id)]);
    let audit = h.audit().await;
    assert_eq!((audit[0].action, audit[0].entity.project), (Action::ProjectCreate, Some(made.id)));
}

/// Wrong input names its fields; nothing is made.
pub async fn bad_projects_are_refused_by_field(h: Harness) {
    let ada = person(&h, "ada").await;
    let guest = Ctx::user(h.user_with_role("guest", BuiltInRole::GUEST).await.id);
    let good = new_project("P", &[]);
    let ghost = erp_core::ids::UserId::generate(&*h.ids);
    let details = |change: fn(&mut ProjectDetails)| {
        let mut new = good.clone();
        change(&mut new.details);
        new
    };
    for (field, bad) in [
        ("code", NewProject { code: "no spaces".to_owned(), ..good.clone() }),
        ("name", details(|it| it.name.clear())),
        ("task_prefix", details(|it| it.task_prefix = "1A".to_owned())),
        ("zone", details(|it| it.zone = "Mars".to_owned())),
        ("members[0]", NewProject { members: vec![(ghost, ProjectRole::Member)], ..good.clone() }),
    ] {
        let refused = h.engine.projects().create(&ada, bad).await.unwrap_err();
        let Error::Validation(wrong) = refused else { panic!("{refused:?}") };
        assert_eq!(wrong[0].field, field);
    }
    let refused = h.engine.projects().create(&guest, good.clone()).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
    let by_system = h.engine.projects().create(&Ctx::system(), good.clone()).await;
    assert!(matches!(by_system, Err(Error::Validation(_))), "it needs an owner: {by_system:?}");
    h.engine.projects().create(&ada, good.clone()).await.unwrap();
    let again = h.engine.projects().create(&ada, good).await;
    assert_eq!(again, Err(Conflict::taken("project", "code").into()));
}

/// The same request under one key makes one project, another request is refused.
pub async fn x_6_making_a_project_twice_with_one_key_makes_one(h: Harness) {
    let ada = person(&h, "ada").await;
    let keyed = ada.clone().with_idempotency_key(IdempotencyKey::new("k-1").unwrap());
    let first = h.engine.projects().create(&keyed, new_project("P", &[])).await.unwrap();
    h.pass(60);
    let again = h.engine.projects().create(&keyed, new_project("P", &[])).await.unwrap();
    assert_eq!(again, first);
    let other = h.engine.projects().create(&keyed, new_project("Q", &[])).await;
    assert_eq!(other, Err(Conflict::IdempotencyKeyReused.into()));
}

/// A change names the version it was made on; one that changes nothing writes nothing.
pub async fn x_5_a_project_is_changed_under_its_version(h: Harness) {
    let ada = person(&h, "ada").await;
    let made = project(&h, "P", &ada, &[]).await;
    let projects = h.engine.projects();
    let details = ProjectDetails { description: Some("more".into()), ..made.details.clone() };
    let at = h.pass(60);
    let updated = projects.update(&ada, made.id, Version(1), details.clone()).await.unwrap();
    assert_eq!((updated.version, updated.updated_at), (Version(2), at));
    assert_eq!(h.read_project(made.id).await, updated);
    let stale = projects.update(&ada, made.id, Version(1), made.details.clone()).await;
    let current = Conflict::Version { entity: "project".into(), current: Version(2) };
    assert_eq!(stale, Err(current.into()));
    let (settled, entries) = (h.settled().await, h.audit().await.len());
    let same = projects.update(&ada, made.id, Version(2), details).await.unwrap();
    assert_eq!(same, updated);
    assert_eq!((h.settled().await, h.audit().await.len()), (settled, entries));
}

/// A status that is not next is refused, and told by name.
pub async fn x_12_a_project_goes_along_the_table_of_transitions(h: Harness) {
    let ada = person(&h, "ada").await;
    let made = project(&h, "P", &ada, &[]).await;
    let projects = h.engine.projects();
    let set = async |version, status| {
        projects.set_status(&ada, made.id, Version(version), status).await.map(|it| it.status)
    };
    let refused = set(1, ProjectStatus::Completed).await;
    let text = "a project cannot go from planned to completed";
    assert_eq!(refused, Err(Error::Precondition(text.into())));
    assert_eq!(set(1, ProjectStatus::Active).await, Ok(ProjectStatus::Active));
    assert_eq!(set(2, ProjectStatus::Completed).await, Ok(ProjectStatus::Completed));
    assert_eq!(set(3, ProjectStatus::Active).await, Ok(ProjectStatus::Active));
    assert_eq!(h.read_project(made.id).await.status, ProjectStatus::Active);
}

/// A deleted project is hidden from everybody, its code stays taken, and its owner restores it.
pub async fn x_9_a_deleted_project_is_hidden_and_comes_back(h: Harness) {
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let made = project(&h, "P", &ada, &[&bob]).await;
    let projects = h.engine.projects();
    let forbidden = projects.delete(&bob, made.id, Version(1)).await;
    assert!(matches!(forbidden, Err(Error::Forbidden { .. })), "{forbidden:?}");
    projects.delete(&ada, made.id, Version(1)).await.unwrap();
    projects.delete(&ada, made.id, Version(1)).await.expect("deleted is deleted");
    for ctx in [&ada, &bob, &Ctx::system()] {
        assert_eq!(projects.project(ctx, made.id).await, Err(MISSING));
        let query = ProjectQuery::default();
        assert!(
            projects.projects(ctx, query, &PageRequest::default()).await.unwrap().items.is_empty()
        );
    }
    let again = projects.create(&ada, new_project("P", &[])).await;
    assert_eq!(again, Err(Conflict::taken("project", "code").into()));
    let restored = projects.restore(&ada, made.id, Version(2)).await.unwrap();
    assert_eq!((restored.version, restored.deleted_at), (Version(3), None));
    assert_eq!(projects.project(&bob, made.id).await.unwrap().project, restored);
}

/// Whoever does not belong to a project learns nothing of it: not from any call, not from a list.
pub async fn proj_14_a_hidden_project_looks_like_none(h: Harness) {
    let (ada, eve) = (person(&h, "ada").await, person(&h, "eve").await);
    let made = project(&h, "P", &ada, &[]).await;
    let nothing = erp_core::ids::ProjectId::generate(&*h.ids);
    let projects = h.engine.projects();
    for (ctx, project) in [(&eve, made.id), (&ada, nothing)] {
        let v = Version(1);
        let details = made.details.clone();
        let page = PageRequest::default();
        let results = [
            projects.project(ctx, project).await.err(),
            projects.update(ctx, project, v, details).await.err(),
            projects.set_status(ctx, project, v, ProjectStatus::Active).await.err(),
            projects.delete(ctx, project, v).await.err(),
            projects.restore(ctx, project, v).await.err(),
            projects.members(ctx, project, &page).await.err(),
            projects.put_member(ctx, project, id(&eve), ProjectRole::Owner).await.err(),
            projects.remove_member(ctx, project, id(&ada)).await.err(),
            projects.leave(ctx, project).await.err(),
        ];
        for result in results {
            assert_eq!(result, Some(MISSING));
        }
    }
    let page = PageRequest::default();
    let listed = projects.projects(&eve, ProjectQuery::default(), &page).await.unwrap();
    assert!(listed.items.is_empty());
    let asked = ProjectQuery { member: Some(id(&ada)), ..ProjectQuery::default() };
    let listed = projects.projects(&eve, asked, &page).await.unwrap();
    assert!(listed.items.is_empty(), "whose projects are listed is not for the caller to say");
}

/// The right to see all shows projects and their members; changing them takes the right to that.
pub async fn proj_14_an_overseer_sees_all_and_changes_nothing_alone(h: Harness) {
    let ada = person(&h, "ada").await;
    let made = project(&h, "P", &ada, &[]).await;
    let role = h.role("overseer", &[Permission::ProjectsReadAll]).await;
    let overseer = h.user("overseer").await;
    h.grant(erp_core::access::RoleHolder::User(overseer.id), role.id).await;
    let overseer = Ctx::user(overseer.id);
    let projects = h.engine.projects();
    assert_eq!(projects.project(&overseer, made.id).await.unwrap().project, made);
    let page = PageRequest::default();
    let listed = projects.projects(&overseer, ProjectQuery::default(), &page).await.unwrap();
    assert_eq!(listed.items, std::slice::from_ref(&made));
    assert_eq!(projects.members(&overseer, made.id, &page).await.unwrap().items.len(), 1);
    let refused = projects.delete(&overseer, made.id, Version(1)).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
    let admin = Ctx::user(h.user_with_role("admin", BuiltInRole::ADMIN).await.id);
    projects.put_member(&admin, made.id, id(&overseer), ProjectRole::Owner).await.unwrap();
    let nobody = Ctx::user(h.user("nobody").await.id);
    let refused = projects.projects(&nobody, ProjectQuery::default(), &page).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
}

/// Who may read the audit log but not the project sees that something changed, not what.
pub async fn proj_14_the_audit_log_shows_values_to_those_who_see_the_project(h: Harness) {
    let ada = person(&h, "ada").await;
    project(&h, "SECRET", &ada, &[]).await;
    let role = h.role("auditor", &[Permission::AuditRead]).await;
    let auditor = h.user("auditor").await;
    h.grant(erp_core::access::RoleHolder::User(auditor.id), role.id).await;
    let admin = Ctx::user(h.user_with_role("admin", BuiltInRole::ADMIN).await.id);
    for (ctx, masked) in [(&Ctx::user(auditor.id), true), (&admin, false)] {
        let filter = AuditFilter { action: Some(Action::ProjectCreate), ..AuditFilter::default() };
        let page = h.engine.access().audit(ctx, filter, PageRequest::default()).await.unwrap();
        assert_eq!(page.items.len(), 1);
        assert!(page.items[0].changes.iter().all(|field| field.masked == masked));
    }
}
