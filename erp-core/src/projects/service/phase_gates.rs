//! Gates of phases: a phase is over when its gate is passed.

use serde::{Deserialize, Serialize};

use super::{ProjectService, phases::entity};
use crate::{
    change::{Recorder, Version},
    ctx::Ctx,
    error::{Conflict, Result},
    ids::PhaseId,
    policy::Action,
    projects::{PassedGate, Phase, TaskQuery, TaskStatus, rules},
};

/// The open tasks that a refused gate tells of, at most.
const MAX_TOLD: usize = 20;

/// What open tasks of a phase are to its gate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpenTasks {
    /// While there are any, it is not passed.
    #[default]
    Block,
    /// They stay open, and in the phase.
    Leave,
}

#[erp_derive::boxed]
impl ProjectService<'_> {
    /// Passes a phase's gate: it is over, and the next may become the current one (PHASE-3). A phase
    /// may be over before its first day. Passing twice passes once.
    ///
    /// What is asked of the tasks is asked of this moment: one that is opened again afterwards, or put
    /// into the phase, does not take the gate back.
    ///
    /// # Errors
    /// Not found, forbidden, conflicts when the version is not the present one, the gate of a phase
    /// before it is open, or its tasks are and block it.
    pub async fn pass_gate(
        &self,
        ctx: &Ctx,
        id: PhaseId,
        expected: Version,
        open_tasks: OpenTasks,
    ) -> Result<Phase> {
        let attempt = || async {
            let gate = Some(PassedGate { by: ctx.actor.user(), at: self.engine.now() });
            self.set_gate(ctx, (id, expected), gate, open_tasks).await
        };
        self.engine.retry(attempt).await
    }

    /// Takes back that a phase's gate was passed. Taking back twice takes back once.
    ///
    /// # Errors
    /// Not found, forbidden, conflicts when the version is not the present one, or the gate of a phase
    /// after it is passed.
    pub async fn take_back_gate(&self, ctx: &Ctx, id: PhaseId, expected: Version) -> Result<Phase> {
        let attempt = || self.set_gate(ctx, (id, expected), None, OpenTasks::Leave);
        self.engine.retry(attempt).await
    }

    async fn set_gate(
        &self,
        ctx: &Ctx,
        (id, expected): (PhaseId, Version),
        gate: Option<PassedGate>,
        open_tasks: OpenTasks,
    ) -> Result<Phase> {
        let action = Action::PhasePassGate;
        let (old, access) = self.active_phase_for(ctx, action, id).await?;
        if old.gate.is_some() == gate.is_some() {
            return Ok(old);
        }
        old.version.must_be(expected, "phase")?;
        let mut set = self.change_in(ctx, action, &access, entity(id, access.project.id));
        let mut phases = self.guarded_phases(&mut set, &access).await?;
        for phase in phases.iter_mut().filter(|phase| phase.id == id) {
            phase.gate = gate;
        }
        rules::check_gates(&phases)?;
        if open_tasks == OpenTasks::Block {
            self.check_tasks(&old).await?;
        }
        set.record(Recorder::new().field("gate", old.gate, gate));
        let new = Phase { gate, updated_at: set.at(), ..old };
        let new = self.put_phase(&mut set, new, Some(expected));
        self.engine.commit(set).await?;
        Ok(new)
    }

    async fn check_tasks(&self, phase: &Phase) -> Result<()> {
        let open = TaskStatus::ALL.iter().copied().filter(|status| !status.is_closed());
        let query = TaskQuery {
            phase: Some(phase.id),
            status: open.collect(),
            limit: MAX_TOLD,
            ..TaskQuery::default()
        };
        let tasks = self.engine.store().projects().tasks(phase.project, &query).await?;
        if tasks.is_empty() {
            return Ok(());
        }
        Err(Conflict::PhaseBlocked { by: tasks.iter().map(|task| task.id).collect() }.into())
    }
}
