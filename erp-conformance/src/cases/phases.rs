//! What a store promises of phases and of their kinds.

use erp_core::{
    Conflict,
    change::{Guard, Scope, Version},
    ids::{PhaseDefinitionId, PhaseId, ProjectId, TaskId, UserId},
    money::{Currency, Money},
    port::StoreError,
    projects::{
        Column, NamedPhase, PassedGate, Phase, PhaseDefinition, ProjectChange, Task, TaskQuery,
        TaskStatus,
    },
    record::{ListQuery, Name, Record as _, Shelf, Stored, sort_key},
};

use super::support::{commit_at_once, conflict, exists, missing, stale, winners};
use crate::{Harness, harness as records};

/// A kind of phase with another name.
fn renamed(mut one: Stored<PhaseDefinition>, name: &str) -> Stored<PhaseDefinition> {
    one.fields.name = Name::new(name).expect("a name");
    one
}

fn put(phase: &Phase, expected: Option<i64>) -> ProjectChange {
    let expected = expected.map(Version);
    ProjectChange::PutPhase { phase: Box::new(phase.clone()), expected }
}

async fn definition(h: &Harness, id: PhaseDefinitionId) -> Option<Stored<PhaseDefinition>> {
    h.read_record(id).await
}

async fn read(h: &Harness, id: PhaseId) -> Option<Phase> {
    h.store.projects().phase(id).await.expect("a read")
}

async fn listed(h: &Harness, project: ProjectId) -> Vec<NamedPhase> {
    h.store.projects().phases(project).await.expect("a read")
}

async fn version(h: &Harness, project: ProjectId) -> Version {
    h.read_project(project).await.phases
}

/// Every field comes back as it was given; the kinds are listed by name without regard to case, in
/// pages; a name that is left is free.
pub async fn kinds_of_phases_are_kept_as_they_were_given(h: Harness) {
    let mut given = h.new_phase_definition("permits");
    given.version = Version(9);
    h.commit(records::put(&given, None)).await;
    given.version = Version(1);
    assert_eq!(definition(&h, given.id).await, Some(given.clone()));
    for name in ["Planning", "Über uns", "build", "Zulassung"] {
        h.phase_definition(name).await;
    }
    let mut archived = renamed(given, "Approval");
    archived.archived_at = Some(h.pass(60));
    h.commit(records::put(&archived, Some(1))).await;
    archived.version = Version(2);
    h.phase_definition("PERMITS").await;
    let (field, limit) = (&PhaseDefinition::KIND.fields[0], 2);
    let mut query = ListQuery { sort: 0, equal: vec![], shelf: Shelf::All, after: None, limit };
    let mut paged = Vec::new();
    loop {
        let page = h.store.records().list_records(PhaseDefinition::KIND, &query).await;
        let page = page.expect("a read");
        assert!(page.len() <= 2);
        let Some(last) = page.last() else { break };
        query.after = Some((sort_key(field, &last.values[0]), last.id));
        paged.extend(page);
    }
    let names: Vec<_> = paged.iter().filter_map(|row| row.values[0].as_text()).collect();
    assert_eq!(names, ["Approval", "build", "PERMITS", "Planning", "Zulassung", "Über uns"]);
    assert_eq!(paged[0], archived.row());
    assert_eq!(definition(&h, PhaseDefinitionId::generate(&*h.ids)).await, None);
}

/// A used id, a stale version, a taken name: the first is told.
pub async fn a_refused_kind_of_phase_tells_the_first_fault(h: Harness) {
    let one = h.phase_definition("One").await;
    let two = h.phase_definition("Two").await;
    let taken = || conflict(Conflict::taken("phase_definition", "name"));
    assert_eq!(h.try_commit(records::put(&two, None)).await, exists("phase_definition"));
    assert_eq!(h.try_commit(records::put(&h.new_phase_definition("oNE"), None)).await, taken());
    let other = renamed(two, "one");
    let refused = h.try_commit(records::put(&other, Some(2))).await;
    assert_eq!(refused, stale("phase_definition", Version(1)));
    assert_eq!(h.try_commit(records::put(&other, Some(1))).await, taken());
    let unknown = h.new_phase_definition("x");
    assert_eq!(h.try_commit(records::put(&unknown, Some(1))).await, missing("phase_definition"));
    let own = renamed(one, "ONE");
    h.commit(records::put(&own, Some(1))).await;
    let at_once = (0..6).map(|_| h.changes([records::put(&h.new_phase_definition("same"), None)]));
    let lost = |error: &StoreError| {
        *error == StoreError::Conflict(Conflict::taken("phase_definition", "name"))
    };
    assert_eq!(winners(&commit_at_once(&h.store, at_once.collect::<Vec<_>>()).await, lost), 1);
}

