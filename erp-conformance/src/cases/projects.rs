//! What a store promises of projects and their members.

use chrono::NaiveDate;
use erp_core::{
    Conflict,
    change::{ChangeSet, Guard, Scope, Version},
    ids::{ProjectId, UserId},
    money::{Currency, Money},
    page::Limit,
    port::StoreError,
    projects::{Project, ProjectChange, ProjectDetails, ProjectQuery, ProjectRole, ProjectStatus},
};

use super::support::{commit_at_once, conflict, exists, missing, stale, winners};
use crate::Harness;

fn creation(project: &Project, members: &[(UserId, ProjectRole)]) -> ProjectChange {
    ProjectChange::CreateProject { project: Box::new(project.clone()), members: members.to_vec() }
}

fn put(project: ProjectId, user: UserId, role: ProjectRole) -> ProjectChange {
    ProjectChange::PutMember { project, user, role, at: Harness::start() }
}

/// Every field comes back as it was given; counts and versions are those of a new project.
pub async fn a_project_is_kept_as_it_was_given(h: Harness) {
    let (ann, bob) = (h.user("ann").await.id, h.user("bob").await.id);
    let euro = Currency::new("EUR").expect("a currency");
    let details = ProjectDetails {
        description: Some("Roof\nand cellar".to_owned()),
        task_prefix: "ROOF".to_owned(),
        start_on: NaiveDate::from_ymd_opt(2024, 3, 1),
        due_on: NaiveDate::from_ymd_opt(2024, 12, 31),
        zone: "Europe/Berlin".to_owned(),
        budget: Money::new("125000.50".parse().expect("a number"), euro).ok(),
        ..ProjectDetails::named("Solar, Berlin")
    };
    let given = Project {
        details,
        created_by: Some(ann),
        member_count: 99,
        last_task: 7,
        roster: Version(5),
        graph: Version(5),
        version: Version(5),
        ..h.new_project("SOLAR-1")
    };
    let members = [(ann, ProjectRole::Owner), (bob, ProjectRole::Viewer)];
    h.commit(creation(&given, &members)).await;
    let new = Version::FIRST;
    let expected =
        Project { member_count: 2, last_task: 0, roster: new, graph: new, version: new, ..given };
    assert_eq!(h.read_project(expected.id).await, expected);
    let access = h.store.projects().access(expected.id, bob).await.expect("a read");
    let access = access.expect("the project exists");
    assert_eq!((&access.project, access.role()), (&expected, Some(ProjectRole::Viewer)));
    assert_eq!(access.member.expect("a member").joined_at, expected.created_at);
    for status in ProjectStatus::ALL {
        let bare = Project { status: *status, ..h.new_project(status.as_str()) };
        h.commit(creation(&bare, &[])).await;
        assert_eq!(h.read_project(bare.id).await, bare);
    }
    let unknown = ProjectId::generate(&*h.ids);
    assert_eq!(h.store.projects().project(unknown).await, Ok(None));
    assert_eq!(h.store.projects().access(unknown, ann).await, Ok(None));
}

/// not even a deleted project's code is given again, and of many who want one at once one gets
/// it.
pub async fn x_8_a_code_is_never_given_again(h: Harness) {
    let project = h.project("ONE", &[]).await;
    let (id, at) = (project.id, Some(h.now()));
    h.commit(ProjectChange::SetProjectDeleted { id, expected: Version(1), deleted_at: at }).await;
    let again = h.try_commit(creation(&h.new_project("ONE"), &[])).await;
    assert_eq!(again, conflict(Conflict::taken("project", "code")));
    let sets: Vec<ChangeSet> =
        (0..8).map(|_| h.changes([creation(&h.new_project("TWO"), &[])])).collect();
    let taken = StoreError::Conflict(Conflict::taken("project", "code"));
    assert_eq!(winners(&commit_at_once(&h.store, sets).await, |error| *error == taken), 1);
}

