//! Which task is part of which, and which waits for which.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::task::TaskStatus;

use crate::{
    change::Version,
    ids::{MilestoneId, ProjectId, TaskId},
};

/// What a task waits for in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DependencyKind {
    /// It begins when the other is finished.
    FinishStart,
    /// It begins when the other has begun.
    StartStart,
    /// It is finished when the other is finished.
    FinishFinish,
    /// It is finished when the other has begun.
    StartFinish,
}

impl DependencyKind {
    /// Every kind.
    pub const ALL: &'static [Self] =
        &[Self::FinishStart, Self::StartStart, Self::FinishFinish, Self::StartFinish];

    /// The name that stores and lists use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FinishStart => "finish_start",
            Self::StartStart => "start_start",
            Self::FinishFinish => "finish_finish",
            Self::StartFinish => "start_finish",
        }
    }

    /// Whether the successor is not done before its predecessor is (PROJ-2).
    pub const fn blocks(self) -> bool {
        matches!(self, Self::FinishStart | Self::FinishFinish)
    }
}

/// One task waits for another of the same project. A pair of tasks in one direction has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependency {
    /// The task that is waited for.
    pub predecessor: TaskId,
    /// The task that waits.
    pub successor: TaskId,
    /// What it waits for.
    pub kind: DependencyKind,
    /// How long it waits after that, in minutes of work; negative to begin before.
    pub lag_min: i64,
}

/// A task's place in the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskNode {
    /// The task.
    pub id: TaskId,
    /// The task that it is a part of.
    pub parent: Option<TaskId>,
    /// The task whose deletion took it along; none when it is not deleted.
    pub deleted_with: Option<TaskId>,
    /// How far it is. The graph's version does not tell of it.
    pub status: TaskStatus,
    /// How long it is thought to take, in minutes of work; the same holds.
    pub estimate_min: Option<i64>,
    /// The first day on which it may be begun; the same holds.
    pub start_on: Option<NaiveDate>,
    /// The last day on which it is in time; the same holds.
    pub due_on: Option<NaiveDate>,
    /// The milestone that it belongs to; the same holds.
    pub milestone: Option<MilestoneId>,
}

impl TaskNode {
    /// Whether it is still to be done: it is neither deleted nor done nor given up.
    pub fn is_open(&self) -> bool {
        self.deleted_with.is_none() && !self.status.is_closed()
    }
}

/// All tasks of a project and how they hang together, at one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskGraph {
    /// The project.
    pub project: ProjectId,
    /// Rises with every change of a parent, a dependency, or of what is deleted.
    pub version: Version,
    /// The tasks by number, deleted ones included.
    pub nodes: Vec<TaskNode>,
    /// The dependencies by predecessor and successor, those of deleted tasks included.
    pub edges: Vec<Dependency>,
}
