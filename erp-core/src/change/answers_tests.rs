//! What each module's changes answer. The expectations are written out: a store goes by the answers.

use uuid::Uuid;

use super::*;
use crate::{
    access::{
        AccessChange, PasswordHash, RevokedSessions, RoleHolder, TeamNesting, TokenHash, UserStatus,
    },
    change::{Allocated, BroadcastEvent, EntityRef, NewEvent, Scope, Version},
    chat::{BodyFormat, ChatChange, MessageKind, PointerMove, RoomRole, Seq},
    ctx::Ctx,
    ids::{
        AuditId, ItemId, PhaseId, ReservationId, RoleId, TaskId, TeamId, TimeEntryId, WarehouseId,
    },
    inventory::{InventoryChange, ItemCategory, ReservationState},
    policy::Action,
    projects::{
        PhaseDefinition, ProjectCategory, ProjectChange, ProjectRole, Task, TaskCode, TaskDetails,
        TaskStatus, TimeEntry,
    },
    record::{Record as _, RecordChange},
    time::Timestamp,
};

const ONE: Uuid = Uuid::from_u128(1);
const USER: UserId = UserId::from_uuid(ONE);
const ROOM: RoomId = RoomId::from_uuid(ONE);
const PROJECT: ProjectId = ProjectId::from_uuid(ONE);
const TASK: TaskId = TaskId::from_uuid(ONE);
const V: Version = Version::FIRST;

/// Each change with the scopes that it raises, whether it allocates, and what it locks.
fn hold(expected: impl IntoIterator<Item = (Change, Vec<Scope>, bool, Vec<Lock>)>) {
    for (change, touches, allocates, locks) in expected {
        assert_eq!(change.touches(), Scopes::from_iter(touches), "{change:?}");
        assert_eq!(change.allocates(), allocates, "{change:?}");
        assert_eq!(change.locks(), Locks::from_iter(locks), "{change:?}");
    }
}

#[test]
fn changes_of_rights_touch_the_access_graph_and_those_of_a_user_lock_him() {
    type C = AccessChange;
    let (role, team) = (RoleId::from_uuid(ONE), TeamId::from_uuid(ONE));
    let at = Timestamp::default();
    let (status, password) = (UserStatus::Deactivated, PasswordHash(String::new()));
    let nesting = TeamNesting { parent: team, child: team };
    let graph = || vec![Scope::access_graph()];
    let user = || vec![Lock::User(USER)];
    let holder = RoleHolder::Team(team);
    let rights = [
        (C::SetUserStatus { id: USER, expected: V, status, at }, user()),
        (C::SetPassword { id: USER, password }, user()),
        (C::DeleteRole { id: role, expected: V }, vec![]),
        (C::GrantRole { holder, role }, vec![]),
        (C::RevokeRole { holder, role }, vec![]),
        (C::DeleteTeam { id: team, expected: V }, vec![]),
        (C::AddTeamMember { team, user: USER }, vec![]),
        (C::RemoveTeamMember { team, user: USER }, vec![]),
        (C::NestTeam(nesting), vec![]),
        (C::UnnestTeam(nesting), vec![]),
    ];
    hold(rights.map(|(change, locks)| (change.into(), graph(), false, locks)));
    let (which, token) = (RevokedSessions::All, TokenHash([0; 32]));
    let others = [
        (C::UpdateUser { id: USER, expected: V, patch: Default::default(), at }, user()),
        (C::RevokeSessions { user: USER, which }, user()),
        (C::ForgetDevice { user: USER, token }, user()),
        (C::RenameTeam { id: team, expected: V, name: String::new() }, vec![]),
    ];
    hold(others.map(|(change, locks)| (change.into(), vec![], false, locks)));
}

#[test]
fn changes_of_members_touch_the_roster_and_what_is_numbered_allocates() {
    type C = ChatChange;
    let (id, at, role) = (MessageId::from_uuid(ONE), Timestamp::default(), RoomRole::Member);
    let (kind, format, body) = (MessageKind::User, BodyFormat::Text, String::new());
    let roster = || vec![Scope::roster(ROOM)];
    let room = || vec![Lock::Room(ROOM)];
    let append = C::AppendMessage { id, room: ROOM, author: USER, kind, format, body, at };
    let edit = C::EditMessage { id, expected: V, body: String::new(), by: USER, at };
    let to = PointerMove::ForwardTo(Seq(1));
    hold([
        (C::AddMember { room: ROOM, user: USER, role, at }.into(), roster(), true, room()),
        (C::RemoveMember { room: ROOM, user: USER }.into(), roster(), false, room()),
        (C::SetMemberRole { room: ROOM, user: USER, role }.into(), roster(), false, room()),
        (
            C::SetRoomArchived { id: ROOM, expected: V, archived_at: None }.into(),
            roster(),
            false,
            room(),
        ),
        (append.into(), vec![], true, room()),
        (edit.into(), vec![], false, vec![Lock::RoomOf(id)]),
        (C::MovePointer { room: ROOM, user: USER, to }.into(), vec![], true, vec![]),
        (C::SetMute { room: ROOM, user: USER, until: None }.into(), vec![], false, vec![]),
    ]);
}

