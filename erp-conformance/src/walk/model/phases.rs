//! Phases, their kinds, and which tasks are in which.

use erp_core::{
    Conflict,
    change::Version,
    ids::{PhaseDefinitionId, PhaseId, ProjectId},
    port::StoreResult,
    projects::{NamedPhase, Phase, PhaseDefinition, ProjectChange as C},
};

use super::{Model, follow, missing, raise, same_name};

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

    fn definition(&self, id: PhaseDefinitionId) -> StoreResult<&PhaseDefinition> {
        let found = self.catalog.definitions.iter().find(|one| one.id == id);
        found.ok_or_else(|| missing("phase_definition"))
    }

    pub(super) fn put_definition(
        &mut self,
        new: PhaseDefinition,
        expected: Option<Version>,
    ) -> StoreResult<()> {
        let old = self.definition(new.id).ok().map(|one| one.version);
        let version = follow("phase_definition", old, expected)?;
        let there = &mut self.catalog.definitions;
        if there.iter().any(|one| one.id != new.id && same_name(&one.name, &new.name)) {
            return Err(Conflict::PhaseNameTaken.into());
        }
        there.retain(|one| one.id != new.id);
        there.push(PhaseDefinition { version, ..new });
        Ok(())
    }

    pub(super) fn delete_definition(
        &mut self,
        id: PhaseDefinitionId,
        expected: Version,
    ) -> StoreResult<()> {
        raise("phase_definition", &mut self.definition(id)?.version.clone(), expected)?;
        if self.phases.iter().any(|phase| phase.definition == id) {
            return Err(Conflict::PhaseDefinitionInUse.into());
        }
        self.catalog.definitions.retain(|one| one.id != id);
        Ok(())
    }

    /// The active phases of a project with their names, in no order.
    pub(in crate::walk) fn named_phases(&self, project: ProjectId) -> Vec<NamedPhase> {
        let of_it = self.phases.iter().filter(|one| one.project == project);
        let active = of_it.filter(|one| one.cancelled_at.is_none());
        let named = active.map(|phase| NamedPhase {
            phase: phase.clone(),
            name: self.definition(phase.definition).expect("it is in use").name.clone(),
        });
        named.collect()
    }
}
