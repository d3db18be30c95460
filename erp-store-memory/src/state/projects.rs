//! Projects, their members and their tasks.

use std::sync::Arc;

use erp_core::{
    change::Version,
    ids::{AttachmentId, CommentId, MilestoneId, PhaseId, ProjectId, TaskId, TimeEntryId, UserId},
    projects::{
        Attachment, Checklist, Comment, Dependency, Milestone, Phase, Project, ProjectAccess,
        ProjectCalendar, ProjectMember, Task, TimeEntry,
    },
    time::Timestamp,
};
use imbl::{HashMap, OrdMap, OrdSet};
use uuid::Uuid;

#[derive(Clone, Default)]
pub(crate) struct ProjectsState {
    pub projects: HashMap<ProjectId, Arc<ProjectState>>,
    /// Codes are never given again, so none is ever taken out.
    pub codes: OrdMap<String, ProjectId>,
    /// The projects that a user belongs to.
    pub projects_of: HashMap<UserId, OrdSet<ProjectId>>,
    /// In which project a task is.
    pub tasks: HashMap<TaskId, ProjectId>,
    pub time: HashMap<TimeEntryId, Arc<TimeEntry>>,
    pub timesheets: HashMap<UserId, TimesheetState>,
    /// The entries of a task, deleted ones too, by start.
    pub time_of: HashMap<TaskId, OrdSet<TimeKey>>,
    pub comments: HashMap<CommentId, Arc<Comment>>,
    pub milestones: HashMap<MilestoneId, Arc<Milestone>>,
    pub phases: HashMap<PhaseId, Arc<Phase>>,
    pub comments_of: HashMap<TaskId, OrdSet<CommentKey>>,
    pub attachments: HashMap<AttachmentId, Arc<Attachment>>,
    /// The files that are linked to a task.
    pub attachments_of: HashMap<TaskId, OrdSet<AttachmentKey>>,
    /// Those that are not on a task.
    pub attachments_off: OrdSet<AttachmentKey>,
}

/// Comments by when they were written.
pub(crate) type CommentKey = (Timestamp, CommentId);

/// Files by when their upload began.
pub(crate) type AttachmentKey = (Timestamp, AttachmentId);

/// Entries by when they began.
pub(crate) type TimeKey = (Timestamp, TimeEntryId);

/// A user's time entries.
#[derive(Clone)]
pub(crate) struct TimesheetState {
    pub version: Version,
    /// His entries, deleted ones too.
    pub entries: OrdSet<TimeKey>,
    pub running: Option<TimeEntryId>,
}

impl Default for TimesheetState {
    fn default() -> Self {
        Self { version: Version::FIRST, entries: OrdSet::new(), running: None }
    }
}

/// A project with all that belongs to it.
#[derive(Clone)]
pub(crate) struct ProjectState {
    pub project: Project,
    pub members: OrdMap<UserId, ProjectMember>,
    pub tasks: OrdMap<TaskId, Arc<Task>>,
    pub by_number: OrdMap<i64, TaskId>,
    /// Dependencies by predecessor and successor.
    pub after: OrdMap<(TaskId, TaskId), Dependency>,
    /// The same by successor and predecessor.
    pub before: OrdSet<(TaskId, TaskId)>,
    /// Once it was set.
    pub calendar: Option<ProjectCalendar>,
    pub checklists: OrdMap<TaskId, Arc<Checklist>>,
    /// Who watches which task since when.
    pub watchers: OrdMap<(TaskId, UserId), Timestamp>,
    /// The same by user.
    pub watched: OrdSet<(UserId, TaskId)>,
}

impl ProjectState {
    pub fn new(project: Project) -> Self {
        Self {
            project,
            members: OrdMap::new(),
            tasks: OrdMap::new(),
            by_number: OrdMap::new(),
            after: OrdMap::new(),
            before: OrdSet::new(),
            calendar: None,
            checklists: OrdMap::new(),
            watchers: OrdMap::new(),
            watched: OrdSet::new(),
        }
    }

    /// The tasks by number, deleted ones included.
    pub fn numbered(&self) -> impl DoubleEndedIterator<Item = &Arc<Task>> {
        self.by_number.values().filter_map(|id| self.tasks.get(id))
    }

    /// The dependencies that a task is in, by predecessor and successor.
    pub fn dependencies(&self, task: TaskId) -> Vec<Dependency> {
        let (first, last) = (TaskId::from_uuid(Uuid::nil()), TaskId::from_uuid(Uuid::max()));
        let before = self.before.range((task, first)..=(task, last));
        let before = before.filter_map(|(_, other)| self.after.get(&(*other, task)));
        let after = self.after.range((task, first)..=(task, last)).map(|(_, edge)| edge);
        let mut edges: Vec<Dependency> = before.chain(after).copied().collect();
        edges.sort_unstable_by_key(|edge| (edge.predecessor, edge.successor));
        edges
    }

    /// The project as this user stands to it.
    pub fn access(&self, user: UserId) -> ProjectAccess {
        ProjectAccess { project: self.project.clone(), member: self.members.get(&user).cloned() }
    }
}
