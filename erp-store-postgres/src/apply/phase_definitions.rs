//! Kinds of phase.

use erp_core::{
    change::Version, error::Conflict, ids::PhaseDefinitionId, projects::PhaseDefinition,
};
use sqlx::PgConnection;

use super::{expect, seen};
use crate::{commit::Failure, sql};

pub(super) async fn put(
    conn: &mut PgConnection,
    new: &PhaseDefinition,
    expected: Option<Version>,
) -> Result<(), Failure> {
    let present = lock(conn, new.id).await?;
    seen("phase_definition", present, expected)?;
    sql::query(
        "INSERT INTO phase_definitions AS own (id, name, name_key, archived_at, version, \
         created_at) VALUES ($1, $2, $3, $4, 1, $5) \
         ON CONFLICT (id) DO UPDATE SET name = $2, name_key = $3, archived_at = $4, \
         created_at = $5, version = own.version + 1",
    )
    .bind(new.id.uuid())
    .bind(&new.name)
    .bind(new.name.to_lowercase())
    .bind(new.archived_at)
    .bind(new.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Under the lock no phase of it comes: a new one holds the row that it refers to.
pub(super) async fn delete(
    conn: &mut PgConnection,
    id: PhaseDefinitionId,
    expected: Version,
) -> Result<(), Failure> {
    let present = lock(conn, id).await?;
    expect("phase_definition", present, expected)?;
    let used = "SELECT EXISTS (SELECT FROM project_phases WHERE definition_id = $1)";
    if sql::query_scalar(used).bind(id.uuid()).fetch_one(&mut *conn).await? {
        return Err(Conflict::PhaseDefinitionInUse.into());
    }
    sql::query("DELETE FROM phase_definitions WHERE id = $1").bind(id.uuid()).execute(conn).await?;
    Ok(())
}

/// Locks the row, so that of two changes under one version one happens. Returns the version.
async fn lock(conn: &mut PgConnection, id: PhaseDefinitionId) -> Result<Option<i64>, Failure> {
    let version =
        sql::query_scalar("SELECT version FROM phase_definitions WHERE id = $1 FOR UPDATE");
    Ok(version.bind(id.uuid()).fetch_optional(conn).await?)
}
