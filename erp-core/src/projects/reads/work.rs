//! What is to be done next: boards, and the tasks that nothing holds up.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::super::model::{Priority, Task, TaskStatus};
use crate::{
    ids::{ProjectId, UserId},
    page::CursorKey,
};

/// A column of a board: the first of its tasks, by number, and how many there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Which.
    pub status: TaskStatus,
    /// How many live tasks of the project are in it.
    pub count: i64,
    /// The first of them.
    pub tasks: Vec<Task>,
}

/// Of which projects ready tasks are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadyScope {
    /// Of this one.
    Project(ProjectId),
    /// Of all that this user belongs to and that are not deleted.
    MemberOf(UserId),
}

/// Which ready tasks to list: the most urgent first, then by project, then by number.
///
/// A task is ready when it is live and open, and nothing holds it up: no live predecessor whose
/// finish it waits for (a dependency from finish to start) and that is not freed stands before it,
/// nor before any live task that it is a part of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadyQuery {
    /// Of which projects.
    pub scope: ReadyScope,
    /// Only those that this user is to do.
    pub assignee: Option<UserId>,
    /// In which statuses a predecessor holds up nothing any more.
    pub freed: Vec<TaskStatus>,
    /// Start after this place.
    #[serde(skip)]
    pub after: Option<ReadyKey>,
    /// The most tasks to return.
    #[serde(skip)]
    pub limit: usize,
}

/// Where a task stands in a list of ready ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReadyKey {
    /// Its priority: the greatest comes first.
    pub priority: Reverse<Priority>,
    /// Its project.
    pub project: ProjectId,
    /// Its number there.
    pub number: i64,
}

impl CursorKey for ReadyKey {}

impl ReadyKey {
    /// The place of this task.
    pub fn of(task: &Task) -> Self {
        Self {
            priority: Reverse(task.details.priority),
            project: task.project,
            number: task.code.number,
        }
    }
}
