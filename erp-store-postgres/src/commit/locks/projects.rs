//! The locks on projects, and the versions that go with them.

use std::collections::{BTreeMap, BTreeSet};

use erp_core::{
    change::{Change, ChangeSet, Version},
    ids::ProjectId,
    port::StoreError,
    projects::ProjectChange,
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::commit::Failure;

/// The projects that a change set has locked.
pub(super) struct Locked(BTreeMap<Uuid, Versions>);

/// What guards compare.
#[derive(Clone, Copy)]
pub(super) struct Versions {
    pub roster: Version,
}

impl Locked {
    pub fn get(&self, project: ProjectId) -> Result<Versions, Failure> {
        let present = self.0.get(&project.uuid()).copied();
        Ok(present.ok_or(StoreError::NotFound { entity: "project" })?)
    }
}

pub(super) async fn lock(
    conn: &mut PgConnection,
    projects: &BTreeSet<Uuid>,
) -> Result<Locked, Failure> {
    if projects.is_empty() {
        return Ok(Locked(BTreeMap::new()));
    }
    let locked: Vec<(Uuid, i64)> = sqlx::query_as(
        "SELECT id, roster FROM projects WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE",
    )
    .bind(Vec::from_iter(projects.iter().copied()))
    .fetch_all(conn)
    .await?;
    let versions = |(id, roster)| (id, Versions { roster: Version(roster) });
    Ok(Locked(locked.into_iter().map(versions).collect()))
}

/// Raises the roster versions of the projects whose members the change set has changed, by one each.
pub(super) async fn raise(conn: &mut PgConnection, set: &ChangeSet) -> Result<(), Failure> {
    let rosters = touching(set, ProjectChange::touches_roster);
    if rosters.is_empty() {
        return Ok(());
    }
    sqlx::query("UPDATE projects SET roster = roster + 1 WHERE id = ANY($1)")
        .bind(rosters)
        .execute(conn)
        .await?;
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
