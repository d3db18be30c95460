//! What the module asks a store to write.

mod answers;
mod catalog;

pub use catalog::CatalogChange;

use super::model::{
    Attachment, Checklist, Comment, Dependency, Phase, Project, ProjectCalendar, ProjectDetails,
    ProjectRole, ProjectStatus, Task, TaskDetails, TaskStatus, TimeEntry, Watcher,
};
use chrono::NaiveDate;

use crate::{
    change::Version,
    ids::{AttachmentId, MilestoneId, PhaseId, ProjectId, TaskId, UserId},
    time::Timestamp,
};

/// The days of a task from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskDates {
    /// Which.
    pub id: TaskId,
    /// The version that the caller has seen.
    pub expected: Version,
    /// The first day on which it may be begun.
    pub start_on: Option<NaiveDate>,
    /// The last day on which it is in time.
    pub due_on: Option<NaiveDate>,
}

/// A change of projects, their members or their tasks. A store locks the project for each of them
/// but the first.
#[derive(Clone, Debug, PartialEq)]
pub enum ProjectChange {
    /// A new project with its first members. Counts and versions of the value are those of a new
    /// one. Conflicts: `Exists`, `Taken` (code). `NotFound` when its category, its author or a
    /// member is not there.
    CreateProject {
        /// The project.
        project: Box<Project>,
        /// Its members, each once.
        members: Vec<(UserId, ProjectRole)>,
    },
    /// A project's details and status. Raises its phases: what they may cost is among the details.
    /// Conflicts: stale version. `NotFound` when its category is not there.
    UpdateProject {
        /// Which.
        id: ProjectId,
        /// The version that the caller has seen.
        expected: Version,
        /// What it says of itself now.
        details: Box<ProjectDetails>,
        /// How far it is.
        status: ProjectStatus,
        /// When.
        at: Timestamp,
    },
    /// Deletes a project softly, or restores it (`deleted_at` none). Conflicts: stale version.
    SetProjectDeleted {
        /// Which.
        id: ProjectId,
        /// The version that the caller has seen.
        expected: Version,
        /// When it was deleted; none restores it.
        deleted_at: Option<Timestamp>,
    },
    /// Puts a user into a project, or changes the role of one who is in it. Bumps the roster.
    PutMember {
        /// The project.
        project: ProjectId,
        /// The user.
        user: UserId,
        /// What he may do.
        role: ProjectRole,
        /// When he came in, if he was not in it.
        at: Timestamp,
    },
    /// Takes a user out of a project, and with it from those who watch its tasks; no error when he is
    /// not in it. Bumps the roster.
    RemoveMember {
        /// The project.
        project: ProjectId,
        /// The user.
        user: UserId,
    },
    /// A new task, numbered by the store: the receipt has its number. `NotFound` when its parent is
    /// no live task of the project at that moment, its milestone none of the project, or its phase no
    /// active one. Raises the graph when it has a parent, and the phases when it is in one. Conflicts:
    /// `Exists`.
    CreateTask(Box<Task>),
    /// A task's details. Conflicts: stale version.
    UpdateTask {
        /// The project.
        project: ProjectId,
        /// Which.
        id: TaskId,
        /// The version that the caller has seen.
        expected: Version,
        /// What it says of itself now.
        details: Box<TaskDetails>,
        /// When.
        at: Timestamp,
    },
    /// A task's status, with what follows from it. Conflicts: stale version.
    SetTaskStatus {
        /// The project.
        project: ProjectId,
        /// Which.
        id: TaskId,
        /// The version that the caller has seen.
        expected: Version,
        /// How far it is.
        status: TaskStatus,
        /// When it was done, if it is.
        completed_at: Option<Timestamp>,
        /// When.
        at: Timestamp,
    },
    /// Puts a task under another, or under none. Raises the graph. `NotFound` when the parent is no
    /// task of the project. Conflicts: stale version.
    MoveTask {
        /// The project.
        project: ProjectId,
        /// Which.
        id: TaskId,
        /// The version that the caller has seen.
        expected: Version,
        /// The task that it becomes a part of.
        parent: Option<TaskId>,
        /// When.
        at: Timestamp,
    },
    /// Deletes tasks softly, each with the first of them, which the caller has named. Raises the
    /// graph, and the version of each. Conflicts: stale version of the first.
    DeleteTasks {
        /// The project.
        project: ProjectId,
        /// The task that was to be deleted.
        id: TaskId,
        /// The version that the caller has seen.
        expected: Version,
        /// The tasks, that one included.
        tasks: Vec<TaskId>,
        /// When.
        at: Timestamp,
    },
    /// Restores the tasks that were deleted with this one, itself included. Raises the graph, and
    /// the version of each. Conflicts: stale version of this one.
    RestoreTasks {
        /// The project.
        project: ProjectId,
        /// The task that was deleted.
        id: TaskId,
        /// The version that the caller has seen.
        expected: Version,
    },
    /// A dependency between two tasks of the project. Raises the graph. `NotFound` when one of them
    /// is none. Conflicts: `DependencyExists`.
    Link {
        /// The project.
        project: ProjectId,
        /// The dependency.
        dependency: Dependency,
    },
    /// Takes a dependency away; no error when there is none. Raises the graph.
    Unlink {
        /// The project.
        project: ProjectId,
        /// The task that is waited for.
        predecessor: TaskId,
        /// The task that waits.
        successor: TaskId,
    },
    /// A time entry: a new one, or all of what it is from now on. Raises the timesheet of its user.
    /// `NotFound` when there is no such task in the project, or no such user. Conflicts: `Exists`,
    /// stale version, `TimerRunning` when another of the user's entries has no end either.
    PutTime {
        /// The entry. Its version is what the store gives it.
        entry: Box<TimeEntry>,
        /// The version that the caller has seen; none for a new one.
        expected: Option<Version>,
    },
    /// The days of tasks, each once. Raises the version of each. Conflicts: stale version of the first
    /// task that has another one.
    SetTaskDates {
        /// The project.
        project: ProjectId,
        /// The tasks.
        tasks: Vec<TaskDates>,
        /// When.
        at: Timestamp,
    },
    /// Puts a task to a milestone, or to none. `NotFound` when there is no such milestone in the
    /// project, deleted or not. Conflicts: stale version.
    SetTaskMilestone {
        /// The project.
        project: ProjectId,
        /// Which.
        id: TaskId,
        /// The version that the caller has seen.
        expected: Version,
        /// The milestone that it belongs to from now on.
        milestone: Option<MilestoneId>,
        /// When.
        at: Timestamp,
    },
    /// A phase: a new one, or all of what it is from now on. Raises the phases. `NotFound` when there is
    /// no such project, no such definition, or none who passed the gate. Conflicts: `Exists`, stale
    /// version.
    PutPhase {
        /// The phase. Its version is what the store gives it.
        phase: Box<Phase>,
        /// The version that the caller has seen; none for a new one.
        expected: Option<Version>,
    },
    /// Puts a task into a phase, or into none. Raises the phases. `NotFound` when it is no active phase
    /// of the project at that moment. Conflicts: stale version.
    SetTaskPhase {
        /// The project.
        project: ProjectId,
        /// Which.
        id: TaskId,
        /// The version that the caller has seen.
        expected: Version,
        /// The phase that it is in from now on.
        phase: Option<PhaseId>,
        /// When.
        at: Timestamp,
    },
    /// When a project is worked on. Conflicts: stale version; that of a calendar that was never set is
    /// [`ProjectCalendar::UNSET`].
    PutCalendar {
        /// The calendar. Its version is what the store gives it.
        calendar: Box<ProjectCalendar>,
        /// The version that the caller has seen.
        expected: Version,
    },
    /// What is on a task's checklist from now on. `NotFound` when there is no such task in the project.
    /// Conflicts: stale version; that of one that was never put is [`Checklist::UNSET`].
    PutChecklist {
        /// The checklist. Its version is what the store gives it.
        checklist: Box<Checklist>,
        /// The version that the caller has seen.
        expected: Version,
    },
    /// What is known of a file: a new one, or all of what it is from now on. `NotFound` when there is no
    /// such project, no such task in it, or no such uploader. Conflicts: `Exists`, stale version.
    PutAttachment {
        /// The file. Its version is what the store gives it.
        attachment: Box<Attachment>,
        /// The version that the caller has seen; none for a new one.
        expected: Option<Version>,
    },
    /// Nothing is known of a file any more. `NotFound` when nothing was. Conflicts: stale version.
    RemoveAttachment {
        /// The project.
        project: ProjectId,
        /// Which.
        id: AttachmentId,
        /// The version that the caller has seen.
        expected: Version,
    },
    /// Someone watches a task; who watches it already does so since he did. `NotFound` when there is no
    /// such task in the project, or no such user.
    PutWatcher {
        /// The project.
        project: ProjectId,
        /// Who watches what.
        watcher: Watcher,
    },
    /// Someone watches a task no more; no error when he did not. `NotFound` when there is no such
    /// project.
    RemoveWatcher {
        /// The project.
        project: ProjectId,
        /// The task.
        task: TaskId,
        /// The user.
        user: UserId,
    },
    /// A comment: a new one, or all of what it is from now on. `NotFound` when there is no such task
    /// in the project, no such thread on the task, or no such author. Conflicts: `Exists`, stale
    /// version.
    PutComment {
        /// The comment. Its version is what the store gives it.
        comment: Box<Comment>,
        /// The version that the caller has seen; none for a new one.
        expected: Option<Version>,
    },
}
