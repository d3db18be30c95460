//! What changes of projects answer for themselves.

use super::ProjectChange;
use crate::{
    change::{Lock, Locks, Scope, Scopes},
    ids::ProjectId,
};

impl ProjectChange {
    /// The project that the change belongs to.
    pub fn project(&self) -> ProjectId {
        match self {
            Self::CreateProject { project, .. } => project.id,
            Self::UpdateProject { id, .. } | Self::SetProjectDeleted { id, .. } => *id,
            Self::CreateTask(task) => task.project,
            Self::PutTime { entry, .. } => entry.project,
            Self::PutComment { comment, .. } => comment.project,
            Self::PutCalendar { calendar, .. } => calendar.project,
            Self::PutAttachment { attachment, .. } => attachment.project,
            Self::PutChecklist { checklist, .. } => checklist.project,
            Self::PutPhase { phase, .. } => phase.project,
            Self::PutMember { project, .. }
            | Self::RemoveMember { project, .. }
            | Self::PutWatcher { project, .. }
            | Self::RemoveAttachment { project, .. }
            | Self::RemoveWatcher { project, .. }
            | Self::UpdateTask { project, .. }
            | Self::SetTaskDates { project, .. }
            | Self::SetTaskMilestone { project, .. }
            | Self::SetTaskPhase { project, .. }
            | Self::SetTaskStatus { project, .. }
            | Self::MoveTask { project, .. }
            | Self::DeleteTasks { project, .. }
            | Self::RestoreTasks { project, .. }
            | Self::Link { project, .. }
            | Self::Unlink { project, .. } => *project,
        }
    }

    /// The scopes that the store raises: the project's roster, its task graph, its phases, or a user's
    /// timesheet.
    pub fn touches(&self) -> Scopes {
        let project = self.project();
        match self {
            Self::PutMember { .. } | Self::RemoveMember { .. } => {
                Scopes::from([Scope::project_roster(project)])
            }
            Self::CreateTask(task) => {
                let graph = task.parent.map(|_| Scope::task_graph(project));
                let phases = task.phase.map(|_| Scope::phases(project));
                graph.into_iter().chain(phases).collect()
            }
            Self::MoveTask { .. }
            | Self::DeleteTasks { .. }
            | Self::RestoreTasks { .. }
            | Self::Link { .. }
            | Self::Unlink { .. } => Scopes::from([Scope::task_graph(project)]),
            Self::UpdateProject { .. } | Self::PutPhase { .. } | Self::SetTaskPhase { .. } => {
                Scopes::from([Scope::phases(project)])
            }
            Self::PutTime { entry, .. } => Scopes::from([Scope::timesheet(entry.user)]),
            _ => Scopes::new(),
        }
    }

    /// Whether the receipt has a number for this change.
    pub fn allocates(&self) -> bool {
        matches!(self, Self::CreateTask(_))
    }

    /// What the change needs to itself: its project, and of time the user.
    pub fn locks(&self) -> Locks {
        let project = match self {
            // A new project is seen by nobody.
            Self::CreateProject { .. } => None,
            _ => Some(Lock::Project(self.project())),
        };
        let user = match self {
            Self::PutTime { entry, .. } => Some(Lock::User(entry.user)),
            _ => None,
        };
        project.into_iter().chain(user).collect()
    }
}
