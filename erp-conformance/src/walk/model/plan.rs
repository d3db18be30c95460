//! The days of tasks, their milestones, calendars.

use erp_core::{
    ids::{MilestoneId, ProjectId},
    port::StoreResult,
    projects::{ProjectCalendar, ProjectChange as C},
};

use super::{Model, missing, raise};

impl Model {
    pub(super) fn change_plan(&mut self, change: C) -> StoreResult<()> {
        match change {
            C::SetTaskDates { project, tasks, at } => {
                self.project(project)?;
                for one in tasks {
                    let task = self.task_in(project, one.id)?;
                    raise("task", &mut task.version, one.expected)?;
                    let details = &mut task.details;
                    (details.start_on, details.due_on) = (one.start_on, one.due_on);
                    task.updated_at = at;
                }
            }
            C::SetTaskMilestone { project, id, expected, milestone, at } => {
                raise("task", &mut self.task_in(project, id)?.version, expected)?;
                self.require_milestone(project, milestone)?;
                let task = self.task_in(project, id)?;
                (task.milestone, task.updated_at) = (milestone, at);
            }
            C::PutCalendar { calendar, expected } => {
                self.project(calendar.project)?;
                let mut version = self.calendar(calendar.project).version;
                raise("project_calendar", &mut version, expected)?;
                self.calendars.retain(|one| one.project != calendar.project);
                self.calendars.push(ProjectCalendar { version, ..*calendar });
            }
            other => panic!("a change of another part: {other:?}"),
        }
        Ok(())
    }

    /// Tasks belong to milestones of their own project, deleted or not.
    pub(super) fn require_milestone(
        &self,
        project: ProjectId,
        id: Option<MilestoneId>,
    ) -> StoreResult<()> {
        let mut milestones = self.milestones.iter().filter(|one| one.project == project);
        let there = id.is_none_or(|id| milestones.any(|one| one.id == id));
        if there { Ok(()) } else { Err(missing("milestone")) }
    }

    pub(in crate::walk) fn calendar(&self, project: ProjectId) -> ProjectCalendar {
        let found = self.calendars.iter().find(|one| one.project == project).cloned();
        found.unwrap_or_else(|| ProjectCalendar::unset(project))
    }
}
