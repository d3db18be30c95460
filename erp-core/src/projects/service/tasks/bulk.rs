//! One call for many tasks. A batch is the sum of its singles: each task goes through the same
//! method as alone, in the order of the call, with its own checks, audit entry and event.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::ProjectService;
use crate::{
    change::Version,
    ctx::Ctx,
    error::{Error, Result, Violation},
    ids::{TaskId, UserId},
    projects::{Priority, Task, TaskDetails, TaskStatus},
};

/// Tasks that one call may change.
const MAX_TASKS: usize = 200;

/// A task to be changed, and the version that the caller has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenTask {
    /// Which.
    pub id: TaskId,
    /// The version that the caller has seen.
    pub expected: Version,
}

/// What is to be set on each of many tasks; what is none stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskPatch {
    /// How far they are.
    pub status: Option<TaskStatus>,
    /// Who is to do them, instead of those who were.
    pub assignees: Option<Vec<UserId>>,
    /// How much they matter.
    pub priority: Option<Priority>,
    /// Their last day; some none takes it away.
    pub due_on: Option<Option<NaiveDate>>,
    /// Their labels, instead of those they had.
    pub labels: Option<Vec<String>>,
}

/// The same change of many tasks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkChange {
    /// The tasks, each once: 1 to 200.
    pub tasks: Vec<SeenTask>,
    /// What is set on each.
    pub set: TaskPatch,
}

/// What became of one task of many.
#[derive(Clone, Debug, PartialEq)]
pub struct BulkOutcome {
    /// Which.
    pub id: TaskId,
    /// The task as it is now, as far as it was changed; none when nothing of it was.
    pub task: Option<Task>,
    /// Why not all of it was done.
    pub refused: Option<Error>,
}

#[erp_derive::boxed]
impl ProjectService<'_> {
    /// Sets the same on many tasks, one after the other as they are named: first what they say of
    /// themselves, then their status. What becomes of each is told; a task that is refused holds up
    /// none of the others.
    ///
    /// # Errors
    /// Unauthenticated; a validation error on `tasks` or `set`; unavailable, and then the first of the tasks may be
    /// changed already: asked again, their versions tell.
    pub async fn change_tasks(&self, ctx: &Ctx, change: BulkChange) -> Result<Vec<BulkOutcome>> {
        self.engine.subject(ctx).await?;
        check(&change)?;
        let mut outcomes = Vec::with_capacity(change.tasks.len());
        for seen in change.tasks {
            outcomes.push(self.change_one(ctx, seen, &change.set).await?);
        }
        Ok(outcomes)
    }

    async fn change_one(&self, ctx: &Ctx, seen: SeenTask, set: &TaskPatch) -> Result<BulkOutcome> {
        let mut outcome = BulkOutcome { id: seen.id, task: None, refused: None };
        let mut expected = seen.expected;
        if set.touches_details() {
            let changed = async {
                let was = self.task(ctx, seen.id).await?.task.details;
                self.update_task(ctx, seen.id, expected, set.applied_to(was)).await
            };
            match outside(changed.await)? {
                Ok(task) => {
                    expected = task.version;
                    outcome.task = Some(task);
                }
                Err(error) => return Ok(BulkOutcome { refused: Some(error), ..outcome }),
            }
        }
        if let Some(status) = set.status {
            match outside(self.set_task_status(ctx, seen.id, expected, status).await)? {
                Ok(task) => outcome.task = Some(task),
                Err(error) => outcome.refused = Some(error),
            }
        }
        Ok(outcome)
    }
}

impl TaskPatch {
    fn touches_details(&self) -> bool {
        self.assignees.is_some()
            || self.priority.is_some()
            || self.due_on.is_some()
            || self.labels.is_some()
    }

    fn applied_to(&self, was: TaskDetails) -> TaskDetails {
        TaskDetails {
            assignees: self.assignees.clone().unwrap_or(was.assignees),
            priority: self.priority.unwrap_or(was.priority),
            due_on: self.due_on.unwrap_or(was.due_on),
            labels: self.labels.clone().unwrap_or(was.labels),
            ..was
        }
    }
}

fn check(change: &BulkChange) -> Result<()> {
    let mut wrong = Vec::new();
    if !(1..=MAX_TASKS).contains(&change.tasks.len()) {
        wrong.push(Violation::new("tasks", "must be 1 to 200"));
    }
    let mut seen = BTreeSet::new();
    for (index, task) in change.tasks.iter().enumerate() {
        if !seen.insert(task.id) {
            wrong.push(Violation::new(format!("tasks[{index}]"), "is named before"));
        }
    }
    if change.set == TaskPatch::default() {
        wrong.push(Violation::new("set", "must set something"));
    }
    if wrong.is_empty() { Ok(()) } else { Err(Error::Validation(wrong)) }
}

/// What is about the task, apart from what is about the call: a login that ended, or a store that
/// does not answer.
fn outside(result: Result<Task>) -> Result<Result<Task>> {
    match result {
        Err(error @ (Error::Unauthenticated | Error::Unavailable(_) | Error::Internal(_))) => {
            Err(error)
        }
        told => Ok(told),
    }
}
