//! Phases, and which tasks are in which.

use erp_core::{
    change::Version,
    ids::{PhaseId, ProjectId},
    projects::Phase,
    time::Timestamp,
};
use sqlx::PgConnection;

use super::tasks::{Seen, check};
use crate::{
    apply::{Entity, missing, require, seen as seen_before},
    commit::Failure,
    numeric::Numeric,
    sql,
};

pub(super) async fn put(
    conn: &mut PgConnection,
    phase: &Phase,
    expected: Option<Version>,
) -> Result<(), Failure> {
    let present = sql::query_scalar("SELECT version FROM project_phases WHERE id = $1")
        .bind(phase.id.uuid())
        .fetch_optional(&mut *conn)
        .await?;
    seen_before("phase", present, expected)?;
    require(conn, Entity::Project, phase.project.uuid()).await?;
    require(conn, Entity::PhaseDefinition, phase.definition.uuid()).await?;
    let (gate, details) = (phase.gate, phase.details);
    let passed_by = gate.and_then(|gate| gate.by);
    if let Some(user) = passed_by {
        require(conn, Entity::User, user.uuid()).await?;
    }
    sql::query(
        "INSERT INTO project_phases AS own (id, project_id, definition_id, starts_on, ends_on, \
         budget, budget_currency, gate_passed_at, gate_passed_by, created_at, updated_at, \
         cancelled_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1) \
         ON CONFLICT (id) DO UPDATE SET project_id = $2, definition_id = $3, starts_on = $4, \
         ends_on = $5, budget = $6, budget_currency = $7, gate_passed_at = $8, \
         gate_passed_by = $9, created_at = $10, updated_at = $11, cancelled_at = $12, \
         version = own.version + 1",
    )
    .bind(phase.id.uuid())
    .bind(phase.project.uuid())
    .bind(phase.definition.uuid())
    .bind(details.starts_on)
    .bind(details.ends_on)
    .bind(details.budget.map(|budget| Numeric(budget.amount())))
    .bind(details.budget.map(|budget| budget.currency().code().to_owned()))
    .bind(gate.map(|gate| gate.at))
    .bind(passed_by.map(|user| user.uuid()))
    .bind(phase.created_at)
    .bind(phase.updated_at)
    .bind(phase.cancelled_at)
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn put_task(
    conn: &mut PgConnection,
    seen: Seen,
    phase: Option<PhaseId>,
    at: Timestamp,
) -> Result<(), Failure> {
    check(conn, seen).await?;
    require_active(conn, seen.project, phase).await?;
    sql::query(
        "UPDATE tasks SET phase_id = $2, updated_at = $3, version = version + 1 WHERE id = $1",
    )
    .bind(seen.id.uuid())
    .bind(phase.map(|phase| phase.uuid()))
    .bind(at)
    .execute(conn)
    .await?;
    Ok(())
}

/// What a task is put into must be an active phase of its project.
pub(super) async fn require_active(
    conn: &mut PgConnection,
    project: ProjectId,
    phase: Option<PhaseId>,
) -> Result<(), Failure> {
    let Some(phase) = phase else { return Ok(()) };
    let there: bool = sql::query_scalar(
        "SELECT EXISTS (SELECT FROM project_phases \
         WHERE id = $1 AND project_id = $2 AND cancelled_at IS NULL)",
    )
    .bind(phase.uuid())
    .bind(project.uuid())
    .fetch_one(conn)
    .await?;
    if there { Ok(()) } else { Err(missing("phase")) }
}
