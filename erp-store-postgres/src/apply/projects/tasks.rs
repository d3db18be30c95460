//! Tasks.

use std::collections::{BTreeMap, BTreeSet};

use erp_core::{
    change::Version,
    ids::{ProjectId, TaskId, UserId},
    projects::{Task, TaskDates, TaskDetails, TaskStatus, rules},
    time::Timestamp,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{milestones, phases};
use crate::{
    apply::{Entity, exists, expect, missing, require},
    commit::Failure,
    sql,
};

/// A task to be changed, and the version that the caller has seen.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    pub project: ProjectId,
    pub id: TaskId,
    pub expected: Version,
}

pub(super) async fn create(conn: &mut PgConnection, task: &Task) -> Result<i64, Failure> {
    let taken: Option<i64> = sql::query_scalar("SELECT number FROM tasks WHERE id = $1")
        .bind(task.id.uuid())
        .fetch_optional(&mut *conn)
        .await?;
    if taken.is_some() {
        return Err(exists("task"));
    }
    let number = number(conn, task.project).await?;
    if let Some(parent) = task.parent {
        let live = "SELECT EXISTS (SELECT FROM tasks \
             WHERE id = $1 AND project_id = $2 AND deleted_at IS NULL)";
        require_task(conn, live, task.project, parent).await?;
    }
    milestones::require_any(conn, task.project, task.milestone).await?;
    phases::require_active(conn, task.project, task.phase).await?;
    if let Some(user) = task.created_by {
        require(conn, Entity::User, user.uuid()).await?;
    }
    insert(conn, task, number).await?;
    Ok(number)
}

async fn number(conn: &mut PgConnection, project: ProjectId) -> Result<i64, Failure> {
    let number: Option<i64> = sql::query_scalar(
        "UPDATE projects SET last_task = last_task + 1 WHERE id = $1 RETURNING last_task",
    )
    .bind(project.uuid())
    .fetch_optional(conn)
    .await?;
    number.ok_or_else(|| missing("project"))
}

async fn insert(conn: &mut PgConnection, task: &Task, number: i64) -> Result<(), Failure> {
    let Task { details, .. } = task;
    sql::query(
        "INSERT INTO tasks (id, project_id, prefix, number, title, description, priority, \
         assignees, labels, start_on, due_on, estimate_min, status, parent_id, completed_at, \
         created_by, created_at, updated_at, milestone_id, words, phase_id, version) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, \
         $19, $20, $21, 1)",
    )
    .bind(task.id.uuid())
    .bind(task.project.uuid())
    .bind(&task.code.prefix)
    .bind(number)
    .bind(&details.title)
    .bind(details.description.as_deref())
    .bind(details.priority.rank())
    .bind(uuids(&details.assignees))
    .bind(&details.labels)
    .bind(details.start_on)
    .bind(details.due_on)
    .bind(details.estimate_min)
    .bind(task.status.as_str())
    .bind(task.parent.map(|parent| parent.uuid()))
    .bind(task.completed_at)
    .bind(task.created_by.map(|user| user.uuid()))
    .bind(task.created_at)
    .bind(task.updated_at)
    .bind(task.milestone.map(|milestone| milestone.uuid()))
    .bind(words(details))
    .bind(task.phase.map(|phase| phase.uuid()))
    .execute(conn)
    .await?;
    Ok(())
}

/// What the task is found by.
fn words(details: &TaskDetails) -> Vec<String> {
    rules::task_words(details).into_iter().collect()
}

fn uuids(users: &[UserId]) -> Vec<Uuid> {
    users.iter().map(|user| user.uuid()).collect()
}

/// The task must be in the project, and at the version that is expected.
pub(super) async fn check(conn: &mut PgConnection, seen: Seen) -> Result<(), Failure> {
    require(conn, Entity::Project, seen.project.uuid()).await?;
    let present = sql::query_scalar("SELECT version FROM tasks WHERE id = $1 AND project_id = $2")
        .bind(seen.id.uuid())
        .bind(seen.project.uuid())
        .fetch_optional(conn)
        .await?;
    expect("task", present, seen.expected)
}

/// The statement asks whether a task of a project is there.
async fn require_task(
    conn: &mut PgConnection,
    statement: &'static str,
    project: ProjectId,
    task: TaskId,
) -> Result<(), Failure> {
    let there =
        sql::query_scalar(statement).bind(task.uuid()).bind(project.uuid()).fetch_one(conn).await?;
    if there { Ok(()) } else { Err(missing("task")) }
}

/// The task must be in the project, deleted or not.
pub(super) async fn require_any(
    conn: &mut PgConnection,
    project: ProjectId,
    task: TaskId,
) -> Result<(), Failure> {
    let any = "SELECT EXISTS (SELECT FROM tasks WHERE id = $1 AND project_id = $2)";
    require_task(conn, any, project, task).await
}

