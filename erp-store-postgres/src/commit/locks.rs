//! Which rows a change set locks, in the one order that all of them keep: the access graph, then
//! users by id, then rooms by id, then the trees of item and of project categories, then projects by id, then items
//! and warehouses, then balances by item and warehouse. The locks also make positions of the events
//! of one room, user or project rise in commit order.

use std::collections::{BTreeMap, BTreeSet};

use erp_core::{
    access::AccessChange,
    change::{Change, ChangeSet, Guard, Version},
    chat::ChatChange,
    ids::RoomId,
    port::StoreError,
    projects::ProjectChange,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::Failure;
use crate::{apply, sql};

mod projects;

const READ_GRAPH: &str = "SELECT version FROM access_graph FOR SHARE";
const RAISE_GRAPH: &str = "UPDATE access_graph SET version = version + 1 RETURNING version - 1";
const READ_CATEGORIES: &str = "SELECT categories FROM inventory_state FOR SHARE";
const RAISE_CATEGORIES: &str =
    "UPDATE inventory_state SET categories = categories + 1 RETURNING categories - 1";

const READ_PROJECT_CATEGORIES: &str = "SELECT categories FROM project_catalog_state FOR SHARE";
const RAISE_PROJECT_CATEGORIES: &str =
    "UPDATE project_catalog_state SET categories = categories + 1 RETURNING categories - 1";

/// What a change set touches.
#[derive(Debug, Default)]
struct Touched {
    graph: bool,
    users: BTreeSet<Uuid>,
    rooms: BTreeSet<Uuid>,
    messages: BTreeSet<Uuid>,
    categories: bool,
    project_categories: bool,
    projects: BTreeSet<Uuid>,
}

/// Locks what the change set touches or guards, checks the guards in their order, and raises the
/// version of the access graph if the set touches it.
pub(super) async fn take(conn: &mut PgConnection, set: &ChangeSet) -> Result<(), Failure> {
    let mut touched = Touched::by(&set.changes);
    let (mut guards_graph, mut guards_categories, mut guards_catalog) = (false, false, false);
    for guard in &set.guards {
        match guard {
            Guard::AccessGraph(_) => guards_graph = true,
            Guard::Roster { room, .. } => {
                touched.rooms.insert(room.uuid());
            }
            Guard::ItemCategories(_) => guards_categories = true,
            Guard::ProjectCategories(_) => guards_catalog = true,
            Guard::ProjectRoster { project, .. }
            | Guard::TaskGraph { project, .. }
            | Guard::Phases { project, .. }
            | Guard::Task { project, .. } => {
                touched.projects.insert(project.uuid());
            }
            Guard::Timesheet { user, .. } => {
                touched.users.insert(user.uuid());
            }
        }
    }
    let graph =
        lock_version(conn, (touched.graph, RAISE_GRAPH), (guards_graph, READ_GRAPH)).await?;
    lock_users(conn, &touched.users).await?;
    touched.rooms.extend(rooms_of(conn, &touched.messages).await?);
    let rosters = lock_rooms(conn, &touched.rooms).await?;
    let categories = lock_version(
        conn,
        (touched.categories, RAISE_CATEGORIES),
        (guards_categories, READ_CATEGORIES),
    )
    .await?;
    let project_categories = lock_version(
        conn,
        (touched.project_categories, RAISE_PROJECT_CATEGORIES),
        (guards_catalog, READ_PROJECT_CATEGORIES),
    )
    .await?;
    let projects = projects::lock(conn, &touched.projects, &set.guards).await?;
    let locked = Locked { graph, rosters, categories, project_categories, projects };
    check(&set.guards, &locked)?;
    lock_stock(conn, &set.changes).await
}

/// The versions of what is locked, before this change set.
struct Locked {
    graph: Option<Version>,
    rosters: BTreeMap<Uuid, Version>,
    categories: Option<Version>,
    project_categories: Option<Version>,
    projects: projects::Locked,
}

fn check(guards: &[Guard], locked: &Locked) -> Result<(), Failure> {
    for guard in guards {
        let (entity, holds) = match guard {
            Guard::AccessGraph(expected) => ("access_graph", locked.graph == Some(*expected)),
            Guard::Roster { room, version } => {
                let present = locked.rosters.get(&room.uuid());
                let present = present.ok_or(StoreError::NotFound { entity: "room" })?;
                ("roster", present == version)
            }
            Guard::ItemCategories(expected) => {
                ("item_categories", locked.categories == Some(*expected))
            }
            Guard::ProjectCategories(expected) => {
                ("project_categories", locked.project_categories == Some(*expected))
            }
            Guard::ProjectRoster { project, version } => {
                ("project_roster", locked.projects.get(*project)?.roster == *version)
            }
            Guard::TaskGraph { project, version } => {
                ("task_graph", locked.projects.get(*project)?.graph == *version)
            }
            Guard::Phases { project, version } => {
                ("phases", locked.projects.get(*project)?.phases == *version)
            }
            Guard::Task { project, task, version } => {
                ("task", locked.projects.task(*project, *task)? == Some(*version))
            }
            Guard::Timesheet { user, version } => {
                ("timesheet", locked.projects.sheet(*user) == *version)
            }
        };
        if !holds {
            return Err(StoreError::Stale { entity, current: None }.into());
        }
    }
    Ok(())
}

/// Raises the roster versions of the rooms and projects whose members the change set has changed, by
/// one each.
pub(super) async fn raise_rosters(conn: &mut PgConnection, set: &ChangeSet) -> Result<(), Failure> {
    let rooms: BTreeSet<Uuid> = set
        .changes
        .iter()
        .filter_map(|change| match change {
            Change::Chat(change) => change.roster().map(RoomId::uuid),
            _ => None,
        })
        .collect();
    projects::raise(conn, set).await?;
    if rooms.is_empty() {
        return Ok(());
    }
    sql::query("UPDATE chat_rooms SET roster = roster + 1 WHERE id = ANY($1)")
        .bind(Vec::from_iter(rooms))
        .execute(conn)
        .await?;
    Ok(())
}

/// Locks a row that has a version, if the change set touches it (which raises it) or guards it.
/// Returns the version before this change set.
async fn lock_version(
    conn: &mut PgConnection,
    (touched, raise): (bool, &'static str),
    (guarded, read): (bool, &'static str),
) -> Result<Option<Version>, Failure> {
    let locking = match (touched, guarded) {
        (false, false) => return Ok(None),
        (false, true) => read,
        (true, _) => raise,
    };
    Ok(Some(Version(sql::query_scalar(locking).fetch_one(conn).await?)))
}

/// Locks the balances of a set with several changes: a single one locks its own.
async fn lock_stock(conn: &mut PgConnection, changes: &[Change]) -> Result<(), Failure> {
    if changes.len() < 2 {
        return Ok(());
    }
    let wanted = wanted(changes);
    if wanted.is_empty() { Ok(()) } else { apply::stock::lock(conn, wanted).await.map(drop) }
}

fn wanted(changes: &[Change]) -> apply::stock::Wanted {
    apply::stock::Wanted::by(changes.iter().filter_map(|change| match change {
        Change::Inventory(change) => Some(change),
        _ => None,
    }))
}

async fn lock_users(conn: &mut PgConnection, users: &BTreeSet<Uuid>) -> Result<(), Failure> {
    if !users.is_empty() {
        sql::query("SELECT id FROM users WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE")
            .bind(Vec::from_iter(users.iter().copied()))
            .execute(conn)
            .await?;
    }
    Ok(())
}

/// The rooms of these messages; a message never moves to another.
async fn rooms_of(
    conn: &mut PgConnection,
    messages: &BTreeSet<Uuid>,
) -> Result<Vec<Uuid>, Failure> {
    if messages.is_empty() {
        return Ok(Vec::new());
    }
    let rooms = sql::query_scalar("SELECT room_id FROM chat_messages WHERE id = ANY($1)")
        .bind(Vec::from_iter(messages.iter().copied()))
        .fetch_all(conn)
        .await?;
    Ok(rooms)
}

/// Returns the versions of the rosters.
async fn lock_rooms(
    conn: &mut PgConnection,
    rooms: &BTreeSet<Uuid>,
) -> Result<BTreeMap<Uuid, Version>, Failure> {
    if rooms.is_empty() {
        return Ok(BTreeMap::new());
    }
    let locked: Vec<(Uuid, i64)> = sql::query_as(
        "SELECT id, roster FROM chat_rooms WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE",
    )
    .bind(Vec::from_iter(rooms.iter().copied()))
    .fetch_all(conn)
    .await?;
    Ok(locked.into_iter().map(|(room, roster)| (room, Version(roster))).collect())
}

impl Touched {
    fn by(changes: &[Change]) -> Self {
        let mut touched = Self::default();
        for change in changes {
            match change {
                Change::Access(change) => touched.access(change),
                Change::Chat(change) => touched.chat(change),
                Change::Inventory(change) => touched.categories |= change.touches_categories(),
                Change::Projects(change) => touched.projects(change),
                Change::Catalog(change) => {
                    touched.project_categories |= change.touches_categories();
                }
            }
        }
        touched
    }

    fn access(&mut self, change: &AccessChange) {
        self.graph |= change.touches_graph();
        match change {
            AccessChange::UpdateUser { id, .. }
            | AccessChange::SetUserStatus { id, .. }
            | AccessChange::SetPassword { id, .. } => self.users.insert(id.uuid()),
            AccessChange::CreateSession { session, .. } => self.users.insert(session.user.uuid()),
            AccessChange::RememberDevice(device) => self.users.insert(device.user.uuid()),
            AccessChange::RevokeSessions { user, .. } | AccessChange::ForgetDevice { user, .. } => {
                self.users.insert(user.uuid())
            }
            _ => false,
        };
    }

    fn projects(&mut self, change: &ProjectChange) {
        // A new project is seen by nobody.
        if !matches!(change, ProjectChange::CreateProject { .. }) {
            self.projects.insert(change.project().uuid());
        }
        self.users.extend(change.timesheet().map(|user| user.uuid()));
    }

    fn chat(&mut self, change: &ChatChange) {
        match change {
            ChatChange::UpdateRoom { id, .. } | ChatChange::SetRoomArchived { id, .. } => {
                self.rooms.insert(id.uuid())
            }
            ChatChange::AddMember { room, .. }
            | ChatChange::RemoveMember { room, .. }
            | ChatChange::SetMemberRole { room, .. }
            | ChatChange::AppendMessage { room, .. } => self.rooms.insert(room.uuid()),
            ChatChange::EditMessage { id, .. } | ChatChange::SetMessageDeleted { id, .. } => {
                self.messages.insert(id.uuid())
            }
            // A new room is seen by nobody; mute and pointer are the member's own row.
            ChatChange::CreateRoom { .. }
            | ChatChange::SetMute { .. }
            | ChatChange::MovePointer { .. } => false,
        };
    }
}
