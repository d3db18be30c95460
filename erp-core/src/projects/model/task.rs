//! A task of a project.

use std::{fmt, str::FromStr};

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    change::Version,
    ids::{MilestoneId, PhaseId, ProjectId, TaskId, UserId},
    time::Timestamp,
};

/// How far a task is. Its column on a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskStatus {
    /// It may be done some day.
    Backlog,
    /// It is to be done.
    Todo,
    /// Somebody is at it.
    InProgress,
    /// Somebody looks at what was done.
    InReview,
    /// It is done.
    Done,
    /// It will not be done.
    Cancelled,
}

/// A text that names no status of a task.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown task status `{0}`")]
pub struct UnknownTaskStatus(pub String);

impl TaskStatus {
    /// Every status, in the order of a board's columns.
    pub const ALL: &'static [Self] =
        &[Self::Backlog, Self::Todo, Self::InProgress, Self::InReview, Self::Done, Self::Cancelled];

    /// The name that stores and lists use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Backlog => "backlog",
            Self::Todo => "todo",
            Self::InProgress => "in_progress",
            Self::InReview => "in_review",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing is left to do.
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Done | Self::Cancelled)
    }
}

impl FromStr for TaskStatus {
    type Err = UnknownTaskStatus;
    fn from_str(text: &str) -> Result<Self, UnknownTaskStatus> {
        let mut all = Self::ALL.iter().copied();
        all.find(|one| one.as_str() == text).ok_or_else(|| UnknownTaskStatus(text.to_owned()))
    }
}

/// How much a task matters. The greater comes first in a list by priority.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Whenever there is time.
    Low,
    /// As others.
    #[default]
    Normal,
    /// Before others.
    High,
    /// Now.
    Urgent,
}

impl Priority {
    /// Every priority, the least first.
    pub const ALL: &'static [Self] = &[Self::Low, Self::Normal, Self::High, Self::Urgent];

    /// Its place among them, which stores keep.
    pub const fn rank(self) -> i16 {
        self as i16
    }

    /// The priority of this place.
    pub fn of_rank(rank: i16) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.rank() == rank)
    }
}

/// A task's code, such as `TASK-001`: a prefix, and a number that is unique in the project for ever.
/// The width of three digits is a minimum: after `TASK-999` comes `TASK-1000`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskCode {
    /// What it begins with: the project's prefix when the task was made.
    pub prefix: String,
    /// 1, 2, 3 … in the project. 0 is a number not given yet.
    pub number: i64,
}

/// A text that is no task's code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a task's code: `{0}`")]
pub struct ParseTaskCodeError(pub String);

impl fmt::Display for TaskCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:03}", self.prefix, self.number)
    }
}

impl FromStr for TaskCode {
    type Err = ParseTaskCodeError;
    fn from_str(text: &str) -> Result<Self, ParseTaskCodeError> {
        let parts = text.rsplit_once('-');
        let code = parts.and_then(|(prefix, number)| {
            Some(Self { prefix: prefix.to_owned(), number: number.parse().ok()? })
        });
        code.ok_or_else(|| ParseTaskCodeError(text.to_owned()))
    }
}

impl Serialize for TaskCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TaskCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// What a task says of itself: all that is edited together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskDetails {
    /// What is to be done, 1 to 200 characters.
    pub title: String,
    /// More of it.
    #[serde(default)]
    pub description: Option<String>,
    /// How much it matters.
    #[serde(default)]
    pub priority: Priority,
    /// Who is to do it, by user id.
    #[serde(default)]
    pub assignees: Vec<UserId>,
    /// What it is found by, in order of their letters.
    #[serde(default)]
    pub labels: Vec<String>,
    /// The first day on which it may be begun.
    #[serde(default)]
    pub start_on: Option<NaiveDate>,
    /// The last day on which it is in time, in the project's zone.
    #[serde(default)]
    pub due_on: Option<NaiveDate>,
    /// How long it is thought to take, in minutes.
    #[serde(default)]
    pub estimate_min: Option<i64>,
}

impl TaskDetails {
    /// A task of this title, with nothing else said.
    pub fn titled(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            description: None,
            priority: Priority::Normal,
            assignees: Vec::new(),
            labels: Vec::new(),
            start_on: None,
            due_on: None,
            estimate_min: None,
        }
    }
}

/// Something to do in a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// Its project.
    pub project: ProjectId,
    /// Its code. The store gives the number.
    pub code: TaskCode,
    /// What it says of itself.
    #[serde(flatten)]
    pub details: TaskDetails,
    /// How far it is.
    pub status: TaskStatus,
    /// The task that it is a part of.
    pub parent: Option<TaskId>,
    /// The milestone that it belongs to, deleted or not.
    pub milestone: Option<MilestoneId>,
    /// The phase that it is in. Only a task that was deleted when its phase was cancelled, and restored
    /// afterwards, is in a cancelled one.
    pub phase: Option<PhaseId>,
    /// When it was done; none in every other status (PROJ-1).
    pub completed_at: Option<Timestamp>,
    /// Who made it.
    pub created_by: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its details, status or parent last changed.
    pub updated_at: Timestamp,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
    /// The task whose deletion took it along: itself, or one that it is a part of.
    pub deleted_with: Option<TaskId>,
    /// Rises with every change of it.
    pub version: Version,
}

/// How many tasks of a project are in each column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusCount {
    /// The column.
    pub status: TaskStatus,
    /// How many tasks.
    pub tasks: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x_8_the_width_of_a_code_is_a_minimum() {
        for (number, text) in [(1, "TASK-001"), (999, "TASK-999"), (1_000, "TASK-1000")] {
            let code = TaskCode { prefix: "TASK".to_owned(), number };
            assert_eq!(code.to_string(), text);
            assert_eq!(text.parse(), Ok(code));
        }
        assert!("TASK".parse::<TaskCode>().is_err() && "TASK-x".parse::<TaskCode>().is_err());
    }

    #[test]
    fn x_12_the_sets_are_closed() {
        for status in TaskStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(*status));
        }
        assert!("doing".parse::<TaskStatus>().is_err());
        assert_eq!(Priority::of_rank(3), Some(Priority::Urgent));
        assert_eq!(Priority::of_rank(4), None);
    }
}
