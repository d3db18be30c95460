//! Hourly rates, and the time that they are valid for.

use erp_core::{
    ids::ProjectId,
    port::StoreResult,
    projects::{HourlyRate, RatedSpan},
    record::{Record as _, Stored},
};

use crate::{db::Db, records, sql};

/// The statement of [`in_project`] after its columns; `$1` the project.
const IN_PROJECT: &str = "WHERE deleted_at IS NULL AND (project_id IS NULL OR project_id = $1) \
    AND user_id IN (SELECT entry.user_id FROM time_entries AS entry \
    JOIN tasks AS task ON task.id = entry.task_id AND task.deleted_at IS NULL \
    WHERE entry.project_id = $1 AND entry.deleted_at IS NULL) ORDER BY user_id, valid_from, id";

pub(super) async fn in_project(
    db: &Db,
    project: ProjectId,
) -> StoreResult<Vec<Stored<HourlyRate>>> {
    let query = sql::query(sql::made(records::selected(HourlyRate::KIND, IN_PROJECT)));
    let query = query.bind(project.uuid()).try_map(|row| records::typed(&row));
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
