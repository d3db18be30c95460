//! Reads of records.

use async_trait::async_trait;
use erp_core::{
    change::Version,
    port::{StoreError, StoreResult},
    record::{
        Field, Kind, ListQuery, Record, RecordReads, RecordTree, Row, Stored, Value, sort_key,
    },
};
use sqlx::{Row as _, postgres::PgRow};
use uuid::Uuid;

use super::{
    bind,
    texts::{Listed, texts},
};
use crate::{
    commit::tree_version,
    reads::{Reads, limit},
    rows::unreadable,
    sql,
};

/// The statement that reads what is described of the rows that its rest chooses.
pub(crate) fn selected(kind: &'static Kind, rest: &str) -> String {
    texts(kind).selected(rest)
}

/// The record in a row of such a statement.
pub(crate) fn typed<R: Record>(row: &PgRow) -> sqlx::Result<Stored<R>> {
    let row = bind::record(R::KIND.fields, row)?;
    Stored::of(&row).map_err(|_| unreadable("row of", R::KIND.table))
}

#[async_trait]
impl RecordReads for Reads {
    async fn record(&self, kind: &'static Kind, id: Uuid) -> StoreResult<Option<Row>> {
        let query = sql::query(texts(kind).one.as_str()).bind(id);
        let query = query.try_map(move |row: PgRow| bind::record(kind.fields, &row));
        self.db().run(query.fetch_optional(&self.db().pool)).await
    }

    async fn records_by_id(&self, kind: &'static Kind, ids: &[Uuid]) -> StoreResult<Vec<Row>> {
        let query = sql::query(texts(kind).many.as_str()).bind(ids.to_vec());
        let query = query.try_map(move |row: PgRow| bind::record(kind.fields, &row));
        self.db().run(query.fetch_all(&self.db().pool)).await
    }

    async fn record_tree(&self, kind: &'static Kind) -> StoreResult<RecordTree> {
        let scope = kind.tree.ok_or_else(|| {
            StoreError::Internal(format!("records of the kind {} are no tree", kind.name))
        })?;
        let (_, by) = kind.order().unwrap_or((0, &kind.fields[0]));
        let text = texts(kind).tree(by, tree_version(scope)?);
        let query = sql::query(sql::made(text)).try_map(move |row: PgRow| {
            let there = row.try_get::<Option<Uuid>, _>(0)?.is_some();
            let version: i64 = row.try_get(row.len() - 1)?;
            Ok((version, there.then(|| bind::record(kind.fields, &row)).transpose()?))
        });
        let rows = self.db().run(query.fetch_all(&self.db().pool)).await?;
        let version = rows.first().map_or(Version::FIRST, |(version, _)| Version(*version));
        Ok(RecordTree { version, rows: rows.into_iter().filter_map(|(_, row)| row).collect() })
    }

    async fn record_by_key(
        &self,
        kind: &'static Kind,
        field: usize,
        value: &Value,
    ) -> StoreResult<Option<Row>> {
        let Some(by) = kind.fields.get(field).filter(|_| !value.is_null()) else { return Ok(None) };
        let query = sql::query(sql::made(texts(kind).by_key(by)));
        let query = bind::typed(query, by.ty, &sort_key(by, value));
        let query = query.try_map(move |row: PgRow| bind::record(kind.fields, &row));
        self.db().run(query.fetch_optional(&self.db().pool)).await
    }

    async fn list_records(&self, kind: &'static Kind, query: &ListQuery) -> StoreResult<Vec<Row>> {
        let Some(by) = kind.fields.get(query.sort) else { return Ok(Vec::new()) };
        let mut rows = Vec::new();
        let after = query.after.as_ref();
        let nulls_only = after.is_some_and(|(key, _)| key.is_null());
        if !nulls_only {
            let part = Listed::Values { after: after.is_some() };
            rows = self.part(kind, (by, part), query, query.limit).await?;
        }
        let left = query.limit.saturating_sub(rows.len());
        if by.optional && left > 0 {
            let part = Listed::Nulls { after: nulls_only };
            rows.extend(self.part(kind, (by, part), query, left).await?);
        }
        Ok(rows)
    }
}

impl Reads {
    async fn part(
        &self,
        kind: &'static Kind,
        (by, part): (&Field, Listed),
        query: &ListQuery,
        most: usize,
    ) -> StoreResult<Vec<Row>> {
        let equal: Vec<&Field> =
            query.equal.iter().filter_map(|(place, _)| kind.fields.get(*place)).collect();
        let text = texts(kind).list(by, part, query.shelf, &equal);
        let statement = sql::query(sql::made(text));
        // Of what filters make there may be many; each would be kept for ever on each connection.
        let usual = match query.equal.as_slice() {
            [] => true,
            [(place, _)] => kind.under == Some(*place),
            _ => false,
        };
        let statement = if usual { statement } else { statement.passing() };
        let mut statement = statement.bind(limit(most));
        if let Some((key, id)) = &query.after {
            statement = match part {
                Listed::Values { after: true } => bind::typed(statement, by.ty, key).bind(*id),
                Listed::Nulls { after: true } => statement.bind(*id),
                _ => statement,
            };
        }
        for ((_, value), field) in query.equal.iter().zip(equal) {
            statement = bind::typed(statement, field.ty, value);
        }
        let statement = statement.try_map(move |row: PgRow| bind::record(kind.fields, &row));
        self.db().run(statement.fetch_all(&self.db().pool)).await
    }
}
