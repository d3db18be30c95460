//! Time that was spent on a task.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::{
    change::Version,
    ids::{ProjectId, TaskId, TimeEntryId, UserId},
    time::Timestamp,
};

/// Time that someone spent on a task: the half-open interval from its start to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeEntry {
    /// Its id.
    pub id: TimeEntryId,
    /// The project.
    pub project: ProjectId,
    /// The task.
    pub task: TaskId,
    /// Who spent it.
    pub user: UserId,
    /// From when on.
    pub started_at: Timestamp,
    /// Until when; none while the timer runs.
    pub ended_at: Option<Timestamp>,
    /// What was done.
    pub note: Option<String>,
    /// When it was written down.
    pub created_at: Timestamp,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
    /// Rises with every change of it.
    pub version: Version,
}

impl TimeEntry {
    /// How long it lasted; none while the timer runs. Between instants, whatever clocks on walls
    /// did meanwhile (PROJ-11).
    pub fn duration(&self) -> Option<TimeDelta> {
        self.ended_at.map(|ended_at| ended_at - self.started_at)
    }
}

/// A user's time entries as far as a decision needs them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timesheet {
    /// Rises with every change of one of the user's entries.
    pub version: Version,
    /// His entries that share an instant with what was asked for, deleted ones left out, by start.
    pub entries: Vec<TimeEntry>,
}

/// How long was spent on a task, or on all tasks of a project.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskTime {
    /// How many entries have ended.
    pub entries: i64,
    /// Their duration together, in microseconds.
    pub spent_us: i64,
}