/// PHASE-2: a kind is deleted only while no phase is of it, cancelled or not, also when one is made at
/// once.
pub async fn phase_2_a_kind_of_phase_is_deleted_only_while_unused(h: Harness) {
    let project = h.project("P", &[]).await.id;
    let kind = h.phase_definition("Build").await;
    let delete = |id, expected: Version| records::remove::<PhaseDefinition>(id, expected.0);
    let in_use = || conflict(Conflict::in_use("phase_definition", "phase"));
    assert_eq!(
        h.try_commit(delete(kind.id, Version(2))).await,
        stale("phase_definition", Version(1))
    );
    let phase = h.phase(project, kind.id, 0).await;
    assert_eq!(h.try_commit(delete(kind.id, Version(1))).await, in_use());
    h.commit(put(&Phase { cancelled_at: Some(h.now()), ..phase }, Some(1))).await;
    assert_eq!(h.try_commit(delete(kind.id, Version(1))).await, in_use());
    let unused = h.phase_definition("Operate").await;
    h.commit(delete(unused.id, Version(1))).await;
    assert_eq!(definition(&h, unused.id).await, None);
    let again = h.try_commit(delete(unused.id, Version(1))).await;
    assert_eq!(again, missing("phase_definition"));
    h.phase_definition("OPERATE").await;
    for round in 0..8_u64 {
        let kind = h.phase_definition(&format!("kind {round}")).await.id;
        let of_it = h.new_phase(project, kind, 10 * round);
        let sets = [h.changes([put(&of_it, None)]), h.changes([delete(kind, Version(1))])];
        let done = commit_at_once(&h.store, sets).await;
        assert_eq!(done.iter().filter(|one| one.is_ok()).count(), 1, "{done:?}");
        assert_eq!(read(&h, of_it.id).await.is_some(), definition(&h, kind).await.is_some());
    }
}

/// Every field of a phase comes back as it was given, and all of it is replaced by what comes after.
pub async fn a_phase_is_kept_as_it_was_given(h: Harness) {
    let ann = h.user("ann").await.id;
    let project = h.project("P", &[]).await.id;
    let (one, two) = (h.phase_definition("One").await.id, h.phase_definition("Two").await.id);
    let given = Phase { version: Version(9), ..h.new_phase(project, one, 0) };
    h.commit(put(&given, None)).await;
    assert_eq!(read(&h, given.id).await, Some(Phase { version: Version(1), ..given.clone() }));
    let euro = Currency::new("EUR").expect("a currency");
    let mut second = h.new_phase(project, two, 40);
    second.details.budget = Money::new("0.30".parse().expect("a number"), euro).ok();
    let at = h.pass(60);
    let gate = Some(PassedGate { by: Some(ann), at });
    second = Phase { id: given.id, gate, updated_at: at, cancelled_at: Some(at), ..second };
    h.commit(put(&second, Some(1))).await;
    assert_eq!(read(&h, given.id).await, Some(Phase { version: Version(2), ..second.clone() }));
    let gate = Some(PassedGate { by: None, at });
    let third = Phase { gate, cancelled_at: None, ..second };
    h.commit(put(&third, Some(2))).await;
    assert_eq!(read(&h, given.id).await, Some(Phase { version: Version(3), ..third }));
    assert_eq!(read(&h, PhaseId::generate(&*h.ids)).await, None);
}

