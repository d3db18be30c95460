//! Phases and their kinds.

use async_trait::async_trait;
use erp_core::{
    ids::{PhaseId, ProjectId},
    port::StoreResult,
    projects::{NamedPhase, Phase, PhaseReads},
};

use super::Reads;
use crate::{
    rows::{self, phase_columns},
    sql,
};

#[async_trait]
impl PhaseReads for Reads {
    async fn phase(&self, id: PhaseId) -> StoreResult<Option<Phase>> {
        let query = sql::query(concat!(
            "SELECT ",
            phase_columns!(),
            " FROM project_phases AS phase WHERE phase.id = $1"
        ));
        let query = query.bind(id.uuid()).try_map(|row| rows::phase(&row));
        self.db.run(query.fetch_optional(&self.db.pool)).await
    }

    async fn phases(&self, project: ProjectId) -> StoreResult<Vec<NamedPhase>> {
        let query = sql::query(concat!(
            "SELECT ",
            phase_columns!(),
            ", definition.name FROM project_phases AS phase \
             JOIN phase_definitions AS definition ON definition.id = phase.definition_id \
             WHERE phase.project_id = $1 AND phase.cancelled_at IS NULL \
             ORDER BY phase.starts_on, phase.id"
        ));
        let query = query.bind(project.uuid()).try_map(|row| rows::named_phase(&row));
        self.db.run(query.fetch_all(&self.db.pool)).await
    }
}
