//! What is to be ticked off of a task, and who watches it.

use serde::{Deserialize, Serialize};

use crate::{
    change::Version,
    ids::{ChecklistItemId, ProjectId, TaskId, UserId},
    time::Timestamp,
};

/// The checklist of a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checklist {
    /// The task.
    pub task: TaskId,
    /// The project.
    pub project: ProjectId,
    /// What is on it, in order.
    pub items: Vec<ChecklistItem>,
    /// Rises with every change of it; 0 while nothing was ever on it.
    pub version: Version,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
}

impl Checklist {
    /// The version of the checklist that every task begins with.
    pub const UNSET: Version = Version(0);

    /// The checklist that every task begins with: nothing is on it.
    pub fn unset(project: ProjectId, task: TaskId) -> Self {
        Self { task, project, items: Vec::new(), version: Self::UNSET, updated_at: None }
    }
}

/// A line of a checklist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChecklistItem {
    /// Its id.
    pub id: ChecklistItemId,
    /// What is to be done.
    pub text: String,
    /// Who ticked it off, and when; none while it is open.
    pub done: Option<Tick>,
}

/// That something was ticked off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {
    /// By whom; none for the host itself.
    pub by: Option<UserId>,
    /// When.
    pub at: Timestamp,
}

/// Someone who watches a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watcher {
    /// The task.
    pub task: TaskId,
    /// Who.
    pub user: UserId,
    /// Since when.
    pub since: Timestamp,
}