/// X-5, and errors in their order: the id, the version, the project, the kind, who passed the gate.
pub async fn x_5_a_phase_is_changed_under_its_version_and_what_is_missing_is_told(h: Harness) {
    let project = h.project("P", &[]).await.id;
    let kind = h.phase_definition("One").await.id;
    let given = h.phase(project, kind, 0).await;
    let (nowhere, nobody) = (ProjectId::generate(&*h.ids), UserId::generate(&*h.ids));
    let none = PhaseDefinitionId::generate(&*h.ids);
    let gate = Some(PassedGate { by: Some(nobody), at: h.now() });
    let lost = Phase { project: nowhere, definition: none, gate, ..given };
    assert_eq!(h.try_commit(put(&lost, None)).await, exists("phase"));
    assert_eq!(h.try_commit(put(&lost, Some(2))).await, stale("phase", Version(1)));
    let lost = Phase { id: PhaseId::generate(&*h.ids), ..lost };
    assert_eq!(h.try_commit(put(&lost, Some(1))).await, missing("phase"));
    assert_eq!(h.try_commit(put(&lost, None)).await, missing("project"));
    let lost = Phase { project, ..lost };
    assert_eq!(h.try_commit(put(&lost, None)).await, missing("phase_definition"));
    let lost = Phase { definition: kind, ..lost };
    assert_eq!(h.try_commit(put(&lost, None)).await, missing("user"));
}

/// PHASE-2: the active phases of a project in their order, under the names that their kinds have now.
pub async fn phase_2_phases_are_listed_by_day_with_their_names_of_now(h: Harness) {
    let (project, other) = (h.project("P", &[]).await.id, h.project("Q", &[]).await.id);
    let (one, two) = (h.phase_definition("One").await, h.phase_definition("Two").await);
    let late = h.phase(project, one.id, 20).await;
    let early = h.phase(project, two.id, 0).await;
    let same_day = h.phase(project, one.id, 20).await;
    let gone = h.phase(project, one.id, 10).await;
    h.commit(put(&Phase { cancelled_at: Some(h.now()), ..gone }, Some(1))).await;
    h.phase(other, one.id, 5).await;
    let named = |phase: &Phase, name: &str| NamedPhase { phase: phase.clone(), name: name.into() };
    let expected = [named(&early, "Two"), named(&late, "One"), named(&same_day, "One")];
    assert_eq!(listed(&h, project).await, expected);
    h.commit(records::put(&renamed(one, "Build"), Some(1))).await;
    let expected = [named(&early, "Two"), named(&late, "Build"), named(&same_day, "Build")];
    assert_eq!(listed(&h, project).await, expected);
    assert_eq!(listed(&h, ProjectId::generate(&*h.ids)).await, []);
}

/// A task is put into an active phase of its project, from its making on or later, and is found by it.
pub async fn a_task_is_put_into_an_active_phase_of_its_project(h: Harness) {
    let (project, other) = (h.project("P", &[]).await.id, h.project("Q", &[]).await.id);
    let kind = h.phase_definition("One").await.id;
    let phase = h.phase(project, kind, 0).await.id;
    let cancelled = h.phase(project, kind, 10).await;
    h.commit(put(&Phase { cancelled_at: Some(h.now()), ..cancelled.clone() }, Some(1))).await;
    let foreign = h.phase(other, kind, 0).await.id;
    let task = h.tasks(project, 2).await[0];
    let at = h.pass(60);
    let set = |id: TaskId, expected: i64, phase: Option<PhaseId>| {
        let expected = Version(expected);
        ProjectChange::SetTaskPhase { project, id, expected, phase, at }
    };
    assert_eq!(h.try_commit(set(task, 2, Some(foreign))).await, stale("task", Version(1)));
    assert_eq!(h.try_commit(set(TaskId::generate(&*h.ids), 1, None)).await, missing("task"));
    let before = h.read_task(task).await;
    for wrong in [foreign, cancelled.id, PhaseId::generate(&*h.ids)] {
        assert_eq!(h.try_commit(set(task, 1, Some(wrong))).await, missing("phase"));
        let made = Task { phase: Some(wrong), ..h.new_task(project, "t") };
        let made = ProjectChange::CreateTask(Box::new(made));
        assert_eq!(h.try_commit(made).await, missing("phase"));
    }
    h.commit(set(task, 1, Some(phase))).await;
    let kept = h.read_task(task).await;
    assert_eq!((kept.phase, kept.version, kept.updated_at), (Some(phase), Version(2), at));
    let born = Task { phase: Some(phase), ..h.new_task(project, "born in it") };
    h.commit(ProjectChange::CreateTask(Box::new(born.clone()))).await;
    let query = TaskQuery { phase: Some(phase), limit: 9, ..TaskQuery::default() };
    let found = h.store.projects().tasks(project, &query).await.expect("a read");
    assert_eq!(found.iter().map(|task| task.id).collect::<Vec<_>>(), [task, born.id]);
    let board = h.store.projects().board(project, Some(phase), 1).await.expect("a read");
    let column = Column { status: TaskStatus::Todo, count: 2, tasks: found[..1].to_vec() };
    assert_eq!(board, [column], "the other tasks are not on it");
    let foreign = h.store.projects().board(project, Some(foreign), 1).await;
    assert_eq!(foreign, Ok(vec![]));
    h.commit(set(task, 2, None)).await;
    let last = h.read_task(task).await;
    assert_eq!(last, Task { version: Version(3), updated_at: at, ..before });
}

