//! The locks on projects, and the versions that go with them. Whoever changes a task holds its
//! project's row, so what is read of tasks under that lock stays.

use std::collections::BTreeSet;

use erp_core::{
    change::{Guard, Scope, ScopeKind, Version},
    ids::{ProjectId, TaskId, UserId},
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::Versions;
use crate::{commit::Failure, sql};

/// Locks the projects, and reads the versions of their scopes and of the tasks and timesheets that are
/// guarded.
pub(super) async fn lock(
    conn: &mut PgConnection,
    projects: &BTreeSet<Uuid>,
    guards: &[Guard],
    versions: &mut Versions,
) -> Result<(), Failure> {
    guarded_sheets(conn, guards, versions).await?;
    if projects.is_empty() {
        return Ok(());
    }
    let locked: Vec<(Uuid, i64, i64, i64)> = sql::query_as(
        "SELECT id, roster, graph, phases FROM projects WHERE id = ANY($1) ORDER BY id \
         FOR NO KEY UPDATE",
    )
    .bind(Vec::from_iter(projects.iter().copied()))
    .fetch_all(&mut *conn)
    .await?;
    for (id, roster, graph, phases) in locked {
        let id = ProjectId::from_uuid(id);
        versions.insert(Scope::project_roster(id), Version(roster));
        versions.insert(Scope::task_graph(id), Version(graph));
        versions.insert(Scope::phases(id), Version(phases));
    }
    guarded_tasks(conn, guards, versions).await
}

/// The ids of the guarded scopes of a kind.
fn guarded(guards: &[Guard], kind: ScopeKind) -> Vec<Uuid> {
    let scopes = guards.iter().map(Guard::scope).filter(|scope| scope.kind == kind);
    scopes.filter_map(|scope| scope.id).collect()
}

async fn guarded_tasks(
    conn: &mut PgConnection,
    guards: &[Guard],
    versions: &mut Versions,
) -> Result<(), Failure> {
    let tasks = guarded(guards, ScopeKind::TASK);
    if tasks.is_empty() {
        return Ok(());
    }
    let found: Vec<(Uuid, Uuid, i64)> =
        sql::query_as("SELECT project_id, id, version FROM tasks WHERE id = ANY($1)")
            .bind(tasks)
            .fetch_all(conn)
            .await?;
    versions.extend(found.into_iter().map(|(project, task, version)| {
        let scope = Scope::task(ProjectId::from_uuid(project), TaskId::from_uuid(task));
        (scope, Version(version))
    }));
    Ok(())
}

/// The users' rows are locked before.
async fn guarded_sheets(
    conn: &mut PgConnection,
    guards: &[Guard],
    versions: &mut Versions,
) -> Result<(), Failure> {
    let users = guarded(guards, ScopeKind::TIMESHEET);
    if users.is_empty() {
        return Ok(());
    }
    let found: Vec<(Uuid, i64)> =
        sql::query_as("SELECT id, timesheet FROM users WHERE id = ANY($1)")
            .bind(users)
            .fetch_all(conn)
            .await?;
    let sheet = |(user, version)| (Scope::timesheet(UserId::from_uuid(user)), Version(version));
    versions.extend(found.into_iter().map(sheet));
    Ok(())
}
