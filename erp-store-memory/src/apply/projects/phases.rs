//! Changes of phases, and of which tasks are in which.

use std::sync::Arc;

use erp_core::{
    change::Version,
    ids::{PhaseId, ProjectId, TaskId},
    port::StoreResult,
    projects::{Phase, PhaseDefinition},
    record::Record as _,
    time::Timestamp,
};

use crate::{
    apply::{fresh, next_version, require},
    state::{Domain, ProjectsState},
};

impl Domain {
    pub(super) fn put_phase(&mut self, phase: Phase, expected: Option<Version>) -> StoreResult<()> {
        let present = self.projects.phases.get(&phase.id).map(|old| old.version);
        let version = next_version("phase", present, expected)?;
        self.projects.project(phase.project)?;
        let definition = self.records.get(PhaseDefinition::KIND, phase.definition.uuid());
        require(definition.is_some(), "phase_definition")?;
        let passed_by = phase.gate.and_then(|gate| gate.by);
        let known = passed_by.is_none_or(|user| self.access.users.contains_key(&user));
        require(known, "user")?;
        let new = Phase { version, ..phase };
        self.projects.phases.insert(new.id, Arc::new(new));
        Ok(())
    }
}

impl ProjectsState {
    pub(super) fn set_task_phase(
        &mut self,
        project: ProjectId,
        (id, expected): (TaskId, Version),
        phase: Option<PhaseId>,
        at: Timestamp,
    ) -> StoreResult<()> {
        fresh("task", expected, self.project(project)?.task(id)?.version)?;
        self.require_phase(project, phase)?;
        self.change_task(project, id, expected, |task| {
            (task.phase, task.updated_at) = (phase, at);
        })
    }

    /// What a task is put into must be an active phase of its project.
    pub(super) fn require_phase(
        &self,
        project: ProjectId,
        phase: Option<PhaseId>,
    ) -> StoreResult<()> {
        let active = |it: &Phase| it.project == project && it.cancelled_at.is_none();
        require(phase.is_none_or(|id| self.phases.get(&id).is_some_and(active)), "phase")
    }
}
