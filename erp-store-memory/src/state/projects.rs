//! Projects, their members and their tasks.

use erp_core::{
    change::Version,
    ids::{AttachmentId, CommentId, PhaseId, ProjectId, TaskId, TimeEntryId, UserId},
    projects::{
        Attachment, Checklist, Comment, Dependency, Phase, Project, ProjectAccess, ProjectCalendar,
        ProjectMember, Task, TimeEntry,
    },
    time::Timestamp,
};

use crate::{
    map::{Index, Names, Set, Table},
    order::by_key,
};

#[derive(Clone, Default)]
pub(crate) struct ProjectsState {
    pub projects: Table<ProjectId, ProjectState>,
    /// Codes are never given again, so none is ever taken out.
    pub codes: Names<str, ProjectId>,
    /// The projects that a user belongs to.
    pub projects_of: Set<(UserId, ProjectId)>,
    /// In which project a task is.
    pub tasks: Index<TaskId, ProjectId>,
    pub time: Table<TimeEntryId, TimeEntry>,
    pub timesheets: Table<UserId, TimesheetState>,
    /// The entries of a task, deleted ones too, by start.
    pub time_of: Set<(TaskId, Timestamp, TimeEntryId)>,
    pub comments: Table<CommentId, Comment>,
    pub phases: Table<PhaseId, Phase>,
    pub comments_of: Set<(TaskId, Timestamp, CommentId)>,
    pub attachments: Table<AttachmentId, Attachment>,
    /// The files that are linked to a task.
    pub attachments_of: Set<(TaskId, Timestamp, AttachmentId)>,
    /// Those that are not on a task.
    pub attachments_off: Set<AttachmentKey>,
}

/// Files by when their upload began.
pub(crate) type AttachmentKey = (Timestamp, AttachmentId);

/// Entries by when they began.
pub(crate) type TimeKey = (Timestamp, TimeEntryId);

/// A user's time entries.
#[derive(Clone)]
pub(crate) struct TimesheetState {
    pub version: Version,
    /// His entries, deleted ones too.
    pub entries: Set<TimeKey>,
    pub running: Option<TimeEntryId>,
}

impl Default for TimesheetState {
    fn default() -> Self {
        Self { version: Version::FIRST, entries: Set::new(), running: None }
    }
}

/// A project with all that belongs to it.
#[derive(Clone)]
pub(crate) struct ProjectState {
    pub project: Project,
    pub members: Table<UserId, ProjectMember>,
    pub tasks: Table<TaskId, Task>,
    pub by_number: Index<i64, TaskId>,
    /// Dependencies by predecessor and successor.
    pub after: Table<(TaskId, TaskId), Dependency>,
    /// The same by successor and predecessor.
    pub before: Set<(TaskId, TaskId)>,
    /// Once it was set.
    pub calendar: Option<ProjectCalendar>,
    pub checklists: Table<TaskId, Checklist>,
    /// Who watches which task since when.
    pub watchers: Index<(TaskId, UserId), Timestamp>,
    /// The same by user.
    pub watched: Set<(UserId, TaskId)>,
}

impl ProjectState {
    pub fn new(project: Project) -> Self {
        Self {
            project,
            members: Table::new(),
            tasks: Table::new(),
            by_number: Index::new(),
            after: Table::new(),
            before: Set::new(),
            calendar: None,
            checklists: Table::new(),
            watchers: Index::new(),
            watched: Set::new(),
        }
    }

    /// The tasks by number, deleted ones included.
    pub fn numbered(&self) -> impl DoubleEndedIterator<Item = &Task> {
        self.by_number.values().filter_map(|id| self.tasks.get(&id))
    }

    /// The dependencies that a task is in, by predecessor and successor.
    pub fn dependencies(&self, task: TaskId) -> Vec<Dependency> {
        let before = self.before.of(task).filter_map(|other| self.after.get(&(other, task)));
        let after = self.after.of(task);
        let edges = before.chain(after).copied().collect();
        by_key(edges, |edge: &Dependency| (edge.predecessor, edge.successor))
    }

    /// The project as this user stands to it.
    pub fn access(&self, user: UserId) -> ProjectAccess {
        ProjectAccess { project: self.project.clone(), member: self.members.get(&user).cloned() }
    }
}
