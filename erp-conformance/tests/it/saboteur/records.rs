//! Faults of records.

use async_trait::async_trait;
use erp_core::{
    change::{Change, ChangeSet, Version},
    port::StoreResult,
    record::{Kind, ListQuery, RecordChange, RecordReads, RecordTree, Row, Shelf, Value, sort_key},
};
use uuid::Uuid;

use super::{Fault, Saboteur};

impl Saboteur {
    /// The version of a tree.
    pub(super) async fn tree_version(&self, kind: &'static Kind) -> StoreResult<Version> {
        Ok(self.inner.records().record_tree(kind).await?.version)
    }

    pub(super) fn sabotage_records(&self, set: &mut ChangeSet) {
        for change in &mut set.changes {
            let Change::Record(RecordChange::Put { kind, row, .. }) = change else {
                continue;
            };
            match self.fault {
                Fault::ArchiveForgotten => row.archived_at = None,
                // As when a column is left out of a statement.
                Fault::LastFieldLost => {
                    let last = kind.fields.len() - 1;
                    if kind.fields[last].optional {
                        let mut values = row.values.to_vec();
                        values[last] = Value::Null;
                        row.values = values.into();
                    }
                }
                _ => {}
            }
        }
    }
}

#[async_trait]
impl RecordReads for Saboteur {
    async fn record(&self, kind: &'static Kind, id: Uuid) -> StoreResult<Option<Row>> {
        self.inner.records().record(kind, id).await
    }

    async fn records_by_id(&self, kind: &'static Kind, ids: &[Uuid]) -> StoreResult<Vec<Row>> {
        self.inner.records().records_by_id(kind, ids).await
    }

    async fn record_tree(&self, kind: &'static Kind) -> StoreResult<RecordTree> {
        self.inner.records().record_tree(kind).await
    }

    async fn record_by_key(
        &self,
        kind: &'static Kind,
        field: usize,
        value: &Value,
    ) -> StoreResult<Option<Row>> {
        if self.is(Fault::KeyNotFound) {
            return Ok(None);
        }
        self.inner.records().record_by_key(kind, field, value).await
    }

    async fn list_records(&self, kind: &'static Kind, query: &ListQuery) -> StoreResult<Vec<Row>> {
        let mut asked = query.clone();
        match self.fault {
            Fault::ShelfIgnored => asked.shelf = Shelf::All,
            Fault::FilterIgnored => asked.equal.clear(),
            _ => {}
        }
        let mut rows = self.inner.records().list_records(kind, &asked).await?;
        if self.is(Fault::EmptyKeysLeftOut) {
            let by = &kind.fields[query.sort];
            rows.retain(|row| !sort_key(by, &row.values[query.sort]).is_null());
        }
        Ok(rows)
    }
}
