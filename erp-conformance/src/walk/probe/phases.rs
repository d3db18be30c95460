//! Questions about phases.

use erp_core::{
    ids::{PhaseId, ProjectId},
    port::Store,
};

use super::{answer::in_order, ask::text, some};
use crate::{random::Random, walk::model::Model};

/// A question.
#[derive(Clone, Debug)]
pub(in crate::walk) enum PhaseProbe {
    Phase(PhaseId),
    Phases(ProjectId),
}

use PhaseProbe as P;

/// Questions about all phases that the model knows, with parts of lists chosen at random.
pub(super) fn all(model: &Model, random: &mut Random) -> Vec<PhaseProbe> {
    let mut probes = Vec::new();
    probes.extend(some(&model.phases, random).into_iter().map(|phase| P::Phase(phase.id)));
    probes.extend(model.projects.iter().map(|project| P::Phases(project.id)));
    probes
}

impl PhaseProbe {
    /// How a store answers.
    pub(super) async fn ask(&self, store: &dyn Store) -> String {
        let projects = store.projects();
        match self {
            P::Phase(id) => text(projects.phase(*id).await),
            P::Phases(project) => text(projects.phases(*project).await),
        }
    }

    /// How the model answers.
    pub(super) fn answer(&self, model: &Model) -> String {
        use super::answer::text;
        match self {
            P::Phase(id) => text(model.phases.iter().find(|phase| phase.id == *id)),
            P::Phases(project) => {
                let active = model.named_phases(*project);
                text(in_order(active, |one| (one.phase.details.starts_on, one.phase.id)))
            }
        }
    }
}