/// Errors of one change in their order: id, code, then whoever is missing; and nothing is written.
pub async fn a_refused_project_leaves_nothing_and_tells_the_first_fault(h: Harness) {
    let there = h.project("ONE", &[]).await;
    let nobody = UserId::generate(&*h.ids);
    let ghost = [(nobody, ProjectRole::Owner)];
    let same_id = Project { id: there.id, ..h.new_project("ONE") };
    assert_eq!(h.try_commit(creation(&same_id, &ghost)).await, exists("project"));
    let same_code = h.try_commit(creation(&h.new_project("ONE"), &ghost)).await;
    assert_eq!(same_code, conflict(Conflict::taken("project", "code")));
    let new = h.new_project("TWO");
    assert_eq!(h.try_commit(creation(&new, &ghost)).await, missing("user"));
    let by_ghost = Project { created_by: Some(nobody), ..new.clone() };
    assert_eq!(h.try_commit(creation(&by_ghost, &[])).await, missing("user"));
    assert_eq!(h.store.projects().project(new.id).await, Ok(None));
    h.commit(creation(&new, &[])).await;

    let unknown = ProjectId::generate(&*h.ids);
    let member = ProjectRole::Member;
    assert_eq!(h.try_commit(put(unknown, nobody, member)).await, missing("project"));
    assert_eq!(h.try_commit(put(new.id, nobody, member)).await, missing("user"));
    let removal = ProjectChange::RemoveMember { project: unknown, user: nobody };
    assert_eq!(h.try_commit(removal).await, missing("project"));
    let removal = ProjectChange::RemoveMember { project: new.id, user: nobody };
    assert!(h.try_commit(removal).await.is_ok(), "out is out");
}

/// details, status and deletion are written under the version that the caller has seen.
pub async fn x_5_a_project_is_changed_under_its_version(h: Harness) {
    let project = h.project("ONE", &[]).await;
    let id = project.id;
    let update = |expected, name: &str| ProjectChange::UpdateProject {
        id,
        expected: Version(expected),
        details: Box::new(ProjectDetails::named(name)),
        status: ProjectStatus::OnHold,
        at: Harness::start(),
    };
    for wrong in [0, 2] {
        let refused = h.try_commit(update(wrong, "other")).await;
        assert_eq!(refused, stale("project", Version(1)));
    }
    let at = h.pass(5);
    h.commit(update(1, "other")).await;
    let now = h.read_project(id).await;
    assert_eq!((now.details.name.as_str(), now.status), ("other", ProjectStatus::OnHold));
    assert_eq!((now.version, now.updated_at), (Version(2), Harness::start()));
    let delete = |expected, deleted_at| ProjectChange::SetProjectDeleted {
        id,
        expected: Version(expected),
        deleted_at,
    };
    assert_eq!(h.try_commit(delete(1, Some(at))).await, stale("project", Version(2)));
    h.commit(delete(2, Some(at))).await;
    assert_eq!(h.read_project(id).await.deleted_at, Some(at));
    h.commit(delete(3, None)).await;
    assert_eq!(h.read_project(id).await, Project { version: Version(4), ..now });
    let unknown = ProjectId::generate(&*h.ids);
    let change =
        ProjectChange::SetProjectDeleted { id: unknown, expected: Version(1), deleted_at: None };
    assert_eq!(h.try_commit(change).await, missing("project"));

    let sets: Vec<_> = (0..8).map(|n| h.changes([update(4, &format!("name {n}"))])).collect();
    let loses = |error: &StoreError| {
        *error == StoreError::Stale { entity: "project", current: Some(Version(5)) }
    };
    assert_eq!(winners(&commit_at_once(&h.store, sets).await, loses), 1);
}

/// `PutMember` adds once and then sets the role alone; the count follows.
pub async fn members_are_put_taken_out_and_counted(h: Harness) {
    let mut users = Vec::new();
    for n in 0..5 {
        users.push(h.user(&format!("user-{n}")).await.id);
    }
    users.sort_unstable();
    let project = h.project("ONE", &users[..1]).await.id;
    let other = h.project("TWO", &users[..1]).await.id;
    for user in &users {
        h.commit(put(project, *user, ProjectRole::Viewer)).await;
    }
    h.pass(5);
    h.commit(put(project, users[4], ProjectRole::Owner)).await;
    let last = h.project_member(project, users[4]).await.expect("a member");
    assert_eq!((last.role, last.joined_at), (ProjectRole::Owner, Harness::start()));
    let reads = h.store.projects();
    assert_eq!(reads.owners(project).await, Ok(vec![users[4]]));
    let mut paged = Vec::new();
    loop {
        let after = paged.last().copied();
        let page = reads.members(project, after, 2).await.expect("a read");
        if page.is_empty() {
            break;
        }
        paged.extend(page.iter().map(|member| member.user));
    }
    assert_eq!(paged, users);
    let mut both = vec![project, other];
    both.sort_unstable();
    let of = async |user| -> Vec<ProjectId> {
        let members = reads.memberships(user).await.expect("a read");
        members.iter().map(|member| member.project).collect()
    };
    assert_eq!(of(users[0]).await, both);
    h.commit(ProjectChange::RemoveMember { project, user: users[0] }).await;
    h.commit(ProjectChange::RemoveMember { project, user: users[0] }).await;
    assert_eq!(of(users[0]).await, [other]);
    assert_eq!(h.project_member(project, users[0]).await, None);
    assert_eq!(h.read_project(project).await.member_count, 4);
    assert_eq!(h.store.maintenance().verify().await, Ok(vec![]));
}

