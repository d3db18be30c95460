//! Searching tasks and comments.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::model::{Comment, Task};
use crate::ids::{ProjectId, UserId};

/// What to search for, and where. Deleted projects, tasks and comments, and comments of deleted tasks,
/// are left out. The newest comes first, by the id of what was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchQuery {
    /// The words, each of which must stand in the text, whole: those of
    /// [`rules::query_words`](crate::projects::rules::query_words).
    pub words: Vec<String>,
    /// Only in the projects that this user belongs to; none searches all.
    pub member: Option<UserId>,
    /// Only in this project.
    pub project: Option<ProjectId>,
    /// Start after this place.
    #[serde(skip)]
    pub after: Option<Uuid>,
    /// The most hits to return.
    #[serde(skip)]
    pub limit: usize,
}

/// What was found: a task, or a comment on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// The task.
    pub task: Task,
    /// The comment, when it was that which was found.
    pub comment: Option<Comment>,
}

impl Hit {
    /// Its place in a list of hits, which goes downwards.
    pub fn key(&self) -> Uuid {
        self.comment.as_ref().map_or(self.task.id.uuid(), |comment| comment.id.uuid())
    }
}
