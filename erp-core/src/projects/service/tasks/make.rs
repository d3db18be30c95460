//! What a new task is, and what is told of it, alone or with a whole project.

use super::project_audience;
use crate::{
    change::{ChangeSet, NewEvent, Recorder, Version},
    ids::{PhaseId, TaskId},
    projects::{
        Dependency, Project, ProjectChange, ProjectEvent, Task, TaskCode, TaskDetails, TaskStatus,
        rules,
    },
};

/// A task that is about to be made.
pub(in super::super) struct Making {
    pub id: TaskId,
    pub details: TaskDetails,
    pub parent: Option<TaskId>,
    pub phase: Option<PhaseId>,
    pub status: TaskStatus,
}

/// A task that is made with a change set.
pub(in super::super) struct Made {
    /// The task, without its number.
    pub task: Task,
    /// The change that gives it its number.
    pub change: usize,
    /// What the audit log says of it.
    pub recorder: Recorder,
}

/// Adds to a change set the task and the event that tells of it.
pub(in super::super) fn make(set: &mut ChangeSet, project: &Project, new: Making) -> Made {
    let at = set.at();
    let task = Task {
        id: new.id,
        project: project.id,
        code: TaskCode { prefix: project.details.task_prefix.clone(), number: 0 },
        details: new.details,
        status: new.status,
        parent: new.parent,
        milestone: None,
        phase: new.phase,
        completed_at: rules::completed_at(new.status, None, at),
        created_by: set.audit.actor.user(),
        created_at: at,
        updated_at: at,
        deleted_at: None,
        deleted_with: None,
        version: Version::FIRST,
    };
    let recorder = Recorder::new()
        .created("title", &task.details.title)
        .created("status", task.status)
        .created("parent", task.parent)
        .created("assignees", &task.details.assignees)
        .created("phase", task.phase);
    let change = set.change(ProjectChange::CreateTask(Box::new(task.clone())));
    let event = ProjectEvent::TaskCreated(Box::new(task.clone()));
    set.event(NewEvent::new(event, project_audience(project.id)).filled_by(change));
    Made { task, change, recorder }
}

/// Adds to a change set the dependency and the event that tells of it; returns what the audit log says.
pub(in super::super) fn link(
    set: &mut ChangeSet,
    project: &Project,
    dependency: Dependency,
) -> Recorder {
    let project = project.id;
    set.change(ProjectChange::Link { project, dependency });
    let event = ProjectEvent::TaskLinked { project, dependency };
    set.event(NewEvent::new(event, project_audience(project)));
    Recorder::new()
        .created("predecessor", dependency.predecessor)
        .created("kind", dependency.kind)
        .created("lag_min", dependency.lag_min)
}
