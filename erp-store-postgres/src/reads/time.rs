//! Time that was spent on tasks.

use erp_core::{
    change::Version,
    ids::{ProjectId, TaskId, TimeEntryId, UserId},
    port::StoreResult,
    projects::{TaskTime, TimeEntry, Timesheet},
    time::Timestamp,
};
use sqlx::{Row, postgres::PgRow};
use uuid::Uuid;

use super::limit;
use crate::{
    db::Db,
    rows::{self, time_columns},
    sql,
};

pub(super) async fn one(db: &Db, id: TimeEntryId) -> StoreResult<Option<TimeEntry>> {
    let query = sql::query(concat!(
        "SELECT ",
        time_columns!(),
        " FROM time_entries AS entry WHERE entry.id = $1"
    ));
    let query = query.bind(id.uuid()).try_map(|row| rows::time_entry(&row, 0));
    db.run(query.fetch_optional(&db.pool)).await
}

pub(super) async fn running(db: &Db, user: UserId) -> StoreResult<Option<TimeEntry>> {
    let query = sql::query(concat!(
        "SELECT ",
        time_columns!(),
        " FROM time_entries AS entry \
         WHERE entry.user_id = $1 AND entry.ended_at IS NULL AND entry.deleted_at IS NULL"
    ));
    let query = query.bind(user.uuid()).try_map(|row| rows::time_entry(&row, 0));
    db.run(query.fetch_optional(&db.pool)).await
}

/// The version comes with every row, and alone when there is no entry.
pub(super) async fn sheet(
    db: &Db,
    user: UserId,
    from: Timestamp,
    until: Option<Timestamp>,
) -> StoreResult<Timesheet> {
    let query = sql::query(concat!(
        "SELECT account.timesheet, ",
        time_columns!(),
        " FROM users AS account LEFT JOIN time_entries AS entry \
         ON entry.user_id = account.id AND entry.deleted_at IS NULL \
         AND entry.started_at < coalesce($3, 'infinity') \
         AND (entry.ended_at IS NULL OR entry.ended_at > $2) \
         WHERE account.id = $1 ORDER BY entry.started_at, entry.id"
    ));
    let query = query.bind(user.uuid()).bind(from).bind(until).try_map(|row: PgRow| {
        let entry = match row.try_get::<Option<Uuid>, _>(1)? {
            Some(_) => Some(rows::time_entry(&row, 1)?),
            None => None,
        };
        Ok((Version(row.try_get(0)?), entry))
    });
    let rows = db.run(query.fetch_all(&db.pool)).await?;
    let version = rows.first().map_or(Version::FIRST, |(version, _)| *version);
    Ok(Timesheet { version, entries: rows.into_iter().filter_map(|(_, entry)| entry).collect() })
}

pub(super) async fn of_task(
    db: &Db,
    task: TaskId,
    after: Option<(Timestamp, TimeEntryId)>,
    rows: usize,
) -> StoreResult<Vec<TimeEntry>> {
    let query = sql::query(concat!(
        "SELECT ",
        time_columns!(),
        " FROM time_entries AS entry WHERE entry.task_id = $1 AND entry.deleted_at IS NULL \
         AND (entry.started_at, entry.id) < (coalesce($2, 'infinity'), $3) \
         ORDER BY entry.started_at DESC, entry.id DESC LIMIT $4"
    ));
    let query = query
        .bind(task.uuid())
        .bind(after.map(|(at, _)| at))
        .bind(after.map_or(Uuid::nil(), |(_, id)| id.uuid()))
        .bind(limit(rows))
        .try_map(|row| rows::time_entry(&row, 0));
    db.run(query.fetch_all(&db.pool)).await
}

pub(super) async fn spent(db: &Db, task: TaskId) -> StoreResult<TaskTime> {
    let query = sql::query(
        "SELECT count(*), coalesce(sum(extract(epoch FROM ended_at - started_at) * 1000000), 0)\
         ::bigint FROM time_entries \
         WHERE task_id = $1 AND deleted_at IS NULL AND ended_at IS NOT NULL",
    );
    let query = query
        .bind(task.uuid())
        .try_map(|row: PgRow| Ok(TaskTime { entries: row.try_get(0)?, spent_us: row.try_get(1)? }));
    db.run(query.fetch_one(&db.pool)).await
}

/// Along the project's tasks, and the entries of each.
pub(super) async fn spent_in(db: &Db, project: ProjectId) -> StoreResult<TaskTime> {
    let query = sql::query(
        "SELECT coalesce(sum(spent.entries), 0)::bigint, coalesce(sum(spent.us), 0)::bigint \
         FROM tasks AS task CROSS JOIN LATERAL (SELECT count(*) AS entries, \
         sum(extract(epoch FROM entry.ended_at - entry.started_at) * 1000000) AS us \
         FROM time_entries AS entry WHERE entry.task_id = task.id AND entry.deleted_at IS NULL \
         AND entry.ended_at IS NOT NULL) AS spent \
         WHERE task.project_id = $1 AND task.deleted_at IS NULL",
    );
    let query = query
        .bind(project.uuid())
        .try_map(|row: PgRow| Ok(TaskTime { entries: row.try_get(0)?, spent_us: row.try_get(1)? }));
    db.run(query.fetch_one(&db.pool)).await
}