/// `Scope::phases`: another version is refused, an unknown project is told. Phases, what tasks are in
/// them, and the project's details raise the version by one for a whole set; nothing else does.
pub async fn what_touches_phases_raises_their_version_by_one(h: Harness) {
    let made = h.project("P", &[]).await;
    let project = made.id;
    let kind = h.phase_definition("One").await.id;
    assert_eq!(made.phases, Version(1));
    let phase = h.new_phase(project, kind, 0);
    let other = h.new_phase(project, kind, 10);
    let set = h.changes([put(&phase, None), put(&other, None)]);
    h.store.commit(set).await.expect("they are new");
    assert_eq!(version(&h, project).await, Version(2));
    let task = h.tasks(project, 1).await[0];
    assert_eq!(version(&h, project).await, Version(2), "a task in no phase");
    let (id, expected, at) = (task, Version(1), h.now());
    let phase = Some(phase.id);
    h.commit(ProjectChange::SetTaskPhase { project, id, expected, phase, at }).await;
    assert_eq!(version(&h, project).await, Version(3));
    let task = Task { phase, ..h.new_task(project, "t") };
    h.commit(ProjectChange::CreateTask(Box::new(task))).await;
    assert_eq!(version(&h, project).await, Version(4));
    let details = Box::new(made.details.clone());
    let status = made.status;
    h.commit(ProjectChange::UpdateProject { id: project, expected, details, status, at }).await;
    assert_eq!(version(&h, project).await, Version(5));
    let guarded = |project, version| {
        let mut set = h.changes([put(&h.new_phase(made.id, kind, 20), None)]);
        set.guard(Guard::Held(Scope::phases(project), Version(version)));
        set
    };
    for wrong in [4, 6] {
        let refused = h.store.commit(guarded(project, wrong)).await;
        assert_eq!(refused, Err(StoreError::Stale { entity: "phases", current: None }));
    }
    let nowhere = h.store.commit(guarded(ProjectId::generate(&*h.ids), 5)).await;
    assert_eq!(nowhere, missing("project"));
    h.store.commit(guarded(project, 5)).await.expect("the guard holds");
}

/// PHASE-5: of those that were decided on the same phases exactly one happens, whether it makes a phase
/// or lowers the budget.
pub async fn phase_5_of_commits_under_one_version_of_phases_exactly_one_happens(h: Harness) {
    let project = h.project("P", &[]).await.id;
    let kind = h.phase_definition("One").await.id;
    for round in 0..4_u64 {
        let now = h.read_project(project).await;
        let update = ProjectChange::UpdateProject {
            id: project,
            expected: now.version,
            details: Box::new(now.details.clone()),
            status: now.status,
            at: h.now(),
        };
        let phases = (0..6).map(|n| put(&h.new_phase(project, kind, 100 * round + 10 * n), None));
        let sets = phases.chain([update]).map(|change| {
            let mut set = h.changes([change]);
            set.guard(Guard::Held(Scope::phases(project), now.phases));
            set
        });
        let sets: Vec<_> = sets.collect();
        assert_eq!(winners(&commit_at_once(&h.store, sets).await, StoreError::is_guard), 1);
        assert_eq!(version(&h, project).await, now.phases.next());
    }
}
