//! The locks on projects, and the versions that go with them. Whoever changes a task holds its
//! project's row, so what is read of tasks under that lock stays.

use std::collections::{BTreeMap, BTreeSet};

use erp_core::{
    change::{Change, ChangeSet, Guard, Version},
    ids::{ProjectId, TaskId, UserId},
    port::StoreError,
    projects::ProjectChange,
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{commit::Failure, sql};

const RAISE_ROSTERS: &str = "UPDATE projects SET roster = roster + 1 WHERE id = ANY($1)";
const RAISE_GRAPHS: &str = "UPDATE projects SET graph = graph + 1 WHERE id = ANY($1)";
const RAISE_PHASES: &str = "UPDATE projects SET phases = phases + 1 WHERE id = ANY($1)";

/// The projects that a change set has locked, and the tasks that it guards.
#[derive(Default)]
pub(super) struct Locked {
    projects: BTreeMap<Uuid, Versions>,
    tasks: BTreeMap<(Uuid, Uuid), Version>,
    sheets: BTreeMap<Uuid, Version>,
}

/// What guards compare.
#[derive(Clone, Copy)]
pub(super) struct Versions {
    pub roster: Version,
    pub graph: Version,
    pub phases: Version,
}

impl Locked {
    pub fn get(&self, project: ProjectId) -> Result<Versions, Failure> {
        let present = self.projects.get(&project.uuid()).copied();
        Ok(present.ok_or(StoreError::NotFound { entity: "project" })?)
    }

    /// The version of a user's timesheet.
    pub fn sheet(&self, user: UserId) -> Version {
        self.sheets.get(&user.uuid()).copied().unwrap_or(Version::FIRST)
    }

    /// The version of a task of this project, if there is such a one.
    pub fn task(&self, project: ProjectId, task: TaskId) -> Result<Option<Version>, Failure> {
        self.get(project)?;
        Ok(self.tasks.get(&(project.uuid(), task.uuid())).copied())
    }
}

pub(super) async fn lock(
    conn: &mut PgConnection,
    projects: &BTreeSet<Uuid>,
    guards: &[Guard],
) -> Result<Locked, Failure> {
    let sheets = guarded_sheets(conn, guards).await?;
    if projects.is_empty() {
        return Ok(Locked { sheets, ..Locked::default() });
    }
    let locked: Vec<(Uuid, i64, i64, i64)> = sql::query_as(
        "SELECT id, roster, graph, phases FROM projects WHERE id = ANY($1) ORDER BY id \
         FOR NO KEY UPDATE",
    )
    .bind(Vec::from_iter(projects.iter().copied()))
    .fetch_all(&mut *conn)
    .await?;
    let versions = |(id, roster, graph, phases)| {
        let [roster, graph, phases] = [roster, graph, phases].map(Version);
        (id, Versions { roster, graph, phases })
    };
    let projects = locked.into_iter().map(versions).collect();
    let tasks = guarded_tasks(conn, guards).await?;
    Ok(Locked { projects, tasks, sheets })
}

async fn guarded_tasks(
    conn: &mut PgConnection,
    guards: &[Guard],
) -> Result<BTreeMap<(Uuid, Uuid), Version>, Failure> {
    let task = |guard: &Guard| match guard {
        Guard::Task { task, .. } => Some(task.uuid()),
        _ => None,
    };
    let tasks: Vec<Uuid> = guards.iter().filter_map(task).collect();
    if tasks.is_empty() {
        return Ok(BTreeMap::new());
    }
    let versions: Vec<(Uuid, Uuid, i64)> =
        sql::query_as("SELECT project_id, id, version FROM tasks WHERE id = ANY($1)")
            .bind(tasks)
            .fetch_all(conn)
            .await?;
    let keyed = |(project, task, version)| ((project, task), Version(version));
    Ok(versions.into_iter().map(keyed).collect())
}

/// The users' rows are locked before.
async fn guarded_sheets(
    conn: &mut PgConnection,
    guards: &[Guard],
) -> Result<BTreeMap<Uuid, Version>, Failure> {
    let user = |guard: &Guard| match guard {
        Guard::Timesheet { user, .. } => Some(user.uuid()),
        _ => None,
    };
    let users: Vec<Uuid> = guards.iter().filter_map(user).collect();
    if users.is_empty() {
        return Ok(BTreeMap::new());
    }
    let versions: Vec<(Uuid, i64)> =
        sql::query_as("SELECT id, timesheet FROM users WHERE id = ANY($1)")
            .bind(users)
            .fetch_all(conn)
            .await?;
    Ok(versions.into_iter().map(|(user, version)| (user, Version(version))).collect())
}

/// Raises the versions of the timesheets, of the rosters, of the task graphs and of the phases that the
/// change set has changed, by one each.
pub(super) async fn raise(conn: &mut PgConnection, set: &ChangeSet) -> Result<(), Failure> {
    let sheets: BTreeSet<Uuid> = set
        .changes
        .iter()
        .filter_map(|change| match change {
            Change::Projects(change) => change.timesheet().map(UserId::uuid),
            _ => None,
        })
        .collect();
    if !sheets.is_empty() {
        sql::query("UPDATE users SET timesheet = timesheet + 1 WHERE id = ANY($1)")
            .bind(Vec::from_iter(sheets))
            .execute(&mut *conn)
            .await?;
    }
    for (projects, raise) in [
        (touching(set, ProjectChange::touches_roster), RAISE_ROSTERS),
        (touching(set, ProjectChange::touches_graph), RAISE_GRAPHS),
        (touching(set, ProjectChange::touches_phases), RAISE_PHASES),
    ] {
        if !projects.is_empty() {
            sql::query(raise).bind(projects).execute(&mut *conn).await?;
        }
    }
    Ok(())
}

/// The projects with a change of this kind, each once.
fn touching(set: &ChangeSet, which: impl Fn(&ProjectChange) -> bool) -> Vec<Uuid> {
    let projects: BTreeSet<Uuid> = set
        .changes
        .iter()
        .filter_map(|change| match change {
            Change::Projects(change) if which(change) => Some(change.project().uuid()),
            _ => None,
        })
        .collect();
    Vec::from_iter(projects)
}
