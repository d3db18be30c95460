//! Changes of projects, their members and their tasks, each to its place. The commit holds the
//! project's row for all of them.

mod attachments;
mod calendar;
mod checklists;
mod comments;
mod dependencies;
mod milestones;
mod phases;
mod project;
mod tasks;
mod time;
mod watchers;

use erp_core::{
    change::{Allocated, Version},
    ids::{ProjectId, TaskId},
    projects::ProjectChange,
};
use sqlx::PgConnection;

use self::tasks::Seen;
use crate::commit::Failure;

/// Writes the change, and returns what it allocated.
pub(crate) async fn projects(
    conn: &mut PgConnection,
    change: &ProjectChange,
) -> Result<Allocated, Failure> {
    use ProjectChange as P;
    match change {
        P::CreateProject { project, members } => project::create(conn, project, members).await?,
        P::UpdateProject { id, expected, details, status, at } => {
            let update = project::Update { expected: *expected, details, status: *status, at: *at };
            project::update(conn, *id, update).await?;
        }
        P::SetProjectDeleted { id, expected, deleted_at } => {
            project::set_deleted(conn, *id, *expected, *deleted_at).await?;
        }
        P::PutMember { project, user, role, at } => {
            project::put_member(conn, *project, *user, *role, *at).await?;
        }
        P::RemoveMember { project, user } => project::remove_member(conn, *project, *user).await?,
        P::CreateTask(task) => {
            let number = tasks::create(conn, task).await?;
            return Ok(Allocated::number(number));
        }
        P::PutComment { comment, expected } => comments::put(conn, comment, *expected).await?,
        P::PutPhase { phase, expected } => phases::put(conn, phase, *expected).await?,
        P::PutCalendar { calendar, expected } => calendar::put(conn, calendar, *expected).await?,
        P::PutChecklist { checklist, expected } => {
            checklists::put(conn, checklist, *expected).await?;
        }
        P::PutAttachment { attachment, expected } => {
            attachments::put(conn, attachment, *expected).await?;
        }
        P::RemoveAttachment { id, expected, .. } => {
            attachments::remove(conn, *id, *expected).await?;
        }
        P::PutWatcher { project, watcher } => watchers::put(conn, *project, *watcher).await?,
        P::RemoveWatcher { project, task, user } => {
            watchers::remove(conn, *project, *task, *user).await?;
        }
        P::SetTaskDates { project, tasks, at } => {
            tasks::set_dates(conn, *project, tasks, *at).await?;
        }
        P::PutTime { entry, expected } => time::put(conn, entry, *expected).await?,
        P::Link { project, dependency } => dependencies::link(conn, *project, *dependency).await?,
        P::Unlink { project, predecessor, successor } => {
            dependencies::unlink(conn, *project, *predecessor, *successor).await?;
        }
        P::UpdateTask { .. }
        | P::SetTaskStatus { .. }
        | P::MoveTask { .. }
        | P::SetTaskMilestone { .. }
        | P::SetTaskPhase { .. }
        | P::DeleteTasks { .. }
        | P::RestoreTasks { .. } => change_task(conn, change).await?,
    }
    Ok(Allocated::default())
}

/// A change of a task under its version.
async fn change_task(conn: &mut PgConnection, change: &ProjectChange) -> Result<(), Failure> {
    use ProjectChange as P;
    let seen = |project: &ProjectId, id: &TaskId, expected: &Version| Seen {
        project: *project,
        id: *id,
        expected: *expected,
    };
    match change {
        P::UpdateTask { project, id, expected, details, at } => {
            tasks::update(conn, seen(project, id, expected), details, *at).await
        }
        P::SetTaskStatus { project, id, expected, status, completed_at, at } => {
            let seen = seen(project, id, expected);
            tasks::set_status(conn, seen, *status, *completed_at, *at).await
        }
        P::MoveTask { project, id, expected, parent, at } => {
            tasks::put_under(conn, seen(project, id, expected), *parent, *at).await
        }
        P::SetTaskMilestone { project, id, expected, milestone, at } => {
            milestones::put_task(conn, seen(project, id, expected), *milestone, *at).await
        }
        P::SetTaskPhase { project, id, expected, phase, at } => {
            phases::put_task(conn, seen(project, id, expected), *phase, *at).await
        }
        P::DeleteTasks { project, id, expected, tasks, at } => {
            tasks::delete(conn, seen(project, id, expected), tasks, *at).await
        }
        P::RestoreTasks { project, id, expected } => {
            tasks::restore(conn, seen(project, id, expected)).await
        }
        _ => Ok(()),
    }
}
