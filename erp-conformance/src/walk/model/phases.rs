//! Phases, and which tasks are in which.

use erp_core::{
    ids::{PhaseDefinitionId, PhaseId, ProjectId},
    port::StoreResult,
    projects::{NamedPhase, Phase, PhaseDefinition, ProjectChange as C},
    record::{Record as _, Stored},
};

use super::{Model, follow, missing, raise};

impl Model {
    pub(super) fn change_phase(&mut self, change: C) -> StoreResult<()> {
        match change {
            C::PutPhase { phase, expected } => {
                let old = self.phases.iter().find(|one| one.id == phase.id);
                let version = follow("phase", old.map(|one| one.version), expected)?;
                self.project(phase.project)?;
                self.definition(phase.definition)?;
                if let Some(user) = phase.gate.and_then(|gate| gate.by) {
                    self.user(user)?;
                }
                self.phases.retain(|one| one.id != phase.id);
                self.phases.push(Phase { version, ..*phase });
            }
            C::SetTaskPhase { project, id, expected, phase, at } => {
                raise("task", &mut self.task_in(project, id)?.version, expected)?;
                self.require_phase(project, phase)?;
                let task = self.task_in(project, id)?;
                (task.phase, task.updated_at) = (phase, at);
            }
            other => panic!("a change of another part: {other:?}"),
        }
        Ok(())
    }

    /// Tasks are put into active phases of their own project.
    pub(super) fn require_phase(&self, project: ProjectId, id: Option<PhaseId>) -> StoreResult<()> {
        let active = |one: &&Phase| one.project == project && one.cancelled_at.is_none();
        let mut phases = self.phases.iter().filter(active);
        let there = id.is_none_or(|id| phases.any(|phase| phase.id == id));
        if there { Ok(()) } else { Err(missing("phase")) }
    }

    /// A kind of phase.
    fn definition(&self, id: PhaseDefinitionId) -> StoreResult<Stored<PhaseDefinition>> {
        let found = self.records.get(PhaseDefinition::KIND, id.uuid());
        let row = found.ok_or_else(|| missing("phase_definition"))?;
        Ok(Stored::of(row).expect("a row of its kind"))
    }

    /// The active phases of a project with their names, in no order.
    pub(in crate::walk) fn named_phases(&self, project: ProjectId) -> Vec<NamedPhase> {
        let of_it = self.phases.iter().filter(|one| one.project == project);
        let active = of_it.filter(|one| one.cancelled_at.is_none());
        let named = active.map(|phase| NamedPhase {
            phase: phase.clone(),
            name: self.definition(phase.definition).expect("it is in use").name.to_string(),
        });
        named.collect()
    }
}