pub(super) async fn update(
    conn: &mut PgConnection,
    seen: Seen,
    details: &TaskDetails,
    at: Timestamp,
) -> Result<(), Failure> {
    check(conn, seen).await?;
    sql::query(
        "UPDATE tasks SET title = $2, description = $3, priority = $4, assignees = $5, \
         labels = $6, start_on = $7, due_on = $8, estimate_min = $9, updated_at = $10, \
         words = $11, version = version + 1 WHERE id = $1",
    )
    .bind(seen.id.uuid())
    .bind(&details.title)
    .bind(details.description.as_deref())
    .bind(details.priority.rank())
    .bind(uuids(&details.assignees))
    .bind(&details.labels)
    .bind(details.start_on)
    .bind(details.due_on)
    .bind(details.estimate_min)
    .bind(at)
    .bind(words(details))
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn set_status(
    conn: &mut PgConnection,
    seen: Seen,
    status: TaskStatus,
    completed_at: Option<Timestamp>,
    at: Timestamp,
) -> Result<(), Failure> {
    check(conn, seen).await?;
    sql::query(
        "UPDATE tasks SET status = $2, completed_at = $3, updated_at = $4, version = version + 1 \
         WHERE id = $1",
    )
    .bind(seen.id.uuid())
    .bind(status.as_str())
    .bind(completed_at)
    .bind(at)
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn put_under(
    conn: &mut PgConnection,
    seen: Seen,
    parent: Option<TaskId>,
    at: Timestamp,
) -> Result<(), Failure> {
    check(conn, seen).await?;
    if let Some(parent) = parent {
        require_any(conn, seen.project, parent).await?;
    }
    sql::query(
        "UPDATE tasks SET parent_id = $2, updated_at = $3, version = version + 1 WHERE id = $1",
    )
    .bind(seen.id.uuid())
    .bind(parent.map(|parent| parent.uuid()))
    .bind(at)
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn delete(
    conn: &mut PgConnection,
    seen: Seen,
    tasks: &[TaskId],
    at: Timestamp,
) -> Result<(), Failure> {
    check(conn, seen).await?;
    let wanted: BTreeSet<Uuid> = tasks.iter().map(|task| task.uuid()).collect();
    let count = wanted.len();
    let deleted = sql::query(
        "UPDATE tasks SET deleted_at = $3, deleted_with = $4, version = version + 1 \
         WHERE project_id = $1 AND id = ANY($2)",
    )
    .bind(seen.project.uuid())
    .bind(Vec::from_iter(wanted))
    .bind(at)
    .bind(seen.id.uuid())
    .execute(conn)
    .await?;
    if deleted.rows_affected() == count as u64 { Ok(()) } else { Err(missing("task")) }
}

pub(super) async fn restore(conn: &mut PgConnection, seen: Seen) -> Result<(), Failure> {
    check(conn, seen).await?;
    sql::query(
        "UPDATE tasks SET deleted_at = NULL, deleted_with = NULL, version = version + 1 \
         WHERE deleted_with = $1",
    )
    .bind(seen.id.uuid())
    .execute(conn)
    .await?;
    Ok(())
}

/// All in one statement. Whoever changes a task holds its project's row, so versions stay.
pub(super) async fn set_dates(
    conn: &mut PgConnection,
    project: ProjectId,
    tasks: &[TaskDates],
    at: Timestamp,
) -> Result<(), Failure> {
    require(conn, Entity::Project, project.uuid()).await?;
    let ids: Vec<Uuid> = tasks.iter().map(|one| one.id.uuid()).collect();
    let present: Vec<(Uuid, i64)> =
        sql::query_as("SELECT id, version FROM tasks WHERE id = ANY($1) AND project_id = $2")
            .bind(&ids)
            .bind(project.uuid())
            .fetch_all(&mut *conn)
            .await?;
    let present: BTreeMap<Uuid, i64> = present.into_iter().collect();
    for one in tasks {
        expect("task", present.get(&one.id.uuid()).copied(), one.expected)?;
    }
    sql::query(
        "UPDATE tasks AS task SET start_on = one.start_on, due_on = one.due_on, updated_at = $4, \
         version = task.version + 1 \
         FROM unnest($1::uuid[], $2::date[], $3::date[]) AS one (id, start_on, due_on) \
         WHERE task.id = one.id",
    )
    .bind(ids)
    .bind(tasks.iter().map(|one| one.start_on).collect::<Vec<_>>())
    .bind(tasks.iter().map(|one| one.due_on).collect::<Vec<_>>())
    .bind(at)
    .execute(conn)
    .await?;
    Ok(())
}
