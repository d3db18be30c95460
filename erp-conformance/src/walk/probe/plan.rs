//! Questions about calendars.

use erp_core::{ids::ProjectId, port::Store};

use super::ask::text;
use crate::walk::model::Model;

/// A question.
#[derive(Clone, Debug)]
pub(in crate::walk) enum PlanProbe {
    Calendar(ProjectId),
}

use PlanProbe as P;

/// Questions about every project that the model knows.
pub(super) fn all(model: &Model) -> Vec<PlanProbe> {
    model.projects.iter().map(|project| P::Calendar(project.id)).collect()
}

impl PlanProbe {
    /// How a store answers.
    pub(super) async fn ask(&self, store: &dyn Store) -> String {
        let projects = store.projects();
        match self {
            P::Calendar(project) => text(projects.calendar(*project).await),
        }
    }

    /// How the model answers.
    pub(super) fn answer(&self, model: &Model) -> String {
        use super::answer::text;
        match self {
            P::Calendar(project) => text(model.calendar(*project)),
        }
    }
}
