//! What the module keeps.

mod attachment;
mod calendar;
mod category;
mod checklist;
mod comment;
mod graph;
mod milestone;
mod phase;
mod project;
mod rate;
mod task;
mod template;
mod time;

pub use attachment::{Attachment, AttachmentState, PendingFiles, StoredFile};
pub use calendar::{
    ParseTimeOfDayError, ProjectCalendar, TimeOfDay, Weekday, WorkingCalendar, WorkingHours,
};
pub use category::ProjectCategory;
pub use checklist::{Checklist, ChecklistItem, Tick, Watcher};
pub use comment::Comment;
pub use graph::{Dependency, DependencyKind, TaskGraph, TaskNode};
pub use milestone::{Health, Milestone, MilestoneView, Progress};
pub use phase::{NamedPhase, PassedGate, Phase, PhaseDefinition, PhaseDetails, PhaseView};
pub use project::{
    BudgetOverrun, Project, ProjectAccess, ProjectDetails, ProjectMember, ProjectRole,
    ProjectStatus, UnknownBudgetOverrun, UnknownProjectStatus,
};
pub use rate::{HourlyRate, ProjectCost, RatedSpan};
pub use task::{
    ParseTaskCodeError, Priority, StatusCount, Task, TaskCode, TaskDetails, TaskStatus,
    UnknownTaskStatus,
};
pub use template::{
    ProjectOrigin, ProjectTemplate, TemplateBody, TemplateDays, TemplateDependency, TemplateHead,
    TemplatePhase, TemplateRoles, TemplateTask,
};
pub use time::{TaskTime, TimeEntry, Timesheet};
