//! A project at a glance.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ProjectService, tasks::zone};
use crate::{
    ctx::Ctx,
    error::Result,
    ids::ProjectId,
    money::Money,
    policy::Action,
    projects::{Progress, ProjectCost, StatusCount, TaskStatus, TaskTime, rules},
};

/// A project at a glance, at this moment. Nothing of it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectSummary {
    /// How many live tasks are in each status that has any, in the order of statuses.
    pub counts: Vec<StatusCount>,
    /// How much of them is done.
    pub progress: Progress,
    /// How many of them are overdue (PROJ-15).
    pub overdue: i64,
    /// How long was spent on them (PROJ-12).
    pub time: TaskTime,
    /// What the project may cost.
    pub budget: Option<Money>,
    /// What the time cost (PROJ-12); none for those who may not see rates.
    pub cost: Option<ProjectCost>,
}

#[erp_derive::boxed]
impl ProjectService<'_> {
    /// A project at a glance.
    ///
    /// # Errors
    /// Not found.
    pub async fn summary(&self, ctx: &Ctx, project: ProjectId) -> Result<ProjectSummary> {
        let access = self.project_for(ctx, Action::ProjectRead, project).await?;
        let nodes = rules::live_part(self.graph(project).await?).nodes;
        let time = self.engine.store().projects().project_time(project).await?;
        let (zone, now) = (zone(&access.project)?, self.engine.now());
        let (mut counts, mut overdue) = (BTreeMap::<TaskStatus, i64>::new(), 0);
        for node in &nodes {
            *counts.entry(node.status).or_default() += 1;
            overdue += i64::from(rules::overdue(node.status, node.due_on, &zone, now));
        }
        let count = |(status, tasks)| StatusCount { status, tasks };
        let cost = self.cost(ctx, &access, (&zone, time)).await?;
        Ok(ProjectSummary {
            cost,
            counts: counts.into_iter().map(count).collect(),
            progress: rules::progress(&nodes),
            overdue,
            time,
            budget: access.project.details.budget,
        })
    }
}
