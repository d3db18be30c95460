//! Searching tasks and comments by their words, which the domain has cut.

use erp_core::{
    port::StoreResult,
    projects::{Hit, SearchQuery},
};
use sqlx::{Postgres, QueryBuilder, Row, postgres::PgRow};
use uuid::Uuid;

use super::limit;
use crate::{
    db::Db,
    rows::{self, TASK_COLUMNS, comment_columns, task_columns},
    sql,
};

pub(super) async fn search(db: &Db, query: &SearchQuery) -> StoreResult<Vec<Hit>> {
    let mut sql = QueryBuilder::new(
        "WITH found AS MATERIALIZED (SELECT task.id, task.id AS task_id, task.project_id \
         FROM tasks AS task WHERE task.deleted_at IS NULL AND task.words @> ",
    );
    sql.push_bind(query.words.clone());
    in_project(&mut sql, " AND task.project_id = ", query);
    sql.push(
        " UNION ALL SELECT comment.id, comment.task_id, comment.project_id \
         FROM task_comments AS comment WHERE comment.deleted_at IS NULL \
         AND NOT EXISTS (SELECT FROM tasks AS gone \
         WHERE gone.id = comment.task_id AND gone.deleted_at IS NOT NULL) AND comment.words @> ",
    );
    sql.push_bind(query.words.clone());
    in_project(&mut sql, " AND comment.project_id = ", query);
    sql.push(
        "), hit AS MATERIALIZED (SELECT found.id, found.task_id FROM found \
         WHERE NOT EXISTS (SELECT FROM projects AS gone \
         WHERE gone.id = found.project_id AND gone.deleted_at IS NOT NULL)",
    );
    if let Some(user) = query.member {
        sql.push(
            " AND found.project_id IN (SELECT project_id FROM project_members WHERE user_id = ",
        );
        sql.push_bind(user.uuid()).push(")");
    }
    if let Some(after) = query.after {
        sql.push(" AND found.id < ").push_bind(after);
    }
    sql.push(" ORDER BY found.id DESC LIMIT ").push_bind(limit(query.limit));
    sql.push(concat!(
        ") SELECT ",
        task_columns!(),
        ", ",
        comment_columns!(),
        " FROM hit JOIN tasks AS task ON task.id = hit.task_id \
         LEFT JOIN task_comments AS comment ON comment.id = hit.id ORDER BY hit.id DESC"
    ));
    let query = sql::Statement::from(sql.build()).try_map(|row: PgRow| {
        let comment: Option<Uuid> = row.try_get(TASK_COLUMNS)?;
        let comment = comment.map(|_| rows::comment(&row, TASK_COLUMNS)).transpose()?;
        Ok(Hit { task: rows::task(&row)?, comment })
    });
    db.run(query.fetch_all(&db.pool)).await
}

fn in_project(sql: &mut QueryBuilder<Postgres>, condition: &str, query: &SearchQuery) {
    if let Some(project) = query.project {
        sql.push(condition).push_bind(project.uuid());
    }
}
