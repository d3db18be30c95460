//! Which tasks are of which milestone.

use erp_core::{
    change::Version,
    ids::{MilestoneId, ProjectId, TaskId},
    port::StoreResult,
    projects::Milestone,
    record::Record as _,
    time::Timestamp,
};

use crate::{
    apply::{fresh, require},
    state::Domain,
};

impl Domain {
    pub(super) fn set_task_milestone(
        &mut self,
        project: ProjectId,
        (id, expected): (TaskId, Version),
        milestone: Option<MilestoneId>,
        at: Timestamp,
    ) -> StoreResult<()> {
        fresh("task", expected, self.projects.project(project)?.task(id)?.version)?;
        self.require_milestone(project, milestone)?;
        self.projects.change_task(project, id, expected, |task| {
            (task.milestone, task.updated_at) = (milestone, at);
        })
    }

    /// What a task is put to must be a milestone of its project, deleted or not.
    pub(super) fn require_milestone(
        &self,
        project: ProjectId,
        milestone: Option<MilestoneId>,
    ) -> StoreResult<()> {
        let of_project = |id: MilestoneId| {
            let row = self.records.get(Milestone::KIND, id.uuid());
            row.is_some_and(|row| Milestone::KIND.project(row) == Some(project))
        };
        require(milestone.is_none_or(of_project), "milestone")
    }
}
