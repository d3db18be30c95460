//! Phases and their kinds.

use erp_core::{
    change::Version,
    ids::{PhaseDefinitionId, PhaseId, ProjectId, UserId},
    projects::{NamedPhase, PassedGate, Phase, PhaseDetails},
    time::Timestamp,
};
use sqlx::{Result, Row, postgres::PgRow};
use uuid::Uuid;

use super::projects::money;

/// The columns of a phase, read by [`phase`].
macro_rules! phase_columns {
    () => {
        "phase.id, phase.project_id, phase.definition_id, phase.starts_on, phase.ends_on, \
         phase.budget, phase.budget_currency, phase.gate_passed_at, phase.gate_passed_by, \
         phase.created_at, phase.updated_at, phase.cancelled_at, phase.version"
    };
}

/// How many columns [`phase_columns`] has.
const PHASE_COLUMNS: usize = 13;

pub(crate) use phase_columns;

pub(crate) fn phase(row: &PgRow) -> Result<Phase> {
    let gate = match row.try_get::<Option<Timestamp>, _>(7)? {
        Some(at) => {
            let by = row.try_get::<Option<Uuid>, _>(8)?.map(UserId::from_uuid);
            Some(PassedGate { by, at })
        }
        None => None,
    };
    Ok(Phase {
        id: PhaseId::from_uuid(row.try_get(0)?),
        project: ProjectId::from_uuid(row.try_get(1)?),
        definition: PhaseDefinitionId::from_uuid(row.try_get(2)?),
        details: PhaseDetails {
            starts_on: row.try_get(3)?,
            ends_on: row.try_get(4)?,
            budget: money(row, 5)?,
        },
        gate,
        created_at: row.try_get(9)?,
        updated_at: row.try_get(10)?,
        cancelled_at: row.try_get(11)?,
        version: Version(row.try_get(12)?),
    })
}

/// A phase, and its definition's name after it.
pub(crate) fn named_phase(row: &PgRow) -> Result<NamedPhase> {
    Ok(NamedPhase { phase: phase(row)?, name: row.try_get(PHASE_COLUMNS)? })
}
