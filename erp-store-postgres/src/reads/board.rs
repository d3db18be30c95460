//! Boards, and the tasks that nothing holds up.

use std::cmp::Reverse;

use erp_core::{
    ids::{PhaseId, ProjectId},
    port::StoreResult,
    projects::{Column, ReadyQuery, ReadyScope, Task, TaskStatus},
};
use sqlx::{Postgres, QueryBuilder, Row, postgres::PgRow};

use super::limit;
use crate::{
    db::Db,
    rows::{self, TASK_COLUMNS, task_columns},
    sql,
};

/// The counts come from the index of the board alone; of each status the first rows are read along
/// the same index. Those of a phase are found by the phase.
pub(super) async fn board(
    db: &Db,
    project: ProjectId,
    phase: Option<PhaseId>,
    rows: usize,
) -> StoreResult<Vec<Column>> {
    let mut sql = QueryBuilder::new(
        "WITH counted AS MATERIALIZED (SELECT task.status, count(*) AS tasks FROM tasks AS task",
    );
    shown(&mut sql, project, phase);
    sql.push(concat!(
        " GROUP BY task.status) SELECT ",
        task_columns!(),
        ", counted.tasks FROM counted CROSS JOIN LATERAL (SELECT ",
        task_columns!(),
        " FROM tasks AS task"
    ));
    shown(&mut sql, project, phase);
    sql.push(" AND task.status = counted.status ORDER BY task.number LIMIT ");
    sql.push_bind(limit(rows)).push(") AS task ORDER BY task.number");
    let query = sql::Statement::from(sql.build());
    let query =
        query.try_map(|row: PgRow| Ok((rows::task(&row)?, row.try_get::<i64, _>(TASK_COLUMNS)?)));
    let found = db.run(query.fetch_all(&db.pool)).await?;
    let mut columns: Vec<Column> = Vec::new();
    for (task, count) in found {
        match columns.iter_mut().find(|column| column.status == task.status) {
            Some(column) => column.tasks.push(task),
            None => columns.push(Column { status: task.status, count, tasks: vec![task] }),
        }
    }
    columns.sort_unstable_by_key(|column| column.status);
    Ok(columns)
}

/// What is on a board.
fn shown(sql: &mut QueryBuilder<Postgres>, project: ProjectId, phase: Option<PhaseId>) {
    sql.push(" WHERE task.deleted_at IS NULL AND task.project_id = ").push_bind(project.uuid());
    if let Some(phase) = phase {
        sql.push(" AND task.phase_id = ").push_bind(phase.uuid());
    }
}

pub(super) async fn ready(db: &Db, query: &ReadyQuery) -> StoreResult<Vec<Task>> {
    let mut sql = QueryBuilder::new(concat!("SELECT ", task_columns!(), " FROM "));
    projects(&mut sql, query.scope);
    sql.push(concat!(
        " CROSS JOIN LATERAL (SELECT ",
        task_columns!(),
        " FROM tasks AS task WHERE task.project_id = project.id AND task.deleted_at IS NULL \
         AND task.status NOT IN ('done', 'cancelled')"
    ));
    if let Some(user) = query.assignee {
        sql.push(" AND ").push_bind(user.uuid()).push(" = ANY(task.assignees)");
    }
    if let Some(after) = query.after {
        let Reverse(priority) = after.priority;
        sql.push(" AND -task.priority >= ").push_bind(-priority.rank());
        sql.push(" AND (-task.priority, task.project_id, task.number) > (");
        sql.push_bind(-priority.rank()).push(", ");
        sql.push_bind(after.project.uuid()).push(", ").push_bind(after.number).push(")");
    }
    not_held_up(&mut sql, &query.freed);
    sql.push(" ORDER BY -task.priority, task.number LIMIT ").push_bind(limit(query.limit));
    sql.push(") AS task ORDER BY -task.priority, task.project_id, task.number LIMIT ");
    sql.push_bind(limit(query.limit));
    let query = sql::Statement::from(sql.build()).try_map(|row| rows::task(&row));
    db.run(query.fetch_all(&db.pool)).await
}

/// Of each project the first tasks are looked for apart, so that each is a walk along an index. The
/// projects are planned apart, too (`OFFSET 0`): beside what the tasks may cost, the planner takes
/// reading all projects for nothing.
fn projects(sql: &mut QueryBuilder<Postgres>, scope: ReadyScope) {
    match scope {
        ReadyScope::Project(project) => {
            sql.push("(SELECT id FROM projects WHERE deleted_at IS NULL AND id = ");
            sql.push_bind(project.uuid()).push(" OFFSET 0) AS project");
        }
        ReadyScope::MemberOf(user) => {
            sql.push(
                "(SELECT own.id FROM project_members AS member JOIN projects AS own \
                 ON own.id = member.project_id AND own.deleted_at IS NULL WHERE member.user_id = ",
            );
            sql.push_bind(user.uuid()).push(" OFFSET 0) AS project");
        }
    }
}

/// Nothing stands before the task, nor before what it is a part of.
fn not_held_up(sql: &mut QueryBuilder<Postgres>, freed: &[TaskStatus]) {
    sql.push(
        " AND NOT EXISTS (WITH RECURSIVE up (id, parent_id) AS (SELECT task.id, task.parent_id \
         UNION SELECT whole.id, whole.parent_id FROM up JOIN tasks AS whole \
         ON whole.id = up.parent_id AND whole.deleted_at IS NULL) \
         SELECT FROM up JOIN task_dependencies AS edge \
         ON edge.successor_id = up.id AND edge.kind = 'finish_start' \
         JOIN tasks AS blocker ON blocker.id = edge.predecessor_id \
         WHERE blocker.deleted_at IS NULL AND blocker.status <> ALL(",
    );
    let freed = freed.iter().copied().map(TaskStatus::as_str);
    sql.push_bind(Vec::from_iter(freed)).push("))");
}
