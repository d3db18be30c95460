//! Questions about milestones and calendars.

use chrono::NaiveDate;
use erp_core::{
    ids::{MilestoneId, ProjectId},
    port::Store,
    projects::{Milestone, TaskKey},
};

use super::{answer::in_order, ask::text, some};
use crate::{random::Random, walk::model::Model};

/// A question.
#[derive(Clone, Debug)]
pub(in crate::walk) enum PlanProbe {
    Milestone(MilestoneId),
    Milestones(ProjectId, Option<(NaiveDate, MilestoneId)>, usize),
    Calendar(ProjectId),
}

use PlanProbe as P;

/// Questions about all that the model knows, with parts of lists chosen at random.
pub(super) fn all(model: &Model, random: &mut Random) -> Vec<PlanProbe> {
    let mut probes = Vec::new();
    for project in &model.projects {
        let id = project.id;
        probes.extend([P::Calendar(id), P::Milestones(id, None, 1 + random.below(6))]);
        if !model.milestones.is_empty() {
            let after = key(random.pick(&model.milestones));
            probes.push(P::Milestones(id, Some(after), 1 + random.below(4)));
        }
    }
    probes.extend(some(&model.milestones, random).into_iter().map(|one| P::Milestone(one.id)));
    probes
}

fn key(one: &Milestone) -> (NaiveDate, MilestoneId) {
    (one.details.due_on.unwrap_or(TaskKey::NO_DAY), one.id)
}

impl PlanProbe {
    /// How a store answers.
    pub(super) async fn ask(&self, store: &dyn Store) -> String {
        let projects = store.projects();
        match self {
            P::Milestone(id) => text(projects.milestone(*id).await),
            P::Milestones(project, after, limit) => {
                text(projects.milestones(*project, *after, *limit).await)
            }
            P::Calendar(project) => text(projects.calendar(*project).await),
        }
    }

    /// How the model answers.
    pub(super) fn answer(&self, model: &Model) -> String {
        use super::answer::text;
        match self {
            P::Milestone(id) => text(model.milestones.iter().find(|one| one.id == *id)),
            P::Milestones(project, after, limit) => {
                let live = model.milestones.iter().filter(|one| one.deleted_at.is_none());
                let of_it = live.filter(|one| one.project == *project);
                let later = in_order(of_it, |one| key(one)).into_iter();
                let later = later.filter(|one| Some(key(one)) > *after);
                text(later.take(*limit).collect::<Vec<_>>())
            }
            P::Calendar(project) => text(model.calendar(*project)),
        }
    }
}
