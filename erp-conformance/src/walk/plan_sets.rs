//! Changes of what a project is to have reached by when: the days of tasks, their milestones,
//! calendars.

use erp_core::{
    change::Version,
    ids::{MilestoneId, ProjectId},
    projects::{
        ProjectCalendar, ProjectChange as C, TaskDates, TimeOfDay, Weekday, WorkingCalendar,
        WorkingHours,
    },
};

use super::{generate::Generator, model::Model};

impl Generator {
    pub(super) fn plan_change(&mut self, model: &Model) -> C {
        match self.random.below(10) {
            0..5 if !model.milestones.is_empty() => {
                let (project, id, expected) = self.task_seen(model);
                let milestone = self.random.percent(80).then(|| self.milestone_of(model, project));
                C::SetTaskMilestone { project, id, expected, milestone, at: self.now }
            }
            5..7 => self.set_task_dates(model),
            _ => self.put_calendar(model),
        }
    }

    /// A milestone of the project, deleted or not; rarely none of it.
    pub(super) fn milestone_of(&mut self, model: &Model, project: ProjectId) -> MilestoneId {
        let any = self.rarely();
        let there = model.milestones.iter().filter(|one| any || one.project == project);
        let there: Vec<MilestoneId> = there.map(|one| one.id).collect();
        if there.is_empty() || self.rarely() {
            return MilestoneId::generate(&self.ids);
        }
        *self.random.pick(&there)
    }

    fn set_task_dates(&mut self, model: &Model) -> C {
        let (project, id, expected) = self.task_seen(model);
        let mut tasks =
            vec![TaskDates { id, expected, start_on: self.day(0), due_on: self.day(9) }];
        for _ in 0..self.random.below(3) {
            let id = self.task_of(model, project);
            if tasks.iter().all(|one| one.id != id) {
                let present = model.task(id).map_or(Version::FIRST, |task| task.version);
                let (start_on, due_on) = (self.day(0), self.day(9));
                tasks.push(TaskDates { id, expected: self.expected(present), start_on, due_on });
            }
        }
        C::SetTaskDates { project, tasks, at: self.now }
    }

    fn put_calendar(&mut self, model: &Model) -> C {
        let project = self.project_id(model);
        let present = model.calendars.iter().find(|one| one.project == project);
        let present = present.map_or(ProjectCalendar::UNSET, |one| one.version);
        let days = Weekday::ALL.iter().filter(|_| self.random.percent(60));
        let minute = |minute| TimeOfDay::of_minute(minute).expect("a time of a day");
        let hours =
            days.map(|day| WorkingHours { day: *day, from: minute(480), until: minute(990) });
        let hours = hours.collect();
        let holidays = (0..self.random.below(3)).map(|_| self.some_day()).collect();
        let calendar = ProjectCalendar {
            project,
            calendar: WorkingCalendar { hours, holidays },
            version: Version::FIRST,
            updated_at: Some(self.now),
        };
        C::PutCalendar { calendar: Box::new(calendar), expected: self.expected(present) }
    }
}
