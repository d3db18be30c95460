//! Which rows a change set locks, in the one order that all of them keep: the access graph, then
//! users by id, then rooms by id, then the trees of item and of project categories, then projects by id, then items
//! and warehouses, then balances by item and warehouse. The locks also make positions of the events
//! of one room, user or project rise in commit order.

use std::collections::{BTreeMap, BTreeSet};

use erp_core::{
    change::{Change, ChangeSet, Guard, Lock, Scope, ScopeKind, Scopes, Version},
    ids::{ProjectId, RoomId},
    port::{StoreError, StoreResult},
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::Failure;
use crate::{apply, sql};

mod place;
mod projects;

use place::{Own, Place, Row};

/// The trees, in the order of their locks.
const TREES: [Scope; 2] = [Scope::item_categories(), Scope::project_categories()];

/// The rows that a change set locks for what changes in them, or for the versions that it guards.
#[derive(Debug, Default)]
struct Rows {
    users: BTreeSet<Uuid>,
    rooms: BTreeSet<Uuid>,
    messages: BTreeSet<Uuid>,
    projects: BTreeSet<Uuid>,
}

/// The statement that reads the version of a tree.
pub(crate) fn tree_version(kind: ScopeKind) -> StoreResult<&'static str> {
    match place::of(kind) {
        Ok(Place::Own(own)) => Ok(own.see),
        _ => Err(StoreError::Internal(format!("no tree has the scope `{kind}`"))),
    }
}

/// Locks what the change set changes or guards, checks the guards in their order, and raises the
/// versions that have rows of their own, if the set touches them.
pub(super) async fn take(
    conn: &mut PgConnection,
    set: &ChangeSet,
    touched: &Scopes,
) -> Result<(), Failure> {
    let mut rows = Rows::of(set)?;
    let mut versions = Versions::new();
    lock_own(conn, Scope::access_graph(), (touched, &set.guards), &mut versions).await?;
    lock_users(conn, &rows.users).await?;
    rows.rooms.extend(rooms_of(conn, &rows.messages).await?);
    lock_rooms(conn, &rows.rooms, &mut versions).await?;
    for tree in TREES {
        lock_own(conn, tree, (touched, &set.guards), &mut versions).await?;
    }
    projects::lock(conn, &rows.projects, &set.guards, &mut versions).await?;
    check(&set.guards, &versions)?;
    lock_stock(conn, &set.changes).await
}

/// The versions of what is locked, before this change set.
type Versions = BTreeMap<Scope, Version>;

fn check(guards: &[Guard], versions: &Versions) -> Result<(), Failure> {
    for guard in guards {
        let scope = guard.scope();
        if present(scope, versions)? != Some(guard.version()) {
            return Err(StoreError::Stale { entity: scope.kind.as_str(), current: None }.into());
        }
    }
    Ok(())
}

/// The version that a scope is at; none when there is nothing that could have one.
fn present(scope: Scope, versions: &Versions) -> Result<Option<Version>, Failure> {
    if let Some(version) = versions.get(&scope) {
        return Ok(Some(*version));
    }
    let missing = |entity| Err(StoreError::NotFound { entity }.into());
    match place::of(scope.kind)? {
        Place::In { row: Row::Room, .. } => missing("room"),
        Place::In { row: Row::Project, .. } => missing("project"),
        // Nobody's timesheet is at the first version.
        Place::In { row: Row::User, .. } => Ok(Some(Version::FIRST)),
        Place::Task => {
            let project = scope.within.map(ProjectId::from_uuid).map(Scope::task_graph);
            let there = project.is_some_and(|project| versions.contains_key(&project));
            if there { Ok(None) } else { missing("project") }
        }
        Place::Own(_) => Ok(None),
    }
}

/// Raises the versions of the scopes that the change set has touched, by one each: those in rows that
/// are locked for what else changes in them. The others were raised when they were locked.
pub(super) async fn raise(conn: &mut PgConnection, touched: &Scopes) -> Result<(), Failure> {
    let mut raised: BTreeMap<&'static str, Vec<Uuid>> = BTreeMap::new();
    for scope in touched {
        if let Place::In { raise, .. } = place::of(scope.kind)? {
            raised.entry(raise).or_default().extend(scope.id);
        }
    }
    for (statement, ids) in raised {
        sql::query(statement).bind(ids).execute(&mut *conn).await?;
    }
    Ok(())
}

/// Locks the row that is one scope's own, if the change set touches it (which raises it) or guards it.
async fn lock_own(
    conn: &mut PgConnection,
    scope: Scope,
    (touched, guards): (&Scopes, &[Guard]),
    versions: &mut Versions,
) -> Result<(), Failure> {
    let Place::Own(own) = place::of(scope.kind)? else { return Ok(()) };
    if let Some(statement) = statement(&own, scope, touched, guards) {
        versions.insert(scope, Version(sql::query_scalar(statement).fetch_one(conn).await?));
    }
    Ok(())
}

/// How the row of a scope is read; none where neither a change nor a guard needs it.
fn statement(own: &Own, scope: Scope, touched: &Scopes, guards: &[Guard]) -> Option<&'static str> {
    let mut guards = guards.iter().filter(|guard| guard.scope() == scope).peekable();
    if touched.contains(&scope) {
        return Some(own.raise);
    }
    guards.peek()?;
    let seen = guards.all(|guard| matches!(guard, Guard::Seen(..)));
    Some(if seen { own.see } else { own.hold })
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

async fn lock_rooms(
    conn: &mut PgConnection,
    rooms: &BTreeSet<Uuid>,
    versions: &mut Versions,
) -> Result<(), Failure> {
    if rooms.is_empty() {
        return Ok(());
    }
    let locked: Vec<(Uuid, i64)> = sql::query_as(
        "SELECT id, roster FROM chat_rooms WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE",
    )
    .bind(Vec::from_iter(rooms.iter().copied()))
    .fetch_all(conn)
    .await?;
    let roster = |(room, roster)| (Scope::roster(RoomId::from_uuid(room)), Version(roster));
    versions.extend(locked.into_iter().map(roster));
    Ok(())
}

impl Rows {
    fn of(set: &ChangeSet) -> Result<Self, Failure> {
        let mut rows = Self::default();
        for lock in set.locks() {
            match lock {
                Lock::User(user) => rows.users.insert(user.uuid()),
                Lock::Room(room) => rows.rooms.insert(room.uuid()),
                Lock::RoomOf(message) => rows.messages.insert(message.uuid()),
                Lock::Project(project) => rows.projects.insert(project.uuid()),
            };
        }
        for scope in set.guards.iter().map(Guard::scope) {
            let id = scope.id.unwrap_or_default();
            match place::of(scope.kind)? {
                Place::In { row: Row::User, .. } => rows.users.insert(id),
                Place::In { row: Row::Room, .. } => rows.rooms.insert(id),
                Place::In { row: Row::Project, .. } => rows.projects.insert(id),
                Place::Task => rows.projects.insert(scope.within.unwrap_or_default()),
                Place::Own(_) => false,
            };
        }
        Ok(rows)
    }
}
