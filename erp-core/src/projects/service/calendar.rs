//! When projects are worked on.

use super::{ProjectService, project_audience, project_entity};
use crate::{
    change::{NewEvent, Recorder, Version},
    ctx::Ctx,
    error::Result,
    ids::ProjectId,
    policy::Action,
    projects::{ProjectCalendar, ProjectChange, ProjectEvent, WorkingCalendar, rules},
};

#[erp_derive::boxed]
impl ProjectService<'_> {
    /// When a project is worked on. Until it is set: Monday to Friday, 09:00 to 17:00, in the
    /// project's zone.
    ///
    /// # Errors
    /// Not found.
    pub async fn calendar(&self, ctx: &Ctx, project: ProjectId) -> Result<ProjectCalendar> {
        self.project_for(ctx, Action::ProjectRead, project).await?;
        Ok(self.engine.store().projects().calendar(project).await?)
    }

    /// Says when a project is worked on; to say what is said already writes nothing. No task moves by
    /// it: see [`Self::reschedule`]. The version of a calendar that was never set is 0.
    ///
    /// # Errors
    /// Not found, forbidden, validation errors on the fields, a conflict when the version is not the
    /// present one.
    pub async fn set_calendar(
        &self,
        ctx: &Ctx,
        project: ProjectId,
        expected: Version,
        calendar: WorkingCalendar,
    ) -> Result<ProjectCalendar> {
        let attempt = || async {
            let action = Action::ProjectSetCalendar;
            let access = self.project_for(ctx, action, project).await?;
            let old = self.engine.store().projects().calendar(project).await?;
            old.version.must_be(expected, "project_calendar")?;
            let calendar = rules::check_calendar(calendar.clone())?;
            let changed = Recorder::new()
                .field("hours", &old.calendar.hours, &calendar.hours)
                .field("holidays", &old.calendar.holidays, &calendar.holidays);
            if changed.is_empty() {
                return Ok(old);
            }
            let mut set = self.change_in(ctx, action, &access, project_entity(project));
            set.record(changed);
            let new = ProjectCalendar {
                project,
                calendar,
                version: expected.next(),
                updated_at: Some(set.at()),
            };
            let put = Box::new(new.clone());
            set.change(ProjectChange::PutCalendar { calendar: put, expected });
            let event = ProjectEvent::CalendarPut(Box::new(new.clone()));
            set.event(NewEvent::new(event, project_audience(project)));
            self.engine.commit(set).await?;
            Ok(new)
        };
        self.engine.retry(attempt).await
    }
}
