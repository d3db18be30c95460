//! Questions about phases and their kinds.

use erp_core::{
    ids::{PhaseDefinitionId, PhaseId, ProjectId},
    port::Store,
};

use super::{answer::in_order, ask::text, some};
use crate::{random::Random, walk::model::Model};

/// A question.
#[derive(Clone, Debug)]
pub(in crate::walk) enum PhaseProbe {
    Definition(PhaseDefinitionId),
    Definitions(Option<String>, usize),
    Phase(PhaseId),
    Phases(ProjectId),
}

use PhaseProbe as P;

/// Questions about all phases that the model knows, with parts of lists chosen at random.
pub(super) fn all(model: &Model, random: &mut Random) -> Vec<PhaseProbe> {
    let definitions = &model.catalog.definitions;
    let mut probes = vec![P::Definitions(None, 1 + random.below(9))];
    for definition in some(definitions, random) {
        let after = random.pick(definitions).name.to_lowercase();
        probes.push(P::Definition(definition.id));
        probes.push(P::Definitions(Some(after), 1 + random.below(4)));
    }
    probes.extend(some(&model.phases, random).into_iter().map(|phase| P::Phase(phase.id)));
    probes.extend(model.projects.iter().map(|project| P::Phases(project.id)));
    probes
}

impl PhaseProbe {
    /// How a store answers.
    pub(super) async fn ask(&self, store: &dyn Store) -> String {
        let projects = store.projects();
        match self {
            P::Definition(id) => text(projects.phase_definition(*id).await),
            P::Definitions(after, limit) => {
                text(projects.phase_definitions(after.as_deref(), *limit).await)
            }
            P::Phase(id) => text(projects.phase(*id).await),
            P::Phases(project) => text(projects.phases(*project).await),
        }
    }

    /// How the model answers.
    pub(super) fn answer(&self, model: &Model) -> String {
        use super::answer::text;
        let definitions = &model.catalog.definitions;
        match self {
            P::Definition(id) => text(definitions.iter().find(|one| one.id == *id)),
            P::Definitions(after, limit) => {
                let all = in_order(definitions, |one| one.name.to_lowercase()).into_iter();
                let later = all.filter(|one| Some(one.name.to_lowercase()) > *after);
                text(later.take(*limit).collect::<Vec<_>>())
            }
            P::Phase(id) => text(model.phases.iter().find(|phase| phase.id == *id)),
            P::Phases(project) => {
                let active = model.named_phases(*project);
                text(in_order(active, |one| (one.phase.details.starts_on, one.phase.id)))
            }
        }
    }
}
