//! Calendars, and the days of tasks.

use erp_core::{
    change::Version,
    ids::ProjectId,
    port::StoreResult,
    projects::{ProjectCalendar, TaskDates},
    time::Timestamp,
};

use crate::{apply::fresh, state::ProjectsState};

impl ProjectsState {
    pub(super) fn put_calendar(
        &mut self,
        calendar: ProjectCalendar,
        expected: Version,
    ) -> StoreResult<()> {
        let state = self.project(calendar.project)?;
        let present = state.calendar.as_ref().map_or(ProjectCalendar::UNSET, |it| it.version);
        fresh("project_calendar", expected, present)?;
        state.calendar = Some(ProjectCalendar { version: present.next(), ..calendar });
        Ok(())
    }

    pub(super) fn set_task_dates(
        &mut self,
        project: ProjectId,
        tasks: &[TaskDates],
        at: Timestamp,
    ) -> StoreResult<()> {
        let state = self.project(project)?;
        for one in tasks {
            fresh("task", one.expected, state.task(one.id)?.version)?;
        }
        for TaskDates { id, expected, start_on, due_on } in tasks {
            self.change_task(project, *id, *expected, |task| {
                (task.details.start_on, task.details.due_on) = (*start_on, *due_on);
                task.updated_at = at;
            })?;
        }
        Ok(())
    }
}
