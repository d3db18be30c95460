//! The shapes of answers, for the OpenAPI document.
//!
//! Answers and events are the core's own types, written as serde writes them: what a client reads
//! in one it reads in the other. The types here only describe them. That they tell the truth is
//! tested: every answer that the tests get is checked against the document.
#![allow(dead_code, reason = "the fields are read by the derived schemas alone")]

mod access;
mod audit;
mod board;
mod chat;
mod headers;
mod ids;
mod inventory;
mod milestones;
mod phases;
mod plan;
mod projects;
mod sets;
mod stock;
mod task_parts;
mod tasks;
mod templates;

use utoipa::ToSchema;

pub(super) use access::{
    Me, Role, Session, SessionView, Team, TeamDetails, TeamMember, User, UserCard,
};
pub(super) use audit::{AuditAnchor, AuditEntry, HistoryEntry};
pub(super) use board::{Board, BulkOutcome, Hit};
pub(super) use chat::{Badge, Member, Message, MessageEdit, MessagePage, Room, RoomSummary};
pub(super) use headers::{ConnectionHeader, IdempotencyHeader};
pub(super) use ids::{
    AttachmentId, AuditId, ChecklistItemId, CommentId, ItemCategoryId, ItemId, LotId, MessageId,
    MilestoneId, PhaseDefinitionId, PhaseId, PostingId, ProjectCategoryId, ProjectId,
    ProjectTemplateId, ReservationId, RoleId, RoomId, SessionId, StockAlertId, TaskId, TeamId,
    TimeEntryId, UserId, WarehouseId,
};
pub(super) use inventory::{Item, NegativeStock, Tracking, ValuationMethod};
pub(super) use milestones::{MilestoneView, Progress};
pub(super) use phases::{OnOverlap, OpenTasks, Phase, PhaseView};
pub(super) use plan::{Earlier, ProjectCalendar, ProjectSchedule, ProjectSummary, WorkingHours};
pub(super) use projects::{
    BudgetOverrun, Money, Project, ProjectMember, ProjectRole, ProjectStatus,
};
pub(super) use sets::{
    Action, BodyFormat, HistoryPolicy, MessageKind, Permission, RoomKind, RoomRole, UserStatus,
};
pub(super) use stock::{
    Lot, LotLevel, Movement, PostedStock, PostingKind, PostingOutcome, Reservation, StockAlert,
    StockAt, StockLevel, StockProjection, StockValuation, Turnover,
};
pub(super) use task_parts::{Attachment, Checklist, Watcher};
pub(super) use tasks::{
    Comment, Dependency, DependencyKind, Priority, SortOrder, StatusCount, Task, TaskNode,
    TaskSort, TaskStatus, TaskTime, TaskView, TimeEntry,
};
pub(super) use templates::{ProjectTemplate, TemplateBody, TemplateHead};

/// A page of a list.
#[derive(ToSchema)]
pub(super) struct Page<T> {
    /// The items, in the list's order.
    items: Vec<T>,
    /// The cursor of the next page; not there on the last page.
    next: Option<String>,
}

/// An RFC 9457 problem document.
#[derive(ToSchema)]
pub(super) struct Problem {
    /// A URI that names the kind of problem.
    r#type: String,
    /// A short, constant text.
    title: String,
    /// The HTTP status.
    status: u16,
    /// The last part of `type`, for programs.
    code: String,
    /// What happened this time.
    detail: String,
    /// The wrong fields of a `validation` problem.
    errors: Option<Vec<Violation>>,
    /// What a `conflict` problem conflicts with, such as `version` or `email_taken`.
    conflict: Option<String>,
    /// Of a conflict about a kind of thing, such as `version` or `email_taken`: the kind.
    entity: Option<String>,
    /// Of a conflict by a key that another thing has, such as `email_taken`: the key's field.
    key: Option<String>,
    /// Of a `version` conflict: its present version.
    current: Option<i64>,
    /// Of a `team_ring` or `task_ring` conflict the ids along the ring, of a `template_ring` the keys.
    path: Option<Vec<String>>,
    /// Of an `insufficient_stock`, `history_too_long` or `too_many_lots` conflict: of what.
    item: Option<ItemId>,
    /// Of an `insufficient_stock` conflict: where.
    warehouse: Option<WarehouseId>,
    /// Of an `insufficient_stock` conflict: how much may be taken, a decimal.
    available: Option<String>,
    /// Of a `period_closed` conflict: until when the books are closed.
    until: Option<chrono::DateTime<chrono::Utc>>,
    /// Of a `reservation_ended` or `open_reservation` conflict: which.
    reservation: Option<ReservationId>,
    /// Of a `lot_expired` or `serial_in_stock` conflict: which.
    lot: Option<LotId>,
    /// Of a `lot_expired` conflict: the last day on which it was good.
    expires_on: Option<chrono::NaiveDate>,
    /// Of a `task_blocked` conflict: the tasks that it waits for; of a `phase_blocked` one, the first
    /// that are open.
    by: Option<Vec<TaskId>>,
    /// Of a `phases_overlap` conflict: the phases that it would lie over.
    over: Option<Vec<PhaseId>>,
    /// Of a `gates_out_of_order` conflict: the first phase whose gate is open.
    phase: Option<PhaseId>,
    /// Of a `phases_over_budget` conflict: the project's budget.
    budget: Option<Money>,
    /// Of a `phases_over_budget` conflict: the budgets of the phases together.
    sum: Option<Money>,
    /// Of a `time_overlaps` conflict: the entry that it overlaps with, if the caller may see it.
    with: Option<TimeEntryId>,
    /// Of a `pending_files_full` conflict: the most files that may be on no task.
    max_files: Option<u64>,
    /// Of a `pending_files_full` conflict: the most bytes of them together.
    max_bytes: Option<u64>,
    /// Seconds to wait before trying again.
    retry_after_s: Option<u64>,
}

/// One thing wrong with the input.
#[derive(ToSchema)]
pub(super) struct Violation {
    /// The path of the field, such as `email` or `members[2].role`.
    field: String,
    /// What is wrong with it, for a person.
    message: String,
}
