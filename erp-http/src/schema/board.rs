//! Boards, changes of many tasks, and what is found of them.

use utoipa::ToSchema;

use super::{Comment, Problem, Task, TaskId, TaskStatus, TaskView};

/// A project's board.
#[derive(ToSchema)]
pub(crate) struct Board {
    /// The columns in the order of statuses, empty ones too.
    columns: Vec<BoardColumn>,
}

/// A column of a board.
#[derive(ToSchema)]
pub(crate) struct BoardColumn {
    /// The status of its tasks.
    status: TaskStatus,
    /// How many tasks are in it.
    count: i64,
    /// The first of them, by number.
    items: Vec<TaskView>,
    /// Where the list of the project's tasks of this status goes on; not there when these are all.
    next: Option<String>,
}

/// What became of one task of many.
#[derive(ToSchema)]
pub(crate) struct BulkOutcome {
    /// Which.
    id: TaskId,
    /// The task as it is now, as far as it was changed; null when nothing of it was.
    task: Option<Task>,
    /// Why not all of it was done; null when it was.
    refused: Option<Problem>,
}

/// What was found: a task, or a comment on it.
#[derive(ToSchema)]
pub(crate) struct Hit {
    /// The task.
    task: Task,
    /// The comment, when it was that which was found; else null.
    comment: Option<Comment>,
}
