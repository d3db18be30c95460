//! What people say about tasks.

use erp_core::{
    ids::{CommentId, TaskId},
    port::StoreResult,
    projects::Comment,
    time::Timestamp,
};
use uuid::Uuid;

use super::limit;
use crate::{
    db::Db,
    rows::{self, comment_columns},
    sql,
};

pub(super) async fn one(db: &Db, id: CommentId) -> StoreResult<Option<Comment>> {
    let query = sql::query(concat!(
        "SELECT ",
        comment_columns!(),
        " FROM task_comments AS comment WHERE comment.id = $1"
    ));
    let query = query.bind(id.uuid()).try_map(|row| rows::comment(&row, 0));
    db.run(query.fetch_optional(&db.pool)).await
}

pub(super) async fn of_task(
    db: &Db,
    task: TaskId,
    after: Option<(Timestamp, CommentId)>,
    rows: usize,
) -> StoreResult<Vec<Comment>> {
    let query = sql::query(concat!(
        "SELECT ",
        comment_columns!(),
        " FROM task_comments AS comment WHERE comment.task_id = $1 \
         AND (comment.created_at, comment.id) > (coalesce($2, '-infinity'), $3) \
         ORDER BY comment.created_at, comment.id LIMIT $4"
    ));
    let query = query
        .bind(task.uuid())
        .bind(after.map(|(at, _)| at))
        .bind(after.map_or(Uuid::nil(), |(_, id)| id.uuid()))
        .bind(limit(rows))
        .try_map(|row| rows::comment(&row, 0));
    db.run(query.fetch_all(&db.pool)).await
}
