//! Hourly rates, and the time that they are valid for.

use chrono::NaiveDate;
use erp_core::{
    change::Version,
    ids::{ProjectId, RateId, UserId},
    money::{Currency, Money},
    port::StoreResult,
    projects::{HourlyRate, RatedSpan},
};
use sqlx::{Row, postgres::PgRow};
use uuid::Uuid;

use super::limit;
use crate::{db::Db, numeric::decimal, rows::unreadable, sql};

/// The columns of a rate, read by [`rate`].
macro_rules! rate_columns {
    () => {
        "SELECT rate.id, rate.user_id, rate.project_id, rate.valid_from, rate.rate, rate.currency, \
         rate.created_at, rate.deleted_at, rate.version FROM hourly_rates AS rate "
    };
}

fn rate(row: &PgRow) -> sqlx::Result<HourlyRate> {
    let code: &str = row.try_get(5)?;
    let currency = Currency::kept(code).map_err(|_| unreadable("currency", code))?;
    let amount = Money::new(decimal(row, 4)?, currency);
    Ok(HourlyRate {
        id: RateId::from_uuid(row.try_get(0)?),
        user: UserId::from_uuid(row.try_get(1)?),
        project: row.try_get::<Option<Uuid>, _>(2)?.map(ProjectId::from_uuid),
        valid_from: row.try_get(3)?,
        rate: amount.map_err(|_| unreadable("amount in", code))?,
        created_at: row.try_get(6)?,
        deleted_at: row.try_get(7)?,
        version: Version(row.try_get(8)?),
    })
}

pub(super) async fn one(db: &Db, id: RateId) -> StoreResult<Option<HourlyRate>> {
    let query = sql::query(concat!(rate_columns!(), "WHERE rate.id = $1"));
    let query = query.bind(id.uuid()).try_map(|row| rate(&row));
    db.run(query.fetch_optional(&db.pool)).await
}

pub(super) async fn of_user(
    db: &Db,
    user: UserId,
    after: Option<(NaiveDate, RateId)>,
    rows: usize,
) -> StoreResult<Vec<HourlyRate>> {
    let query = sql::query(concat!(
        rate_columns!(),
        "WHERE rate.user_id = $1 AND rate.deleted_at IS NULL \
         AND (rate.valid_from, rate.id) > (coalesce($2, DATE '-infinity'), $3) \
         ORDER BY rate.valid_from, rate.id LIMIT $4"
    ));
    let query = query
        .bind(user.uuid())
        .bind(after.map(|(day, _)| day))
        .bind(after.map_or(Uuid::nil(), |(_, id)| id.uuid()))
        .bind(limit(rows))
        .try_map(|row| rate(&row));
    db.run(query.fetch_all(&db.pool)).await
}

pub(super) async fn in_project(db: &Db, project: ProjectId) -> StoreResult<Vec<HourlyRate>> {
    let query = sql::query(concat!(
        rate_columns!(),
        "WHERE rate.deleted_at IS NULL AND (rate.project_id IS NULL OR rate.project_id = $1) \
         AND rate.user_id IN (SELECT entry.user_id FROM time_entries AS entry \
         JOIN tasks AS task ON task.id = entry.task_id AND task.deleted_at IS NULL \
         WHERE entry.project_id = $1 AND entry.deleted_at IS NULL) \
         ORDER BY rate.user_id, rate.valid_from, rate.id"
    ));
    let query = query.bind(project.uuid()).try_map(|row| rate(&row));
    db.run(query.fetch_all(&db.pool)).await
}

/// Of each span the entries are a walk along one index.
pub(super) async fn time(
    db: &Db,
    project: ProjectId,
    spans: &[RatedSpan],
) -> StoreResult<Vec<i64>> {
    let query = sql::query_scalar(
        "SELECT coalesce(spent.us, 0)::bigint \
         FROM unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[]) WITH ORDINALITY \
         AS span (user_id, from_at, until_at, place) \
         CROSS JOIN LATERAL (SELECT \
         sum(extract(epoch FROM entry.ended_at - entry.started_at) * 1000000) AS us \
         FROM time_entries AS entry \
         JOIN tasks AS task ON task.id = entry.task_id AND task.deleted_at IS NULL \
         WHERE entry.project_id = $1 AND entry.user_id = span.user_id \
         AND entry.deleted_at IS NULL AND entry.ended_at IS NOT NULL \
         AND entry.started_at >= coalesce(span.from_at, '-infinity') \
         AND entry.started_at < coalesce(span.until_at, 'infinity')) AS spent \
         ORDER BY span.place",
    );
    let query = query
        .bind(project.uuid())
        .bind(spans.iter().map(|span| span.user.uuid()).collect::<Vec<_>>())
        .bind(spans.iter().map(|span| span.from).collect::<Vec<_>>())
        .bind(spans.iter().map(|span| span.until).collect::<Vec<_>>());
    db.run(query.fetch_all(&db.pool)).await
}
