//! Changes of records: as whole change sets, or within a transaction, whose statements are not kept prepared
//! since sets of its shape are rare.

use erp_core::{
    Conflict,
    change::Version,
    record::{Kind, RecordChange, Row},
};
use sqlx::PgConnection;

use super::{
    bind,
    texts::{referrer, texts},
};
use crate::{
    apply::{expect, seen},
    commit::Failure,
    constraint::is_integrity_violation,
    sql,
};

/// The statement of a whole change set; only a new record may come with an idempotency key.
pub(crate) fn folded(change: &RecordChange, with_key: bool) -> &'static str {
    match change {
        RecordChange::Put { kind, expected: None, .. } if with_key => {
            &texts(kind).folded.insert_with_key
        }
        RecordChange::Put { kind, expected: None, .. } => &texts(kind).folded.insert,
        RecordChange::Put { kind, expected: Some(_), .. } => &texts(kind).folded.update,
        RecordChange::Remove { kind, .. } => &texts(kind).folded.remove,
    }
}

/// Binds what that statement has of its own.
pub(crate) fn bind_folded<'q>(
    query: sql::Statement<'q>,
    change: &RecordChange,
) -> sql::Statement<'q> {
    match change {
        RecordChange::Put { kind, row, expected: None } => {
            bound(query.bind(row.id).bind(row.created_at), kind, row)
        }
        RecordChange::Put { kind, row, expected: Some(expected) } => {
            bound(query.bind(row.id).bind(expected.0), kind, row)
        }
        RecordChange::Remove { id, expected, .. } => query.bind(*id).bind(expected.0),
    }
}

/// Writes the change.
pub(crate) async fn apply(conn: &mut PgConnection, change: &RecordChange) -> Result<(), Failure> {
    match change {
        RecordChange::Put { kind, row, expected: None } => create(conn, kind, row).await,
        RecordChange::Put { kind, row, expected: Some(expected) } => {
            update(conn, kind, (row, *expected)).await
        }
        RecordChange::Remove { kind, id, expected } => {
            let texts = texts(kind);
            let present = sql::query_scalar(texts.lock_whole.as_str()).bind(*id).passing();
            expect(kind.name, present.fetch_optional(&mut *conn).await?, *expected)?;
            // Under the lock nothing comes to refer to it.
            let gone = sql::query(texts.remove.as_str()).bind(*id).passing().execute(conn).await;
            match gone.map_err(Failure::from) {
                Err(Failure::Sql(error)) if is_integrity_violation(&error) => {
                    let by = if kind.tree.is_some() { "content" } else { referrer(&error) };
                    Err(Conflict::in_use(kind.name, by).into())
                }
                gone => gone.map(drop),
            }
        }
    }
}

async fn create(conn: &mut PgConnection, kind: &'static Kind, row: &Row) -> Result<(), Failure> {
    let texts = texts(kind);
    let query = sql::query(texts.insert.as_str()).bind(row.id).bind(row.created_at);
    bound(query, kind, row).passing().execute(conn).await?;
    Ok(())
}

/// The row is locked, so that of two changes under one version one happens.
async fn update(
    conn: &mut PgConnection,
    kind: &'static Kind,
    (row, expected): (&Row, Version),
) -> Result<(), Failure> {
    let texts = texts(kind);
    let present = sql::query_scalar(texts.lock.as_str()).bind(row.id).passing();
    seen(kind.name, present.fetch_optional(&mut *conn).await?, Some(expected))?;
    let query = sql::query(texts.update.as_str()).bind(row.id);
    bound(query, kind, row).passing().execute(conn).await?;
    Ok(())
}

/// Binds what is written of a row after its id and its creation.
fn bound<'q>(query: sql::Statement<'q>, kind: &Kind, row: &Row) -> sql::Statement<'q> {
    let mut query = query.bind(row.updated_at);
    if kind.away.is_some() {
        query = query.bind(row.archived_at);
    }
    for (field, value) in kind.fields.iter().zip(row.values.iter()) {
        query = bind::field(query, field, value);
    }
    query
}
