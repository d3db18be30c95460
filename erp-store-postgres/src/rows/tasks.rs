//! Tasks and what waits for what.

use erp_core::{
    change::Version,
    ids::{CommentId, MilestoneId, PhaseId, ProjectId, TaskId, TimeEntryId, UserId},
    projects::{
        Comment, Dependency, DependencyKind, Priority, Task, TaskCode, TaskDetails, TaskStatus,
        TimeEntry,
    },
};
use sqlx::{Result, Row, postgres::PgRow};
use uuid::Uuid;

use super::unreadable;

/// The columns of a task, read by [`task`].
macro_rules! task_columns {
    () => {
        "task.id, task.project_id, task.prefix, task.number, task.title, task.description, \
         task.priority, task.assignees, task.labels, task.start_on, task.due_on, \
         task.estimate_min, task.status, task.parent_id, task.completed_at, task.created_by, \
         task.created_at, task.updated_at, task.deleted_at, task.deleted_with, task.version, \
         task.milestone_id, task.phase_id"
    };
}

/// How many columns [`task_columns`] has.
pub(crate) const TASK_COLUMNS: usize = 23;

/// The columns of a time entry, read by [`time_entry`].
macro_rules! time_columns {
    () => {
        "entry.id, entry.project_id, entry.task_id, entry.user_id, entry.started_at, \
         entry.ended_at, entry.note, entry.created_at, entry.deleted_at, entry.version"
    };
}

/// The columns of a comment, read by [`comment`].
macro_rules! comment_columns {
    () => {
        "comment.id, comment.project_id, comment.task_id, comment.thread_id, comment.author_id, \
         comment.body, comment.created_at, comment.edited_at, comment.deleted_at, comment.version"
    };
}

pub(crate) use {comment_columns, task_columns, time_columns};

pub(crate) fn task(row: &PgRow) -> Result<Task> {
    Ok(Task {
        id: TaskId::from_uuid(row.try_get(0)?),
        project: ProjectId::from_uuid(row.try_get(1)?),
        code: TaskCode { prefix: row.try_get(2)?, number: row.try_get(3)? },
        details: details(row)?,
        status: task_status(row.try_get(12)?)?,
        parent: row.try_get::<Option<Uuid>, _>(13)?.map(TaskId::from_uuid),
        completed_at: row.try_get(14)?,
        created_by: row.try_get::<Option<Uuid>, _>(15)?.map(UserId::from_uuid),
        created_at: row.try_get(16)?,
        updated_at: row.try_get(17)?,
        deleted_at: row.try_get(18)?,
        deleted_with: row.try_get::<Option<Uuid>, _>(19)?.map(TaskId::from_uuid),
        version: Version(row.try_get(20)?),
        milestone: row.try_get::<Option<Uuid>, _>(21)?.map(MilestoneId::from_uuid),
        phase: row.try_get::<Option<Uuid>, _>(22)?.map(PhaseId::from_uuid),
    })
}

fn details(row: &PgRow) -> Result<TaskDetails> {
    let rank: i16 = row.try_get(6)?;
    let priority = Priority::of_rank(rank);
    let assignees: Vec<Uuid> = row.try_get(7)?;
    Ok(TaskDetails {
        title: row.try_get(4)?,
        description: row.try_get(5)?,
        priority: priority.ok_or_else(|| unreadable("priority", &rank.to_string()))?,
        assignees: assignees.into_iter().map(UserId::from_uuid).collect(),
        labels: row.try_get(8)?,
        start_on: row.try_get(9)?,
        due_on: row.try_get(10)?,
        estimate_min: row.try_get(11)?,
    })
}

pub(crate) fn task_status(text: &str) -> Result<TaskStatus> {
    text.parse().map_err(|_| unreadable("task status", text))
}

pub(crate) fn dependency_kind(text: &str) -> Result<DependencyKind> {
    let mut kinds = DependencyKind::ALL.iter().copied();
    kinds.find(|kind| kind.as_str() == text).ok_or_else(|| unreadable("kind", text))
}

/// Predecessor, successor, kind and lag.
pub(crate) fn dependency(row: &PgRow) -> Result<Dependency> {
    Ok(Dependency {
        predecessor: TaskId::from_uuid(row.try_get(0)?),
        successor: TaskId::from_uuid(row.try_get(1)?),
        kind: dependency_kind(row.try_get(2)?)?,
        lag_min: row.try_get(3)?,
    })
}

/// The time entry in the columns from `at` on.
pub(crate) fn time_entry(row: &PgRow, at: usize) -> Result<TimeEntry> {
    Ok(TimeEntry {
        id: TimeEntryId::from_uuid(row.try_get(at)?),
        project: ProjectId::from_uuid(row.try_get(at + 1)?),
        task: TaskId::from_uuid(row.try_get(at + 2)?),
        user: UserId::from_uuid(row.try_get(at + 3)?),
        started_at: row.try_get(at + 4)?,
        ended_at: row.try_get(at + 5)?,
        note: row.try_get(at + 6)?,
        created_at: row.try_get(at + 7)?,
        deleted_at: row.try_get(at + 8)?,
        version: Version(row.try_get(at + 9)?),
    })
}

/// The comment in the columns from `at` on.
pub(crate) fn comment(row: &PgRow, at: usize) -> Result<Comment> {
    Ok(Comment {
        id: CommentId::from_uuid(row.try_get(at)?),
        project: ProjectId::from_uuid(row.try_get(at + 1)?),
        task: TaskId::from_uuid(row.try_get(at + 2)?),
        thread: row.try_get::<Option<Uuid>, _>(at + 3)?.map(CommentId::from_uuid),
        author: UserId::from_uuid(row.try_get(at + 4)?),
        body: row.try_get(at + 5)?,
        created_at: row.try_get(at + 6)?,
        edited_at: row.try_get(at + 7)?,
        deleted_at: row.try_get(at + 8)?,
        version: Version(row.try_get(at + 9)?),
    })
}
