//! Changes of projects, their members and their tasks.

mod attachments;
mod calendar;
mod checklists;
mod comments;
mod milestones;
mod phases;
mod project;
mod tasks;
mod time;
mod watchers;

use erp_core::{
    change::Allocated, ids::ProjectId, port::StoreResult, projects::ProjectChange as P,
};

use super::missing;
use crate::state::{Domain, ProjectState, ProjectsState};

impl Domain {
    pub(super) fn apply_projects(&mut self, change: P) -> StoreResult<Allocated> {
        let state = &mut self.projects;
        match change {
            P::CreateProject { project, members } => self.create_project(*project, members)?,
            P::UpdateProject { id, expected, details, status, at } => {
                state.expect_project(id, expected)?;
                self.require_category(details.category)?;
                let state = &mut self.projects;
                state.change_project(id, expected, |project| {
                    (project.details, project.status, project.updated_at) = (*details, status, at);
                })?;
            }
            P::SetProjectDeleted { id, expected, deleted_at } => {
                state.change_project(id, expected, |project| project.deleted_at = deleted_at)?;
            }
            P::PutMember { project, user, role, at } => {
                self.put_project_member(project, user, role, at)?;
            }
            P::RemoveMember { project, user } => state.remove_member(project, user)?,
            P::CreateTask(task) => {
                return self.create_task(*task).map(Allocated::number);
            }
            P::UpdateTask { project, id, expected, details, at } => {
                state.change_task(project, id, expected, |task| {
                    (task.details, task.updated_at) = (*details, at);
                })?;
            }
            P::SetTaskStatus { project, id, expected, status, completed_at, at } => {
                state.change_task(project, id, expected, |task| {
                    (task.status, task.completed_at, task.updated_at) = (status, completed_at, at);
                })?;
            }
            P::MoveTask { project, id, expected, parent, at } => {
                state.move_task(project, (id, expected), parent, at)?;
            }
            P::DeleteTasks { project, id, expected, tasks, at } => {
                state.delete_tasks(project, (id, expected), &tasks, at)?;
            }
            P::RestoreTasks { project, id, expected } => {
                state.restore_tasks(project, id, expected)?;
            }
            P::SetTaskDates { project, tasks, at } => {
                state.set_task_dates(project, &tasks, at)?;
            }
            P::SetTaskMilestone { project, id, expected, milestone, at } => {
                self.set_task_milestone(project, (id, expected), milestone, at)?;
            }
            P::PutPhase { phase, expected } => self.put_phase(*phase, expected)?,
            P::SetTaskPhase { project, id, expected, phase, at } => {
                state.set_task_phase(project, (id, expected), phase, at)?;
            }
            P::PutCalendar { calendar, expected } => state.put_calendar(*calendar, expected)?,
            P::PutChecklist { checklist, expected } => state.put_checklist(*checklist, expected)?,
            P::PutAttachment { attachment, expected } => {
                self.put_attachment(*attachment, expected)?;
            }
            P::RemoveAttachment { id, expected, .. } => state.remove_attachment(id, expected)?,
            P::PutWatcher { project, watcher } => self.put_watcher(project, watcher)?,
            P::RemoveWatcher { project, task, user } => {
                state.project(project)?.unwatch(task, user);
            }
            P::PutComment { comment, expected } => self.put_comment(*comment, expected)?,
            P::PutTime { entry, expected } => self.put_time(*entry, expected)?,
            P::Link { project, dependency } => state.link(project, dependency)?,
            P::Unlink { project, predecessor, successor } => {
                state.unlink(project, (predecessor, successor))?;
            }
        }
        Ok(Allocated::default())
    }
}

impl ProjectsState {
    pub(super) fn project(&mut self, id: ProjectId) -> StoreResult<&mut ProjectState> {
        self.projects.get_mut(&id).ok_or_else(|| missing("project"))
    }
}