#[test]
fn changes_of_categories_touch_their_tree_and_what_moves_stock_allocates() {
    let id = ReservationId::from_uuid(ONE);
    let key = (ItemId::from_uuid(ONE), WarehouseId::from_uuid(ONE));
    let (state, day) = (ReservationState::Released, chrono::NaiveDate::default());
    let item = InventoryChange::DeleteItem { id: key.0, expected: V };
    let end = InventoryChange::EndReservation { id, key, state, day };
    let remove = |kind| RecordChange::Remove { kind, id: ONE, expected: V };
    let (delete, of_projects) = (remove(ItemCategory::KIND), remove(ProjectCategory::KIND));
    let definition = remove(PhaseDefinition::KIND);
    hold([
        (delete.into(), vec![Scope::item_categories()], false, vec![]),
        (item.into(), vec![], false, vec![]),
        (end.into(), vec![], true, vec![]),
        (of_projects.into(), vec![Scope::project_categories()], false, vec![]),
        (definition.into(), vec![], false, vec![]),
    ]);
}

fn task() -> Task {
    Task {
        id: TASK,
        project: PROJECT,
        code: TaskCode { prefix: "P".to_owned(), number: 0 },
        details: TaskDetails::titled("a task"),
        status: TaskStatus::Backlog,
        parent: None,
        milestone: None,
        phase: None,
        completed_at: None,
        created_by: None,
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
        deleted_at: None,
        deleted_with: None,
        version: V,
    }
}

#[test]
fn changes_of_a_project_lock_it_and_touch_its_roster_graph_phases_or_a_timesheet() {
    type C = ProjectChange;
    let at = Timestamp::default();
    let (project, id, expected) = (PROJECT, TASK, V);
    let phase = Some(PhaseId::from_uuid(ONE));
    let (roster, graph) = (Scope::project_roster(PROJECT), Scope::task_graph(PROJECT));
    let phases = Scope::phases(PROJECT);
    let create = |task| C::CreateTask(Box::new(task));
    let part = Task { parent: Some(TASK), ..task() };
    let both = Task { phase, ..part.clone() };
    let role = ProjectRole::Member;
    let expected_of = [
        (C::PutMember { project, user: USER, role, at }, vec![roster], false),
        (C::RemoveMember { project, user: USER }, vec![roster], false),
        (create(task()), vec![], true),
        (create(part), vec![graph], true),
        (create(both), vec![graph, phases], true),
        (C::MoveTask { project, id, expected, parent: None, at }, vec![graph], false),
        (C::DeleteTasks { project, id, expected, tasks: vec![id], at }, vec![graph], false),
        (C::RestoreTasks { project, id, expected }, vec![graph], false),
        (C::Unlink { project, predecessor: id, successor: id }, vec![graph], false),
        (C::SetTaskPhase { project, id, expected, phase, at }, vec![phases], false),
        (C::SetProjectDeleted { id: project, expected, deleted_at: None }, vec![], false),
        (C::RemoveWatcher { project, task: id, user: USER }, vec![], false),
    ];
    hold(expected_of.map(|(change, touches, allocates)| {
        (change.into(), touches, allocates, vec![Lock::Project(PROJECT)])
    }));
    let entry = TimeEntry {
        id: TimeEntryId::from_uuid(ONE),
        project,
        task: id,
        user: USER,
        started_at: at,
        ended_at: None,
        note: None,
        created_at: at,
        deleted_at: None,
        version: V,
    };
    let put = C::PutTime { entry: Box::new(entry), expected: None };
    let locks = vec![Lock::User(USER), Lock::Project(PROJECT)];
    hold([(put.into(), vec![Scope::timesheet(USER)], false, locks)]);
}

fn set(changes: impl IntoIterator<Item = Change>) -> ChangeSet {
    let (entity, id) = (EntityRef::new("task", ONE), AuditId::from_uuid(ONE));
    let mut set =
        ChangeSet::new(&Ctx::system(), Action::TaskCreate, entity, Timestamp::default(), id);
    set.changes.extend(changes);
    set
}

#[test]
fn a_set_touches_each_scope_once() {
    let grant = |role| AccessChange::GrantRole {
        holder: RoleHolder::User(USER),
        role: RoleId::from_uuid(Uuid::from_u128(role)),
    };
    let remove = ChatChange::RemoveMember { room: ROOM, user: USER };
    let set = set([grant(1).into(), remove.into(), grant(2).into()]);
    let scopes = Scopes::from([Scope::access_graph(), Scope::roster(ROOM)]);
    assert_eq!(set.touches(), scopes);
    assert_eq!(set.locks(), Locks::from([Lock::Room(ROOM)]));
}

#[test]
fn an_allocated_number_is_written_and_read_as_it_was_when_only_chats_had_one() {
    let written = serde_json::json!([{ "seq": 7 }, {}]);
    let allocated = [Allocated::number(7), Allocated::default()];
    assert_eq!(serde_json::to_value(allocated).unwrap(), written);
    let read: Vec<Allocated> = serde_json::from_value(written).unwrap();
    assert_eq!(read, allocated);
}

#[test]
fn a_slot_names_a_change_that_allocates() {
    let create = || Change::from(ProjectChange::CreateTask(Box::new(task())));
    let mute = ChatChange::SetMute { room: ROOM, user: USER, until: None };
    let with_slot = |slot| {
        let mut set = set([create(), mute.clone().into()]);
        let sent = BroadcastEvent::Sent { name: String::new(), payload: serde_json::Value::Null };
        set.event(NewEvent::new(sent, []).filled_by(slot));
        set.check_slots().is_ok()
    };
    assert!(with_slot(0));
    assert!(!with_slot(1), "it allocates nothing");
    assert!(!with_slot(2), "there is no such change");
}
