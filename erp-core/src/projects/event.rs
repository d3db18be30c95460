//! What the world learns of the module's changes.

use serde::Serialize;

use super::model::{
    Attachment, Checklist, Comment, Dependency, Phase, Project, ProjectCalendar, ProjectRole, Task,
    TemplateHead, TimeEntry, Watcher,
};
use crate::{
    change::Version,
    ids::{ProjectId, TaskId, UserId},
    time::Timestamp,
};

/// A change of projects, their members or their tasks that has happened.
#[derive(Clone, Debug, PartialEq, Serialize, erp_derive::Event)]
#[serde(tag = "type", content = "data")]
pub enum ProjectEvent {
    /// A project was made.
    #[serde(rename = "projects.project_created")]
    ProjectCreated {
        /// The project.
        project: Box<Project>,
        /// Its members.
        members: Vec<(UserId, ProjectRole)>,
    },
    /// A project's details or status changed. Its counts are not counted on.
    #[serde(rename = "projects.project_updated")]
    ProjectUpdated(Box<Project>),
    /// A project was deleted.
    #[serde(rename = "projects.project_deleted")]
    ProjectDeleted {
        /// The project.
        project: ProjectId,
        /// Its version.
        version: Version,
        /// When.
        deleted_at: Timestamp,
    },
    /// A deleted project was restored. Its counts are not counted on.
    #[serde(rename = "projects.project_restored")]
    ProjectRestored(Box<Project>),
    /// Someone came into a project, or his role in it changed. Who comes in learns of the project
    /// by this event, too.
    #[serde(rename = "projects.member_put")]
    MemberPut {
        /// The project as it was before; its counts and its roster are not counted on.
        project: Box<Project>,
        /// The user.
        user: UserId,
        /// What he may do.
        role: ProjectRole,
        /// When he came in.
        joined_at: Timestamp,
    },
    /// Someone left a project, or was taken out.
    #[serde(rename = "projects.member_removed")]
    MemberRemoved {
        /// The project.
        project: ProjectId,
        /// The user.
        user: UserId,
    },
    /// A task was made.
    #[serde(rename = "projects.task_created")]
    TaskCreated(Box<Task>),
    /// A task's details, status or parent changed.
    #[serde(rename = "projects.task_updated")]
    TaskUpdated(Box<Task>),
    /// A task was deleted, and all its parts with it.
    #[serde(rename = "projects.tasks_deleted")]
    TasksDeleted {
        /// The project.
        project: ProjectId,
        /// The task that was to be deleted.
        task: TaskId,
        /// The deleted tasks, that one included.
        tasks: Vec<TaskId>,
        /// When.
        deleted_at: Timestamp,
    },
    /// A deleted task was restored, and what was deleted with it.
    #[serde(rename = "projects.tasks_restored")]
    TasksRestored {
        /// The project.
        project: ProjectId,
        /// The task that was to be restored.
        task: TaskId,
        /// The restored tasks, that one included.
        tasks: Vec<TaskId>,
    },
    /// A task waits for another.
    #[serde(rename = "projects.task_linked")]
    TaskLinked {
        /// The project.
        project: ProjectId,
        /// The dependency.
        dependency: Dependency,
    },
    /// A task waits for another no more.
    #[serde(rename = "projects.task_unlinked")]
    TaskUnlinked {
        /// The project.
        project: ProjectId,
        /// The task that was waited for.
        predecessor: TaskId,
        /// The task that waited.
        successor: TaskId,
    },
    /// A time entry was written down, stopped, changed, deleted or restored.
    #[serde(rename = "projects.time_put")]
    TimePut(Box<TimeEntry>),
    /// A comment was written, edited, deleted or restored. Of a deleted one the body is empty.
    #[serde(rename = "projects.comment_put")]
    CommentPut(Box<Comment>),
    /// A file was uploaded, put onto a task, deleted or restored. While it is on none, only its uploader
    /// learns of it.
    #[serde(rename = "projects.attachment_put")]
    AttachmentPut(Box<Attachment>),
    /// What is on a task's checklist has changed.
    #[serde(rename = "projects.checklist_put")]
    ChecklistPut(Box<Checklist>),
    /// Someone watches a task from now on.
    #[serde(rename = "projects.watcher_put")]
    WatcherPut {
        /// The project.
        project: ProjectId,
        /// Who watches what.
        #[serde(flatten)]
        watcher: Watcher,
    },
    /// Someone watches a task no more. Who leaves a project watches none of its tasks; that has no
    /// event of its own.
    #[serde(rename = "projects.watcher_removed")]
    WatcherRemoved {
        /// The project.
        project: ProjectId,
        /// The task.
        task: TaskId,
        /// The user.
        user: UserId,
    },
    /// A template was made, changed, archived or taken up again.
    #[serde(rename = "projects.template_put")]
    TemplatePut(Box<TemplateHead>),
    /// A phase was made, moved, cancelled or restored, or its gate passed or taken back. Which one is
    /// current is for the reader to ask.
    #[serde(rename = "projects.phase_put")]
    PhasePut(Box<Phase>),
    /// When a project is worked on has changed.
    #[serde(rename = "projects.calendar_put")]
    CalendarPut(Box<ProjectCalendar>),
}

impl ProjectEvent {
    pub(crate) fn fill(&mut self, number: i64) {
        if let Self::TaskCreated(task) = self {
            task.code.number = number;
        }
    }
}
