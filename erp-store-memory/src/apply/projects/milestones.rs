//! Changes of milestones, and of which tasks are of which.

use std::sync::Arc;

use erp_core::{
    change::Version,
    ids::{MilestoneId, ProjectId, TaskId},
    port::StoreResult,
    projects::Milestone,
    time::Timestamp,
};

use crate::{
    apply::{fresh, next_version, require},
    state::ProjectsState,
};

impl ProjectsState {
    pub(super) fn put_milestone(
        &mut self,
        milestone: Milestone,
        expected: Option<Version>,
    ) -> StoreResult<()> {
        let present = self.milestones.get(&milestone.id).map(|old| old.version);
        let version = next_version("milestone", present, expected)?;
        self.project(milestone.project)?;
        let new = Milestone { version, ..milestone };
        self.milestones.insert(new.id, Arc::new(new));
        Ok(())
    }

    pub(super) fn set_task_milestone(
        &mut self,
        project: ProjectId,
        (id, expected): (TaskId, Version),
        milestone: Option<MilestoneId>,
        at: Timestamp,
    ) -> StoreResult<()> {
        fresh("task", expected, self.project(project)?.task(id)?.version)?;
        self.require_milestone(project, milestone)?;
        self.change_task(project, id, expected, |task| {
            (task.milestone, task.updated_at) = (milestone, at);
        })
    }

    /// What a task is put to must be a milestone of its project, deleted or not.
    pub(super) fn require_milestone(
        &self,
        project: ProjectId,
        milestone: Option<MilestoneId>,
    ) -> StoreResult<()> {
        let of_project = |it: &Milestone| it.project == project;
        let known = milestone.is_none_or(|id| self.milestones.get(&id).is_some_and(of_project));
        require(known, "milestone")
    }
}
