//! Tasks, and what each of them waits for.

use erp_core::{
    ids::{ProjectId, TaskId},
    port::StoreResult,
    projects::{
        Dependency, ParentFilter, Shelf, SortOrder, StatusCount, Task, TaskKey, TaskQuery,
        TaskRank, TaskSort, TaskStatus,
    },
};
use sqlx::{Postgres, QueryBuilder, Row, postgres::PgRow};
use uuid::Uuid;

use super::limit;
use crate::{
    db::Db,
    rows::{self, task_columns},
    sql,
};

pub(super) async fn one(db: &Db, id: TaskId) -> StoreResult<Option<Task>> {
    let query =
        sql::query(concat!("SELECT ", task_columns!(), " FROM tasks AS task WHERE task.id = $1"));
    let query = query.bind(id.uuid()).try_map(|row| rows::task(&row));
    db.run(query.fetch_optional(&db.pool)).await
}

pub(super) async fn by_id(db: &Db, ids: &[TaskId]) -> StoreResult<Vec<Task>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let query = sql::query(concat!(
        "SELECT ",
        task_columns!(),
        " FROM tasks AS task WHERE task.id = ANY($1) ORDER BY task.project_id, task.number"
    ));
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let query = query.bind(ids).try_map(|row| rows::task(&row));
    db.run(query.fetch_all(&db.pool)).await
}

pub(super) async fn list(db: &Db, project: ProjectId, query: &TaskQuery) -> StoreResult<Vec<Task>> {
    let mut statement = matching(project, query);
    order(&mut statement, query);
    let query = sql::Statement::from(statement.build()).try_map(|row| rows::task(&row));
    db.run(query.fetch_all(&db.pool)).await
}

/// Only the filters that are set stand in the statement, so that each shape walks the index that is
/// made for it.
fn matching(project: ProjectId, query: &TaskQuery) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new(concat!(
        "SELECT ",
        task_columns!(),
        " FROM tasks AS task WHERE task.project_id = "
    ));
    sql.push_bind(project.uuid());
    sql.push(match query.shelf {
        Shelf::Live => " AND task.deleted_at IS NULL",
        Shelf::Deleted => " AND task.deleted_at IS NOT NULL",
    });
    if !query.status.is_empty() {
        let status = query.status.iter().copied().map(TaskStatus::as_str);
        sql.push(" AND task.status = ANY(").push_bind(Vec::from_iter(status)).push(")");
    }
    if let Some(user) = query.assignee {
        sql.push(" AND ").push_bind(user.uuid()).push(" = ANY(task.assignees)");
    }
    if let Some(label) = &query.label {
        sql.push(" AND ").push_bind(label.clone()).push(" = ANY(task.labels)");
    }
    match query.parent {
        None => {}
        Some(ParentFilter::None) => {
            sql.push(" AND task.parent_id IS NULL");
        }
        Some(ParentFilter::Of(parent)) => {
            sql.push(" AND task.parent_id = ").push_bind(parent.uuid());
        }
    }
    if let Some(milestone) = query.milestone {
        sql.push(" AND task.milestone_id = ").push_bind(milestone.uuid());
    }
    if let Some(user) = query.watcher {
        sql.push(
            " AND EXISTS (SELECT FROM task_watchers AS watcher \
             WHERE watcher.task_id = task.id AND watcher.user_id = ",
        );
        sql.push_bind(user.uuid()).push(")");
    }
    if let Some(phase) = query.phase {
        sql.push(" AND task.phase_id = ").push_bind(phase.uuid());
    }
    if let Some(day) = query.due_before {
        sql.push(" AND task.due_on IS NOT NULL AND coalesce(task.due_on, DATE '9999-12-31') < ");
        sql.push_bind(day);
    }
    sql
}

/// Each order has an index whose first column after the project is what it is by.
fn order(sql: &mut QueryBuilder<Postgres>, query: &TaskQuery) {
    let by = match query.sort {
        TaskSort::Number => None,
        TaskSort::Due => Some("coalesce(task.due_on, DATE '9999-12-31')"),
        TaskSort::Priority => Some("task.priority"),
        TaskSort::Updated => Some("task.updated_at"),
    };
    let (follows, direction) = match query.order {
        SortOrder::Ascending => (" > ", ""),
        SortOrder::Descending => (" < ", " DESC"),
    };
    if let Some(after) = query.after {
        match by {
            None => sql.push(" AND task.number").push(follows),
            Some(by) => sql.push(format_args!(" AND ({by}, task.number){follows}(")),
        };
        push_key(sql, after);
        if by.is_some() {
            sql.push(")");
        }
    }
    sql.push(" ORDER BY ");
    if let Some(by) = by {
        sql.push(by).push(direction).push(", ");
    }
    sql.push("task.number").push(direction);
    sql.push(" LIMIT ").push_bind(limit(query.limit));
}

fn push_key(sql: &mut QueryBuilder<Postgres>, key: TaskKey) {
    match key.by {
        TaskRank::Number => {}
        TaskRank::Due(day) => {
            sql.push_bind(day).push(", ");
        }
        TaskRank::Priority(priority) => {
            sql.push_bind(priority.rank()).push(", ");
        }
        TaskRank::Updated(at) => {
            sql.push_bind(at).push(", ");
        }
    }
    sql.push_bind(key.number);
}

pub(super) async fn counts(db: &Db, project: ProjectId) -> StoreResult<Vec<StatusCount>> {
    let query = sql::query(
        "SELECT status, count(*) FROM tasks WHERE project_id = $1 AND deleted_at IS NULL \
         GROUP BY status",
    );
    let query = query.bind(project.uuid()).try_map(|row: PgRow| {
        Ok(StatusCount { status: rows::task_status(row.try_get(0)?)?, tasks: row.try_get(1)? })
    });
    let mut counts: Vec<StatusCount> = db.run(query.fetch_all(&db.pool)).await?;
    counts.sort_unstable_by_key(|count| count.status);
    Ok(counts)
}

pub(super) async fn dependencies(db: &Db, task: TaskId) -> StoreResult<Vec<Dependency>> {
    let query = sql::query(
        "SELECT predecessor_id, successor_id, kind, lag_min FROM task_dependencies \
         WHERE predecessor_id = $1 OR successor_id = $1 ORDER BY predecessor_id, successor_id",
    );
    let query = query.bind(task.uuid()).try_map(|row| rows::dependency(&row));
    db.run(query.fetch_all(&db.pool)).await
}
