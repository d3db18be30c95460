//! Changes of phases, and of which tasks are in which.

use chrono::Days;
use erp_core::{
    change::Version,
    ids::{PhaseDefinitionId, PhaseId, ProjectId, UserId},
    projects::{PassedGate, Phase, PhaseDetails, ProjectChange as C},
};

use super::{generate::Generator, model::Model};

impl Generator {
    pub(super) fn phase_change(&mut self, model: &Model) -> C {
        if model.phases.is_empty() || self.random.percent(60) {
            return self.put_phase(model);
        }
        let (project, id, expected) = self.task_seen(model);
        let phase = self.random.percent(80).then(|| self.phase_of(model, project));
        C::SetTaskPhase { project, id, expected, phase, at: self.now }
    }

    fn put_phase(&mut self, model: &Model) -> C {
        if model.phases.len() > 2 && self.random.percent(60) {
            let mut phase = self.random.pick(&model.phases).clone();
            let expected = Some(self.expected(phase.version));
            match self.random.below(6) {
                0 | 4 => phase.cancelled_at = self.random.percent(70).then_some(self.now),
                1 | 2 => phase.gate = self.gate(model),
                3 => phase.definition = self.phase_definition(model),
                _ => phase.details = self.phase_details(),
            }
            phase.updated_at = self.now;
            if self.rarely() {
                phase.id = PhaseId::generate(&self.ids);
            }
            return C::PutPhase { phase: Box::new(phase), expected };
        }
        let mut id = PhaseId::generate(&self.ids);
        if self.rarely() && !model.phases.is_empty() {
            id = self.random.pick(&model.phases).id;
        }
        let phase = Phase {
            id,
            project: self.project_id(model),
            definition: self.phase_definition(model),
            details: self.phase_details(),
            gate: if self.random.percent(30) { self.gate(model) } else { None },
            created_at: self.now,
            updated_at: self.now,
            cancelled_at: None,
            version: Version::FIRST,
        };
        C::PutPhase { phase: Box::new(phase), expected: None }
    }

    fn gate(&mut self, model: &Model) -> Option<PassedGate> {
        let mut by = self.random.percent(70).then(|| self.user_id(model));
        if self.random.percent(25) {
            by = Some(UserId::generate(&self.ids));
        }
        self.random.percent(70).then_some(PassedGate { by, at: self.now })
    }

    /// Days and a budget: that phases do not overlap, and what they may cost, the services see to.
    fn phase_details(&mut self) -> PhaseDetails {
        let starts_on = self.some_day();
        let length = u64::try_from(self.random.below(9)).expect("it is small");
        let budget = self.random.percent(50).then(|| self.money());
        PhaseDetails { starts_on, ends_on: starts_on + Days::new(length), budget }
    }

    /// A phase of the project, cancelled or not; rarely none of it.
    pub(super) fn phase_of(&mut self, model: &Model, project: ProjectId) -> PhaseId {
        let any = self.rarely();
        let phases = model.phases.iter().filter(|phase| any || phase.project == project);
        let phases: Vec<PhaseId> = phases.map(|phase| phase.id).collect();
        if phases.is_empty() || self.rarely() {
            return PhaseId::generate(&self.ids);
        }
        *self.random.pick(&phases)
    }

    fn phase_definition(&mut self, model: &Model) -> PhaseDefinitionId {
        let id = self.referred(model, PhaseDefinitionId::PREFIX);
        PhaseDefinitionId::from_uuid(id)
    }
}
