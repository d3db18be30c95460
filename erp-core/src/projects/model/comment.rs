//! What people say about a task.

use serde::{Deserialize, Serialize};

use crate::{
    change::Version,
    ids::{CommentId, ProjectId, TaskId, UserId},
    time::Timestamp,
};

/// What someone says about a task: the first of a thread, or an answer in one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// Its id.
    pub id: CommentId,
    /// The project.
    pub project: ProjectId,
    /// The task.
    pub task: TaskId,
    /// The first comment of the thread that it answers in; none when it is one itself.
    pub thread: Option<CommentId>,
    /// Who says it.
    pub author: UserId,
    /// What it says. A store keeps the body of a deleted comment; services show it empty.
    pub body: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was last edited.
    pub edited_at: Option<Timestamp>,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
    /// Rises with every change of it.
    pub version: Version,
}