/// `ProjectChange::touches`: such changes raise the roster by one for the whole set, others
/// leave it.
pub async fn what_touches_a_project_roster_raises_its_version_by_one(h: Harness) {
    let (ann, bob) = (h.user("ann").await.id, h.user("bob").await.id);
    let project = h.project("ONE", &[ann]).await;
    let (id, other) = (project.id, h.project("TWO", &[ann]).await);
    let changes = [
        put(id, bob, ProjectRole::Member),
        put(id, bob, ProjectRole::Member),
        ProjectChange::RemoveMember { project: id, user: bob },
        ProjectChange::RemoveMember { project: id, user: bob },
        ProjectChange::SetProjectDeleted { id, expected: Version(1), deleted_at: None },
    ];
    for change in changes {
        let before = h.read_project(id).await.roster;
        let expected = if change.touches().contains(&Scope::project_roster(id)) {
            before.next()
        } else {
            before
        };
        h.commit(change.clone()).await;
        assert_eq!(h.read_project(id).await.roster, expected, "{change:?}");
    }
    let before = h.read_project(id).await.roster;
    let set = h.changes([put(id, bob, ProjectRole::Member), put(id, bob, ProjectRole::Viewer)]);
    h.store.commit(set).await.expect("it is valid");
    assert_eq!(h.read_project(id).await.roster, before.next());
    assert_eq!(h.read_project(other.id).await, other);
}

/// `Scope::project_roster`: another version is refused, an unknown project told; of those under one
/// version exactly one happens.
pub async fn a_guard_on_another_project_roster_is_refused(h: Harness) {
    let (ann, bob) = (h.user("ann").await.id, h.user("bob").await.id);
    let project = h.project("ONE", &[ann]).await.id;
    let guarded = |project: ProjectId, version: i64, change: ProjectChange| {
        let mut set = h.changes([change]);
        set.guard(Guard::Held(Scope::project_roster(project), Version(version)));
        set
    };
    let change = || put(project, bob, ProjectRole::Member);
    for wrong in [0, 2] {
        let refused = h.store.commit(guarded(project, wrong, change())).await;
        let stale = StoreError::Stale { entity: "project_roster", current: None };
        assert_eq!(refused, Err(stale));
    }
    let unknown = ProjectId::generate(&*h.ids);
    assert_eq!(h.store.commit(guarded(unknown, 1, change())).await, missing("project"));
    let sets: Vec<_> = (0..8).map(|_| guarded(project, 1, change())).collect();
    assert_eq!(winners(&commit_at_once(&h.store, sets).await, StoreError::is_guard), 1);
    assert_eq!(h.read_project(project).await.roster, Version(2));
}

/// `ProjectReads::projects`: by code, each filter leaves what it says, deleted ones never.
pub async fn projects_are_listed_by_code_in_pages(h: Harness) {
    let (ann, bob) = (h.user("ann").await.id, h.user("bob").await.id);
    for (code, members) in [
        ("B", vec![ann]),
        ("A-2", vec![ann, bob]),
        ("A", vec![bob]),
        ("C", vec![]),
        ("A1", vec![ann]),
    ] {
        h.project(code, &members).await;
    }
    let planned = Project { status: ProjectStatus::Planned, ..h.new_project("D") };
    h.commit(creation(&planned, &[(bob, ProjectRole::Owner)])).await;
    let gone = h.project("0", &[ann]).await;
    let (id, deleted_at) = (gone.id, Some(h.now()));
    h.commit(ProjectChange::SetProjectDeleted { id, expected: gone.version, deleted_at }).await;

    let listed = async |member, status: &[ProjectStatus]| -> Vec<String> {
        let mut codes: Vec<String> = Vec::new();
        loop {
            let query = ProjectQuery {
                member,
                status: status.to_vec(),
                after: codes.last().cloned(),
                limit: Limit::clamped(Some(2)).get(),
            };
            let page = h.store.projects().projects(&query).await.expect("a read");
            if page.is_empty() {
                return codes;
            }
            codes.extend(page.into_iter().map(|project| project.code));
        }
    };
    assert_eq!(listed(None, &[]).await, ["A", "A-2", "A1", "B", "C", "D"]);
    assert_eq!(listed(Some(ann), &[]).await, ["A-2", "A1", "B"]);
    assert_eq!(listed(Some(bob), &[ProjectStatus::Planned]).await, ["D"]);
    let two = [ProjectStatus::Active, ProjectStatus::Planned];
    assert_eq!(listed(Some(bob), &two).await, ["A", "A-2", "D"]);
    assert_eq!(listed(None, &[ProjectStatus::OnHold]).await, [""; 0]);
}
